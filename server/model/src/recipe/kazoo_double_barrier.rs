//! kazoo's `DoubleBarrier`, 2.8 to 2.11 (`kazoo/recipe/barrier.py`).
//!
//! `<barrier>/<uuid4 hex>` ephemeral, data the identifier; `<barrier>/ready` persistent as soon as there are enough.
//! How many are enough is stored nowhere. Until `ready` is there everybody waits for it; then all are inside. The
//! first to leave deletes `ready`, so that a barrier that empties looks like one that fills.
//!
//! kazoo's `Barrier`, and Curator's, is one persistent znode without a mark of its own: no tree tells that it is one.

use super::{Fact, LockFact, Recogniser, Site, kazoo_semaphore};
use crate::census::Family;

pub(super) struct DoubleBarrier;

impl Recogniser for DoubleBarrier {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        // The leases of a semaphore have the same names; its directory has the limit as its data.
        kazoo_semaphore::limit(site.znode).is_none().then_some(())?;
        let fact = LockFact::barrier(site, &["kazoo.DoubleBarrier"], Family::KazooLease)?;
        let fact = fact.because(
            "All its children are ephemeral and named by 32 hexadecimal digits, with `ready` beside \
                 them once it is full, as those of kazoo's DoubleBarrier.",
        );
        Some(Fact::Lock(fact))
    }
}
