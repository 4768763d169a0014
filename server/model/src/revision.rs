//! A revision: one state of a cluster's mirror, immutable, with all that is derived from it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use zooscope_protocol::{ClusterInfo, Member, RevisionId, Status, Timestamp, ZnodePath};

use crate::catalog::Catalog;
use crate::declared::Declarations;
use crate::diff::diff;
use crate::finding::{Findings, Thresholds};
use crate::observed::Observed;
use crate::recipe::{INNER_LOCK, LockFact, QueueFact};
use crate::roster::Roster;
use crate::suspects::Suspects;
use crate::tree::Tree;
use crate::waits::{Links, Waits};

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
    /// What their last two answers make suspect.
    pub(crate) suspects: Arc<Suspects>,
    /// From when on something is said to last too long.
    pub thresholds: Arc<Thresholds>,
    /// The circles that were found before, where somebody asked.
    earlier: Arc<Links>,
    waits: OnceLock<Arc<Waits>>,
    findings: OnceLock<Arc<Findings>>,
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
            suspects: Arc::default(),
            thresholds: Arc::default(),
            earlier: Arc::default(),
            waits: OnceLock::new(),
            findings: OnceLock::new(),
        }
    }

    /// The revision that follows with this tree and status. It costs what differs between the trees.
    pub fn next(&self, tree: Tree, mut info: ClusterInfo, at: Timestamp) -> Self {
        let seen = self.info.status == Status::Live && info.status == Status::Live;
        if !matches!(info.status, Status::Connecting | Status::Scanning) {
            info.znodes = tree.len();
        }
        let mut next = Self { info, ..self.same(at) };
        next.info.revision = next.id;
        if self.tree.is_same(&tree) {
            next.waits = self.waits.clone();
            return next;
        }
        let first = Catalog::is_first(&self.tree, &tree);
        let differences = if first { Vec::new() } else { diff(&self.tree, &tree) };
        let updated = self.catalog.updated(&self.tree, &tree, &differences);
        next.observed = self.observed.updated(&self.catalog, &updated, &tree, at, seen);
        // Where no lock was touched, nobody waits for another than before.
        let locks = |catalog: &Catalog, path| catalog.locks.contains_key(path);
        let touched = |path| locks(&self.catalog, path) || locks(&updated.catalog, path);
        if self.circles_confirmed() && !updated.sites.iter().any(touched) {
            next.waits = self.waits.clone();
        }
        next.catalog = updated.catalog;
        next.tree = tree;
        next
    }

    /// The revision that follows by the passing of time alone, to be asked for once a second: rates, what lasts too long, and
    /// whether a circle of waiting sessions still stands. `None` where nothing is held up and there is no queue.
    pub fn tick(&self, at: Timestamp) -> Option<Self> {
        let queues = !self.catalog.queues.is_empty() || !self.observed.idle_queues().is_empty();
        let waited_for = || self.catalog.locks.values().any(|lock| lock.standing.blocked > 0);
        if self.info.status != Status::Live || !(queues || waited_for()) {
            return None;
        }
        let mut next = self.same(at);
        next.observed = self.observed.ticked(&self.catalog, &self.tree, at);
        // Nothing changed, so a circle that was found stands a second later too.
        if self.circles_confirmed() {
            next.waits = self.waits.clone();
        }
        Some(next)
    }

    /// The revision that follows when the servers were asked for their sessions.
    pub fn with_roster(&self, roster: Arc<Roster>, at: Timestamp) -> Self {
        let waits = self.waits.clone();
        let suspects = Arc::new(self.suspects.after(self, &roster));
        Self { roster, suspects, waits, ..self.same(at) }
    }

    /// Whether who waits for whom was made, and time alone changes nothing about it.
    fn circles_confirmed(&self) -> bool {
        self.waits.get().is_some_and(|waits| waits.circles().iter().all(|circle| circle.deadlock.confirmed))
    }

    /// The next revision where nothing changed, with nothing of what is made when somebody asks.
    fn same(&self, at: Timestamp) -> Self {
        let id = RevisionId(self.id.0 + 1);
        Self {
            id,
            at,
            info: ClusterInfo { revision: id, ..self.info.clone() },
            tree: self.tree.clone(),
            catalog: self.catalog.clone(),
            observed: self.observed.clone(),
            roster: self.roster.clone(),
            suspects: self.suspects.clone(),
            thresholds: self.thresholds.clone(),
            earlier: self.waits.get().map_or_else(|| self.earlier.clone(), |waits| Arc::new(waits.links())),
            waits: OnceLock::new(),
            findings: OnceLock::new(),
        }
    }

    /// The revision that follows when other recipes are declared. It costs the directories that they are about.
    pub fn with_declarations(&self, declarations: Arc<Declarations>, at: Timestamp) -> Self {
        let updated = self.catalog.redeclared(&self.tree, declarations);
        let observed = self.observed.updated(&self.catalog, &updated, &self.tree, at, false);
        Self { catalog: updated.catalog, observed, ..self.same(at) }
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

    /// The lock that a znode contends for, by where the znode is.
    pub(crate) fn lock_around(&self, path: &ZnodePath) -> Option<(ZnodePath, &LockFact)> {
        let parent = path.parent()?;
        let known = |path: ZnodePath| Some((self.catalog.locks.get(&path)?.as_ref(), path));
        let outer = || match parent.name() {
            "leases" | "locks" => parent.parent(),
            name => name.strip_suffix(INNER_LOCK).and_then(|name| parent.parent()?.child(name).ok()),
        };
        known(parent.clone()).or_else(|| known(outer()?)).map(|(fact, path)| (path, fact))
    }

    /// Members with the addresses of their clients, where a server told them.
    pub(crate) fn with_clients(&self, mut members: Vec<Member>) -> Vec<Member> {
        for member in &mut members {
            let client = member.session.and_then(|session| self.roster.client(session));
            member.client = client.map(str::to_owned);
        }
        members
    }

    /// Who waits for whom, made once a revision.
    pub(crate) fn waits(&self) -> &Waits {
        self.waits.get_or_init(|| Arc::new(Waits::of(self, &self.earlier)))
    }

    /// What is wrong, made once a revision.
    pub(crate) fn findings(&self) -> &Findings {
        self.findings.get_or_init(|| Arc::new(Findings::of(self)))
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Revision {} of {} znodes, {:?}", self.id, self.tree.len(), self.info.status)
    }
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::Stat;

    use super::*;
    use crate::tree::Record;

    fn put(tree: &mut Tree, path: &str, session: i64) {
        let stat = Stat { ephemeral_owner: session, ..Stat::default() };
        tree.put(&ZnodePath::parse(path).unwrap(), Record { stat, ..Record::default() });
    }

    #[test]
    fn who_waits_for_whom_is_made_again_only_where_a_lock_was_touched() {
        let mut tree = Tree::default();
        ["/l", "/d"].iter().for_each(|path| put(&mut tree, path, 0));
        for session in 1..3 {
            put(&mut tree, &format!("/l/{session:032x}__lock__{session:010}"), session);
        }
        let info = ClusterInfo {
            name: String::new(),
            connect: String::new(),
            status: Status::Live,
            server_version: None,
            session: None,
            znodes: 0,
            expected: 0,
            revision: RevisionId(0),
            since: Timestamp(0),
            error: None,
            environment: zooscope_protocol::Environment::default(),
        };
        let next = |now: &Revision, tree: &Tree| now.next(tree.clone(), info.clone(), Timestamp(1_000));
        let first = next(&Revision::first(info.clone(), Timestamp(0)), &tree);
        first.waits();
        let kept = |now: &Revision| {
            now.waits.get().is_some_and(|waits| Arc::ptr_eq(waits, first.waits.get().unwrap()))
        };
        put(&mut tree, "/d/file", 0);
        let second = next(&first, &tree);
        assert!(kept(&second));
        put(&mut tree, &format!("/l/{:032x}__lock__0000000009", 9), 9);
        let third = next(&second, &tree);
        assert!(!kept(&third));
        assert_eq!(third.waits().behind_lock(&ZnodePath::parse("/l").unwrap()), 2);
    }
}
