//! Mesos' masters (`group.cpp`, `contender.cpp`).
//!
//! `<mesos>/info_<seq>` or `<mesos>/json.info_<seq>` ephemeral, data the master's address as a protocol buffer or as
//! JSON. The lowest number leads. `log_replicas`, beside them, is membership.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Master;

impl Recogniser for Master {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let first = &site.cohort(Family::MesosMaster)?.first()?.name;
        let fact = LockFact::election(site, &["mesos.MasterContender"], Family::MesosMaster);
        // `UPID`s of a master are so named, in JSON as in a protocol buffer.
        let master = |data: &[u8]| data.windows(7).any(|window| window == b"master@");
        let mesos = site.path.segments().any(|segment| segment.contains("mesos"))
            || site.znode.child(first).is_some_and(|znode| master(znode.data()));
        if !mesos {
            return Some(Fact::Lock(fact.likely().because(
                "Its children are ephemeral and named `info_<number>` or `json.info_<number>`, as the masters of Mesos are, but \
                 nothing else says that they are.",
            )));
        }
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
