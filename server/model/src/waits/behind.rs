//! How many contenders are behind each lock and each session, all the way down.
//!
//! The graph: from a session to the locks that it holds and to the contenders that stand behind its own; from a lock to the
//! contenders that wait for its holders; from a contender to its session. What is behind is the contenders that are
//! reached. Most of it is a forest, where a sum is enough; only what is reached in two ways is walked, within a budget.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::scene::Scene;

/// So many steps are made where one is reached in several ways; beyond them what is counted twice stays counted twice,
/// though never more than there are.
const BUDGET: usize = 2_000_000;

type Graph = DiGraph<(), (), usize>;

/// For each lock and for each session of the scene.
pub(super) fn count(scene: &Scene) -> (Vec<u32>, Vec<u32>) {
    let (sessions, locks) = (scene.sessions.len(), scene.locks.len());
    // The nodes: sessions, locks, the contenders of the first lock, of the second, and so on.
    let mut starts = Vec::with_capacity(locks);
    let mut all = sessions + locks;
    for lock in &scene.locks {
        starts.push(all);
        all += lock.waiters.len();
    }
    let reach = Reach::of(&graph(scene, &starts, all), sessions + locks);
    // In a circle a session's own contenders are behind it; it does not wait for itself.
    let own = |session: usize| {
        let nodes = scene.sessions[session].waits.iter().map(|(lock, place)| starts[*lock] + place);
        nodes.filter(|node| reach.component[*node] == reach.component[session]).count()
    };
    let of_sessions = (0..sessions).map(|at| told(reach.of_node(at).saturating_sub(own(at))));
    let of_locks = scene.locks.iter().enumerate().map(|(at, lock)| {
        // Whatever the budget, a lock's waiters are behind it.
        told(reach.of_node(sessions + at).max(lock.waiters.len()))
    });
    (of_locks.collect(), of_sessions.collect())
}

fn graph(scene: &Scene, starts: &[usize], nodes: usize) -> Graph {
    let sessions = scene.sessions.len();
    let mut graph = Graph::with_capacity(nodes, 2 * nodes);
    for _ in 0..nodes {
        graph.add_node(());
    }
    let mut edge = |from: usize, to: usize| {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
    };
    for ((at, lock), start) in scene.locks.iter().enumerate().zip(starts) {
        for session in lock.holders.iter().filter_map(|holder| holder.session) {
            edge(session, sessions + at);
        }
        for (place, waiter) in lock.waiters.iter().enumerate() {
            let from = match waiter.before {
                None => sessions + at,
                Some(before) => lock.waiters[before].session.unwrap_or(start + before),
            };
            edge(from, start + place);
            if let Some(session) = waiter.session {
                edge(start + place, session);
            }
        }
    }
    graph
}

fn told(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What is reached from each component of a graph.
struct Reach {
    /// The component of each node.
    component: Vec<usize>,
    /// How many contenders are reached from each component, its own among them.
    reached: Vec<usize>,
}

impl Reach {
    /// The nodes from `contenders` on count.
    fn of(graph: &Graph, contenders: usize) -> Self {
        // They come with what they reach before them.
        let components = kosaraju_scc(graph);
        let mut component = vec![0; graph.node_count()];
        let mut weight = vec![0; components.len()];
        for (at, nodes) in components.iter().enumerate() {
            for node in nodes {
                component[node.index()] = at;
                weight[at] += usize::from(node.index() >= contenders);
            }
        }
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); components.len()];
        let mut ways = vec![0_usize; components.len()];
        for (at, nodes) in components.iter().enumerate() {
            let reached =
                nodes.iter().flat_map(|node| graph.neighbors(*node)).map(|node| component[node.index()]);
            next[at] = reached.filter(|other| *other != at).collect();
            next[at].sort_unstable();
            next[at].dedup();
            next[at].iter().for_each(|other| ways[*other] += 1);
        }
        let total: usize = weight.iter().sum();
        let mut reached: Vec<usize> = Vec::with_capacity(components.len());
        let mut forest: Vec<bool> = Vec::with_capacity(components.len());
        let mut budget = BUDGET;
        let mut seen = vec![usize::MAX; components.len()];
        for at in 0..components.len() {
            let plain = next[at].iter().all(|other| ways[*other] == 1 && forest[*other]);
            forest.push(plain);
            let sum = || next[at].iter().map(|other| reached[*other]).sum::<usize>() + weight[at];
            let walked = if plain { None } else { walk(at, &next, &weight, &mut seen, &mut budget) };
            reached.push(walked.unwrap_or_else(|| sum().min(total)));
        }
        Self { component, reached }
    }

    fn of_node(&self, node: usize) -> usize {
        self.reached[self.component[node]]
    }
}

/// The weight of all that is reached; `None` when the budget is spent.
fn walk(
    from: usize,
    next: &[Vec<usize>],
    weight: &[usize],
    seen: &mut [usize],
    budget: &mut usize,
) -> Option<usize> {
    let mut open = vec![from];
    let mut sum = 0;
    seen[from] = from;
    while let Some(at) = open.pop() {
        sum += weight[at];
        *budget = budget.checked_sub(1 + next[at].len())?;
        for other in &next[at] {
            if seen[*other] != from {
                seen[*other] = from;
                open.push(*other);
            }
        }
    }
    Some(sum)
}
