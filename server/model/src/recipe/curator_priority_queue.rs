//! Curator's `DistributedPriorityQueue`, 2.13 to 5.7: as its `DistributedQueue`, with names `queue-<1|0><8 upper-case hex
//! digits><seq>`, `0` before a negative priority. Order is by name. An item without a priority was put back by the
//! library after a failure.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::{Family, Shape};

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.cohort(Family::CuratorItem)?.shaped(Shape::Priority) > 0).then_some(())?;
        let names = &["curator.DistributedPriorityQueue"];
        let fact = QueueFact::flat(site, names, QueueKind::Priority, Family::CuratorItem)?;
        Some(Fact::Queue(fact.because(
            "Its items are framed by Curator and named `queue-<priority><number>`, as those of \
             DistributedPriorityQueue.",
        )))
    }
}
