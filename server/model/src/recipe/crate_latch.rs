//! The `LeaderLatch` of the `zookeeper` crate (Rust), 0.8.
//!
//! `<latch>/latch-<id>-<seq>` ephemeral, no data. The lowest number leads. A candidate watches its predecessor and its
//! own znode, so that it notices when that is deleted, and joins again. Its queue is that of ZooKeeper's own recipes,
//! `qn-<seq>`.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Latch;

impl Recogniser for Latch {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::CrateLatch)?;
        let fact = LockFact::election(site, &["zookeeper-crate.LeaderLatch"], Family::CrateLatch);
        let fact = fact.likely().because(
            "Its candidates are ephemeral and named `latch-<id>-<number>`, as those of the \
                 zookeeper crate; programs of other makes may use the same names.",
        );
        Some(Fact::Lock(fact))
    }
}
