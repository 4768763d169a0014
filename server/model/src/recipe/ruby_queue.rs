//! The message queue of zk (Ruby), 1.9 (`ZK::MessageQueue`).
//!
//! `/_zkqueues/<queue>/message<seq>` persistent, data raw. A consumer locks a message with an exclusive lock that is
//! named after its path, in another directory, and deletes it when it is done.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Queue;

impl Recogniser for Queue {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.within("_zkqueues").then_some(())?;
        let fact = QueueFact::flat(site, &["zk-ruby.MessageQueue"], QueueKind::Fifo, Family::RubyMessage)?;
        Some(Fact::Queue(
            fact.likely()
                .because("Its items are named `message<number>` below `_zkqueues`, as those of zk (Ruby)."),
        ))
    }
}
