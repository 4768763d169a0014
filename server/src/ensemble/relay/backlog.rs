//! The watch events that were let through to the client and not heard yet: how many, and how many bytes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// The events that wait to be heard, by their lengths.
#[derive(Debug, Default)]
pub(in crate::ensemble) struct Backlog {
    waiting: Mutex<Waiting>,
    heard: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    lengths: VecDeque<usize>,
    bytes: usize,
}

impl Waiting {
    fn has_room(&self) -> bool {
        self.lengths.len() < Backlog::EVENTS && self.bytes < Backlog::BYTES
    }
}

/// Nobody hears them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl Backlog {
    /// How many may wait, and how many bytes.
    pub(super) const EVENTS: usize = 50_000;
    const BYTES: usize = 16 * 1024 * 1024;
    /// How long an event waits for room.
    #[cfg(not(test))]
    const PATIENCE: Duration = Duration::from_secs(10);
    #[cfg(test)]
    const PATIENCE: Duration = Duration::from_millis(500);

    /// Whether an event would not have to wait.
    pub(super) fn has_room(&self) -> bool {
        self.lock().has_room()
    }

    /// Waits until there is room for an event of this length, and counts it. Errors: nobody hears any.
    pub(super) async fn room(&self, length: usize) -> Result<(), Full> {
        let place = async {
            loop {
                let heard = self.heard.notified();
                {
                    let mut waiting = self.lock();
                    if waiting.has_room() {
                        waiting.lengths.push_back(length);
                        waiting.bytes += length;
                        return;
                    }
                }
                heard.await;
            }
        };
        timeout(Self::PATIENCE, place).await.map_err(|_| Full)
    }

    /// One was heard.
    pub(in crate::ensemble) fn hear(&self) {
        let mut waiting = self.lock();
        let length = waiting.lengths.pop_front().unwrap_or_default();
        waiting.bytes -= length;
        drop(waiting);
        // There is one relay of a session, and one of its connections at a time.
        self.heard.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
