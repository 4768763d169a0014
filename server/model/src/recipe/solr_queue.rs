//! Solr's overseer queues, 8 and 9 (`ZkDistributedQueue`, `OverseerTaskQueue`).
//!
//! `/overseer/queue/qn-<seq>` persistent: changes of state. `/overseer/collection-queue-work/qn-<N>` persistent: a
//! request, whose number is that of the answer `qnr-<N>`, ephemeral, which its sender waits at. A request that moves
//! to another number is never answered.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::SimpleItem)?;
        let tasks = site.cohort(Family::SolrAnswer).is_some() || site.path.name() == "collection-queue-work";
        (tasks || site.within("overseer")).then_some(())?;
        let names = if tasks { &["solr.OverseerTaskQueue"] } else { &["solr.OverseerQueue"] };
        let fact = QueueFact::flat(site, names, QueueKind::Fifo, Family::SimpleItem)?;
        let fact = fact
            .because(
                "Its items are named `qn-<number>` and it is below `overseer` or has answers named \
                 `qnr-<number>`, as Solr's queues do.",
            )
            .hands_off(
                "It is a queue of Solr's overseer: the sender of a request waits for an answer with the \
                 request's number, so that one that moves is never answered. Use the Collections API.",
            );
        Some(Fact::Queue(fact))
    }
}
