//! What the servers say of their sessions: who is connected to which, until when, and who watches what. It is asked for on
//! demand and gently, so a roster is older than the tree beside it and says how old.

use std::collections::{BTreeMap, BTreeSet};

use zooscope_protocol::{Peer, SessionId, Source, Timestamp, ZnodePath};

/// What the servers told when they were last asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// When they were asked.
    pub at: Timestamp,
    /// The sessions that any of them named.
    pub peers: BTreeMap<SessionId, Peer>,
    /// Each server that was asked and how it answered, in the order of the connect string.
    pub sources: Vec<Source>,
    /// Of the locks that somebody looks at: who watches what in them.
    pub watches: BTreeMap<ZnodePath, Watches>,
}

/// Who watches what at one lock: data and exists watches, for a server never tells of child watches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watches {
    /// When the servers were asked.
    pub at: Timestamp,
    /// Whether every server answered. When not, a session that watches nothing here may watch on another.
    pub complete: bool,
    /// The znodes at or below the lock, or in the directories of its recipe, that somebody watches.
    pub by_path: BTreeMap<ZnodePath, BTreeSet<SessionId>>,
}

impl Roster {
    /// What is known of a session's client.
    pub fn peer(&self, session: SessionId) -> Option<&Peer> {
        self.peers.get(&session)
    }

    /// The address of a session's client, where a server told it.
    pub fn client(&self, session: SessionId) -> Option<&str> {
        self.peer(session)?.client.as_deref()
    }
}
