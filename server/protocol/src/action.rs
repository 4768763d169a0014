//! Actions: what an operator asks for, the plan that a person reads, and what came of it.

mod items;
mod plan;
mod refusal;

use serde::{Deserialize, Serialize};

use crate::{RevisionId, SessionId, ZnodePath, Zxid};

pub use items::{Batch, DeadLetter, Due, GiveBack, Place, Put, Requeue, Restore, Return};
pub use plan::{Clause, Confirm, Excluded, Identity, Plan, Step};
pub use refusal::{Refusal, RefusalCode};

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
