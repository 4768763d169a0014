//! The bodies of the HTTP API, version 1. Errors are `application/problem+json` (RFC 9457).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub use crate::audit::{AuditAction, AuditEntry, AuditIdentity, AuditImage, AuditPage, AuditPhase};
use crate::ladder::{Ladder, Rung};
use crate::recipe::KnownRecipe;
use crate::session::{Session, Source};
use crate::view::{SessionDetail, Stand};
use crate::{
    AclEntry, AuthMode, ClusterInfo, Declaration, Event, Item, Lock, Member, Peer, Plan, Queue, RefusalCode,
    RevisionId, Role, SessionId, Timestamp, ZnodePath,
};

/// The header that every unsafe request carries, with the value `1`: a foreign page cannot set it.
pub const HEADER: &str = "x-zooscope";

/// An error, RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The status in words.
    pub title: String,
    /// What went wrong and what to do, in a sentence.
    pub detail: String,
    /// What went wrong, for programs.
    pub code: RefusalCode,
    /// The plan as it is now, where the answer is that it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<Plan>>,
}

/// A cluster in `GET /clusters`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterBody {
    /// The cluster.
    #[serde(flatten)]
    pub info: ClusterInfo,
    /// How long ago ZooKeeper last answered; `None` if it never did.
    pub stale_ms: Option<u64>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The revision that it was read from.
    pub revision: RevisionId,
    /// How many the filter lets through in all.
    pub total: u64,
    /// The page.
    pub items: Vec<T>,
    /// What to pass as `after` for the next page; `None` on the last.
    pub next: Option<String>,
}

/// A lock with the durations that a reader without a clock wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LockBody {
    /// The lock.
    #[serde(flatten)]
    pub lock: Lock<MemberBody>,
    /// How long the first holder has held, in milliseconds.
    pub held_ms: Option<u64>,
    /// How long the longest waiter has waited, in milliseconds.
    pub longest_wait_ms: Option<u64>,
    /// How it was recognised, as a whole sentence; in a list absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What can be done about the first 20 who hold, by the path of their znodes; in a list absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladders: Option<Vec<Ladder>>,
    /// What lets it go on where it is stuck for a reason that is known; in a list absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cures: Option<Vec<Rung>>,
}

/// A member with its age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberBody {
    /// The member.
    #[serde(flatten)]
    pub member: Member,
    /// How old its znode is, in milliseconds.
    pub age_ms: u64,
}

/// A queue with the age of its oldest item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueueBody {
    /// The queue.
    #[serde(flatten)]
    pub queue: Queue,
    /// The age of the oldest item in milliseconds.
    pub oldest_ms: Option<u64>,
    /// How it was recognised, as a whole sentence; in a list absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A session as `GET /clusters/C/sessions` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSessionBody {
    /// Its id.
    pub session: SessionId,
    /// What the servers say of its client.
    #[serde(flatten)]
    pub peer: Peer,
    /// In how many milliseconds it ends unless it is heard from before.
    pub expires_in_ms: Option<u64>,
    /// What it calls itself.
    pub identity: Option<String>,
    /// The locks that it holds.
    pub holds: Vec<ZnodePath>,
    /// The locks that it waits for.
    pub waits: Vec<ZnodePath>,
    /// How many ephemeral znodes it owns.
    pub ephemerals: u32,
    /// How many contenders wait for it, all the way down.
    pub behind: u32,
}

/// A session with everything that ends with it, as `GET /clusters/C/sessions/at` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSessionDetail {
    /// The session.
    pub session: ClientSessionBody,
    /// The contenders with which it holds, each with its lock.
    pub holds: Vec<Stand>,
    /// The contenders with which it waits, each with its lock.
    pub waits: Vec<Stand>,
    /// The ephemeral znodes that it owns.
    pub ephemerals: Vec<ZnodePath>,
    /// What each server was asked and told.
    pub sources: Vec<Source>,
}

/// An item with its age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemBody {
    /// The item.
    #[serde(flatten)]
    pub item: Item,
    /// Its age in milliseconds.
    pub age_ms: u64,
}

/// What is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipesBody {
    /// The recipes that the console knows.
    pub known: Vec<KnownRecipe>,
    /// Those that are declared, in the order in which they are looked for.
    pub declared: Vec<Declaration>,
    /// The names of those of them that were kept at run time, which can be forgotten again; the others are the configuration's.
    pub kept: Vec<String>,
}

/// A page of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPage {
    /// The events, the oldest first.
    pub events: Vec<Event>,
    /// How many events between `after` and the first of these are forgotten.
    pub dropped: u64,
    /// The number of the newest event.
    pub newest: u64,
}

/// The body of `POST /plans/DIGEST/execute`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execute {
    /// Why, for the audit log; 3 to 500 characters.
    pub reason: String,
    /// A name for this attempt, at most 64 letters, digits, `-` and `_`: the same one is never done twice.
    pub idempotency_key: String,
    /// What was typed to confirm.
    pub confirm: String,
    /// The ticket that it is about, where one is demanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// A plan with what is demanded of whoever executes it, as `POST /plans` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanBody {
    /// The plan.
    #[serde(flatten)]
    pub plan: Plan,
    /// What is demanded.
    #[serde(default)]
    pub demands: Demands,
}

/// What is demanded of whoever does something at some place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demands {
    /// A reason.
    pub reason: bool,
    /// A ticket that matches each of these patterns, in which `*` stands for anything.
    pub tickets: Vec<String>,
    /// How many other persons must approve.
    pub approvals: u8,
    /// What the plan asks to be typed.
    pub typed: bool,
    /// How long ago the person may have proved who they are, at most, in milliseconds.
    pub step_up_ms: Option<u64>,
}

/// What the asker may do at a place, as `GET /clusters/C/may?path=` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MayBody {
    /// The place.
    pub path: ZnodePath,
    /// Everything that can be done anywhere, each with whether it may be done here.
    pub deeds: Vec<DeedBody>,
}

/// One thing that can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeedBody {
    /// Its name; of an action it is the `type`.
    pub deed: String,
    /// Whether the asker may do it here.
    pub allowed: bool,
    /// Why not, as a sentence.
    pub because: Option<String>,
    /// What is demanded.
    pub demands: Demands,
}

/// The body of `POST /freeze`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeBody {
    /// Whether all actions are stopped.
    pub on: bool,
    /// Why; 3 to 500 characters.
    pub reason: String,
}

/// A request for the approval of another person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalBody {
    /// Its id.
    pub id: String,
    /// The cluster.
    pub cluster: String,
    /// The plan as it was when it was asked for.
    pub plan: Plan,
    /// Who asks, by the name for people.
    pub requested_by: String,
    /// Who asks, by the name that is never another's.
    pub requested_by_subject: String,
    /// Why.
    pub reason: String,
    /// The ticket.
    pub ticket: Option<String>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Until when it can be approved and executed.
    pub expires: Timestamp,
    /// How it stands.
    pub state: ApprovalState,
    /// Who approved or rejected it.
    pub decided_by: Option<String>,
    /// Why, where they said it.
    pub decided_why: Option<String>,
    /// Whether the plan would be another one now: then it cannot be executed any more.
    pub changed: bool,
}

/// How a request for approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Nobody has decided.
    Waiting,
    /// It may be executed by who asked for it, once.
    Approved,
    /// It may not.
    Rejected,
}

/// The answer 202 of an execution that waits for approval: after it is given, the same execution is asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The request.
    pub approval: ApprovalBody,
}

/// The body of `POST /approvals/ID/approve` and `…/reject`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The digest of the plan that was looked at.
    pub digest: String,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
}

/// The body of `POST /login`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// The body of `POST /session/step-up`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    /// The password, again.
    pub password: String,
}

/// How one signs in, as `GET /login` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginOffer {
    /// How people come to be known here.
    pub mode: AuthMode,
    /// Where the browser goes to sign in with an OpenID provider, where that is the mode. `?back=/c/…` brings it back.
    pub start: Option<String>,
}

/// Who is asking, in `GET /session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionBody {
    /// The name for people; `loopback` while the console knows nobody and listens on loopback only.
    pub name: String,
    /// What they may do at most.
    pub role: Role,
    /// The name that stays the same for the same person and is never another's.
    pub subject: String,
    /// How they came to be known.
    pub mode: AuthMode,
    /// Whether they may approve what others ask for.
    pub approver: bool,
    /// For how long they count as having just proved who they are: the time since they last did, in milliseconds.
    pub proved_ms: Option<u64>,
    /// Whether the server acts on nothing.
    pub read_only: bool,
    /// Who stopped all actions, and why, as a sentence; `None` while they go on.
    pub frozen: Option<String>,
    /// The version of the server.
    pub version: String,
}

/// A session of whoever asks, in `GET /sign-ins`. `POST /sign-ins/ID/end` ends it, `POST /sign-ins/end-others` all but this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// A name for it that signs nobody in.
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the browser that began it says it is, at most 200 characters; whoever asks may have written anything.
    pub agent: String,
    /// Where it was last used from.
    pub address: IpAddr,
    /// How long ago it began, in milliseconds.
    pub age_ms: u64,
    /// How long ago it was last used, in milliseconds.
    pub unused_ms: u64,
    /// In how many milliseconds it ends, unless it is used before and as far as that can prolong it.
    pub left_ms: u64,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for StepUp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("StepUp").finish_non_exhaustive()
    }
}

/// An ACL in `GET /node`.
pub type Acl = Vec<AclEntry>;

impl LockBody {
    /// The lock as it is at `now`.
    pub fn at(lock: Lock, now: Timestamp) -> Self {
        let age = |member: Member| MemberBody { age_ms: member.created.millis_until(now), member };
        Self {
            because: None,
            ladders: None,
            cures: None,
            held_ms: lock.held_since.map(|since| since.millis_until(now)),
            longest_wait_ms: lock.waiting_since.map(|since| since.millis_until(now)),
            lock: lock.map(age),
        }
    }
}

impl QueueBody {
    /// The queue as it is at `now`.
    pub fn at(queue: Queue, now: Timestamp) -> Self {
        Self { oldest_ms: queue.oldest.map(|oldest| oldest.millis_until(now)), queue, because: None }
    }
}

impl ClientSessionBody {
    /// The session as it is at `now`.
    pub fn at(session: Session, now: Timestamp) -> Self {
        Self {
            session: session.session,
            expires_in_ms: session.peer.expires.map(|expires| now.millis_until(expires)),
            peer: session.peer,
            identity: session.identity,
            holds: session.holds,
            waits: session.waits,
            ephemerals: session.ephemerals,
            behind: session.behind,
        }
    }
}

impl ClientSessionDetail {
    /// The session as it is at `now`; `None` where nobody knows it.
    pub fn at(detail: SessionDetail, now: Timestamp) -> Option<Self> {
        Some(Self {
            session: ClientSessionBody::at(*detail.session?, now),
            holds: detail.holds,
            waits: detail.waits,
            ephemerals: detail.ephemerals,
            sources: detail.sources,
        })
    }
}

impl ItemBody {
    /// The item as it is at `now`.
    pub fn at(item: Item, now: Timestamp) -> Self {
        Self { age_ms: item.created.millis_until(now), item }
    }
}
