//! Accumulo's `ServiceLock` (`ZooLock`), 2.x.
//!
//! `<instance>/…/<lock>/zlock#<uuid>#<seq>` ephemeral. The lowest number is the active server, whose stand-bys wait
//! for as long as it lives. It watches its own znode, and its process halts when that goes.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Lock;

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::AccumuloLock)?;
        let fact = LockFact::election(site, &["accumulo.ServiceLock"], Family::AccumuloLock);
        let fact = fact
            .because("Its children are named `zlock#<uuid>#<number>`, as Accumulo names its locks.")
            .hands_off(
                "It is the lock of a server of Accumulo, which halts at once when the lock is lost. Use \
                 `accumulo admin stop` instead.",
            );
        Some(Fact::Lock(fact))
    }
}
