//! Why something is not done.

use serde::{Deserialize, Serialize};

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
    /// It is being done: ask again with the same key for how it ended.
    Running,
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

impl Refusal {
    /// A refusal.
    pub fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}
