//! The writer: the only one that changes the tree, and that publishes revisions.

use std::sync::Arc;

use tokio::sync::watch;
use zooscope_model::{Put, Record, Roster, Tree};
use zooscope_protocol::{ClusterInfo, EventKind, Status, ZnodePath};

use super::publisher::Publisher;
use super::{Heard, Mirror};
use crate::clock;
use crate::ensemble::Session;

/// The one writer of a mirror. What it is told is seen by nobody before [`Writer::publish`].
#[derive(Debug)]
pub struct Writer {
    publisher: Arc<Publisher>,
    sessions: watch::Sender<Option<Session>>,
    mirror: Mirror,
    tree: Tree,
    packing: Packing,
    info: ClusterInfo,
}

/// When a tree that has shrunk is packed: rarely enough that packing costs next to nothing.
#[derive(Debug, Default)]
struct Packing {
    /// How many znodes the tree had at most since it was packed.
    most: u64,
}

impl Packing {
    /// A tree that never had so many znodes is not worth packing.
    const LEAST: u64 = 50_000;
    /// To which part of itself a tree has shrunk when it is packed.
    const PART: u64 = 4;

    /// Whether a tree that has so many znodes now is to be packed.
    fn is_due(&mut self, znodes: u64) -> bool {
        let due = self.most >= Self::LEAST && znodes < self.most / Self::PART;
        self.most = if due { znodes } else { self.most.max(znodes) };
        due
    }
}

impl Writer {
    pub(super) fn new(
        publisher: Arc<Publisher>,
        sessions: watch::Sender<Option<Session>>,
        mirror: Mirror,
    ) -> Self {
        let current = publisher.current();
        Self {
            publisher,
            sessions,
            mirror,
            tree: current.tree.clone(),
            packing: Packing::default(),
            info: current.info.clone(),
        }
    }

    /// The tree as it is written so far.
    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The status as it is written so far.
    pub(super) fn info(&self) -> &ClusterInfo {
        &self.info
    }

    /// The handle to read what is published.
    pub(super) fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// ZooKeeper has answered.
    pub(super) fn heard(&self) -> &Heard {
        &self.mirror.heard
    }

    /// Puts a znode.
    pub(super) fn put(&mut self, path: &ZnodePath, record: Record) -> Put {
        self.tree.put(path, record)
    }

    /// Removes a znode and all below it.
    pub(super) fn remove(&mut self, path: &ZnodePath) -> bool {
        self.tree.remove(path)
    }

    /// Takes the tree of a scan in place of the old one.
    pub(super) fn replace(&mut self, tree: Tree) {
        self.tree = tree;
    }

    /// Sets how the mirror stands, and why, and publishes it if that is news.
    pub(super) fn status(&mut self, status: Status, error: Option<String>) {
        if self.info.status == status && self.info.error == error {
            return;
        }
        if self.info.status != status {
            self.info.since = clock::now();
            let note = match &error {
                Some(error) => format!("{}: {error}", words(status)),
                None => words(status).to_owned(),
            };
            self.mirror.journal.record(clock::now(), EventKind::Status, None, None, Some(note));
        }
        self.info.status = status;
        self.info.error = error;
        self.publish();
    }

    /// Sets whom the mirror talks to.
    pub(super) fn connected(&mut self, session: &Session, server_version: Option<String>) {
        self.info.session = Some(session.id());
        self.info.server_version = server_version;
        self.sessions.send_replace(Some(session.clone()));
    }

    /// The session is over.
    pub(super) fn disconnected(&mut self) {
        self.info.session = None;
        self.sessions.send_replace(None);
    }

    /// Tells how far a scan is.
    pub(super) fn progress(&mut self, znodes: u64, expected: u64) {
        self.info.znodes = znodes;
        self.info.expected = expected;
        self.publish();
    }

    /// Publishes what was written as the next revision.
    pub(super) fn publish(&mut self) {
        if self.packing.is_due(self.tree.len()) {
            self.tree = self.tree.repacked();
        }
        let (tree, info) = (self.tree.clone(), self.info.clone());
        let published = self.publisher.publish(|last| Some(last.next(tree, info, clock::now())));
        self.info.znodes = published.info.znodes;
    }

    /// Publishes what the servers told of their sessions.
    pub(super) fn roster(&self, roster: Arc<Roster>) {
        self.publisher
            .publish(|last| (*last.roster != *roster).then(|| last.with_roster(roster, clock::now())));
    }

    /// Publishes what changes with time alone: rates and trends.
    pub(super) fn tick(&self) {
        self.publisher.publish(|last| last.tick(clock::now()));
    }
}

fn words(status: Status) -> &'static str {
    match status {
        Status::Connecting => "connecting",
        Status::Scanning => "scanning",
        Status::Live => "live",
        Status::Stale => "stale",
        Status::ReadOnly => "the server is read-only",
        Status::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_packed_once_each_time_it_has_shrunk_to_a_quarter() {
        let mut packing = Packing::default();
        let due = [10, 1, 400_000, 100_000, 99_999, 99_999, 30_000, 24_999, 24_998, 6_000, 1]
            .map(|znodes| packing.is_due(znodes));
        assert_eq!(
            due,
            [false, false, false, false, true, false, false, false, true, false, false],
            "a small one never, and a large one not again for what it has lost already"
        );
    }
}
