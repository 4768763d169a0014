//! aiozk's `LeaderElection`, 0.32: `<election>/candidate-<32 hex>-<seq>` ephemeral. The lowest number leads; the
//! others ask whether their predecessor exists.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Site, aiozk_lock};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Election;

impl Recogniser for Election {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::AiozkCandidate)?;
        let line = Line::Exclusive { family: Family::AiozkCandidate, mode: Mode::Candidate };
        let fact =
            LockFact::lined(site, &["aiozk.LeaderElection"], LockKind::Election, line, aiozk_lock::RELEASE);
        let fact = fact.with_capacity(1).because(
            "Its candidates are ephemeral and named `candidate-<32 hex>-<number>`, as aiozk names \
                 them.",
        );
        Some(Fact::Lock(fact))
    }
}
