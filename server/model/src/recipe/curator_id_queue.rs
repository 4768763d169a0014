//! Curator's `DistributedIdQueue`, 2.13 to 5.7: as its `DistributedQueue`, with names `queue-|<id>|<seq>`. Order is by
//! number. An id of eight or more upper-case hexadecimal digits looks like a time; one other id tells the queue, and so does it that
//! none would be a time of this century.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::{Family, Shape};

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let cohort = site.cohort(Family::CuratorItem)?;
        let shaped = |shape| cohort.shaped(shape) > 0;
        (shaped(Shape::Id) || (shaped(Shape::Hex) && !shaped(Shape::Delay))).then_some(())?;
        let names = &["curator.DistributedIdQueue"];
        let fact = QueueFact::flat(site, names, QueueKind::Id, Family::CuratorItem)?;
        Some(Fact::Queue(fact.because(
            "Its items are framed by Curator and named `queue-|<id>|<number>`, as those of DistributedIdQueue.",
        )))
    }
}
