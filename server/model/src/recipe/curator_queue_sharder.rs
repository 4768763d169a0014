//! A shard of Curator's `QueueSharder`, 2.13 to 5.7.
//!
//! `<queues>/queue-<uuid>` persistent, each a queue of its own with all that Curator's queues have; new ones are made,
//! by a leader, when the others are too deep.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::{Family, Shape, is_uuid};

pub(super) struct Shard;

impl Recogniser for Shard {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let shard = site.path.name().strip_prefix("queue-").is_some_and(is_uuid);
        let cohort = site.cohort(Family::CuratorItem).filter(|_| shard)?;
        (cohort.shaped(Shape::Plain) == cohort.len()).then_some(())?;
        let names = &["curator.QueueSharder", "curator.DistributedQueue"];
        let fact = QueueFact::flat(site, names, QueueKind::Fifo, Family::CuratorItem)?;
        let fact = fact.because(
            "Its items are named `queue-<number>` and framed by Curator, in a directory named \
                 `queue-<uuid>` as QueueSharder names it.",
        );
        Some(Fact::Queue(fact))
    }
}
