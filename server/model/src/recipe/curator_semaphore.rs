//! Curator's `InterProcessSemaphoreV2`, 2.13 to 5.7, and `InterProcessSemaphoreMutex`, which is one with one lease.
//!
//! `<semaphore>/locks/_c_<uuid>-lock-<seq>` is a mutex in which those who want a lease queue; its first lays down
//! `<semaphore>/leases/_c_<uuid>-lease-<seq>` and waits, watching the children of `leases`, until there are few enough.
//! So the newest lease of the session that is first in `locks` is pending if it is younger than its place there; all
//! other leases are held. How many there may be is stored nowhere: while somebody waits, it is as many as are held.
//! Deleting a znode of `locks` wedges the semaphore for good.

use std::sync::Arc;

use zooscope_protocol::LockKind;

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::{Census, Cohort, Family};
use crate::line::Line;

pub(super) struct Semaphore;

const RELEASE: Release = Release {
    way: Way::Name,
    ask: Ask::Never("A lease of a semaphore listens for no request: Curator can revoke its mutexes only."),
    belief: Belief::Holds(
        "The old holder is not told: Curator goes on to treat its lease as held, and ZooKeeper cannot stop it. Stop \
         its process first if one holder too many would do harm.",
    ),
    later: "When the old holder gives its lease back later, it succeeds and gives nobody else's back (Curator logs that \
         it was released already); `Lease.getData` fails from now on.",
    waiter: "A pending lease that is deleted is noticed: its contender tries again at the tail.",
};

impl Recogniser for Semaphore {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let (leases, directory) = site.child("leases")?;
        let (locks, queue) = site.child("locks")?;
        let census = |path| site.censuses.get(path).map(Arc::as_ref);
        let members = |census: Option<&Census>, family| {
            census.and_then(|census| census.cohort(family)).map_or(0, Cohort::len)
        };
        let held = members(census(&leases), Family::CuratorLease);
        let queued = members(census(&locks), Family::CuratorLock);
        // Where neither has a member, it is an idle semaphore only if nothing else lives here.
        let idle = directory.child_count() + queue.child_count() == 0 && site.znode.child_count() == 2;
        if held + queued == 0 && !idle {
            return None;
        }
        let names = &["curator.InterProcessSemaphoreV2", "curator.InterProcessSemaphoreMutex"];
        let fact = LockFact::lined(site, names, LockKind::Semaphore, Line::CuratorSemaphore, RELEASE);
        let fact = if idle { fact.likely() } else { fact };
        let fact = fact.because(
            "It has the directories `leases` and `locks` with Curator's names in them, as \
             InterProcessSemaphoreV2 lays them down.",
        );
        let capacity = fact.standing.held_by;
        Some(Fact::Lock(if fact.standing.blocked > 0 && capacity > 0 {
            fact.with_capacity(capacity)
        } else {
            fact
        }))
    }
}
