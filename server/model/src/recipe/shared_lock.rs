//! The shared lock in ZooKeeper's documentation (Recipes and Solutions).
//!
//! `<lock>/read-<seq>` and `<lock>/write-<seq>` ephemeral. A reader holds if no writer has a lower number, a writer if
//! nobody has.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Release, Site};
use crate::census::Family;
use crate::line::{Line, Reading};

pub(super) struct SharedLock;

impl Recogniser for SharedLock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.all_are(Family::SharedLock).then_some(())?;
        let line = Line::ReadWrite { family: Family::SharedLock, reading: Reading::Nearest };
        let fact = LockFact::lined(
            site,
            &["zookeeper-docs.SharedLock"],
            LockKind::ReadWrite,
            line,
            Release::UNKNOWN,
        );
        let fact = fact.likely().because(
            "All its children are ephemeral and named `read-<number>` or `write-<number>`, as in \
                 the recipe of ZooKeeper's documentation.",
        );
        Some(Fact::Lock(fact))
    }
}
