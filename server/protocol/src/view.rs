//! Views: what a screen asks for, and what it gets.

use serde::{Deserialize, Serialize};

use crate::finding::FindingCount;
use crate::ladder::{Ladder, Rung};
use crate::lock::LockSort;
use crate::queue::QueueSort;
use crate::session::{Session, Source};
use crate::{
    Child, ClusterInfo, Event, Finding, Item, Lock, LockKind, Member, Node, Queue, SessionId, Stat, ZnodePath,
};

/// What a screen asks for. Every view is of one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum View {
    /// How the cluster's mirror stands.
    Status,
    /// What is wrong, first.
    Overview,
    /// The locks.
    Locks {
        /// Only those whose path, identity or session contains this text, in any case; empty for all.
        query: String,
        /// Their order.
        sort: LockSort,
        /// At most so many, up to [`View::MAX_ROWS`].
        limit: u32,
    },
    /// One lock with its members.
    Lock {
        /// Where it is.
        path: ZnodePath,
    },
    /// The queues.
    Queues {
        /// Only those whose path contains this text, in any case; empty for all.
        query: String,
        /// Their order.
        sort: QueueSort,
        /// At most so many, up to [`View::MAX_ROWS`].
        limit: u32,
    },
    /// One queue with a window of its items.
    Queue {
        /// Where it is.
        path: ZnodePath,
        /// The place of the window's first item, from 0.
        start: u32,
        /// At most so many, up to [`View::MAX_ROWS`].
        limit: u32,
    },
    /// A window of the children of a znode, sorted by name.
    Children {
        /// The parent.
        path: ZnodePath,
        /// Only those whose name contains this text, in any case; empty for all.
        query: String,
        /// The place of the window's first child, from 0.
        start: u32,
        /// At most so many, up to [`View::MAX_ROWS`].
        limit: u32,
    },
    /// The sessions that own an ephemeral znode, those that block the most first.
    Sessions {
        /// Only those whose id, client, identity, lock or wait contains this text, in any case; empty for all.
        query: String,
        /// At most so many, up to [`View::MAX_ROWS`].
        limit: u32,
    },
    /// One session.
    Session {
        /// Which.
        session: SessionId,
    },
    /// Who waits for whom.
    Waits,
    /// What is wrong, the worst first.
    Findings {
        /// Only those with this code; `None` for all.
        code: Option<String>,
        /// At most so many, up to [`View::MAX_ROWS`].
        limit: u32,
    },
    /// One znode, from the mirror: its data may be cut, its ACL is not known.
    Node {
        /// Which.
        path: ZnodePath,
    },
    /// The newest events.
    Journal {
        /// Only those at or below this znode; `None` for all.
        path: Option<ZnodePath>,
        /// At most so many, up to [`View::MAX_ROWS`].
        limit: u32,
    },
}

impl View {
    /// The most rows that a view carries.
    pub const MAX_ROWS: u32 = 10_000;

    /// The same view with another limit, where it has one.
    #[must_use]
    pub fn limited(mut self, most: u32) -> Self {
        match &mut self {
            Self::Locks { limit, .. }
            | Self::Queues { limit, .. }
            | Self::Queue { limit, .. }
            | Self::Children { limit, .. }
            | Self::Sessions { limit, .. }
            | Self::Findings { limit, .. }
            | Self::Journal { limit, .. } => *limit = most,
            Self::Status
            | Self::Overview
            | Self::Lock { .. }
            | Self::Session { .. }
            | Self::Waits
            | Self::Node { .. } => {}
        }
        self
    }
}

/// What a view shows at one revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Of [`View::Status`].
    Status(ClusterInfo),
    /// Of [`View::Overview`].
    Overview(Box<Overview>),
    /// Of [`View::Locks`].
    Locks(LockList),
    /// Of [`View::Lock`].
    Lock(LockDetail),
    /// Of [`View::Queues`].
    Queues(QueueList),
    /// Of [`View::Queue`].
    Queue(QueueDetail),
    /// Of [`View::Children`].
    Children(ChildList),
    /// Of [`View::Sessions`].
    Sessions(SessionList),
    /// Of [`View::Session`].
    Session(SessionDetail),
    /// Of [`View::Waits`].
    Waits(WaitGraph),
    /// Of [`View::Findings`].
    Findings(FindingList),
    /// Of [`View::Node`]; `None` while there is no such znode.
    Node(Option<Box<Node>>),
    /// Of [`View::Journal`].
    Journal(Journal),
}

/// What is wrong, first; then the few that matter most.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Overview {
    /// How many locks there are.
    pub locks: u32,
    /// How many of them somebody waits for.
    pub contended: u32,
    /// How many contenders wait in all.
    pub blocked: u32,
    /// How many queues there are.
    pub queues: u32,
    /// How many items they hold in all.
    pub items: u64,
    /// Sessions that wait for each other in a circle, one list a circle.
    pub deadlocks: Vec<Deadlock>,
    /// What is wrong, the worst first, at most 20.
    pub findings: Vec<Finding>,
    /// How many findings there are in all, by their code, the worst first.
    pub finding_counts: Vec<FindingCount>,
    /// The locks that block the most, at most 5; only those that somebody waits for.
    pub top_locks: Vec<Lock>,
    /// The queues with the oldest items, at most 5.
    pub top_queues: Vec<Queue>,
}

/// Sessions that wait for each other in a circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlock {
    /// When the last of them began to wait, which closed the circle.
    pub since: crate::Timestamp,
    /// The circle: each holds what the one before it waits for.
    pub members: Vec<DeadlockMember>,
    /// Whether the same znodes stood so in an earlier revision too. A circle of one moment may be two moments put together.
    pub confirmed: bool,
    /// Who is best freed from it, and why; `None` where nobody in it holds what the console may release.
    pub victim: Option<Victim>,
}

/// The holder whose release breaks a deadlock at the least cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Victim {
    /// Its session.
    pub session: SessionId,
    /// The lock that it holds in the circle.
    pub lock: ZnodePath,
    /// The znode with which it holds it.
    pub member: ZnodePath,
    /// How many contenders wait for what its session holds, in the circle and beside it.
    pub behind: u32,
    /// Why it was chosen, as a whole sentence.
    pub sentence: String,
}

/// One session in a circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlockMember {
    /// The session.
    pub session: SessionId,
    /// What it calls itself, where a library writes that down.
    pub identity: Option<String>,
    /// The lock that it holds.
    pub holds: ZnodePath,
    /// The lock that it waits for.
    pub waits_for: ZnodePath,
}

/// The locks that a filter lets through.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LockList {
    /// The order of the rows.
    pub sort: LockSort,
    /// How many the filter lets through, whatever the limit.
    pub total: u32,
    /// The first of them; each with at most 4 holders and 1 waiter.
    pub rows: Vec<Lock>,
}

/// One lock with its members.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LockDetail {
    /// The lock, with `holders` and `waiters` empty; `None` while no lock is recognised there.
    pub lock: Option<Box<Lock>>,
    /// Who holds, at most 1,000.
    pub holders: Vec<Member>,
    /// Who waits, at most 1,000.
    pub waiters: Vec<Member>,
    /// How it was recognised, as a whole sentence.
    pub because: String,
    /// What can be done about the first 20 who hold, by the path of their znodes.
    pub ladders: Vec<Ladder>,
    /// What lets it go on where it is stuck for a reason that is known, one znode after the other; empty where it is not.
    pub cures: Vec<Rung>,
}

/// The queues that a filter lets through.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QueueList {
    /// The order of the rows.
    pub sort: QueueSort,
    /// How many the filter lets through, whatever the limit.
    pub total: u32,
    /// The first of them.
    pub rows: Vec<Queue>,
}

/// One queue with a window of its items.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QueueDetail {
    /// The queue; `None` while no queue is recognised there.
    pub queue: Option<Box<Queue>>,
    /// The place of the first item in `items`, from 0.
    pub start: u32,
    /// The items of the window, in the order that consumers take them.
    pub items: Vec<Item>,
    /// How it was recognised, as a whole sentence.
    pub because: String,
}

/// A window of the children of a znode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildList {
    /// The parent's stat; `None` while there is no such znode.
    pub stat: Option<Stat>,
    /// Whether the console may read the parent. When not, its children are unknown, not absent.
    pub readable: bool,
    /// How many children the filter lets through.
    pub total: u32,
    /// The place of the first child in `rows`, from 0.
    pub start: u32,
    /// The children of the window, by name.
    pub rows: Vec<Child>,
}

/// The sessions that a filter lets through.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SessionList {
    /// How many the filter lets through, whatever the limit.
    pub total: u32,
    /// The first of them.
    pub rows: Vec<Session>,
    /// What each server was asked and told; empty before any was asked.
    pub sources: Vec<Source>,
}

/// One session, with everything that ends with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SessionDetail {
    /// The session; `None` while it owns no ephemeral znode and no server knows it.
    pub session: Option<Box<Session>>,
    /// The contenders with which it holds, at most 200, each with its lock.
    pub holds: Vec<Stand>,
    /// The contenders with which it waits, at most 200, each with its lock.
    pub waits: Vec<Stand>,
    /// The ephemeral znodes that it owns, at most 200: all of them go when the session ends.
    pub ephemerals: Vec<ZnodePath>,
    /// What each server was asked and told.
    pub sources: Vec<Source>,
}

/// A contender and the lock that it stands at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// The lock.
    pub lock: ZnodePath,
    /// What the lock is for.
    pub kind: LockKind,
    /// The contender.
    pub member: Member,
    /// How many wait at this lock.
    pub blocked: u32,
}

/// Who waits for whom, over sessions and locks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WaitGraph {
    /// The sessions that hold or wait where somebody waits, those that block the most first.
    pub sessions: Vec<WaitNode>,
    /// Which waits for which. A contender behind others has one edge, to the one before it.
    pub edges: Vec<WaitEdge>,
    /// The circles.
    pub deadlocks: Vec<Deadlock>,
    /// How many sessions are not in the graph because it would be too large, at most [`WaitGraph::MAX_SESSIONS`] are.
    pub left_out: u32,
}

/// One session in the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitNode {
    /// Which.
    pub session: SessionId,
    /// What it calls itself, where a library writes that down.
    pub identity: Option<String>,
    /// The address of the client, where a server told it.
    pub client: Option<String>,
    /// The locks that it holds and others wait for.
    pub holds: Vec<ZnodePath>,
    /// The locks that it waits for.
    pub waits: Vec<ZnodePath>,
    /// How many contenders wait for it, directly or through others, all the way down.
    pub behind: u32,
    /// Whether it waits for nobody and others wait for it: the one to look at.
    pub root: bool,
    /// Whether it is in a circle.
    pub deadlocked: bool,
}

/// One session waiting for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitEdge {
    /// Who waits.
    pub waiter: SessionId,
    /// For whom.
    pub blocker: SessionId,
    /// At which lock.
    pub lock: ZnodePath,
    /// Since when.
    pub since: crate::Timestamp,
    /// Whether the blocker holds the lock; else it stands before the waiter in the line.
    pub held: bool,
    /// Whether it is enough that one of several blockers goes (a semaphore).
    pub any: bool,
}

impl WaitGraph {
    /// The most sessions in a graph.
    pub const MAX_SESSIONS: usize = 400;
}

/// The findings that a filter lets through.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FindingList {
    /// How many there are, whatever the limit.
    pub total: u32,
    /// How many there are of each code, whatever the filter.
    pub counts: Vec<FindingCount>,
    /// The worst first.
    pub rows: Vec<Finding>,
}

/// The newest events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// At most so many events are kept here.
    pub limit: u32,
    /// How many events the journal has forgotten since the server started.
    pub dropped: u64,
    /// How many events there have been; the number of the newest.
    pub newest: u64,
    /// The events, the oldest first.
    pub events: Vec<Event>,
}
