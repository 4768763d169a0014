//! aiozk's `SharedLock`, 0.32.
//!
//! `<lock>/read-<32 hex>-<seq>` and `<lock>/write-<32 hex>-<seq>` ephemeral. A reader holds if no writer has a lower
//! number, a writer if nobody has.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site, aiozk_lock};
use crate::census::Family;
use crate::line::{Line, Reading};

pub(super) struct SharedLock;

impl Recogniser for SharedLock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::AiozkReadWrite)?;
        let line = Line::ReadWrite { family: Family::AiozkReadWrite, reading: Reading::Nearest };
        let fact =
            LockFact::lined(site, &["aiozk.SharedLock"], LockKind::ReadWrite, line, aiozk_lock::RELEASE);
        let fact = fact.because(
            "Its contenders are ephemeral and named `read-<32 hex>-<number>` and `write-<32 \
                 hex>-<number>`, as aiozk names them.",
        );
        Some(Fact::Lock(fact))
    }
}
