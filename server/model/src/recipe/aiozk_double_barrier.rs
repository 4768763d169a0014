//! aiozk's `DoubleBarrier`, 0.32.
//!
//! `<barrier>/worker-<32 hex>-<seq>` ephemeral; `<barrier>/sentinel` persistent as soon as there are enough, which all
//! wait for.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct DoubleBarrier;

impl Recogniser for DoubleBarrier {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let fact = LockFact::barrier(site, &["aiozk.DoubleBarrier"], Family::AiozkWorker)?;
        let fact = fact.because(
            "All its children are named `worker-<32 hex>-<number>`, with `sentinel` beside them \
                 once it is full, as those of aiozk's DoubleBarrier.",
        );
        Some(Fact::Lock(fact))
    }
}
