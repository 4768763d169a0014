//! Curator's `DistributedDoubleBarrier`, 2.13 to 5.7.
//!
//! `<barrier>/<uuid>` ephemeral, data the client's address; `<barrier>/ready` persistent as soon as there are enough.
//! As kazoo's in all else. Flink locks its job graphs and checkpoints with children of the same names, below a znode
//! whose data is a Java object; from 1.12 on they are in a directory `locks` there (`ZooKeeperStateHandleStore`).

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;
use crate::tree::Znode;

pub(super) struct DoubleBarrier;

/// How a serialised Java object begins (`ObjectStreamConstants`).
const JAVA_OBJECT: [u8; 2] = [0xac, 0xed];

impl Recogniser for DoubleBarrier {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let java = |znode: &Znode| znode.data().starts_with(&JAVA_OBJECT);
        let around = || site.path.parent().and_then(|path| site.tree.get(&path));
        let flink = java(site.znode) || (site.path.name() == "locks" && around().is_some_and(java));
        (!flink).then_some(())?;
        let fact =
            LockFact::barrier(site, &["curator.DistributedDoubleBarrier"], Family::CuratorParticipant)?;
        let fact = fact.because(
            "All its children are ephemeral and named by a UUID, with `ready` beside them once it \
                 is full, as those of Curator's DistributedDoubleBarrier.",
        );
        Some(Fact::Lock(fact))
    }
}
