//! The ear: takes events off the client's unbounded queue at once, and does nothing else.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use zooscope_protocol::EventKind;

use crate::clock;
use crate::ensemble::{Watch, WatchEvent};
use crate::mirror::Journal;
use crate::mirror::dirty::Dirty;

/// A listening task. It ends with the handle.
#[derive(Debug)]
pub(super) struct Ear {
    task: JoinHandle<()>,
    interruptions: watch::Sender<u64>,
}

impl Ear {
    /// Moves the events of a watch into the dirty set and the journal until the session ends.
    pub(super) fn listen(mut watch: Watch, dirty: Arc<Dirty>, journal: Arc<Journal>) -> Self {
        let interruptions = watch::Sender::new(0);
        let interrupted = interruptions.clone();
        let task = tokio::spawn(async move {
            loop {
                match watch.next().await {
                    WatchEvent::Znode { kind, path, zxid } => {
                        journal.record(clock::now(), kind, Some(path.clone()), zxid, None);
                        if kind != EventKind::DataChanged
                            && let Some(parent) = path.parent()
                        {
                            dirty.mark(parent);
                        }
                        dirty.mark(path);
                    }
                    WatchEvent::Connection => interrupted.send_modify(|count| *count += 1),
                    WatchEvent::Unreadable(path) => {
                        tracing::warn!(path, "an event names a path that no server should accept");
                    }
                    WatchEvent::Ended => {
                        interrupted.send_modify(|count| *count += 1);
                        return;
                    }
                }
            }
        });
        Self { task, interruptions }
    }

    /// Forgets the interruptions so far, for a rescan begins.
    pub(super) fn forget(&self) {
        self.interruptions.send_replace(0);
    }

    /// Waits until the connection was interrupted since the last rescan began: events may be missing.
    pub(super) async fn interrupted(&self) {
        let mut count = self.interruptions.subscribe();
        if count.wait_for(|count| *count > 0).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.task.abort();
    }
}
