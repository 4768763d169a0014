//! Helix' participants, of Pinot among others: `<cluster>/LIVEINSTANCES/<instance>` ephemeral.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Instances;

impl Recogniser for Instances {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.path.name() == "LIVEINSTANCES").then_some(())?;
        site.cohort(Family::Ephemeral)?;
        let fact = LockFact::group(site, &["helix.LiveInstances"], Family::Ephemeral);
        let fact = fact
            .because(
                "It is the directory `LIVEINSTANCES`, in which participants of Helix say that they are \
                 there.",
            )
            .hands_off(
                "An instance of Helix whose znode is deleted is taken for dead, and its partitions are \
                 moved. Disable the instance instead.",
            );
        Some(Fact::Lock(fact))
    }
}
