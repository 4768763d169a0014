//! The sessions of a tree: which ephemeral znodes each owns, kept by what changes.

use imbl::{OrdMap, OrdSet};
use zooscope_protocol::{SessionId, Timestamp, ZnodePath};

use crate::tree::{Tree, Znode};

/// The ephemeral znodes by session. A clone costs a few pointers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sessions {
    /// By session, the oldest first.
    znodes: OrdSet<(SessionId, Timestamp, ZnodePath)>,
    counts: OrdMap<SessionId, u32>,
}

impl Sessions {
    /// Counts a znode in, if it is ephemeral.
    pub(crate) fn add(&mut self, path: &ZnodePath, znode: &Znode) {
        let Some(session) = znode.stat().owner() else { return };
        if self.znodes.insert((session, znode.stat().ctime, path.clone())).is_none() {
            let count = self.counts.get(&session).copied().unwrap_or(0);
            self.counts.insert(session, count.saturating_add(1));
        }
    }

    /// Counts a znode out, if it was ephemeral.
    fn remove(&mut self, path: &ZnodePath, znode: &Znode) {
        let Some(session) = znode.stat().owner() else { return };
        if self.znodes.remove(&(session, znode.stat().ctime, path.clone())).is_none() {
            return;
        }
        match self.counts.get(&session).copied() {
            Some(count) if count > 1 => drop(self.counts.insert(session, count - 1)),
            _ => drop(self.counts.remove(&session)),
        }
    }

    /// Counts again what is at a path.
    pub(crate) fn recount(&mut self, path: &ZnodePath, before: &Tree, after: &Tree) {
        let owned = |znode: &Znode| (znode.stat().owner(), znode.stat().ctime);
        let (was, is) = (before.get(path), after.get(path));
        if was.map(owned) == is.map(owned) {
            return;
        }
        if let Some(was) = was {
            self.remove(path, was);
        }
        if let Some(is) = is {
            self.add(path, is);
        }
    }

    /// The sessions that own an ephemeral znode, and how many.
    pub(crate) fn all(&self) -> impl Iterator<Item = (SessionId, u32)> {
        self.counts.iter().map(|(session, count)| (*session, *count))
    }

    /// How many ephemeral znodes a session owns.
    pub(crate) fn count(&self, session: SessionId) -> u32 {
        self.counts.get(&session).copied().unwrap_or(0)
    }

    /// A session's ephemeral znodes, the oldest first, with the time of their creation.
    pub(crate) fn owned_by(&self, session: SessionId) -> impl Iterator<Item = (Timestamp, &ZnodePath)> {
        let least = (session, Timestamp(i64::MIN), ZnodePath::root());
        let own = self.znodes.range(least..).take_while(move |(owner, ..)| *owner == session);
        own.map(|(_, created, path)| (*created, path))
    }
}
