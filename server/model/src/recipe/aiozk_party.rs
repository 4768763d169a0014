//! aiozk's `Party`, 0.32: `<party>/<name of the member>-<32 hex>-<seq>` ephemeral.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Party;

impl Recogniser for Party {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::AiozkMember)?;
        let fact = LockFact::group(site, &["aiozk.Party"], Family::AiozkMember);
        // Any program may name what it likes so.
        let fact = fact.likely().because(
            "Its children are ephemeral and named `<name>-<32 hex>-<number>`, as the members of \
                 aiozk's Party.",
        );
        Some(Fact::Lock(fact))
    }
}
