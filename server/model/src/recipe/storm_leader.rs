//! Storm's Nimbus leader: a Curator `LeaderLatch` at `<root>/leader-lock`, data `host:port`.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Leader;

impl Recogniser for Leader {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::CuratorLatch)?;
        (site.path.name() == "leader-lock").then_some(())?;
        let fact =
            LockFact::election(site, &["storm.LeaderElector", "curator.LeaderLatch"], Family::CuratorLatch);
        let storm = ["storms", "supervisors", "nimbuses"].iter().any(|name| site.has_sibling(name));
        if !storm {
            return Some(Fact::Lock(fact.likely().because(
                "Its candidates are those of a Curator LeaderLatch in a directory called `leader-lock`, as Storm calls it, \
                 but nothing else of Storm's is beside it.",
            )));
        }
        let fact = fact
            .because(
                "Its candidates are those of a Curator LeaderLatch in a directory called `leader-lock`, \
                 beside others of Storm's.",
            )
            .hands_off(
                "It elects the leading Nimbus of Storm, and a Curator latch is not told when its znode \
                 goes: two would lead. Restart the leading Nimbus instead.",
            );
        Some(Fact::Lock(fact))
    }
}
