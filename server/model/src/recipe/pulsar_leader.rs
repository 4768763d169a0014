//! The leader of Pulsar's load balancer: `/loadbalance/leader` ephemeral, data JSON with its address.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site};

pub(super) struct Leader;

impl Recogniser for Leader {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let here = site.path.name() == "leader" && site.parent_name() == "loadbalance";
        (here && site.znode.stat().owner().is_some()).then_some(())?;
        let fact = LockFact::single(site, &["pulsar.LeaderElectionService"], LockKind::Election);
        let fact = fact
            .because(
                "It is ephemeral and called `loadbalance/leader`, as the leader of Pulsar's load \
                 balancer is.",
            )
            .hands_off("It says which broker of Pulsar balances the load. Restart that broker instead.");
        Some(Fact::Lock(fact))
    }
}
