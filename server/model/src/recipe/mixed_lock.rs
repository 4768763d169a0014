//! One directory in which Curator's `InterProcessMutex` (2.13 to 5.7), go-zookeeper's `Lock` (1.0.4) and locks that name their
//! znodes `…lock-<seq>` (zookeeper-client, hand-written ones) contend together.
//!
//! Curator takes the first of *all* children by what follows the last `lock-` (`StandardLockInternalsDriver.standardFixForSorting`),
//! go-zookeeper the lowest number of all after `lock-`; so the lowest number holds, whoever made it. The others may pass
//! over what is not theirs, so it is likely and not certain.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Release, Site};
use crate::line::{Line, merged};

pub(super) struct Lock;

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (!merged(site).is_empty()).then_some(())?;
        let names = &["curator.InterProcessMutex", "go-zookeeper.Lock", "zookeeper-client.Lock"];
        let fact = LockFact::lined(site, names, LockKind::Mutex, Line::Merged, Release::UNKNOWN);
        Some(Fact::Lock(fact.with_capacity(1).likely().because(
            "Contenders of several libraries are in it, all named `…lock-<number>`: they go by the number, whoever made it.",
        )))
    }
}
