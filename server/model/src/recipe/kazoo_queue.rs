//! kazoo's `Queue`, 2.8 to 2.11 (`kazoo/recipe/queue.py`).
//!
//! `<queue>/entry-<priority, 3 digits>-<seq>` persistent, data raw. Consumers take the lowest name and delete it before
//! they work on it, so work in hand is not seen. Any child is consumed, whatever its name.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let fact = QueueFact::flat(site, &["kazoo.Queue"], QueueKind::Priority, Family::KazooEntry)?;
        Some(Fact::Queue(fact.because(
            "Its items are persistent and named `entry-<priority>-<number>`, as those of kazoo's Queue.",
        )))
    }
}
