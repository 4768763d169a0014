//! kazoo's `ShallowParty`, 2.8 to 2.11 (`kazoo/recipe/party.py`): `<party>/<uuid4 hex>-<identifier>` ephemeral, data
//! the same identifier.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct ShallowParty;

impl Recogniser for ShallowParty {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::KazooShallow)?;
        let fact = LockFact::group(site, &["kazoo.ShallowParty"], Family::KazooShallow);
        let fact = fact.because(
            "Its children are ephemeral and named `<32 hex>-<identifier>` with the identifier as \
                 their data, as the members of kazoo's ShallowParty.",
        );
        Some(Fact::Lock(fact))
    }
}
