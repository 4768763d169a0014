//! The mirror: one cluster's tree, kept like ZooKeeper's own by one watch and batched reads.
//!
//! Who may write is visible in the types: [`Writer`] is not `Clone` and only the follower has it; [`Mirror`] is a
//! handle to read, cloned freely. Data flows one way: watch → [`dirty`] → [`reader`] → [`Writer`] → revisions.

mod budget;
mod dirty;
mod follower;
mod journal;
mod publisher;
mod reader;
mod scan;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use zooscope_model::{Revision, Thresholds};
use zooscope_protocol::{AclEntry, ClusterInfo, RevisionId, Stat, Status, Timestamp, ZnodePath};

pub use budget::Budget;
pub use follower::{Following, follow};
pub use journal::Journal;
pub use publisher::Declarer;
pub use writer::Writer;

use crate::clock;
use crate::config::Cluster;
use crate::ensemble::{Error, Session};
use publisher::Publisher;

/// The handle to read a mirror.
#[derive(Debug, Clone)]
pub struct Mirror {
    revisions: watch::Receiver<Arc<Revision>>,
    journal: Arc<Journal>,
    heard: Arc<Heard>,
    /// How long the last scan took, in milliseconds and one more; 0 before the first.
    scan: Arc<AtomicU64>,
    /// The follower's session, while there is one.
    session: watch::Receiver<Option<Session>>,
}

/// A znode read from ZooKeeper itself, whole.
#[derive(Debug)]
pub struct Whole {
    /// Its stat.
    pub stat: Stat,
    /// Its data; `None` where it may not be read.
    pub data: Option<Vec<u8>>,
    /// Its ACL; `None` where it may not be read.
    pub acl: Option<Vec<AclEntry>>,
}

/// When ZooKeeper last answered.
#[derive(Debug, Default)]
pub struct Heard(AtomicI64);

/// A new mirror: the one who writes, the handle to tell it what is declared, and the handle to read.
pub fn mirror(
    cluster: &Cluster,
    journal_events: usize,
    thresholds: Thresholds,
) -> (Writer, Declarer, Mirror) {
    let now = clock::now();
    let info = ClusterInfo {
        name: cluster.name.clone(),
        connect: cluster.connect.to_string(),
        status: Status::Connecting,
        server_version: None,
        session: None,
        znodes: 0,
        expected: 0,
        revision: RevisionId::default(),
        since: now,
        error: None,
        environment: cluster.environment.clone(),
    };
    let mut first = Revision::first(info, now);
    first.thresholds = Arc::new(thresholds);
    let (sender, revisions) = watch::channel(Arc::new(first));
    let (sessions, session) = watch::channel(None);
    let journal = Arc::new(Journal::new(journal_events));
    let mirror = Mirror { revisions, journal, heard: Arc::default(), scan: Arc::default(), session };
    let publisher = Arc::new(Publisher::new(sender));
    let declarer = Declarer::new(publisher.clone());
    (Writer::new(publisher, sessions, mirror.clone()), declarer, mirror)
}

impl Mirror {
    /// The newest revision.
    pub fn current(&self) -> Arc<Revision> {
        self.revisions.borrow().clone()
    }

    /// Waits for a revision that this handle has not waited for yet, and returns the newest.
    pub async fn changed(&mut self) -> Arc<Revision> {
        if self.revisions.changed().await.is_err() {
            // The writer is gone, so the server stops: there will be no other revision.
            std::future::pending::<()>().await;
        }
        self.revisions.borrow_and_update().clone()
    }

    /// Waits, at most for `patience`, until a revision satisfies `condition`; returns the newest in any case.
    pub async fn settled(&self, patience: Duration, condition: impl Fn(&Revision) -> bool) -> Arc<Revision> {
        let mut own = self.revisions.clone();
        let waiting = own.wait_for(|revision| condition(revision));
        match tokio::time::timeout(patience, waiting).await {
            Ok(Ok(revision)) => revision.clone(),
            _ => self.current(),
        }
    }

    /// The follower's session, while there is one.
    pub(crate) fn session(&self) -> Option<Session> {
        self.session.borrow().clone()
    }

    /// The record of what happened.
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// How long ago ZooKeeper last answered, in milliseconds; `None` if it never did.
    pub fn stale_ms(&self, now: Timestamp) -> Option<u64> {
        self.heard.last().map(|heard| heard.millis_until(now))
    }

    /// How long the last scan of the whole tree took, in milliseconds, from its first request until the tree was shown; `None`
    /// before the first.
    pub fn scan_ms(&self) -> Option<u64> {
        self.scan.load(Ordering::Relaxed).checked_sub(1)
    }

    /// A scan took so long.
    fn scanned(&self, took: Duration) {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.scan.store(ms.saturating_add(1), Ordering::Relaxed);
    }

    /// Reads a znode from ZooKeeper itself. Errors: [`Error::NoNode`]; [`Error::NoAnswer`] while there is no session.
    pub async fn whole(&self, path: &ZnodePath) -> Result<Whole, Error> {
        let session = self.session().ok_or(Error::NoAnswer)?;
        let acl = session.acl(path).await.ok();
        match session.data(path).await {
            Ok((data, stat)) => Ok(Whole { stat, data: Some(data), acl }),
            Err(Error::NoAuth) => {
                let stat = session.stat(path).await?.ok_or(Error::NoNode)?;
                Ok(Whole { stat, data: None, acl })
            }
            Err(error) => Err(error),
        }
    }

    /// Whether a znode is there with this czxid at the newest revision.
    pub fn shows(revision: &Revision, path: &ZnodePath, czxid: zooscope_protocol::Zxid) -> bool {
        revision.tree.get(path).is_some_and(|znode| znode.stat().czxid == czxid)
    }
}

impl Heard {
    /// ZooKeeper has answered.
    pub fn answer(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::Relaxed);
    }

    /// When it last did.
    pub fn last(&self) -> Option<Timestamp> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            heard => Some(Timestamp(heard)),
        }
    }
}
