//! Curator's `InterProcessSemaphoreV2`, 2.13 to 5.7, and `InterProcessSemaphoreMutex`, which is one with one lease.
//!
//! `<semaphore>/locks/_c_<uuid>-lock-<seq>` is a mutex in which those who want a lease queue; its first lays down
//! `<semaphore>/leases/_c_<uuid>-lease-<seq>` and waits, watching the children of `leases`, until there are few enough.
//! So the newest lease of the session that is first in `locks` is pending if it is younger than its place there; all
//! other leases are held. How many there may be is stored nowhere: while somebody waits, it is as many as are held.
//! Deleting a znode of `locks` wedges the semaphore for good.

use zooscope_protocol::{LockKind, MemberState};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::{Cohort, Family};
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

/// What is in the two directories.
struct Parts {
    held: usize,
    /// Whether nothing is in them.
    idle: bool,
    /// Whether all that is in them is Curator's.
    pure: bool,
}

impl Parts {
    /// `None` where the directories are others': a directory that has children, and none of them Curator's, is no part of a
    /// semaphore, whatever it is called. One with some of Curator's is, for its inner lock must be left alone.
    fn at(site: &Site<'_>) -> Option<Self> {
        let part = |name: &str, family| {
            let (path, directory) = site.child(name)?;
            let census = site.censuses.get(&path).and_then(|census| census.cohort(family));
            let members = census.map_or(0, Cohort::len);
            let others = directory.child_count() - members;
            (members > 0 || others == 0).then_some((members, others))
        };
        let (held, beside_leases) = part("leases", Family::CuratorLease)?;
        let (queued, beside_locks) = part("locks", Family::CuratorLock)?;
        // Where neither has a member, it is an idle semaphore only if nothing else lives here.
        let idle = held + queued == 0;
        let fits = !idle || site.znode.child_count() == 2;
        fits.then_some(Self { held, idle, pure: beside_leases + beside_locks == 0 })
    }
}

/// Whether a site is laid out as a semaphore.
pub(super) fn is(site: &Site<'_>) -> bool {
    Parts::at(site).is_some()
}

impl Recogniser for Semaphore {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let parts = Parts::at(site)?;
        let names = &["curator.InterProcessSemaphoreV2", "curator.InterProcessSemaphoreMutex"];
        let fact = LockFact::lined(site, names, LockKind::Semaphore, Line::CuratorSemaphore, RELEASE);
        // Whoever is first in `locks` lays down a lease at once: without one it may be a mutex that is called so.
        let certain = parts.pure && !parts.idle && parts.held > 0;
        let fact = if certain { fact } else { fact.likely() };
        let fact = fact.because(
            "It has the directories `leases` and `locks` with Curator's names in them, as \
             InterProcessSemaphoreV2 lays them down.",
        );
        // Only a lease that is pending says that there is no room.
        let first = fact.line.waiters(site, 1).pop();
        let full = first.is_some_and(|first| first.state == MemberState::Pending);
        let capacity = fact.standing.held_by;
        Some(Fact::Lock(if full && capacity > 0 { fact.with_capacity(capacity) } else { fact }))
    }
}
