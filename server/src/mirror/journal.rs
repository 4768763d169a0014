//! The record of what happened: the newest events, and how many older ones were forgotten.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use zooscope_protocol::api::JournalPage;
use zooscope_protocol::view;
use zooscope_protocol::{Event, EventKind, Timestamp, ZnodePath, Zxid};

/// A bounded journal. Numbers are given without gaps, so a reader sees what it missed.
#[derive(Debug)]
pub struct Journal {
    limit: usize,
    ring: Mutex<VecDeque<Event>>,
    newest: watch::Sender<u64>,
}

impl Journal {
    /// A journal of the newest `limit` events, at least one.
    pub fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), ring: Mutex::default(), newest: watch::Sender::new(0) }
    }

    /// Writes an event down.
    pub fn record(
        &self,
        at: Timestamp,
        kind: EventKind,
        path: Option<ZnodePath>,
        zxid: Option<Zxid>,
        note: Option<String>,
    ) {
        let mut ring = self.lock();
        let seq = *self.newest.borrow() + 1;
        if ring.len() == self.limit {
            ring.pop_front();
        }
        ring.push_back(Event { seq, at, kind, path, zxid, note });
        // Within the lock, so that the numbers follow each other.
        self.newest.send_replace(seq);
    }

    /// The number of the newest event, to be waited on.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Up to `limit` events after number `after`, the oldest first, at or below `path`.
    pub fn page(&self, after: u64, path: Option<&ZnodePath>, limit: usize) -> JournalPage {
        let ring = self.lock();
        let oldest = ring.front().map_or(1, |event| event.seq);
        let start = ring.partition_point(|event| event.seq <= after);
        let events = ring.range(start..).filter(|event| concerns(event, path)).take(limit).cloned().collect();
        JournalPage { events, dropped: oldest.saturating_sub(after + 1), newest: *self.newest.borrow() }
    }

    /// The newest `limit` events at or below `path`.
    pub fn latest(&self, path: Option<&ZnodePath>, limit: u32) -> view::Journal {
        let ring = self.lock();
        let matching = ring.iter().rev().filter(|event| concerns(event, path));
        let mut events: Vec<Event> = matching.take(limit as usize).cloned().collect();
        events.reverse();
        view::Journal {
            limit,
            dropped: ring.front().map_or(0, |event| event.seq - 1),
            newest: *self.newest.borrow(),
            events,
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an event is at or below a znode. What is about no znode concerns everybody.
fn concerns(event: &Event, path: Option<&ZnodePath>) -> bool {
    match (path, &event.path) {
        (Some(path), Some(of)) => of.is_within(path),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_is_counted() {
        let journal = Journal::new(3);
        for n in 1..=5 {
            let path = ZnodePath::parse(&format!("/q/{n}")).unwrap();
            journal.record(Timestamp(n), EventKind::Created, Some(path), None, None);
        }
        let page = journal.page(0, None, 10);
        assert_eq!(page.events.iter().map(|event| event.seq).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!((page.dropped, page.newest), (2, 5));
        assert_eq!(journal.page(3, None, 10).dropped, 0);
        assert_eq!(journal.page(1, None, 1).dropped, 1);
        let one = ZnodePath::parse("/q/4").unwrap();
        assert_eq!(journal.latest(Some(&one), 10).events.len(), 1);
        assert_eq!(journal.latest(None, 2).events.iter().map(|event| event.seq).collect::<Vec<_>>(), [4, 5]);
    }
}
