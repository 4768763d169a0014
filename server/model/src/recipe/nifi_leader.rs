//! NiFi's cluster coordinator and primary node: a Curator `LeaderSelector` at `<root>/leaders/<role>`.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Leader;

impl Recogniser for Leader {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::CuratorLock)?;
        let nifi = |segment: &str| segment == "nifi" || segment.starts_with("nifi-");
        (site.parent_name() == "leaders" && site.path.segments().any(nifi)).then_some(())?;
        let fact =
            LockFact::election(site, &["nifi.LeaderElection", "curator.LeaderSelector"], Family::CuratorLock);
        let fact = fact
            .because(
                "Its candidates are those of a Curator LeaderSelector in a directory of NiFi called \
                 `leaders`.",
            )
            .hands_off(
                "It elects a role in NiFi, and a Curator selector is not told when its znode goes: two \
                 nodes would have the role. Disconnect that node in NiFi instead.",
            );
        Some(Fact::Lock(fact))
    }
}
