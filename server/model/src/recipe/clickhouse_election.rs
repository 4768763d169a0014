//! ClickHouse's election among the replicas of a table, 18.16 to 20 (`LeaderElection.h`).
//!
//! `<table>/leader_election/leader_election-<seq>` ephemeral, data the replica. The lowest number leads, the others
//! watch the one before.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Election;

impl Recogniser for Election {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::ClickhouseCandidate)?;
        (site.path.name() == "leader_election").then_some(())?;
        let fact = LockFact::election(site, &["clickhouse.LeaderElection"], Family::ClickhouseCandidate);
        let fact = fact
            .because(
                "Its candidates are named `leader_election-<number>` in a directory of that name, as \
                 ClickHouse names them.",
            )
            .hands_off(
                "It elects the replica of a ClickHouse table that assigns merges: what a replica does \
                 whose candidate is deleted is not known. Use SYSTEM RESTART REPLICA.",
            );
        Some(Fact::Lock(fact))
    }
}
