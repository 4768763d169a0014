//! The words of what is done to the items of queues, one by one and many at once.

use zooscope_protocol::action::{Due, Return};
use zooscope_protocol::bulk::{BulkAction, BulkOutcome, BulkProgress, BulkState};

use crate::duration::grouped;

// One item.
pub const MORE_ACTIONS: &str = "All actions on this item";
pub const REPLAY: &str = "Put back…";
pub const REPLAYING: &str = "putting back…";
pub const TO_TAIL: &str = "Requeue to the tail…";
pub const TO_HEAD: &str = "Requeue to the head…";
pub const WITH_PRIORITY: &str = "Requeue with this priority…";
pub const RUN_NOW: &str = "Let it be taken now…";
pub const WITH_TIME: &str = "Requeue for this time…";
pub const GIVE_BACK: &str = "Give back, where it stood…";
pub const GIVE_BACK_TAIL: &str = "Give back, to the tail…";
pub const SET_ASIDE: &str = "Set aside…";
pub const DELETE_ITEM: &str = "Delete…";
pub const PUT_BACK: &str = "Put back into its queue…";
pub const NEW_PRIORITY: &str = "Priority, the smaller the sooner";
pub const NEW_TIME: &str = "Not before, in your time";
pub const NO_PRIORITIES: &str = "The items of this queue have no priorities.";
pub const NO_TIMES: &str = "The items of this queue have no time of their own.";
pub const NO_NUMBER: &str = "Give a whole number first.";
pub const NO_TIME: &str = "Give a day and a time first.";
pub const NOT_TAKEN: &str = "No consumer has taken it.";
pub const LEAVES_NO_MARK: &str = "Consumers of this queue leave no mark at what they have taken.";
pub const BY_FORCE: &str = "Plan it by force…";

// Putting one in.
pub const PUT: &str = "Put a test item…";
pub const PUT_TITLE: &str = "Put a test item in";
pub const PUT_BODY: &str = "Consumers take it like any other. It is read once more before it is put in.";
pub const PUT_NEXT: &str = "Review…";
pub const PUT_TEXT: &str = "Text";
pub const PUT_BASE64: &str = "Base64";
pub const PUT_ID: &str = "Id";
pub const NOT_BASE64: &str = "This is not base64.";
pub const NEEDS_ID: &str = "The items of this queue have an id: give one.";
pub const TOO_MUCH_DATA: &str = "A test item has at most 32 KiB.";

// What was set aside.
pub const SET_ASIDE_COLUMN: &str = "Set aside";
pub const LETTERS: &str = "What was set aside";
pub const NO_LETTERS_TITLE: &str = "Nothing is set aside";
pub const NO_LETTERS_BODY: &str =
    "What is set aside from the queue shows here, until it is put back or deleted.";
pub const LETTER_FROM: &str = "From";
pub const LETTER_BY: &str = "By";

// The filter and the marks.
pub const FILTER_ITEMS: &str = "name or data";
pub const FILTER_ITEMS_LABEL: &str = "Filter items by name, data or why they were set aside";
pub const MARK: &str = "Mark";
pub const MARK_ROW: &str = "Mark this item (x; with Shift all from the last one)";
pub const MARK_ALL: &str = "Mark all items that are shown";
pub const ALL_MATCHING: &str = "All that match";
pub const ALL_OF_QUEUE: &str = "All items";
pub const CLEAR_MARKS: &str = "Unmark";
pub const MARKED: &str = "What is done to the marked items";
pub const BULK_REQUEUE: &str = "Requeue…";
pub const BULK_RUN_NOW: &str = "Take now…";
pub const BULK_GIVE_BACK: &str = "Give back…";

// The sheet of many.
pub const BULK_COUNT: &str = "Items";
pub const BULK_BATCHES: &str = "Transactions";
pub const BULK_LEFT_OUT: &str = "Left out";
pub const BULK_DONE: &str = "Done";
pub const BULK_CHANGED: &str = "Changed meanwhile";
pub const BULK_FAILED: &str = "Failed";
pub const BULK_UNKNOWN: &str = "Not known yet";
pub const BULK_TO_DO: &str = "To do";
pub const BULK_STOP: &str = "Stop";
pub const BULK_STOPPING: &str = "Stopping…";
pub const BULK_RESULTS: &str = "What came of each";
pub const BULK_SHOW: &str = "Show";
pub const BULK_GOES_ON: &str = "It goes on when this sheet is closed.";
pub const BULK_SILENT: &str = "The console does not answer; it is asked again.";
pub const BULK_FORGOTTEN: &str =
    "The console knows nothing of it any more: it was started anew. The audit log has what was done.";
pub const BULK_UNSENT: &str = "Whether it has begun is not known. Asking again never does it twice.";

// The audit log.
pub const RESTORE: &str = "Restore…";
pub const RESTORE_HINT: &str = "Makes what was deleted again, with the same data and access.";

/// That it is restored on the screens of another cluster.
pub fn restore_elsewhere(cluster: &str) -> String {
    format!("It was done in the cluster {cluster}: restore it there.")
}

/// How many are marked.
pub fn marked(count: usize) -> String {
    format!("{} marked", grouped(count as u64))
}

/// That only the first of a queue were looked through.
pub fn looked_through(shown: usize, depth: u32) -> String {
    format!(
        "The filter looks through the first {} of {} items here; “{ALL_MATCHING}” looks through all.",
        grouped(shown as u64),
        grouped(u64::from(depth))
    )
}

/// The title of the sheet of many.
pub fn bulk_title(action: &BulkAction) -> &'static str {
    match action {
        BulkAction::Requeue { not_before: Some(Due::Now), .. } => "Let these items be taken now",
        BulkAction::Requeue { .. } => "Requeue these items",
        BulkAction::GiveBack { to: Return::Tail, .. } => "Give these items back, to the tail",
        BulkAction::GiveBack { .. } => "Give these items back",
        BulkAction::DeadLetter {} => "Set these items aside",
        BulkAction::Replay {} => "Put these items back into their queue",
        BulkAction::Delete {} => "Delete these items",
    }
}

/// What the button of the sheet of many says.
pub fn bulk_button(action: &BulkAction, count: u32) -> String {
    let items = match count {
        1 => "1 item".to_owned(),
        count => format!("{} items", grouped(u64::from(count))),
    };
    match action {
        BulkAction::Requeue { .. } => format!("Requeue {items}"),
        BulkAction::GiveBack { .. } => format!("Give {items} back"),
        BulkAction::DeadLetter {} => format!("Set {items} aside"),
        BulkAction::Replay {} => format!("Put {items} back"),
        BulkAction::Delete {} => format!("Delete {items}"),
    }
}

/// How a bulk stands, in words.
pub fn bulk_state(state: BulkState) -> &'static str {
    match state {
        BulkState::Planned => "Not begun",
        BulkState::Running => "Working",
        BulkState::Stopping => "Stopping after the transaction that is on its way",
        BulkState::Stopped => "Stopped before its end",
        BulkState::Broken => "Stopped by itself: too much failed",
        BulkState::Done => "Done",
    }
}

/// The name of a state, for tests.
pub fn bulk_state_name(state: BulkState) -> &'static str {
    match state {
        BulkState::Planned => "planned",
        BulkState::Running => "running",
        BulkState::Stopping => "stopping",
        BulkState::Stopped => "stopped",
        BulkState::Broken => "broken",
        BulkState::Done => "done",
    }
}

/// What came of one item.
pub fn bulk_outcome(outcome: BulkOutcome) -> &'static str {
    match outcome {
        BulkOutcome::Done => "done",
        BulkOutcome::Changed => "left alone",
        BulkOutcome::Failed => "failed",
        BulkOutcome::Unknown => "not known yet",
    }
}

/// The message while a bulk goes on with its sheet closed, or has ended.
pub fn bulk_toast(progress: &BulkProgress) -> String {
    let (done, count) = (grouped(u64::from(progress.done)), grouped(u64::from(progress.count)));
    if progress.is_over() {
        format!("{}: {} – {done} of {count} done", bulk_title(&progress.action), bulk_state(progress.state))
    } else {
        format!("{}: it goes on", bulk_title(&progress.action))
    }
}
