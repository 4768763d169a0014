//! Dubbo's providers and consumers: `/dubbo/<interface>/providers/<URL, encoded>` ephemeral, and `consumers` likewise.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Services;

impl Recogniser for Services {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let here = matches!(site.path.name(), "providers" | "consumers") && site.within("dubbo");
        here.then_some(())?;
        site.cohort(Family::Ephemeral)?;
        let fact = LockFact::group(site, &["dubbo.Registry"], Family::Ephemeral);
        let fact = fact
            .because("It is a directory of providers or consumers below `dubbo`, as Dubbo's registry is.")
            .hands_off(
                "A service of Dubbo whose znode is deleted gets no more calls. Disable it in Dubbo's \
                 admin instead.",
            );
        Some(Fact::Lock(fact))
    }
}
