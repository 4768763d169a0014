//! Curator's `DistributedDelayQueue`, 2.13 to 5.7: as its `DistributedQueue`, with names `queue-|<epoch in ms, upper-case
//! hex>|<seq>`. Order is by time; an item without one, or with one long past, is taken at once.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::{Family, Shape};

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.cohort(Family::CuratorItem)?.shaped(Shape::Delay) > 0).then_some(())?;
        let names = &["curator.DistributedDelayQueue"];
        let fact = QueueFact::flat(site, names, QueueKind::Delay, Family::CuratorItem)?;
        Some(Fact::Queue(fact.because(
            "Its items are framed by Curator and named `queue-|<time>|<number>`, as those of \
             DistributedDelayQueue.",
        )))
    }
}
