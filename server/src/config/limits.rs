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
    /// How many items one bulk may be about, 1 to 100,000.
    pub bulk_items: usize,
    /// How many views one browser may be subscribed to at once, 1 to 1,000.
    pub subscriptions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { journal_events: 20_000, connections: 1_100, bulk_items: 10_000, subscriptions: 64 }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), Error> {
        for (key, value, least, most) in [
            ("journal_events", self.journal_events, 100, 1_000_000),
            ("connections", self.connections, 1, 10_000),
            ("bulk_items", self.bulk_items, 1, 100_000),
            ("subscriptions", self.subscriptions, 1, 1_000),
        ] {
            if !(least..=most).contains(&value) {
                return Err(Error::value(format!("limits.{key}"), format!("write {least} to {most}")));
            }
        }
        Ok(())
    }
}
