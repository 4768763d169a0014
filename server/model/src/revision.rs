//! A revision: one state of a cluster's mirror, immutable, with all that is derived from it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use zooscope_protocol::view::Deadlock;
use zooscope_protocol::{ClusterInfo, RevisionId, Status, Timestamp, ZnodePath};

use crate::catalog::Catalog;
use crate::declared::Declarations;
use crate::diff::diff;
use crate::observed::Observed;
use crate::recipe::{LockFact, QueueFact};
use crate::roster::Roster;
use crate::tree::Tree;

/// One state of a cluster's mirror.
pub struct Revision {
    /// Its number.
    pub id: RevisionId,
    /// When it was published.
    pub at: Timestamp,
    /// How the mirror stood.
    pub info: ClusterInfo,
    /// The tree.
    pub tree: Tree,
    /// What is recognised in it.
    pub catalog: Catalog,
    /// What only watching tells: since when, how fast.
    pub observed: Observed,
    /// What the servers said of their sessions when they were last asked.
    pub roster: Arc<Roster>,
    deadlocks: OnceLock<Vec<Deadlock>>,
}

impl Revision {
    /// The revision before anything was read.
    pub fn first(info: ClusterInfo, at: Timestamp) -> Self {
        Self {
            id: info.revision,
            at,
            info,
            tree: Tree::default(),
            catalog: Catalog::default(),
            observed: Observed::default(),
            roster: Arc::default(),
            deadlocks: OnceLock::new(),
        }
    }

    /// The revision that follows with this tree and status. It costs what differs between the trees.
    pub fn next(&self, tree: Tree, mut info: ClusterInfo, at: Timestamp) -> Self {
        let id = RevisionId(self.id.0 + 1);
        let roster = self.roster.clone();
        info.revision = id;
        if !matches!(info.status, Status::Connecting | Status::Scanning) {
            info.znodes = tree.len();
        }
        if self.tree.is_same(&tree) {
            let (catalog, observed) = (self.catalog.clone(), self.observed.clone());
            return Self { id, at, info, tree, catalog, observed, roster, deadlocks: self.deadlocks.clone() };
        }
        let differences = diff(&self.tree, &tree);
        let updated = self.catalog.updated(&self.tree, &tree, &differences);
        let seen = self.info.status == Status::Live && info.status == Status::Live;
        let observed = self.observed.updated(&self.catalog, &updated, &tree, at, seen);
        Self { id, at, info, tree, catalog: updated.catalog, observed, roster, deadlocks: OnceLock::new() }
    }

    /// The revision that follows by the passing of time alone, to be asked for once a second: rates and trends. `None` where
    /// there is no queue.
    pub fn tick(&self, at: Timestamp) -> Option<Self> {
        let none = self.catalog.queues.is_empty() && self.observed.idle_queues().is_empty();
        if none || self.info.status != Status::Live {
            return None;
        }
        let id = RevisionId(self.id.0 + 1);
        Some(Self {
            id,
            at,
            info: ClusterInfo { revision: id, ..self.info.clone() },
            tree: self.tree.clone(),
            catalog: self.catalog.clone(),
            observed: self.observed.ticked(&self.catalog, &self.tree, at),
            roster: self.roster.clone(),
            deadlocks: self.deadlocks.clone(),
        })
    }

    /// The revision that follows when the servers were asked for their sessions.
    pub fn with_roster(&self, roster: Arc<Roster>, at: Timestamp) -> Self {
        let id = RevisionId(self.id.0 + 1);
        Self {
            id,
            at,
            info: ClusterInfo { revision: id, ..self.info.clone() },
            tree: self.tree.clone(),
            catalog: self.catalog.clone(),
            observed: self.observed.clone(),
            roster,
            deadlocks: self.deadlocks.clone(),
        }
    }

    /// The revision that follows when other recipes are declared. It costs the directories that they are about.
    pub fn with_declarations(&self, declarations: Arc<Declarations>, at: Timestamp) -> Self {
        let id = RevisionId(self.id.0 + 1);
        let updated = self.catalog.redeclared(&self.tree, declarations);
        let observed = self.observed.updated(&self.catalog, &updated, &self.tree, at, false);
        Self {
            id,
            at,
            info: ClusterInfo { revision: id, ..self.info.clone() },
            tree: self.tree.clone(),
            catalog: updated.catalog,
            observed,
            roster: self.roster.clone(),
            deadlocks: OnceLock::new(),
        }
    }

    /// The declarations in force.
    pub fn declarations(&self) -> &Arc<Declarations> {
        self.catalog.declarations()
    }

    /// The lock at a path, held, waited for or idle.
    pub(crate) fn lock(&self, path: &ZnodePath) -> Option<&LockFact> {
        self.catalog.locks.get(path).or_else(|| self.observed.idle_locks().get(path)).map(Arc::as_ref)
    }

    /// All locks, the idle ones last.
    pub(crate) fn locks(&self) -> impl Iterator<Item = (&ZnodePath, &LockFact)> {
        let locks = self.catalog.locks.iter().chain(self.observed.idle_locks());
        locks.map(|(path, fact)| (path, fact.as_ref()))
    }

    /// The queue at a path, drained or not.
    pub(crate) fn queue(&self, path: &ZnodePath) -> Option<&QueueFact> {
        self.catalog.queues.get(path).or_else(|| self.observed.idle_queues().get(path)).map(Arc::as_ref)
    }

    /// All queues, the drained ones last.
    pub(crate) fn queues(&self) -> impl Iterator<Item = (&ZnodePath, &QueueFact)> {
        let queues = self.catalog.queues.iter().chain(self.observed.idle_queues());
        queues.map(|(path, fact)| (path, fact.as_ref()))
    }

    /// The sessions that wait for each other in a circle, found once a revision.
    pub(crate) fn deadlocks(&self, find: impl FnOnce() -> Vec<Deadlock>) -> &[Deadlock] {
        self.deadlocks.get_or_init(find)
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Revision {} of {} znodes, {:?}", self.id, self.tree.len(), self.info.status)
    }
}
