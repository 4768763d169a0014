//! Curator's `SimpleDistributedQueue`, 5.7, and the queues of ZooKeeper's own recipes in Java and C, 3.8, which share
//! one layout: `<queue>/qn-<seq>` persistent, data raw. A consumer deletes an item before it works on it.
//!
//! Solr's overseer uses the same names, with `qnr-<seq>` for answers: its items are requests whose senders wait for
//! their very number, and are no work to move about.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let solr = site.cohort(Family::SolrAnswer).is_some()
            || site.path.segments().any(|segment| segment == "overseer");
        let names = &["curator.SimpleDistributedQueue", "zookeeper.DistributedQueue", "zookeeper-c.queue"];
        (!solr).then(|| QueueFact::flat(site, names, QueueKind::Fifo, Family::SimpleItem))?.map(Fact::Queue)
    }
}
