//! kazoo's `Party`, 2.8 to 2.11 (`kazoo/recipe/party.py`): `<party>/<uuid4 hex>__party__` ephemeral, data the
//! identifier.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Party;

impl Recogniser for Party {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::KazooParty)?;
        let fact = LockFact::group(site, &["kazoo.Party"], Family::KazooParty);
        let fact = fact.because(
            "Its children are ephemeral and named `<32 hex>__party__`, as the members of kazoo's \
                 Party.",
        );
        Some(Fact::Lock(fact))
    }
}
