//! Bulk: one action on many items of queues, in batches.

use serde::{Deserialize, Serialize};

use crate::action::{Confirm, DeadLetter, GiveBack};
use crate::action::{Due, Requeue, Return};
use crate::api::Demands;
use crate::{Action, Clause, RefusalCode, Target, Timestamp, ZnodePath};

/// The body of `POST /clusters/C/bulk`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkRequest {
    /// What is done to each.
    pub action: BulkAction,
    /// To which.
    pub select: Selection,
}

/// What is done to each item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum BulkAction {
    /// To the tail, as it is or with another priority or time.
    Requeue {
        /// See [`Requeue::priority`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<i32>,
        /// See [`Requeue::not_before`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Due>,
    },
    /// Give back what is taken.
    GiveBack {
        /// Where it stands then.
        #[serde(default)]
        to: Return,
        /// Whether the sessions that have taken it may be alive.
        #[serde(default)]
        force: bool,
    },
    /// Set aside.
    DeadLetter {},
    /// Put back what was set aside.
    Replay {},
    /// Delete.
    Delete {},
}

/// Which items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Selection {
    /// These, as they were seen.
    Marked(Marked),
    /// Those of a queue.
    Found(Found),
}

/// Items that were marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marked {
    /// Each once.
    pub targets: Vec<Target>,
}

/// Items that are found in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The queue.
    pub queue: ZnodePath,
    /// A text, in any case, in the item's name, its data as far as it is shown, or why it was set aside. Without one, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only what a consumer has taken, or only what none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<bool>,
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkPlan {
    /// SHA-256 over the cluster, the action and the items, in hexadecimal.
    pub digest: String,
    /// What is done to each.
    pub action: BulkAction,
    /// The queue, or the closest znode that all items are below.
    pub subject: ZnodePath,
    /// To how many.
    pub count: u32,
    /// In how many transactions.
    pub batches: u32,
    /// The items that are left out, the first thousand.
    pub refused: Vec<Left>,
    /// How many are left out.
    pub refused_count: u32,
    /// What can go wrong or is not done.
    pub warnings: Vec<Clause>,
    /// What happens next.
    pub effects: Vec<Clause>,
    /// What the operator types to confirm.
    pub confirm: Confirm,
}

/// The answer to `POST /clusters/C/bulk`: the plan, and what is demanded of who begins it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkPlanBody {
    /// The plan.
    #[serde(flatten)]
    pub plan: BulkPlan,
    /// What is demanded.
    #[serde(default)]
    pub demands: Demands,
}

/// An item that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The item.
    pub path: ZnodePath,
    /// For programs.
    pub code: RefusalCode,
    /// For people.
    pub detail: String,
}

/// How far a bulk is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkProgress {
    /// Its plan.
    pub digest: String,
    /// What is done to each.
    pub action: BulkAction,
    /// The queue, or the closest znode that all items are below.
    pub subject: ZnodePath,
    /// Who began it; `None` for one that is only planned.
    pub who: Option<String>,
    /// How it stands.
    pub state: BulkState,
    /// Why it stopped before its end, as a whole sentence.
    pub because: Option<String>,
    /// How many items it is about.
    pub count: u32,
    /// How many of them are done.
    pub done: u32,
    /// How many were skipped, for they had changed, were gone or taken by then.
    pub changed: u32,
    /// How many failed.
    pub failed: u32,
    /// How many have an outcome that is not known yet; the audit log will tell.
    pub unknown: u32,
    /// How many are still to be done, or never will be where it stopped.
    pub left: u32,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// A page of the results, in the order in which they came.
    pub results: Vec<BulkResult>,
    /// What to pass as `after` for the next page; `None` where there is nothing more by now.
    pub next: Option<u32>,
}

/// How a bulk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkState {
    /// It was planned and not begun.
    Planned,
    /// It goes on.
    Running,
    /// It was told to stop, and does after the batch that is on its way.
    Stopping,
    /// It was stopped, by a person or with the server.
    Stopped,
    /// It stopped by itself, for too much failed.
    Broken,
    /// It came to its end.
    Done,
}

/// What came of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkResult {
    /// The item.
    pub path: ZnodePath,
    /// How.
    pub outcome: BulkOutcome,
    /// Why not.
    pub code: Option<RefusalCode>,
    /// Why not, for people.
    pub detail: Option<String>,
    /// The znode that was created.
    pub created: Option<ZnodePath>,
    /// The entry of the audit log of its batch; `None` where nothing was tried.
    pub audit_id: Option<String>,
}

/// How it went with one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkOutcome {
    /// Done.
    Done,
    /// Skipped: it was not what was seen any more.
    Changed,
    /// Not done.
    Failed,
    /// Not known yet.
    Unknown,
}

impl BulkAction {
    /// The `type` of the action on each.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Requeue { .. } => "requeue",
            Self::GiveBack { .. } => "give_back",
            Self::DeadLetter {} => "dead_letter",
            Self::Replay {} => "replay",
            Self::Delete {} => "delete",
        }
    }

    /// The action on one item.
    pub fn on(&self, target: Target) -> Action {
        match self.clone() {
            Self::Requeue { priority, not_before } => {
                Action::Requeue(Requeue { priority, not_before, ..target.into() })
            }
            Self::GiveBack { to, force } => Action::GiveBack(GiveBack { target, to, force }),
            Self::DeadLetter {} => Action::DeadLetter(DeadLetter { target, to: None }),
            Self::Replay {} => Action::Replay(target),
            Self::Delete {} => Action::Delete(target),
        }
    }
}

impl BulkProgress {
    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        matches!(self.state, BulkState::Stopped | BulkState::Broken | BulkState::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bulk_is_read_as_the_contract_writes_it() {
        for text in [
            r#"{"action":{"type":"requeue","priority":5},"select":{"queue":"/q","q":"poison","taken":false}}"#,
            r#"{"action":{"type":"dead_letter"},"select":{"targets":[{"path":"/q/a","czxid":"7","version":0,"session":null}]}}"#,
            r#"{"action":{"type":"delete"},"select":{"queue":"/q"}}"#,
        ] {
            let request: BulkRequest = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
        }
        for wrong in [
            r#"{"action":{"type":"release"},"select":{"queue":"/q"}}"#,
            r#"{"action":{"type":"requeue","to":"head"},"select":{"queue":"/q"}}"#,
            r#"{"action":{"type":"delete"},"select":{"queue":"/q","targets":[]}}"#,
            r#"{"action":{"type":"delete"},"select":{}}"#,
        ] {
            assert!(serde_json::from_str::<BulkRequest>(wrong).is_err(), "{wrong}");
        }
    }
}
