//! Mesos' masters (`group.cpp`, `contender.cpp`).
//!
//! `<mesos>/info_<seq>` or `<mesos>/json.info_<seq>` ephemeral, data the master's address as a protocol buffer or as
//! JSON. The lowest number leads. `log_replicas`, beside them, is membership.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Master;

impl Recogniser for Master {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::MesosMaster)?;
        let fact = LockFact::election(site, &["mesos.MasterContender"], Family::MesosMaster);
        let fact = fact
            .because(
                "Its children are named `info_<number>` or `json.info_<number>`, as the masters of \
                 Mesos are.",
            )
            .hands_off(
                "It elects the leading master of Mesos, and processes that watch it end themselves when \
                 they lose it. Stop the master instead.",
            );
        Some(Fact::Lock(fact))
    }
}
