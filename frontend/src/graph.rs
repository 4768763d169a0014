//! The wait-for graph as a picture: who stands where, which lines tie them, what is folded away.
//!
//! Blockers stand to the left of those that wait for them, in columns; a session keeps its row for as long as it is in
//! the picture, so that what moves is what moved up in a line. It is the same picture for the same graph and the same
//! picture before it, whatever the order in which edges are told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use zooscope_protocol::SessionId;
use zooscope_protocol::view::{WaitEdge, WaitGraph};

mod draw;
mod fold;
mod place;
mod walk;

pub use draw::{HEIGHT, Lens, WIDTH, corner, extent, line, shorten};
pub use fold::fold;
pub use place::lay_out;
pub use walk::{Direction, behind, neighbour};

/// One thing that is drawn: a session, or some that are folded into one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A session.
    One(SessionId),
    /// The sessions that wait behind this one at this lock, folded.
    Fold(SessionId, String),
}

/// Which of which is drawn: the graph without what is folded away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// What is drawn, in the order of the graph: those that block the most first.
    pub nodes: Vec<Key>,
    /// The sessions of each fold, in their order.
    pub folded: BTreeMap<Key, Vec<SessionId>>,
    /// The lines.
    pub lines: Vec<Line>,
    /// The sessions in a circle, which are drawn first of all.
    pub circles: Vec<Key>,
}

/// A line from a blocker to one that waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Line {
    /// Who blocks.
    pub from: Key,
    /// Who waits.
    pub to: Key,
    /// At which lock.
    pub lock: String,
    /// Whether the blocker holds the lock; else it stands before the waiter in the line.
    pub held: bool,
    /// Whether it is enough that one of several blockers goes.
    pub any: bool,
}

/// Where a thing stands: its column from the left, its row from the top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spot {
    /// How many stand between it and the one at the beginning.
    pub column: usize,
    /// Its row.
    pub row: usize,
}

/// A picture with everything in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Where each thing stands.
    pub spots: BTreeMap<Key, Spot>,
    /// The lines that lead back to the left, which close a circle.
    pub closing: BTreeSet<Line>,
    /// How many columns there are.
    pub columns: usize,
    /// How many rows there are.
    pub rows: usize,
}

/// The lines out of each blocker.
type Next<'a> = HashMap<&'a Key, Vec<&'a Line>>;

impl Picture {
    /// The lines that lead from each thing, in an order that does not depend on the order of the edges.
    fn next(&self) -> Next<'_> {
        let mut next = Next::new();
        for line in &self.lines {
            next.entry(&line.from).or_default().push(line);
        }
        let place: HashMap<&Key, usize> = self.nodes.iter().enumerate().map(|(at, key)| (key, at)).collect();
        for lines in next.values_mut() {
            // A circle goes on straight before anything that only hangs on it.
            lines.sort_by_key(|line| {
                (!self.circles.contains(&line.to), &line.lock, place.get(&line.to), *line)
            });
        }
        next
    }

    /// What waits for nothing that is drawn.
    fn starts(&self) -> Vec<&Key> {
        let waiting: BTreeSet<&Key> = self.lines.iter().map(|line| &line.to).collect();
        self.nodes.iter().filter(|key| !waiting.contains(key)).collect()
    }
}

impl Key {
    /// The session, where it is one.
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::One(session) => Some(*session),
            Self::Fold(..) => None,
        }
    }
}

/// A graph of edges alone, for tests.
#[cfg(test)]
fn graph(edges: &[(i64, i64, &str)]) -> WaitGraph {
    use zooscope_protocol::view::WaitNode;
    use zooscope_protocol::{Timestamp, ZnodePath};
    let lock = |name: &str| ZnodePath::parse(&format!("/locks/{name}")).unwrap();
    let mut sessions: Vec<i64> = edges.iter().flat_map(|(waiter, blocker, _)| [*blocker, *waiter]).collect();
    sessions.sort_unstable();
    sessions.dedup();
    let node = |session: &i64| WaitNode {
        session: SessionId(*session),
        identity: None,
        client: None,
        holds: Vec::new(),
        waits: Vec::new(),
        behind: 0,
        root: edges.iter().all(|(waiter, ..)| waiter != session),
        deadlocked: false,
    };
    let edge = |(waiter, blocker, name): &(i64, i64, &str)| WaitEdge {
        waiter: SessionId(*waiter),
        blocker: SessionId(*blocker),
        lock: lock(name),
        since: Timestamp(0),
        held: true,
        any: false,
    };
    WaitGraph {
        sessions: sessions.iter().map(node).collect(),
        edges: edges.iter().map(edge).collect(),
        ..WaitGraph::default()
    }
}
