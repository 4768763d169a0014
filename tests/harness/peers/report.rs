//! What lock clients say of themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Every object of a peer, by its name.
#[derive(Debug, Clone, Deserialize)]
pub struct Report(pub BTreeMap<String, Object>);

/// One lock object.
#[derive(Debug, Clone, Deserialize)]
pub struct Object {
    /// The client whose it is.
    pub client: String,
    /// The client's session, as the console writes it.
    pub session: String,
    /// Its kind, as `make` was told.
    pub kind: String,
    /// Its path.
    pub path: String,
    /// What its thread does.
    pub state: State,
    /// What the library answers when it is asked whether it holds.
    pub says: Option<bool>,
    /// What the last release or acquire threw.
    #[serde(default)]
    pub error: Option<String>,
}

/// What the thread of a lock object does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing, or it is away between two turns.
    Idle,
    /// It is inside the library's acquire.
    Waiting,
    /// The library's acquire has returned and its release was not called.
    Holding,
    /// It is a member of a group, which nobody holds.
    Present,
    /// It is inside the library's release, which waits for others.
    Leaving,
}

impl Report {
    /// One object.
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.0.get(name)
    }

    /// The sessions of those that hold at a path.
    pub fn holders(&self, path: &str) -> BTreeSet<String> {
        self.sessions(path, State::Holding)
    }

    /// The sessions of those that wait at a path.
    pub fn waiters(&self, path: &str) -> BTreeSet<String> {
        self.sessions(path, State::Waiting)
    }

    fn sessions(&self, path: &str, state: State) -> BTreeSet<String> {
        let there = self.0.values().filter(|object| object.path == path && object.state == state);
        there.map(|object| object.session.clone()).collect()
    }
}
