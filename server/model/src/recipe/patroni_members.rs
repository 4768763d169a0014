//! Patroni's members: `/service/<scope>/members/<name>` ephemeral, data JSON, beside `initialize`.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Members;

impl Recogniser for Members {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.path.name() == "members" && site.has_sibling("initialize")).then_some(())?;
        site.cohort(Family::Ephemeral)?;
        let fact = LockFact::group(site, &["patroni.Members"], Family::Ephemeral);
        let fact = fact
            .because(
                "It is the directory `members` beside `initialize`, in which Patroni's members say that \
                 they are there.",
            )
            .hands_off(
                "A member of Patroni writes its znode again and again by itself. Use `patronictl` \
                 instead.",
            );
        Some(Fact::Lock(fact))
    }
}
