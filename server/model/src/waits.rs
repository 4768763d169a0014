//! Who waits for whom: how many are behind each lock and session, and which sessions wait for each other in a circle.
//!
//! A session that waits for a lock waits for those who hold it: for any of them where all must go (a mutex, a writer behind
//! readers), for all of them where one is enough (a semaphore). Sessions and not contenders are the nodes, for what one
//! thread of a process holds another may wait for. A session that waits for itself is no circle: its threads may be several.
//!
//! All of it is near-linear in the number of waiters and made once a revision, when somebody asks.

mod behind;
mod circles;
mod scene;

use std::collections::{BTreeMap, BTreeSet};

use zooscope_protocol::view::{Deadlock, WaitEdge, WaitGraph, WaitNode};
use zooscope_protocol::{SessionId, Timestamp, ZnodePath};

use crate::revision::Revision;
pub(crate) use circles::Circle;
use scene::Scene;

/// The most locks that a session is shown with.
const LOCKS: usize = 100;
/// The most edges from one waiter to those who hold one lock: a writer may wait for a thousand readers.
const HOLDERS: usize = 16;
/// The most edges of a graph.
const EDGES: usize = 4 * WaitGraph::MAX_SESSIONS;

/// Circles by the znodes that make them up, with when each was first seen.
pub(crate) type Links = BTreeMap<Vec<scene::Link>, Timestamp>;

/// Who waits for whom at a revision.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    scene: Scene,
    /// How many contenders are behind each lock of the scene.
    locks: BTreeMap<ZnodePath, u32>,
    /// How many are behind each session of the scene, by its place there.
    sessions: Vec<u32>,
    circles: Vec<Circle>,
}

/// The circles of a revision, found once.
pub fn deadlocks(revision: &Revision) -> Vec<Deadlock> {
    revision.waits().deadlocks()
}

impl Waits {
    /// Who waits for whom at a revision; a circle that is among `earlier` is confirmed when it has stood for a second.
    pub(crate) fn of(revision: &Revision, earlier: &Links) -> Self {
        let scene = Scene::of(revision);
        let (locks, sessions) = behind::count(&scene);
        let locks = scene.locks.iter().map(|lock| lock.path.clone()).zip(locks).collect();
        let circles = circles::find(revision, &scene, earlier);
        Self { scene, locks, sessions, circles }
    }

    /// How many contenders wait for a lock, directly or through other locks.
    pub(crate) fn behind_lock(&self, path: &ZnodePath) -> u32 {
        self.locks.get(path).copied().unwrap_or(0)
    }

    /// How many contenders wait for a session, directly or through others.
    pub(crate) fn behind_session(&self, session: SessionId) -> u32 {
        self.scene.place_of(session).map_or(0, |at| self.sessions[at])
    }

    /// The locks that a session waits for, at most [`LOCKS`].
    pub(crate) fn waited_for_by(&self, session: SessionId) -> Vec<ZnodePath> {
        let Some(at) = self.scene.place_of(session) else { return Vec::new() };
        self.paths(self.scene.sessions[at].waits.iter().map(|(lock, _)| *lock))
    }

    pub(crate) fn deadlocks(&self) -> Vec<Deadlock> {
        self.circles.iter().map(|circle| circle.deadlock.clone()).collect()
    }

    pub(crate) fn circles(&self) -> &[Circle] {
        &self.circles
    }

    /// The circles by the znodes that make them up, to be known again at the next revision.
    pub(crate) fn links(&self) -> Links {
        self.circles.iter().map(|circle| (circle.links.clone(), circle.seen)).collect()
    }

    /// The graph as it is shown: the sessions that block the most, root blockers first, and the edges among them.
    pub(crate) fn graph(&self, revision: &Revision) -> WaitGraph {
        let scene = &self.scene;
        let stuck: BTreeSet<usize> =
            self.circles.iter().flat_map(|circle| circle.sessions.iter().copied()).collect();
        let root = |at: usize| scene.sessions[at].waits.is_empty();
        let mut order: Vec<usize> = (0..scene.sessions.len()).collect();
        order.sort_by_key(|at| {
            let behind = std::cmp::Reverse(self.sessions[*at]);
            (!stuck.contains(at), behind, !root(*at), scene.sessions[*at].id)
        });
        let left_out = order.len().saturating_sub(WaitGraph::MAX_SESSIONS);
        order.truncate(WaitGraph::MAX_SESSIONS);
        let shown: BTreeSet<usize> = order.iter().copied().collect();
        let nodes = order.iter().map(|at| {
            let session = &scene.sessions[*at];
            WaitNode {
                session: session.id,
                identity: session.identity.clone(),
                client: revision.roster.client(session.id).map(str::to_owned),
                holds: self.paths(session.holds.iter().copied()),
                waits: self.paths(session.waits.iter().map(|(lock, _)| *lock)),
                behind: self.sessions[*at],
                root: root(*at) && self.sessions[*at] > 0,
                deadlocked: stuck.contains(at),
            }
        });
        let sessions = nodes.collect();
        let mut edges = Vec::new();
        let mut drawn = BTreeSet::new();
        for at in &order {
            for (lock, contender) in &scene.sessions[*at].waits {
                for (blocker, held) in self.blockers(*lock, *contender) {
                    let wanted = shown.contains(&blocker) && blocker != *at && edges.len() < EDGES;
                    if !wanted || !drawn.insert((*at, blocker, *lock)) {
                        continue;
                    }
                    let place = &scene.locks[*lock];
                    edges.push(WaitEdge {
                        waiter: scene.sessions[*at].id,
                        blocker: scene.sessions[blocker].id,
                        lock: place.path.clone(),
                        since: place.waiters[*contender].since,
                        held,
                        any: place.any && held,
                    });
                }
            }
        }
        let left_out = u32::try_from(left_out).unwrap_or(u32::MAX);
        WaitGraph { sessions, edges, deadlocks: self.deadlocks(), left_out }
    }

    /// For whom a contender waits first: the one before it in the line, else those who hold the lock.
    fn blockers(&self, lock: usize, contender: usize) -> Vec<(usize, bool)> {
        let lock = &self.scene.locks[lock];
        match lock.waiters[contender].before {
            Some(before) => {
                lock.waiters[before].session.map(|session| (session, false)).into_iter().collect()
            }
            None => lock
                .holders
                .iter()
                .filter_map(|holder| holder.session)
                .take(HOLDERS)
                .map(|session| (session, true))
                .collect(),
        }
    }

    fn paths(&self, locks: impl Iterator<Item = usize>) -> Vec<ZnodePath> {
        let mut seen = BTreeSet::new();
        let fresh = locks.filter(|lock| seen.insert(*lock)).take(LOCKS);
        fresh.map(|lock| self.scene.locks[lock].path.clone()).collect()
    }
}
