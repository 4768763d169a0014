//! The audit log: what was done with the console, by whom and why.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AclEntry, Bytes, Role, SessionId, Stat, Timestamp, ZnodePath, Zxid};

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, from 1.
    pub seq: u64,
    /// The action that it is about: all lines of one bear the same.
    pub audit_id: String,
    /// When.
    pub at: Timestamp,
    /// `intent` before, `image` what was there, `outcome` after.
    pub phase: AuditPhase,
    /// The cluster; `*` where it is about all of them.
    pub cluster: String,
    /// Who, by the name for people. Lines of before there were roles have the client's address here.
    pub who: String,
    /// Who, by the name that is never another's.
    #[serde(default)]
    pub subject: String,
    /// The role in which it was done.
    #[serde(default)]
    pub role: Option<Role>,
    /// Where the request came from.
    #[serde(default)]
    pub address: Option<IpAddr>,
    /// What it is: an action's `type`, or `recipe`, `login`, `archive`, and whatever else the console does.
    #[serde(default)]
    pub kind: String,
    /// The znode that it is about, if it is about one.
    #[serde(default)]
    pub path: Option<String>,
    /// The reason given.
    pub reason: Option<String>,
    /// The ticket given.
    #[serde(default)]
    pub ticket: Option<String>,
    /// The znode as the operator saw it.
    #[serde(default)]
    pub identity: Option<AuditIdentity>,
    /// The plan, as it was; only an intent bears it. Its shape is that of [`crate::Plan`] in the version that wrote it.
    pub plan: Option<Value>,
    /// What came of it: done, refused, unknown (a later line tells) or denied (whoever asked may not).
    pub outcome: Option<String>,
    /// Why it was refused, what is not certain, or what it was.
    pub detail: Option<String>,
    /// The znode that was created.
    pub created: Option<String>,
    /// SHA-256 over the line and the hash of the line before it, in hexadecimal.
    #[serde(default)]
    pub hash: String,
}

/// What tells a znode from its namesakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AuditIdentity {
    /// The transaction that created it.
    pub czxid: Zxid,
    /// Its data version.
    pub version: i32,
    /// The session that owns it; `None` for a persistent znode.
    pub session: Option<SessionId>,
}

/// When an audit line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditPhase {
    /// Before anything was done.
    Intent,
    /// Before anything was done, with what will be deleted, so that it can be put back.
    Image,
    /// After it was done or refused.
    Outcome,
}

/// The audit log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The lines.
    pub items: Vec<AuditEntry>,
    /// What to pass as `after` for older lines; `None` on the last page.
    pub next: Option<u64>,
}

/// One action of the audit log, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditAction {
    /// Its id.
    pub audit_id: String,
    /// Its lines, the oldest first.
    pub lines: Vec<AuditEntry>,
    /// What it deleted, as it was before.
    pub images: Vec<AuditImage>,
}

/// A znode as it was before it was deleted, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditImage {
    /// Where it was.
    pub path: ZnodePath,
    /// The beginning of its data; empty where it is masked.
    pub data: Bytes,
    /// Whether `data` is only the beginning of what is kept.
    pub truncated: bool,
    /// Whether the configuration forbids to show its data.
    pub masked: bool,
    /// Its ACL; hashes of passwords are left out.
    pub acl: Vec<AclEntry>,
    /// Its stat.
    pub stat: Stat,
}

impl AuditPhase {
    /// All, in the order of their writing.
    pub const ALL: [Self; 3] = [Self::Intent, Self::Image, Self::Outcome];

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Image => "image",
            Self::Outcome => "outcome",
        }
    }
}
