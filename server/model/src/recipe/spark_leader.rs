//! The leading master of Spark's stand-alone mode: a Curator `LeaderLatch` at `<spark>/leader_election`.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Leader;

impl Recogniser for Leader {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::CuratorLatch)?;
        (site.path.name() == "leader_election" && site.within("spark")).then_some(())?;
        let fact =
            LockFact::election(site, &["spark.LeaderElection", "curator.LeaderLatch"], Family::CuratorLatch);
        let fact = fact
            .because("Its candidates are those of a Curator LeaderLatch in `spark/leader_election`.")
            .hands_off(
                "It elects the leading master of Spark, and a Curator latch is not told when its znode \
                 goes: two would lead. Restart the leading master instead.",
            );
        Some(Fact::Lock(fact))
    }
}
