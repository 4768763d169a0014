//! Solr's elections, 8 and 9: of the overseer and of each shard (`LeaderElector`).
//!
//! `<election>/<session, signed decimal>-<node>-n_<seq>` ephemeral, in a directory called `election`:
//! `/overseer_elect/election` and `/collections/<collection>/leader_elect/<shard>/election`. The lowest number leads,
//! each other watches the one before it. Who joins at the head makes a znode with the second's number, so that two are
//! equal: those stand by name. The leader's own znode beside it, `leader`, repeats who leads.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Election;

impl Recogniser for Election {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::SolrCandidate)?;
        (site.path.name() == "election").then_some(())?;
        let fact = LockFact::election(site, &["solr.LeaderElector"], Family::SolrCandidate);
        let fact = fact
            .because(
                "Its children are named `<owning session>-<node>-n_<number>` in a directory called \
                 `election`, as Solr names its candidates.",
            )
            .hands_off(
                "It elects a leader in Solr: a node whose candidate is deleted stays out of the line \
                 until it has a new session. Use the Collections API (REBALANCELEADERS, or restart the \
                 node).",
            );
        Some(Fact::Lock(fact))
    }
}
