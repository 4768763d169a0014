//! The bounds of everything that could grow.

use serde::Deserialize;

use super::Error;

/// The bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How many events each cluster's journal keeps, 100 to 1,000,000.
    pub journal_events: usize,
    /// How many browsers may be connected at once, 1 to 10,000.
    pub connections: usize,
    /// How many streams one person may have open at once, 1 to 10,000; where nobody is known this does not count.
    pub streams_per_person: usize,
    /// How many connections there may be at once, beside the streams, 10 to 100,000.
    pub sockets: usize,
    /// How many items one bulk may be about, 1 to 100,000.
    pub bulk_items: usize,
    /// How many views one browser may be subscribed to at once, 1 to 1,000.
    pub subscriptions: usize,
    /// How many actions one person may do in a minute, 1 to 10,000. Without it 10 where people sign in, and as many as one can
    /// where nobody is known.
    pub actions_per_minute: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            journal_events: 20_000,
            connections: 1_100,
            streams_per_person: 10,
            sockets: 2_000,
            bulk_items: 10_000,
            subscriptions: 64,
            actions_per_minute: None,
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), Error> {
        for (key, value, least, most) in [
            ("journal_events", self.journal_events, 100, 1_000_000),
            ("connections", self.connections, 1, 10_000),
            ("streams_per_person", self.streams_per_person, 1, 10_000),
            ("sockets", self.sockets, 10, 100_000),
            ("bulk_items", self.bulk_items, 1, 100_000),
            ("subscriptions", self.subscriptions, 1, 1_000),
            ("actions_per_minute", self.actions_per_minute.map_or(1, |times| times as usize), 1, 10_000),
        ] {
            if !(least..=most).contains(&value) {
                return Err(Error::value(format!("limits.{key}"), format!("write {least} to {most}")));
            }
        }
        Ok(())
    }
}
