//! BookKeeper's election of its auditor (`AuditorElector`, 4.x).
//!
//! `<ledgers>/underreplication/auditorelection/V_<seq>` ephemeral, data the bookie. The lowest number is the auditor.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Auditor;

impl Recogniser for Auditor {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::BookkeeperVote)?;
        (site.path.name() == "auditorelection").then_some(())?;
        let fact = LockFact::election(site, &["bookkeeper.AuditorElector"], Family::BookkeeperVote);
        let fact = fact
            .because(
                "Its candidates are named `V_<number>` in `auditorelection`, as those of BookKeeper's \
                 auditor are.",
            )
            .hands_off(
                "It elects the auditor of BookKeeper: what a bookie does whose vote is deleted is not \
                 known. Restart its autorecovery instead.",
            );
        Some(Fact::Lock(fact))
    }
}
