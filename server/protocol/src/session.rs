//! Sessions: who is behind an ephemeral znode, as the tree and the servers tell it.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{SessionId, Timestamp, ZnodePath};

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub session: SessionId,
    /// What the servers say of its client.
    pub peer: Peer,
    /// What it calls itself, where a library writes that down.
    pub identity: Option<String>,
    /// The locks that it holds, at most 100.
    pub holds: Vec<ZnodePath>,
    /// The locks that it waits for, at most 100.
    pub waits: Vec<ZnodePath>,
    /// How many ephemeral znodes it owns; all of them go when it ends.
    pub ephemerals: u32,
    /// How many contenders wait for it, directly or through others, all the way down.
    pub behind: u32,
    /// When the oldest of its ephemeral znodes was created.
    pub since: Timestamp,
}

/// What the servers say of a session's client. Every field is `None` where none told it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Peer {
    /// The address of the client, as `10.2.0.7:51234` or `[::1]:51234`.
    pub client: Option<String>,
    /// The server that it is connected to, as `HOST:PORT` of the connect string.
    pub server: Option<String>,
    /// The time-out that was agreed upon, in milliseconds.
    pub timeout_ms: Option<u32>,
    /// When it ends unless it is heard from before, by the console's clock, within a tick of the server (2 s by default).
    pub expires: Option<Timestamp>,
    /// Whether it has a connection to a server that was asked. `Some(false)` only where every server was.
    pub connected: Option<bool>,
    /// The last operation that it sent, as the server names it: `GETC`, `PING`.
    pub last_operation: Option<String>,
}

/// What one server was asked about its sessions, and what it told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    /// The server, as `HOST:PORT` of the connect string.
    pub server: String,
    /// How it answered.
    pub by: SourceKind,
    /// Where it did not tell all: what is missing and how to allow it, as a whole sentence.
    pub problem: Option<String>,
}

/// How a server tells of its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Its AdminServer, by HTTP.
    AdminServer,
    /// The four-letter words.
    FourLetterWords,
    /// Not at all.
    Nothing,
}

impl Session {
    /// The order of two sessions in a list: those that block the most first, then those that wait, then by age.
    pub fn order(&self, other: &Self) -> Ordering {
        let place = |session: &Self| {
            let (behind, waits) = (session.behind, session.waits.len());
            (std::cmp::Reverse(behind), std::cmp::Reverse(waits), session.since, session.session)
        };
        place(self).cmp(&place(other))
    }
}
