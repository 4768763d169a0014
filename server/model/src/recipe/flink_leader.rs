//! Flink's leaders with ZooKeeper (`ZooKeeperLeaderElectionDriver`, 1.5 to 1.17).
//!
//! A Curator `LeaderLatch` at `<root>/<cluster>/…/latch` or, before 1.15, below `leaderlatch`; who leads writes its
//! address into `connection_info`. The ephemeral `<uuid>` children of job graphs and checkpoints lock these against
//! their deletion and are no contenders.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Leader;

impl Recogniser for Leader {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::CuratorLatch)?;
        (site.within("leaderlatch")
            || (site.path.name() == "latch"
                && site.path.segments().any(|segment| segment.starts_with("flink"))))
        .then_some(())?;
        let fact =
            LockFact::election(site, &["flink.LeaderElection", "curator.LeaderLatch"], Family::CuratorLatch);
        let fact = fact
            .because("Its candidates are those of a Curator LeaderLatch where Flink keeps its latches.")
            .hands_off(
                "It elects a leader in Flink, and a Curator latch is not told when its znode goes: two \
                 would lead. Restart the leading process instead.",
            );
        Some(Fact::Lock(fact))
    }
}
