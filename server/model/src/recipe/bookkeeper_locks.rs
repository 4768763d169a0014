//! BookKeeper's locks on ledgers that are being copied again (`ZkLedgerUnderreplicationManager`, 4.x).
//!
//! `<ledgers>/underreplication/locks/urL<id>` ephemeral while a worker copies the ledger. The digits are the ledger's
//! id and no number of ZooKeeper's; each is a lock of its own that nobody queues for, so they are shown as the workers
//! at work.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Locks;

impl Recogniser for Locks {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.path.name() == "locks" && site.parent_name() == "underreplication").then_some(())?;
        site.cohort(Family::LedgerLock)?;
        let fact = LockFact::group(site, &["bookkeeper.UnderreplicationLocks"], Family::LedgerLock);
        let fact = fact
            .because(
                "Its children are named `urL<ledger>` in `underreplication/locks`, as BookKeeper's \
                 workers lock the ledgers that they copy.",
            )
            .hands_off(
                "Each says that a worker of BookKeeper copies a ledger: without it a second would copy \
                 the same. Use `bookkeeper shell` instead.",
            );
        Some(Fact::Lock(fact))
    }
}
