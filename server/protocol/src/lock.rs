//! Locks: who holds, who waits, for what and since when.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Finding, SessionId, Timestamp, ZnodePath, Zxid};

/// The libraries and classes that lay znodes out in this way, as `kazoo.Lock`. In JSON a text where there is one, a list
/// of texts where several libraries share one layout.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Recipe(pub Vec<String>);

/// A lock, an election, a semaphore: anything that contenders hold and wait for. `M` is how a member is told: with its
/// age in an HTTP body, without it in the stream, where a clock ticks on the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock<M = Member> {
    /// The directory that contenders name when they ask for the lock.
    pub path: ZnodePath,
    /// What it is for.
    pub kind: LockKind,
    /// What makes it.
    pub recipe: Recipe,
    /// How sure the recognition is.
    pub confidence: Confidence,
    /// How many may hold at once; `None` where the recipe stores it nowhere and nothing tells.
    pub capacity: Option<u32>,
    /// Who holds, first comer first. In lists, the first few.
    pub holders: Vec<M>,
    /// Who waits, next in line first. In lists, the first few.
    pub waiters: Vec<M>,
    /// How many hold, whatever the length of `holders`.
    pub held_by: u32,
    /// How many wait, whatever the length of `waiters`.
    pub blocked: u32,
    /// How many contenders wait for it directly or through other locks, everyone behind, all the way down. At least
    /// `blocked`.
    pub behind: u32,
    /// Since when the first holder holds. ZooKeeper stores when a contender queued, not when it acquired; so this is what
    /// the console saw, or else the time since which it may have held.
    pub held_since: Option<Timestamp>,
    /// Whether the console saw the first holder acquire; when not, it may hold for less long than `held_since` says.
    pub held_seen: bool,
    /// Since when the waiter that waits longest waits.
    pub waiting_since: Option<Timestamp>,
    /// Why the console never acts here, as a whole sentence: the lock is a part of a system that would be harmed. `None`
    /// where it may act.
    pub hands_off: Option<String>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// What a lock is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockKind {
    /// One holder.
    Mutex,
    /// Many readers or one writer.
    ReadWrite,
    /// As many holders as there are leases.
    Semaphore,
    /// One leader among candidates.
    Election,
    /// A holder until a time.
    Lease,
    /// Nobody passes until it opens.
    Barrier,
    /// Members, none before another.
    Group,
}

/// How sure the recognition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The configuration says so.
    Declared,
    /// No other program is known to lay out znodes so.
    Certain,
    /// It looks like it; actions are off unless the configuration declares it.
    Likely,
}

/// One contender of a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its znode.
    pub path: ZnodePath,
    /// The name of its znode.
    pub name: String,
    /// What it asks for.
    pub mode: Mode,
    /// The session that owns it; `None` on a persistent znode.
    pub session: Option<SessionId>,
    /// What the library writes as data, decoded to text; `None` where there is none.
    pub identity: Option<String>,
    /// The address of the client, where a server told it.
    pub client: Option<String>,
    /// When it queued.
    pub created: Timestamp,
    /// Its sequence number; `None` where the recipe has none.
    pub sequence: Option<i32>,
    /// The transaction that created the znode.
    pub czxid: Zxid,
    /// The data version of the znode.
    pub version: i32,
    /// The znode whose change lets this contender go on, as its library watches it; `None` for a holder.
    pub waits_for: Option<ZnodePath>,
    /// Whether it holds.
    pub state: MemberState,
}

/// What a contender asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Alone.
    Exclusive,
    /// To write, alone among readers and writers. It sorts before a reader with the same number (Curator's downgrade).
    Write,
    /// To read, with other readers.
    Read,
    /// One of the leases of a semaphore.
    Lease,
    /// To lead.
    Candidate,
}

/// Where a contender stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// It holds.
    Holding,
    /// It waits.
    Waiting,
    /// It is next and has laid down its lease, and waits for a place (Curator's semaphore).
    Pending,
    /// It is there, and there is nothing to hold or to wait for (a member of a group).
    Present,
}

/// How a list of locks is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockSort {
    /// Those with the most contenders behind them first, then those held longest.
    #[default]
    Blocked,
    /// Those held longest first.
    Held,
    /// Those waited for longest first.
    Waiting,
    /// By path.
    Path,
}

impl Recipe {
    /// The recipe with one name.
    pub fn one(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" or "))
    }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Recipe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [name] if serializer.is_human_readable() => serializer.serialize_str(name),
            names => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Recipe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Names {
            One(String),
            Several(Vec<String>),
        }
        if !deserializer.is_human_readable() {
            return Vec::deserialize(deserializer).map(Self);
        }
        Ok(match Names::deserialize(deserializer)? {
            Names::One(name) => Self(vec![name]),
            Names::Several(names) => Self(names),
        })
    }
}

impl Member {
    /// The order in which contenders stand: who has a lease of a semaphore and waits for its answer, which is numbered apart;
    /// then by sequence number as a signed number, the writer before the reader on equal numbers, else in the order of creation.
    pub fn order(&self, other: &Self) -> Ordering {
        let place = |member: &Self| {
            (member.state != MemberState::Pending, member.sequence.map_or(member.czxid.0, i64::from))
        };
        (place(self), self.mode, &self.name).cmp(&(place(other), other.mode, &other.name))
    }
}

impl<M> Lock<M> {
    /// The same lock with its members told in another way.
    pub fn map<N>(self, tell: impl Fn(M) -> N) -> Lock<N> {
        Lock {
            holders: self.holders.into_iter().map(&tell).collect(),
            waiters: self.waiters.into_iter().map(&tell).collect(),
            path: self.path,
            kind: self.kind,
            recipe: self.recipe,
            confidence: self.confidence,
            capacity: self.capacity,
            held_by: self.held_by,
            blocked: self.blocked,
            behind: self.behind,
            held_since: self.held_since,
            held_seen: self.held_seen,
            waiting_since: self.waiting_since,
            hands_off: self.hands_off,
            findings: self.findings,
        }
    }

    /// The order of two locks in a list, with the path as the last word so that no two are equal.
    pub fn order(&self, other: &Self, sort: LockSort) -> Ordering {
        // `None` sorts before `Some`, yet a lock that nobody holds or awaits belongs last.
        let since = |time: Option<Timestamp>| time.map_or(i64::MAX, |time| time.0);
        let blocked = || other.behind.cmp(&self.behind).then_with(|| other.blocked.cmp(&self.blocked));
        let held = || since(self.held_since).cmp(&since(other.held_since));
        let waiting = || since(self.waiting_since).cmp(&since(other.waiting_since));
        let first = match sort {
            LockSort::Blocked => blocked().then_with(held),
            LockSort::Held => held().then_with(blocked),
            LockSort::Waiting => waiting().then_with(blocked),
            LockSort::Path => Ordering::Equal,
        };
        first.then_with(|| self.path.cmp(&other.path))
    }
}
