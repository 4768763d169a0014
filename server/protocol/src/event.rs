//! The record of what happened: a bounded journal that says what it has lost.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, ZnodePath, Zxid};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the journal: without gaps, from 1, anew with the server's process.
    pub seq: u64,
    /// When it reached the console.
    pub at: Timestamp,
    /// What it is.
    pub kind: EventKind,
    /// The znode that it is about, if it is about one.
    pub path: Option<ZnodePath>,
    /// The transaction, where the server is 3.9 or newer and says so.
    pub zxid: Option<Zxid>,
    /// What there is to say beyond that: how long the console was blind, the outcome of an action.
    pub note: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A znode was created.
    Created,
    /// A znode was deleted.
    Deleted,
    /// A znode's data was changed.
    DataChanged,
    /// The console was blind for a while: what happened between is unknown, what differs after is in the note.
    Gap,
    /// The connection to ZooKeeper changed its state.
    Status,
    /// An operator acted through this console.
    Action,
}
