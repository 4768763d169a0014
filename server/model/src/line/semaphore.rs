//! Leases that are held, and a lock beside them in which the others queue.

use std::sync::Arc;

use zooscope_protocol::{Member, Mode, ZnodePath};

use super::{Directory, Stand, Standing, Waits};
use crate::census::{Family, Place};
use crate::recipe::{INNER_LOCK, Site, count};

/// kazoo's.
pub(super) struct Kazoo;

/// Curator's.
pub(super) struct Curator;

/// The directory of leases and the directory of waiters, each if it has a member.
struct Parts<'a> {
    leases: Option<Directory<'a>>,
    queue: Option<Directory<'a>>,
    /// Where the leases are, for that is what the first waiter watches.
    watched: Option<&'a ZnodePath>,
}

/// Calls `told` with the two directories of a semaphore.
fn parts<T>(
    site: &Site<'_>,
    leases: &(Option<ZnodePath>, Family),
    queue: &(Option<ZnodePath>, Family),
    told: impl FnOnce(&Parts<'_>) -> T,
) -> T {
    fn directory<'a>(
        site: &Site<'a>,
        (path, family): &'a (Option<ZnodePath>, Family),
    ) -> Option<Directory<'a>> {
        let path = path.as_ref()?;
        let census = site.censuses.get(path).map(Arc::as_ref)?;
        let cohort = census.cohort(*family)?;
        Some(Directory { path, znode: site.tree.get(path)?, census, cohort, family: *family })
    }
    told(&Parts {
        leases: directory(site, leases),
        queue: directory(site, queue),
        watched: leases.0.as_ref(),
    })
}

impl Parts<'_> {
    fn held(&self) -> usize {
        self.leases.as_ref().map_or(0, |leases| leases.cohort.len())
    }

    fn queued(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.cohort.len())
    }

    fn first_queued(&self) -> Option<&Place> {
        self.queue.as_ref()?.cohort.first()
    }

    /// The lease of the first in the queue that it has laid down and not got: the newest of its session that is younger
    /// than its place in the queue.
    fn pending(&self) -> Option<&Place> {
        let (leases, queue) = (self.leases.as_ref()?, self.queue.as_ref()?);
        let first = queue.znode.child(&self.first_queued()?.name)?.stat();
        let lease = leases.cohort.owned_by(first.owner()?).next_back()?;
        (leases.znode.child(&lease.name)?.stat().czxid > first.czxid).then_some(lease)
    }

    fn queued_member(&self, place: &Place) -> Option<Member> {
        let queue = self.queue.as_ref()?;
        let watched = match queue.cohort.before(place) {
            Some(before) => queue.path_of(before),
            None => self.watched.cloned(),
        };
        queue.member(place, Mode::Lease, Waits::For(watched))
    }

    fn lease_member(&self, place: &Place) -> Option<Member> {
        let waits = match self.pending() {
            Some(pending) if pending == place => Waits::Pending(self.watched?.clone()),
            _ => Waits::Not,
        };
        self.leases.as_ref()?.member(place, Mode::Lease, waits)
    }

    fn standing(&self) -> Standing {
        let held = self.held() - usize::from(self.pending().is_some());
        // The first waits since it queued, however young its pending lease is.
        let first = || self.queue.as_ref()?.znode.child(&self.first_queued()?.name);
        let waiting_since = first().map(|znode| znode.stat().ctime);
        Standing { held_by: count(held), blocked: count(self.queued()), waiting_since }
    }

    fn holders(&self, limit: usize) -> Vec<Member> {
        let pending = self.pending();
        let leases = self.leases.iter().flat_map(|leases| leases.cohort.line.iter());
        let held = leases.filter(|place| pending != Some(place)).take(limit);
        held.filter_map(|place| self.lease_member(place)).collect()
    }

    fn waiters(&self, limit: usize) -> Vec<Member> {
        let pending = self.pending();
        // The pending lease and the first place in the queue are one waiter.
        let rest = self.queue.iter().flat_map(|queue| queue.cohort.line.iter());
        let rest = rest.skip(usize::from(pending.is_some())).filter_map(|place| self.queued_member(place));
        pending.and_then(|place| self.lease_member(place)).into_iter().chain(rest).take(limit).collect()
    }

    fn member(&self, path: &ZnodePath) -> Option<Member> {
        if let Some(place) = self.leases.as_ref().and_then(|leases| leases.place(path)) {
            return self.lease_member(&place);
        }
        let place = self.queue.as_ref()?.place(path)?;
        self.queued_member(&place)
    }
}

macro_rules! stands {
    ($line:ty, $site:ident => $leases:expr, $queue:expr) => {
        impl Stand for $line {
            fn standing(&self, $site: &Site<'_>) -> Standing {
                parts($site, &$leases, &$queue, |parts| parts.standing())
            }

            fn holders(&self, $site: &Site<'_>, limit: usize) -> Vec<Member> {
                parts($site, &$leases, &$queue, |parts| parts.holders(limit))
            }

            fn waiters(&self, $site: &Site<'_>, limit: usize) -> Vec<Member> {
                parts($site, &$leases, &$queue, |parts| parts.waiters(limit))
            }

            fn member(&self, $site: &Site<'_>, path: &ZnodePath) -> Option<Member> {
                parts($site, &$leases, &$queue, |parts| parts.member(path))
            }
        }
    };
}

stands!(Kazoo, site =>
    (Some(site.path.clone()), Family::KazooLease),
    (inner_lock(site), Family::KazooLock));

stands!(Curator, site =>
    (site.path.child("leases").ok(), Family::CuratorLease),
    (site.path.child("locks").ok(), Family::CuratorLock));

fn inner_lock(site: &Site<'_>) -> Option<ZnodePath> {
    site.path.parent()?.child(&format!("{}{INNER_LOCK}", site.path.name())).ok()
}
