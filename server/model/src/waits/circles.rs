//! Sessions that wait for each other in a circle: a chain as the explanation, and who is best freed from it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use zooscope_protocol::view::{Deadlock, DeadlockMember, Victim};
use zooscope_protocol::{Action, SessionId, Target, Timestamp};

use super::Links;
use super::scene::{Contended, Link, Scene, Stance};
use crate::plan::plan;
use crate::revision::Revision;

/// The most members of a circle among which a victim is looked for.
const LOOK: usize = 100;
/// So long a circle must stand until it is confirmed, in milliseconds: two revisions may be of one moment.
const STANDS_MS: u64 = 1_000;

/// One circle.
#[derive(Debug, Clone)]
pub(crate) struct Circle {
    pub(crate) deadlock: Deadlock,
    /// The znodes that make it up.
    pub(super) links: Vec<Link>,
    /// When it was first seen.
    pub(super) seen: Timestamp,
    /// All who wait for each other so, those beside the chain too, by their places in the scene.
    pub(super) sessions: Vec<usize>,
}

/// The circles of a scene; one that is among `earlier` and was first seen long enough ago is confirmed.
pub(super) fn find(revision: &Revision, scene: &Scene, earlier: &Links) -> Vec<Circle> {
    let stuck = Stuck::of(scene);
    let (sessions, locks) = (scene.sessions.len(), scene.locks.len());
    // From a session to the locks that it is stuck at, from a lock to the stuck sessions that hold it.
    let mut graph: DiGraph<(), (), usize> = DiGraph::with_capacity(sessions + locks, sessions + locks);
    for _ in 0..sessions + locks {
        graph.add_node(());
    }
    for session in (0..sessions).filter(|at| stuck.sessions[*at]) {
        for (lock, _) in stuck.at(scene, session) {
            graph.add_edge(NodeIndex::new(session), NodeIndex::new(sessions + lock), ());
        }
    }
    for (at, lock) in scene.locks.iter().enumerate().filter(|(at, _)| stuck.held[*at] > 0) {
        let holders: BTreeSet<usize> = lock.holders.iter().filter_map(|holder| holder.session).collect();
        for session in holders.into_iter().filter(|at| stuck.sessions[*at]) {
            graph.add_edge(NodeIndex::new(sessions + at), NodeIndex::new(session), ());
        }
    }
    let mut circles: Vec<Circle> = kosaraju_scc(&graph)
        .into_iter()
        .filter_map(|component| {
            let mut members: Vec<usize> = component.iter().map(|node| node.index()).collect();
            members.retain(|node| *node < sessions);
            members.sort_by_key(|at| scene.sessions[*at].id);
            (members.len() > 1).then(|| told(revision, scene, &stuck, members, earlier))?
        })
        .collect();
    circles.sort_by(|a, b| a.links.cmp(&b.links));
    circles
}

/// The sessions that cannot go on unless another stuck session does: what is left when all that can go on are taken out.
struct Stuck {
    sessions: Vec<bool>,
    /// Of each lock: how many stuck sessions hold it.
    held: Vec<usize>,
    /// Of each lock: how many sessions hold it, and whether somebody holds it who is no session.
    holders: Vec<(BTreeSet<usize>, bool)>,
}

impl Stuck {
    /// Each wait stops blocking once at most, and each is looked at when the holders of its lock leave it: linear.
    fn of(scene: &Scene) -> Self {
        let holders = scene.locks.iter().map(|lock| {
            let sessions: BTreeSet<usize> = lock.holders.iter().filter_map(|holder| holder.session).collect();
            (sessions, lock.holders.iter().any(|holder| holder.session.is_none()))
        });
        let holders: Vec<(BTreeSet<usize>, bool)> = holders.collect();
        let sessions: Vec<bool> = scene.sessions.iter().map(|session| !session.waits.is_empty()).collect();
        let held = holders.iter().map(|(all, _)| all.iter().filter(|at| sessions[**at]).count()).collect();
        let mut stuck = Self { sessions, held, holders };
        let mut blocking: Vec<usize> = Vec::with_capacity(scene.sessions.len());
        let mut free = Vec::new();
        // One wait for each session and lock: a session's second place in a line tells nothing new.
        let waits: Vec<BTreeSet<usize>> = scene
            .sessions
            .iter()
            .map(|session| session.waits.iter().map(|(lock, _)| *lock).collect())
            .collect();
        for (session, locks) in waits.iter().enumerate() {
            blocking.push(locks.iter().filter(|lock| stuck.blocks(scene, **lock, session)).count());
            if !locks.is_empty() && blocking[session] == 0 {
                free.push(session);
            }
        }
        while let Some(session) = free.pop() {
            // Whoever goes on leaves the locks that it holds.
            let held: BTreeSet<usize> = scene.sessions[session].holds.iter().copied().collect();
            for lock in held {
                let lapsed = stuck.lapsed(scene, lock, session);
                stuck.held[lock] -= 1;
                for waiter in lapsed {
                    blocking[waiter] -= 1;
                    if blocking[waiter] == 0 {
                        free.push(waiter);
                    }
                }
            }
            stuck.sessions[session] = false;
        }
        stuck
    }

    /// Whether a session that waits for a lock is stuck there: one stuck holder is enough where all must go, and all must
    /// be stuck where one is enough.
    fn blocks(&self, scene: &Scene, lock: usize, session: usize) -> bool {
        let (all, anonymous) = &self.holders[lock];
        let own = all.contains(&session);
        if scene.locks[lock].any {
            let room = scene.locks[lock].room;
            !room && !own && !anonymous && !all.is_empty() && self.held[lock] == all.len()
        } else {
            self.held[lock] > usize::from(own && self.sessions[session])
        }
    }

    /// The sessions whose wait for a lock stops blocking when one more holder goes on.
    fn lapsed(&self, scene: &Scene, lock: usize, gone: usize) -> Vec<usize> {
        let (all, anonymous) = &self.holders[lock];
        let waiting = || {
            let sessions = scene.locks[lock].waiters.iter().filter_map(|waiter| waiter.session);
            sessions.collect::<BTreeSet<usize>>()
        };
        let any = scene.locks[lock].any;
        let mut lapsed = match self.held[lock] {
            held if any && !scene.locks[lock].room && !anonymous && held == all.len() => {
                waiting().into_iter().filter(|at| !all.contains(at)).collect()
            }
            // The last one goes: nobody is blocked here any more, but who held it too was not any more already.
            1 if !any => {
                waiting().into_iter().filter(|at| !(all.contains(at) && self.sessions[*at])).collect()
            }
            // One other holder is left, and is not blocked by itself.
            2 if !any => {
                let left = all.iter().find(|at| **at != gone && self.sessions[**at]);
                left.into_iter().filter(|at| waiting().contains(at)).copied().collect()
            }
            _ => Vec::new(),
        };
        lapsed.retain(|at| *at != gone && self.sessions[*at]);
        lapsed
    }

    /// The waits that keep a stuck session from going on.
    fn at(&self, scene: &Scene, session: usize) -> Vec<(usize, usize)> {
        let waits = scene.sessions[session].waits.iter().copied();
        waits.filter(|(lock, _)| self.blocks(scene, *lock, session)).collect()
    }
}

/// One step of a chain: a session, the lock that it waits for and its place among the waiters there.
type Step = (usize, usize, usize);

fn told(
    revision: &Revision,
    scene: &Scene,
    stuck: &Stuck,
    members: Vec<usize>,
    earlier: &Links,
) -> Option<Circle> {
    let chain = chain(scene, stuck, &members)?;
    let before = || chain.iter().cycle().skip(chain.len() - 1);
    let links: Vec<Link> = chain
        .iter()
        .zip(before())
        .filter_map(|((session, lock, place), (_, held, _))| {
            let holder = holder(&scene.locks[*held], *session)?;
            let waiter = &scene.locks[*lock].waiters[*place];
            Some((scene.sessions[*session].id, holder.czxid, waiter.czxid))
        })
        .collect();
    let told = chain.iter().zip(before()).map(|((session, lock, _), (_, held, _))| DeadlockMember {
        session: scene.sessions[*session].id,
        identity: scene.sessions[*session].identity.clone(),
        holds: scene.locks[*held].path.clone(),
        waits_for: scene.locks[*lock].path.clone(),
    });
    let since = chain.iter().map(|(_, lock, place)| scene.locks[*lock].waiters[*place].since).max();
    let seen = earlier.get(&links).copied().unwrap_or(revision.at);
    let deadlock = Deadlock {
        since: since.unwrap_or_default(),
        members: told.collect(),
        confirmed: seen.millis_until(revision.at) >= STANDS_MS,
        victim: victim(revision, scene, &chain),
    };
    Some(Circle { deadlock, links, seen, sessions: members })
}

/// The shortest way from the first member back to itself, over those who wait for each other.
fn chain(scene: &Scene, stuck: &Stuck, members: &[usize]) -> Option<Vec<Step>> {
    let start = *members.first()?;
    let inside: BTreeSet<usize> = members.iter().copied().collect();
    let mut from: BTreeMap<usize, Step> = BTreeMap::new();
    let mut entered = BTreeSet::new();
    let mut open = VecDeque::from([start]);
    while let Some(session) = open.pop_front() {
        for (lock, place) in stuck.at(scene, session) {
            let own = stuck.holders[lock].0.contains(&session);
            // A lock's holders are followed once, unless the one who came was one of them and cannot wait for itself.
            if !own && !entered.insert(lock) {
                continue;
            }
            for holder in stuck.holders[lock].0.iter().filter(|at| inside.contains(at) && **at != session) {
                if *holder == start {
                    let mut chain = vec![(session, lock, place)];
                    let mut at = session;
                    while at != start {
                        let step = *from.get(&at)?;
                        chain.push(step);
                        at = step.0;
                    }
                    chain.reverse();
                    return Some(chain);
                }
                if let Entry::Vacant(vacant) = from.entry(*holder) {
                    vacant.insert((session, lock, place));
                    open.push_back(*holder);
                }
            }
        }
    }
    None
}

fn holder(lock: &Contended, session: usize) -> Option<&Stance> {
    lock.holders.iter().find(|holder| holder.session == Some(session))
}

/// The one with the fewest contenders behind what it holds, among those whose holding znode may be released and who hold alone
/// where all must go: of two readers whose sessions both wait to write, one that is released leaves the other in the way.
fn victim(revision: &Revision, scene: &Scene, chain: &[Step]) -> Option<Victim> {
    let behind = |session: usize| {
        let locks: BTreeSet<usize> = scene.sessions[session].holds.iter().copied().collect();
        locks.iter().map(|lock| scene.locks[*lock].waiters.len()).sum::<usize>()
    };
    let before = chain.iter().cycle().skip(chain.len() - 1);
    let mut candidates: Vec<(usize, SessionId, usize, usize)> = chain
        .iter()
        .zip(before)
        .take(LOOK)
        .map(|((session, ..), (_, held, _))| (behind(*session), scene.sessions[*session].id, *session, *held))
        .collect();
    candidates.sort_unstable();
    let candidate = candidates.into_iter().find_map(|(behind, _, session, held)| {
        let lock = &scene.locks[held];
        let alone = lock.holders.iter().all(|holder| holder.session == Some(session));
        let holder = holder(lock, session).filter(|_| lock.any || alone)?;
        let znode = revision.tree.get(&holder.path)?.stat();
        let target = Target {
            path: holder.path.clone(),
            czxid: znode.czxid,
            version: znode.version,
            session: znode.owner(),
        };
        plan(revision, "", &Action::Release(target)).is_ok().then_some((behind, session, lock, holder))
    });
    let (behind, at, lock, holder) = candidate?;
    let session = scene.sessions[at].id;
    let who = scene.sessions[at].identity.clone().unwrap_or_else(|| format!("session {session}"));
    let wait = if behind == 1 { "waits" } else { "wait" };
    let sentence = format!(
        "Release {}, which {who} holds: {behind} {wait} behind it, and fewer behind nobody else in the circle who may be released. \
         The next in line there goes on.",
        lock.path,
    );
    Some(Victim {
        session,
        lock: lock.path.clone(),
        member: holder.path.clone(),
        behind: u32::try_from(behind).unwrap_or(u32::MAX),
        sentence,
    })
}
