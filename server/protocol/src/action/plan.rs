//! The plan that a person reads: what exactly will be done, and what must be true when it is.

use serde::{Deserialize, Serialize};

use super::{Action, RefusalCode, Target};
use crate::visible::visible;
use crate::{Bytes, SessionId, Timestamp, ZnodePath, Zxid};

/// What will be done, with no choice left open. A pure function of a revision and an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// SHA-256 over the cluster, the action, the steps and the guards, in hexadecimal. What is only told (warnings,
    /// effects) is not in it, so that a waiter more or less does not stop an operator.
    pub digest: String,
    /// What was asked for.
    pub action: Action,
    /// The lock or queue that it is about; of several, the first.
    pub subject: ZnodePath,
    /// The writes, in their order; those of one plan are done in one transaction, or none is.
    pub steps: Vec<Step>,
    /// What must be true when they are done, each checked again right before.
    pub guards: Vec<Clause>,
    /// What can go wrong or is not done.
    pub warnings: Vec<Clause>,
    /// What happens next.
    pub effects: Vec<Clause>,
    /// What the operator types to confirm.
    pub confirm: Confirm,
    /// The znodes that must be there when it is done, as they are now; each is read again right before. The one that was
    /// asked about is the first.
    pub identities: Vec<Identity>,
    /// What was asked for and is left alone, each with why; the rest is done.
    #[serde(default)]
    pub excluded: Vec<Excluded>,
}

/// One znode that a plan leaves alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Which.
    pub path: ZnodePath,
    /// Why, for programs.
    pub code: RefusalCode,
    /// Why, in whole sentences.
    pub detail: String,
}

/// One write, or one check in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Step {
    /// Write a parent's own data back to it, so that its version pins it: a parent that was deleted and made again in
    /// between fails the check that follows. Done on its own, before the transaction.
    Pin {
        /// The parent.
        path: ZnodePath,
        /// Its czxid.
        czxid: Zxid,
    },
    /// Write the znode's own data back to it and compare the stat that comes back. Done on its own, before the transaction.
    Touch {
        /// The znode.
        path: ZnodePath,
        /// Its data version before.
        version: i32,
    },
    /// Delete a znode.
    Delete {
        /// Which.
        path: ZnodePath,
        /// Its data version.
        version: i32,
    },
    /// Write [`Step::REVOKE`] as the znode's data, which a program of Curator's may listen for.
    Ask {
        /// Which.
        path: ZnodePath,
        /// Its data version before.
        version: i32,
    },
    /// Create a znode that holds a place for the length of the transaction, and delete it in the same transaction: it
    /// fails if a consumer holds the item.
    TryLock {
        /// The place.
        path: ZnodePath,
    },
    /// Create a sequential znode with the data and the ACL of another, which the same transaction deletes.
    Move {
        /// The old znode.
        from: ZnodePath,
        /// The path of the new one, to which ZooKeeper adds the number.
        prefix: ZnodePath,
    },
    /// Create a znode of just this path with the data and the ACL of another, which the same transaction deletes.
    Rename {
        /// The old znode.
        from: ZnodePath,
        /// The new one.
        path: ZnodePath,
    },
    /// The transaction fails unless this is the data version.
    Check {
        /// The znode.
        path: ZnodePath,
        /// Its data version.
        version: i32,
    },
    /// Create a persistent directory without data, if it is not there.
    Directory {
        /// Which.
        path: ZnodePath,
        /// The znode whose ACL it gets.
        acl_of: ZnodePath,
    },
    /// Create the znode that keeps where an item came from, why it was set aside, by whom and when, with the item's ACL.
    Origin {
        /// The new znode.
        path: ZnodePath,
        /// The item.
        of: ZnodePath,
        /// Its queue.
        queue: ZnodePath,
        /// The path of a new item like it, to which ZooKeeper adds the number.
        prefix: ZnodePath,
    },
    /// Create a persistent sequential znode.
    Create {
        /// The path of the new one, to which ZooKeeper adds the number.
        prefix: ZnodePath,
        /// Its data.
        data: Bytes,
        /// The znode whose ACL it gets.
        acl_of: ZnodePath,
    },
    /// Create a persistent znode as it was when it was deleted, with its data and its ACL.
    Recreate {
        /// Which.
        path: ZnodePath,
        /// SHA-256 of its data, in hexadecimal.
        sha256: String,
        /// The size of its data in bytes.
        size: u32,
    },
}

/// A sentence with a stable code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Clause {
    /// For programs.
    pub code: String,
    /// For people.
    pub sentence: String,
}

/// What the operator types to confirm.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Confirm {
    /// What is asked for, in words: `the last 8 digits of the holder's session`.
    pub what: String,
    /// What must be typed, exactly but for the case of letters.
    pub expected: String,
}

/// A znode as it is now, beside what the operator saw.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// Where it is.
    pub path: ZnodePath,
    /// The transaction that created it.
    pub czxid: Zxid,
    /// Its data version.
    pub version: i32,
    /// The session that owns it.
    pub session: Option<SessionId>,
    /// When it was created.
    pub created: Timestamp,
    /// What the library wrote as its data, decoded, cut after 200 characters.
    pub identity: Option<String>,
}

impl Plan {
    /// The znodes that will be gone when it is done.
    pub fn deleted(&self) -> impl Iterator<Item = &Identity> {
        self.identities.iter().filter(|identity| self.steps.iter().any(|step| step.deletes(&identity.path)))
    }
}

impl Step {
    /// What is written as the data of a znode whose owner is asked to let go (Curator, `Revoker.attemptRevoke`).
    pub const REVOKE: &'static str = "__REVOKE__";

    /// The znode that it creates, but for a try-lock's, which is gone at once; of a numbered one what comes before the number.
    pub fn creates(&self) -> Option<&ZnodePath> {
        match self {
            Self::Move { prefix: path, .. }
            | Self::Create { prefix: path, .. }
            | Self::Rename { path, .. }
            | Self::Origin { path, .. }
            | Self::Recreate { path, .. } => Some(path),
            _ => None,
        }
    }

    /// Whether it deletes this znode, which was there before.
    pub fn deletes(&self, znode: &ZnodePath) -> bool {
        match self {
            Self::Delete { path, .. } | Self::Move { from: path, .. } | Self::Rename { from: path, .. } => {
                path == znode
            }
            _ => false,
        }
    }
}

impl Identity {
    /// What the transaction must meet.
    pub fn target(&self) -> Target {
        Target { path: self.path.clone(), czxid: self.czxid, version: self.version, session: self.session }
    }
}

impl Confirm {
    /// Asks for a name. A character of it that cannot be seen is typed as it is shown, written out, so that a name that only looks
    /// like another is not confirmed by the other.
    pub fn name(what: &str, name: &str) -> Self {
        Self { what: what.to_owned(), expected: visible(name) }
    }

    /// Whether what was typed confirms.
    pub fn accepts(&self, typed: &str) -> bool {
        !self.expected.is_empty() && typed.trim().eq_ignore_ascii_case(&self.expected)
    }
}

impl Clause {
    /// A clause.
    pub fn new(code: &str, sentence: impl Into<String>) -> Self {
        Self { code: code.to_owned(), sentence: sentence.into() }
    }
}
