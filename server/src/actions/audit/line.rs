//! What a line of the log is made of: who, and of which action.

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};
use zooscope_protocol::action::Identity;
use zooscope_protocol::api::{AuditEntry, AuditIdentity, AuditPhase};
use zooscope_protocol::{Plan, Role, Timestamp, ZnodePath};

use crate::auth::Principal;
use crate::clock;

/// Who did it, as the log keeps it.
#[derive(Debug, Clone)]
pub struct By {
    pub(in crate::actions) who: String,
    subject: String,
    role: Option<Role>,
    address: Option<IpAddr>,
}

/// What all lines of an action say.
#[derive(Debug, Clone)]
pub(in crate::actions) struct Line {
    pub(in crate::actions) audit_id: String,
    pub(in crate::actions) cluster: String,
    pub(in crate::actions) by: By,
    /// The action's `type`.
    pub(in crate::actions) kind: String,
    /// The znode that it is about.
    pub(in crate::actions) path: Option<ZnodePath>,
    pub(in crate::actions) identity: Option<AuditIdentity>,
    pub(in crate::actions) reason: String,
    pub(in crate::actions) ticket: Option<String>,
    /// Who else said yes, where that was demanded.
    pub(in crate::actions) approved_by: Option<String>,
}

/// An action that was begun and whose end is not in the log.
#[derive(Debug)]
pub(in crate::actions) struct Open {
    pub(in crate::actions) line: Line,
    /// When it was begun.
    pub(in crate::actions) at: Timestamp,
    /// Whether its transaction bears a marker.
    pub(in crate::actions) marked: bool,
    /// The znodes that it deletes, as far as the log tells.
    pub(in crate::actions) deleted: Vec<Identity>,
}

/// What both lines of a change of the console's own say: no znode is touched, so there is no plan.
#[derive(Debug)]
pub struct Note {
    pub(in crate::actions) audit_id: String,
    by: By,
    kind: &'static str,
    pub(super) said: String,
}

/// The cluster of a line that is about all of them.
pub(super) const EVERY: &str = "*";
/// Said of an intent whose transaction bears no marker.
pub(super) const UNMARKED: &str = "without a marker: the console may not write below /zooscope/ops";
impl By {
    /// Somebody whom the console does not know: what they call themselves, and where they are.
    pub fn stranger(name: impl Into<String>, address: IpAddr) -> Self {
        Self { who: name.into(), subject: String::new(), role: None, address: Some(address) }
    }
}

impl From<&Principal> for By {
    fn from(principal: &Principal) -> Self {
        Self {
            who: principal.name.clone(),
            subject: principal.subject.clone(),
            role: Some(principal.role),
            address: Some(principal.address),
        }
    }
}

impl Open {
    pub(super) fn of(entry: AuditEntry) -> Self {
        let plan = entry.plan.clone().and_then(|plan| serde_json::from_value::<Plan>(plan).ok());
        Self {
            at: entry.at,
            marked: entry.detail.as_deref() != Some(UNMARKED),
            deleted: plan.map(|plan| plan.deleted().cloned().collect()).unwrap_or_default(),
            line: Line::of(entry),
        }
    }
}

impl Line {
    fn of(entry: AuditEntry) -> Self {
        Self {
            audit_id: entry.audit_id,
            cluster: entry.cluster,
            by: By { who: entry.who, subject: entry.subject, role: entry.role, address: entry.address },
            kind: entry.kind,
            path: entry.path.and_then(|path| ZnodePath::parse(&path).ok()),
            identity: entry.identity,
            reason: entry.reason.unwrap_or_default(),
            ticket: entry.ticket,
            approved_by: None,
        }
    }

    pub(super) fn entry(&self, phase: AuditPhase) -> AuditEntry {
        AuditEntry {
            audit_id: self.audit_id.clone(),
            cluster: self.cluster.clone(),
            path: self.path.as_ref().map(ToString::to_string),
            identity: self.identity,
            reason: Some(self.reason.clone()),
            ticket: self.ticket.clone(),
            ..by(&self.by, blank(phase, &self.kind))
        }
    }
}

impl Note {
    /// A change by this person, in a sentence.
    pub(in crate::actions) fn new(by: By, kind: &'static str, said: String) -> Self {
        let digest = Sha256::digest(format!("{}/{}/{}/{kind}/{said}", clock::now().0, by.subject, unique()));
        Self { audit_id: hex::encode(&digest[..16]), by, kind, said }
    }

    pub(super) fn entry(&self, phase: AuditPhase) -> AuditEntry {
        AuditEntry {
            audit_id: self.audit_id.clone(),
            detail: Some(self.said.clone()),
            ..by(&self.by, blank(phase, self.kind))
        }
    }
}

/// A number that this process gives once.
fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn by(by: &By, entry: AuditEntry) -> AuditEntry {
    let By { who, subject, role, address } = by.clone();
    AuditEntry { who, subject, role, address, ..entry }
}

/// A line of now that says nothing yet.
pub(super) fn blank(phase: AuditPhase, kind: &str) -> AuditEntry {
    AuditEntry {
        seq: 0,
        audit_id: String::new(),
        at: clock::now(),
        phase,
        cluster: EVERY.to_owned(),
        who: String::new(),
        subject: String::new(),
        role: None,
        address: None,
        kind: kind.to_owned(),
        path: None,
        reason: None,
        ticket: None,
        identity: None,
        plan: None,
        outcome: None,
        detail: None,
        created: None,
        hash: String::new(),
    }
}
