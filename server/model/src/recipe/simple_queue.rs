//! Curator's `SimpleDistributedQueue`, 5.7, and the queues of ZooKeeper's own recipes in Java and C, 3.8, which share
//! one layout: `<queue>/qn-<seq>` persistent, data raw. A consumer deletes an item before it works on it.
//!
//! Solr's overseer uses the same names, and is told by what is around it. The `zookeeper` crate (Rust) uses them too.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let names = &[
            "curator.SimpleDistributedQueue",
            "zookeeper.DistributedQueue",
            "zookeeper-c.queue",
            "zookeeper-crate.queue",
        ];
        let fact = QueueFact::flat(site, names, QueueKind::Fifo, Family::SimpleItem)?;
        Some(Fact::Queue(fact.because(
            "Its items are persistent and named `qn-<number>`, as those of four libraries that cannot be told \
             apart.",
        )))
    }
}
