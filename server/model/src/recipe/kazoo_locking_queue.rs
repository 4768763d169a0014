//! kazoo's `LockingQueue`, 2.8 to 2.11 (`kazoo/recipe/queue.py`).
//!
//! `<queue>/entries/entry-<priority, 3 digits>-<seq>` persistent, data raw; `<queue>/taken/<same name>` ephemeral while a
//! consumer works on it, data the consumer's uuid. A consumer that dies gives its entry back.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::{Cohort, Family};

pub(super) struct LockingQueue;

/// Whether a site is laid out as a queue. A directory that has children, and none of them kazoo's, is no part of one.
pub(super) fn is(site: &Site<'_>) -> bool {
    let members = |name: &str, family| {
        let (path, directory) = site.child(name)?;
        let census = site.censuses.get(&path).and_then(|census| census.cohort(family));
        let members = census.map_or(0, Cohort::len);
        (members > 0 || directory.child_count() == 0).then_some(members)
    };
    let entries = members("entries", Family::KazooEntry);
    let all = entries.zip(members("taken", Family::KazooTaken)).map(|(entries, taken)| entries + taken);
    // Where neither has a member, it is an idle queue only if nothing else lives here.
    all.is_some_and(|all| all > 0 || site.znode.child_count() == 2)
}

impl Recogniser for LockingQueue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        is(site).then_some(())?;
        let ((entries, _), (taken, _)) = (site.child("entries")?, site.child("taken")?);
        let census = site.censuses.get(&entries);
        let cohort = census.and_then(|census| census.cohort(Family::KazooEntry));
        let kind = (&["kazoo.LockingQueue"] as &[_], QueueKind::Locking, Family::KazooEntry);
        let fact = QueueFact::new(site, kind, entries, cohort, Some(taken));
        Some(Fact::Queue(fact.because(
            "It has the directories `entries` and `taken`, as kazoo's LockingQueue lays them down.",
        )))
    }
}
