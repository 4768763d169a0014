//! kazoo's `SetPartitioner`, 2.8 to 2.11 (`kazoo/recipe/partitioner.py`).
//!
//! `<partitioner>/party` is a `ShallowParty` of those who share the set; `<partitioner>/locks/<item>` is a `Lock` for
//! each item of it, which whoever got the item holds. A member more or less makes all let go and share anew.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Partitioner;

impl Recogniser for Partitioner {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.path.name() == "party" && site.has_sibling("locks")).then_some(())?;
        site.cohort(Family::KazooShallow)?;
        let fact = LockFact::group(site, &["kazoo.SetPartitioner"], Family::KazooShallow);
        let fact = fact.because(
            "It is a directory `party` beside `locks`, and its children are those of kazoo's \
                 ShallowParty, as in a SetPartitioner.",
        );
        Some(Fact::Lock(fact))
    }
}
