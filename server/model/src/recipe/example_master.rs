//! The master of the master-and-workers example, as npm's `zookeeper` and the book on ZooKeeper have it.
//!
//! `/master` ephemeral, one znode, data the client's id, beside `workers` and `tasks`. Workers, `worker-<seq>`, are
//! members; tasks, `task-<seq>`, are persistent and stay until somebody assigns them, which is no queue that consumers
//! share.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site};

pub(super) struct Master;

impl Recogniser for Master {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let here = site.path.name() == "master" && site.znode.stat().owner().is_some();
        (here && site.has_sibling("workers") && site.has_sibling("tasks")).then_some(())?;
        let fact = LockFact::single(site, &["npm-zookeeper.Master"], LockKind::Election);
        let fact = fact.likely().because(
            "It is ephemeral and called `master`, beside `workers` and `tasks`, as in the example \
                 of master and workers.",
        );
        Some(Fact::Lock(fact))
    }
}
