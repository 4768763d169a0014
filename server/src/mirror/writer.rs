//! The writer: the only one that changes the tree, and that publishes revisions.

use std::sync::Arc;

use tokio::sync::watch;
use zooscope_model::{Put, Record, Revision, Roster, Tree};
use zooscope_protocol::{ClusterInfo, EventKind, Status, ZnodePath};

use super::{Heard, Mirror};
use crate::clock;
use crate::ensemble::Session;

/// The one writer of a mirror. What it is told is seen by nobody before [`Writer::publish`].
#[derive(Debug)]
pub struct Writer {
    revisions: watch::Sender<Arc<Revision>>,
    sessions: watch::Sender<Option<Session>>,
    mirror: Mirror,
    tree: Tree,
    info: ClusterInfo,
}

impl Writer {
    pub(super) fn new(
        revisions: watch::Sender<Arc<Revision>>,
        sessions: watch::Sender<Option<Session>>,
        mirror: Mirror,
    ) -> Self {
        let current = revisions.borrow().clone();
        Self { revisions, sessions, mirror, tree: current.tree.clone(), info: current.info.clone() }
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
        let last = self.revisions.borrow().clone();
        let next = last.next(self.tree.clone(), self.info.clone(), clock::now());
        self.info.znodes = next.info.znodes;
        self.revisions.send_replace(Arc::new(next));
    }

    /// Publishes what the servers told of their sessions.
    pub(super) fn roster(&self, roster: Arc<Roster>) {
        let last = self.revisions.borrow().clone();
        if *last.roster != *roster {
            self.revisions.send_replace(Arc::new(last.with_roster(roster, clock::now())));
        }
    }

    /// Publishes what changes with time alone: rates and trends.
    pub(super) fn tick(&self) {
        let last = self.revisions.borrow().clone();
        if let Some(next) = last.tick(clock::now()) {
            self.revisions.send_replace(Arc::new(next));
        }
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
