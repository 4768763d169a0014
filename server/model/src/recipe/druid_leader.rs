//! Druid's leading coordinator and overlord: a Curator `LeaderLatch` at `<base>/coordinator/_COORDINATOR` and at
//! `<base>/overlord/_OVERLORD`.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Leader;

impl Recogniser for Leader {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::CuratorLatch)?;
        (matches!(site.path.name(), "_COORDINATOR" | "_OVERLORD")).then_some(())?;
        let fact =
            LockFact::election(site, &["druid.LeaderSelector", "curator.LeaderLatch"], Family::CuratorLatch);
        let fact = fact
            .because(
                "Its candidates are those of a Curator LeaderLatch in `_COORDINATOR` or `_OVERLORD`, as \
                 Druid calls them.",
            )
            .hands_off(
                "It elects a leader in Druid, and a Curator latch is not told when its znode goes: two \
                 would lead. Restart the leading process instead.",
            );
        Some(Fact::Lock(fact))
    }
}
