//! Queues: how deep, how old, how fast, and the items in the order that consumers take them.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{Bytes, Confidence, Finding, Recipe, SessionId, Timestamp, ZnodePath, Zxid};

/// A queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// The directory that producers and consumers name.
    pub path: ZnodePath,
    /// In what order items leave it.
    pub kind: QueueKind,
    /// What makes it.
    pub recipe: Recipe,
    /// How sure the recognition is.
    pub confidence: Confidence,
    /// How many item znodes there are, taken ones among them.
    pub depth: u32,
    /// How many of them a consumer has taken and not finished; `None` where the recipe deletes an item before it is worked on.
    pub in_flight: Option<u32>,
    /// When the oldest item came.
    pub oldest: Option<Timestamp>,
    /// Items that came, a second, over the last minute or as long as the console watches; `None` before there are two readings.
    pub in_rate: Option<f64>,
    /// Items that left, a second, likewise.
    pub out_rate: Option<f64>,
    /// How many sessions are seen to consume; `None` where the recipe leaves no trace of them.
    pub consumers: Option<u32>,
    /// The depth every five seconds, the newest last, at most 60 readings.
    pub trend: Vec<u32>,
    /// Why the console never acts here, as a whole sentence; `None` where it may act.
    pub hands_off: Option<String>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// In what order items leave a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueKind {
    /// First come, first served.
    Fifo,
    /// By priority, then first come, first served.
    Priority,
    /// Each at its time.
    Delay,
    /// First come, first served, items named by an id.
    Id,
    /// First come, first served, an item locked while it is worked on.
    Locking,
    /// No queue that anybody consumes: what the console has set aside, until somebody replays or deletes it.
    DeadLetter,
}

/// One item of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its znode.
    pub path: ZnodePath,
    /// The name of its znode.
    pub name: String,
    /// A text whose order, byte by byte, is the order in which consumers take items.
    pub rank: String,
    /// Its sequence number.
    pub sequence: Option<i32>,
    /// Its priority, the smaller the sooner, where the queue has priorities.
    pub priority: Option<i64>,
    /// The time before which no consumer takes it, where the queue delays.
    pub not_before: Option<Timestamp>,
    /// The size of its data in bytes.
    pub size: u32,
    /// When it came.
    pub created: Timestamp,
    /// The session that has taken it.
    pub taken_by: Option<SessionId>,
    /// The first bytes of its data, without the recipe's framing.
    pub preview: Bytes,
    /// The transaction that created it.
    pub czxid: Zxid,
    /// Its data version.
    pub version: i32,
    /// Where it came from and why, where it was set aside.
    pub letter: Option<Letter>,
}

/// What is kept of an item that was set aside: the JSON in the znode `origin` below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The queue that it was an item of.
    pub queue: ZnodePath,
    /// Where the item was.
    pub origin: ZnodePath,
    /// The path of a new item like it, to which ZooKeeper adds the number.
    pub prefix: ZnodePath,
    /// The transaction that created the item.
    pub czxid: Zxid,
    /// When that was.
    pub created: Timestamp,
    /// When it was set aside.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The entry of the audit log.
    pub audit_id: String,
}

/// How a list of queues is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueSort {
    /// The one with the oldest item first.
    #[default]
    Oldest,
    /// The deepest first.
    Depth,
    /// By path.
    Path,
}

impl Letter {
    /// The name of the znode, below the item, that carries it.
    pub const NAME: &str = "origin";
}

impl Item {
    /// The most bytes of data that `preview` carries.
    pub const PREVIEW_BYTES: usize = 256;

    /// The order in which consumers take items.
    pub fn order(&self, other: &Self) -> Ordering {
        (&self.rank, &self.name).cmp(&(&other.rank, &other.name))
    }
}

impl Queue {
    /// The order of two queues in a list, with the path as the last word so that no two are equal.
    pub fn order(&self, other: &Self, sort: QueueSort) -> Ordering {
        let oldest = |queue: &Self| queue.oldest.map_or(i64::MAX, |time| time.0);
        let first = match sort {
            QueueSort::Oldest => oldest(self).cmp(&oldest(other)),
            QueueSort::Depth => other.depth.cmp(&self.depth),
            QueueSort::Path => Ordering::Equal,
        };
        first.then_with(|| self.path.cmp(&other.path))
    }
}
