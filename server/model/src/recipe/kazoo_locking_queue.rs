//! kazoo's `LockingQueue`, 2.8 to 2.11 (`kazoo/recipe/queue.py`).
//!
//! `<queue>/entries/entry-<priority, 3 digits>-<seq>` persistent, data raw; `<queue>/taken/<same name>` ephemeral while a
//! consumer works on it, data the consumer's uuid. A consumer that dies gives its entry back.

use std::sync::Arc;

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::{Cohort, Family};

pub(super) struct LockingQueue;

impl Recogniser for LockingQueue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let (entries, directory) = site.child("entries")?;
        let (taken, locks) = site.child("taken")?;
        let census = |path| site.censuses.get(path).map(Arc::as_ref);
        let cohort = census(&entries).and_then(|census| census.cohort(Family::KazooEntry));
        let taking = census(&taken).and_then(|census| census.cohort(Family::KazooTaken));
        // Where neither has a member, it is an idle queue only if nothing else lives here.
        let idle = directory.child_count() + locks.child_count() == 0 && site.znode.child_count() == 2;
        if cohort.is_none() && taking.map_or(0, Cohort::len) == 0 && !idle {
            return None;
        }
        let kind = (&["kazoo.LockingQueue"] as &[_], QueueKind::Locking, Family::KazooEntry);
        let fact = QueueFact::new(site, kind, entries, cohort, Some(taken));
        Some(Fact::Queue(fact.because(
            "It has the directories `entries` and `taken`, as kazoo's LockingQueue lays them down.",
        )))
    }
}
