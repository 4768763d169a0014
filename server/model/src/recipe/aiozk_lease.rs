//! aiozk's `Lease`, 0.32.
//!
//! `<lease>/lease-<32 hex>-<seq>` ephemeral, data the moment at which it ends, in seconds. Who finds too many does not
//! take one, and nobody queues: all that are there hold. How many there may be is stored nowhere.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Site, aiozk_lock};
use crate::census::Family;
use crate::line::{Line, Together};

pub(super) struct Lease;

impl Recogniser for Lease {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::AiozkLease)?;
        let line = Line::Together { family: Family::AiozkLease, mode: Mode::Lease, as_one: Together::Hold };
        let fact = LockFact::lined(site, &["aiozk.Lease"], LockKind::Lease, line, aiozk_lock::RELEASE);
        Some(Fact::Lock(
            fact.because(
                "Its children are ephemeral and named `lease-<32 hex>-<number>`, as aiozk names its \
                 leases.",
            )
            .hands_off(
                "A lease of aiozk ends by itself at the time that its data tells, and nobody waits for \
                 it.",
            ),
        ))
    }
}
