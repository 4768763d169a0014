//! Curator's `DistributedQueue`, 2.13 to 5.7.
//!
//! `<queue>/queue-<seq>` persistent, data framed by `ItemSerializer`: `00 01 00 01`, then `01`, a length and the bytes of
//! each item, then `02`. Without a lock path a consumer deletes an item before it works on it. With one it lays down
//! `<lock path>/<item's name>`, ephemeral, while it works; the lock path is stored nowhere.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let kind = (&["curator.DistributedQueue"] as &[_], QueueKind::Fifo, Family::CuratorItem);
        let cohort = site.cohort(Family::CuratorItem);
        // Where all items were put back under their whole names, no consumer takes any.
        cohort.or_else(|| site.cohort(Family::CuratorGrown))?;
        let fact = QueueFact::new(site, kind, site.path.clone(), cohort, site.lock_path());
        Some(Fact::Queue(fact.because(
            "Its items are framed by Curator and named `queue-<number>`, as those of DistributedQueue.",
        )))
    }
}
