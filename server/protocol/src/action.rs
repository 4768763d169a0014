//! Actions: what an operator asks for, the plan that a person reads, and what came of it.

mod items;

use serde::{Deserialize, Serialize};

use crate::{Bytes, RevisionId, SessionId, Timestamp, ZnodePath, Zxid};

pub use items::{Batch, DeadLetter, Due, GiveBack, Place, Put, Requeue, Restore, Return};

/// What an operator asks for: the deed, and the znode as the operator saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Delete the znode of a lock's holder, so that the next contender acquires.
    Release(Target),
    /// Ask the holder of a lock of Curator's to let go, by writing `__REVOKE__` as the data of its znode.
    Revoke(Target),
    /// Release everything that a session holds, in one transaction.
    Evict(Owner),
    /// Delete the one znode that lets a lock go on which is stuck for a reason that a finding names.
    Cure(Target),
    /// Give a queue item a new name at the tail or the head, with the same data and ACL.
    Requeue(Requeue),
    /// Give an item that a consumer has taken back to its queue.
    GiveBack(GiveBack),
    /// Set a queue item aside, where no consumer looks.
    DeadLetter(DeadLetter),
    /// Put what was set aside back at the tail of its queue.
    Replay(Target),
    /// Delete a queue item, or what was set aside.
    Delete(Target),
    /// Put a new item into a queue.
    Put(Put),
    /// Make what an action deleted again.
    Restore(Restore),
    /// Several in one transaction.
    Batch(Batch),
}

/// A session as the owner of what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// Which.
    pub session: SessionId,
}

/// The znode that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Where it is.
    pub path: ZnodePath,
    /// The transaction that created it: a namesake that lives later has another.
    pub czxid: Zxid,
    /// Its data version.
    pub version: i32,
    /// The session that owns it; absent for a persistent znode.
    #[serde(default)]
    pub session: Option<SessionId>,
}

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
    /// Write `__REVOKE__` as the znode's data, which a program of Curator's may listen for.
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
    /// Create a persistent directory without data, and those above it, if they are not there.
    Directory {
        /// Which.
        path: ZnodePath,
        /// The znode whose ACL they get.
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

/// Why an action is not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// For people: a sentence that says what to do.
    pub detail: String,
}

/// Why something is refused: the `code` of every problem and of every refused frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The request is not what the contract says: its detail says where.
    BadRequest,
    /// The body is not JSON of the expected shape.
    BadBody,
    /// A path is not the path of a znode.
    BadPath,
    /// A frame is not one of the stream's frames.
    BadFrame,
    /// The body or frame is too long.
    TooLarge,
    /// The body is not `application/json`.
    BadMediaType,
    /// The method is not one of this address.
    BadMethod,
    /// The request did not come from this site: `Host`, `Origin` or `X-Zooscope` is missing or wrong.
    ForeignRequest,
    /// The request names a host that is none of this console's.
    ForeignHost,
    /// Too much is asked for at once; in a moment it is answered.
    Busy,
    /// Nobody knows who asks: sign in.
    NotSignedIn,
    /// The name or the password is wrong.
    BadLogin,
    /// The role or a rule of the configuration does not let this person do it there.
    Forbidden,
    /// Who does this must have proved who they are a short while ago.
    StepUp,
    /// A ticket is missing, or not of the form that is demanded.
    NoTicket,
    /// It waits for the approval of another person.
    NeedsApproval,
    /// Another person rejected it.
    Rejected,
    /// Somebody stopped all actions.
    Frozen,
    /// There is no such request for approval, or it is too old.
    NoApproval,
    /// There is no such address.
    NotFound,
    /// No cluster has this name.
    UnknownCluster,
    /// There is no such znode.
    NoNode,
    /// No lock was recognised there.
    NoLock,
    /// No queue was recognised there.
    NoQueue,
    /// The console may not read or write there.
    NoAuth,
    /// The mirror is not live: what is shown may be old.
    NotLive,
    /// The server was started to act on nothing.
    ReadOnly,
    /// The znode is not the one that was seen: another czxid, owner or version.
    Changed,
    /// The znode does not hold the lock.
    NotHolder,
    /// The znode is no item of a queue.
    NotItem,
    /// A consumer has taken the item.
    Taken,
    /// No consumer has taken the item, so there is nothing to give back.
    NotTaken,
    /// The session that has taken the item may be alive: it is given back only by force.
    OwnerAlive,
    /// A znode of the name that is needed is there already.
    Exists,
    /// Nothing was kept that could be made again.
    NothingKept,
    /// The recipe does not allow it; the detail says why.
    NotAllowed,
    /// There is no plan with this digest, or it is older than its two minutes.
    UnknownPlan,
    /// The plan is another one now; it comes with the answer.
    PlanChanged,
    /// What was typed is not what confirms it.
    NotConfirmed,
    /// A reason is missing.
    NoReason,
    /// The data is larger than one transaction may carry.
    DataTooLarge,
    /// Too many subscriptions or connections.
    TooMany,
    /// ZooKeeper cannot be reached.
    Unreachable,
    /// The audit log cannot be written, so nothing is done.
    NoAudit,
    /// The declared recipe cannot be looked for; the detail names the key that is wrong.
    BadRecipe,
    /// There is a declared recipe of this name.
    RecipeExists,
    /// There is no declared recipe of this name.
    NoRecipe,
    /// Something in the server failed; its log says what.
    Internal,
}

/// What came of executing a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// Nothing was changed.
    Refused,
    /// The connection was lost and the outcome is not known yet; the audit log will say.
    Unknown,
}

/// The answer to an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executed {
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// The revision at which the mirror shows the outcome, or the newest when it could not be waited for.
    pub revision: RevisionId,
    /// The entry of the audit log.
    pub audit_id: String,
    /// The znode that was created, if one was.
    pub created: Option<ZnodePath>,
    /// Of a request to let go that was written: whether the znode went within ten seconds. `None` of all other actions.
    #[serde(default)]
    pub gone: Option<bool>,
}

impl Action {
    /// The znode that it is about as it was seen, where it is about one that must be there.
    pub fn target(&self) -> Option<&Target> {
        match self {
            Self::Release(target)
            | Self::Revoke(target)
            | Self::Cure(target)
            | Self::Replay(target)
            | Self::Delete(target) => Some(target),
            Self::Requeue(Requeue { target, .. })
            | Self::GiveBack(GiveBack { target, .. })
            | Self::DeadLetter(DeadLetter { target, .. }) => Some(target),
            Self::Evict(_) | Self::Put(_) | Self::Restore(_) | Self::Batch(_) => None,
        }
    }

    /// Where it was asked for: the znode or the directory that it names, if it names one.
    pub fn path(&self) -> Option<&ZnodePath> {
        match self {
            Self::Put(put) => Some(&put.queue),
            Self::Batch(batch) => batch.actions.first().and_then(Self::path),
            other => other.target().map(|target| &target.path),
        }
    }

    /// Its `type` in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Release(_) => "release",
            Self::Requeue(_) => "requeue",
            Self::GiveBack(_) => "give_back",
            Self::DeadLetter(_) => "dead_letter",
            Self::Replay(_) => "replay",
            Self::Delete(_) => "delete",
            Self::Put(_) => "put",
            Self::Restore(_) => "restore",
            Self::Batch(_) => "batch",
            Self::Revoke(_) => "revoke",
            Self::Evict(_) => "evict",
            Self::Cure(_) => "cure",
        }
    }
}

impl Plan {
    /// The znodes that will be gone when it is done.
    pub fn deleted(&self) -> impl Iterator<Item = &Identity> {
        self.identities.iter().filter(|identity| self.steps.iter().any(|step| step.deletes(&identity.path)))
    }
}

impl Step {
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

impl Refusal {
    /// A refusal.
    pub fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_as_the_contract_writes_it() {
        let text =
            r#"{"type":"release","path":"/locks/a/x-0000000001","czxid":"7","version":0,"session":"0x1"}"#;
        let action: Action = serde_json::from_str(text).unwrap();
        assert_eq!(action.name(), "release");
        assert_eq!(action.target().and_then(|target| target.session), Some(SessionId(1)));
        let evict: Action = serde_json::from_str(r#"{"type":"evict","session":"0x1"}"#).unwrap();
        assert_eq!(evict, Action::Evict(Owner { session: SessionId(1) }));
        assert_eq!((evict.target(), evict.path(), evict.name()), (None, None, "evict"));
        let persistent = r#"{"type":"requeue","path":"/q/item-0000000001","czxid":"7","version":0}"#;
        assert!(serde_json::from_str::<Action>(persistent).is_ok());
        for wrong in [
            r#"{"type":"explode","path":"/a","czxid":"7","version":0}"#,
            r#"{"type":"release","path":"a","czxid":"7","version":0}"#,
            r#"{"type":"release","path":"/a","czxid":7,"version":0}"#,
            r#"{"type":"release","path":"/a","czxid":"7","version":0,"force":true}"#,
            r#"{"type":"evict","session":"0x1","path":"/a"}"#,
        ] {
            assert!(serde_json::from_str::<Action>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_empty_expectation_is_never_confirmed() {
        let confirm = |expected: &str| Confirm { what: String::new(), expected: expected.to_owned() };
        assert!(!confirm("").accepts(""));
        assert!(confirm("ebb00147").accepts(" EBB00147 "));
        assert!(!confirm("ebb00147").accepts("ebb00148"));
    }
}
