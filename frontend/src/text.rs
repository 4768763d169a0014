//! Every sentence that the site shows. Short, in the operator's terms; buttons say what they do.

#![expect(missing_docs, reason = "each constant is its own documentation: the words that it shows")]

use zooscope_protocol::action::Step;
use zooscope_protocol::{Confidence, EventKind, LockKind, MemberState, Mode, QueueKind};

use crate::duration::{Level, grouped, short};
use crate::health::Health;

pub const PRODUCT: &str = "Zooscope";
pub const LOADING: &str = "Loading";
pub const SKIP: &str = "Skip to the page";

// The frame.
pub const NAVIGATION: &str = "Screens";
pub const OVERVIEW: &str = "Overview";
pub const LOCKS: &str = "Locks";
pub const QUEUES: &str = "Queues";
pub const TREE: &str = "Tree";
pub const EVENTS: &str = "Events";
pub const CLUSTER: &str = "Cluster";
pub const CONNECTION: &str = "Connection";
pub const FIND: &str = "Find a lock, a queue, a path…";
pub const FIND_LABEL: &str = "Find";
pub const KEYS_TITLE: &str = "Keyboard";
pub const READ_ONLY_CHIP: &str = "read-only";
pub const READ_ONLY_HINT: &str = "This console was started to act on nothing.";
pub const DISMISS: &str = "Dismiss";
pub const CLOSE: &str = "Close";
pub const BACK: &str = "Back to the list";
pub const COPIED: &str = "Copied";
pub const THE_PATH: &str = "the path";
pub const THE_SESSION: &str = "the session id";
pub const THE_LINK: &str = "a link to this page";
pub const THE_COMMAND: &str = "the command";
pub const COPY_LINK: &str = "Link";
pub const THE_DATA: &str = "the data";
pub const AS_JSON: &str = "as JSON";
pub const FILTER_KEY: &str = "Press / to filter";
pub const NOTHING_FOUND: &str = "Nothing found";

// The state of the connection.
pub const REACHING_TITLE: &str = "Connecting to ZooKeeper";
pub const REACHING_BODY: &str = "The console has no session yet. This screen fills as soon as it has one.";
pub const SCANNING_TITLE: &str = "Reading the tree for the first time";
pub const FAILED_TITLE: &str = "The console cannot work with this cluster";
pub const REFUSED_TITLE: &str = "The console refused this view";
pub const NO_CLUSTER_TITLE: &str = "There is no such cluster";
pub const NO_CLUSTERS_TITLE: &str = "The console could not be asked for its clusters";
pub const NO_PLACE_TITLE: &str = "There is no such screen";
pub const NO_PLACE_BODY: &str = "The address is not one of this site.";
pub const HINDRANCE_READ_ONLY: &str = "This console was started to act on nothing (--read-only).";

pub const UPDATED: &str = "The console was updated. Reload this page to have its new site.";
pub const LIVE: &str = "Live";

/// What the button of the colours does next.
pub fn theme(now: &str) -> String {
    format!("Colours: {now}. Press to change")
}

// Locks.
pub const FILTER_LOCKS: &str = "path, holder or session";
pub const FILTER_LOCKS_LABEL: &str = "Filter locks by path, holder or session";
pub const SORT: &str = "Order";
pub const SORT_BLOCKED: &str = "Blocking most";
pub const SORT_HELD: &str = "Held longest";
pub const SORT_WAITING: &str = "Waiting longest";
pub const SORT_PATH: &str = "Path";
pub const SORT_OLDEST: &str = "Oldest item";
pub const SORT_DEPTH: &str = "Deepest";
pub const NO_LOCKS_TITLE: &str = "No lock is held or awaited";
pub const NO_LOCKS_BODY: &str = "Znodes laid out by kazoo, Curator and the ZooKeeper recipes are recognised anywhere in the tree. \
     Another layout is declared in zooscope.toml under [[recipes]].";
pub const NO_MATCH_BODY: &str = "No row contains the filter's text. Press Esc in the filter to empty it.";
pub const FREE: &str = "free";
pub const NO_LOCK_TITLE: &str = "No lock here";
pub const NO_LOCK_BODY: &str =
    "Nobody holds or waits at this path, or it is not a lock. The page fills when somebody comes.";
pub const RELEASE: &str = "Release…";
pub const RELEASE_LOCK: &str = "Release lock…";
pub const RELEASING: &str = "releasing…";
pub const REQUEUEING: &str = "requeueing…";
pub const LIKELY_HINDRANCE: &str =
    "The recipe is only likely. Declare this path in zooscope.toml to act on it.";
pub const SEVERAL_HOLDERS: &str = "Several hold this lock: open it and choose one.";
pub const NO_HOLDER: &str = "Nobody holds this lock.";
pub const HOLDER: &str = "holder";
pub const NEXT: &str = "next";
pub const PENDING: &str = "pending";
pub const CHAIN: &str = "Holders and waiters, in their order";
pub const NOBODY_HOLDS: &str = "Nobody holds it";
pub const WAITS_VERB: &str = "waits";
pub const NOBODY_WAITS: &str = "Nobody waits";
pub const HELD_NOT_SEEN: &str = "The console did not see it acquired: it may hold for less long.";
pub const RECENT: &str = "What happened here";
pub const NOTHING_HAPPENED: &str = "Nothing since the console started.";
pub const IN_TREE: &str = "Znodes in the tree";
pub const HELD: &str = "Held";
pub const WAITERS: &str = "Waiters";
pub const LONGEST_WAIT: &str = "Longest wait";
pub const NEXT_IN_LINE: &str = "Next in line";
pub const RECIPE: &str = "Recipe";
pub const HOLDER_COLUMN: &str = "Holder";
pub const ACTION: &str = "Action";
pub const PATH: &str = "Path";
pub const SHOW_MORE: &str = "Show more";

// Queues.
pub const FILTER_QUEUES: &str = "path";
pub const FILTER_QUEUES_LABEL: &str = "Filter queues by path";
pub const NO_QUEUES_TITLE: &str = "No queue was recognised";
pub const NO_QUEUES_BODY: &str = "Queues of kazoo, Curator and the ZooKeeper recipes are recognised when they have an item. \
     An empty directory shows nothing of its recipe; declare it in zooscope.toml under [[recipes]].";
pub const NO_QUEUE_TITLE: &str = "No queue here";
pub const NO_QUEUE_BODY: &str = "No queue is recognised at this path. The page fills when one is.";
pub const NO_ITEMS_TITLE: &str = "The queue is empty";
pub const NO_ITEMS_BODY: &str = "Consumers have taken every item.";
pub const DEPTH: &str = "Depth";
pub const TREND: &str = "Last 5 min";
pub const OLDEST: &str = "Oldest";
pub const IN_RATE: &str = "In/s";
pub const OUT_RATE: &str = "Out/s";
pub const IN_FLIGHT: &str = "In flight";
pub const CONSUMERS: &str = "Consumers";
pub const ITEM: &str = "Item";
pub const AGE: &str = "Age";
pub const SIZE: &str = "Size";
pub const PRIORITY: &str = "Priority";
pub const PREVIEW: &str = "Data";
pub const TAKEN_BY: &str = "Taken by";
pub const ITEMS: &str = "Items in the order that consumers take them";
pub const REQUEUE: &str = "Requeue…";
pub const TAKEN_HINDRANCE: &str = "A consumer works on this item.";
pub const PEEK: &str = "Looking at an item takes nothing from the queue.";
pub const PEEK_TITLE: &str = "Item";
pub const FIRST_BYTES: &str = "The beginning of the data, without the recipe's framing.";
pub const ALL_BYTES: &str = "All data, as it is stored.";
pub const LOAD_ALL: &str = "Load all";
pub const EMPTY_DATA: &str = "No data.";
pub const ITEM_GONE: &str = "This item is no longer in the queue.";

// The tree.
pub const TREE_LABEL: &str = "Znodes";
pub const NODE: &str = "Znode";
pub const STAT: &str = "Stat";
pub const DATA: &str = "Data";
pub const ACL: &str = "Access";
pub const FORMAT: &str = "Format";
pub const NO_NODE_TITLE: &str = "There is no such znode";
pub const NO_NODE_BODY: &str = "It was deleted or never created. The page fills when it is.";
pub const CHOOSE_TITLE: &str = "No znode is chosen";
pub const CHOOSE_BODY: &str = "Choose one in the tree. Arrow keys move, right opens, left closes.";
pub const NOT_READABLE: &str = "The console may not read this znode: its data and its children are unknown.";
pub const ACL_UNKNOWN: &str = "Not known.";
pub const EPHEMERAL: &str = "ephemeral";
pub const NO_AUTH: &str = "no read access";
pub const TRUNCATED: &str = "Only the beginning is shown.";

// Events.
pub const FILTER_EVENTS: &str = "path:/jobs/** type:deleted text";
pub const FILTER_EVENTS_LABEL: &str = "Filter events";
pub const NO_EVENTS_TITLE: &str = "Nothing happened yet";
pub const NO_EVENTS_BODY: &str = "Each change in the tree shows here within a second.";
pub const NO_EVENTS_MATCH_BODY: &str = "No event of those that are kept passes the filter.";
pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Resume";
pub const PAUSE_KEY: &str = "Space pauses and resumes";
pub const WHEN: &str = "Time";
pub const KIND: &str = "Kind";
pub const NOTE: &str = "Note";
pub const ALL_KINDS: &str = "All";

// Overview.
pub const ALL_WELL: &str = "All is well";
pub const ALL_ELSE_WELL: &str = "all else is well";
pub const BLOCKING_MOST: &str = "Blocking the most";
pub const QUEUES_OLDEST: &str = "Queues with the oldest items";
pub const FINDINGS: &str = "Findings";
pub const JUST_HAPPENED: &str = "Just happened";
pub const NOTHING_BLOCKED: &str = "Nobody waits for a lock.";
pub const NO_ITEMS_WAIT: &str = "No queue has an item.";
pub const DEADLOCKS: &str = "Sessions that wait for each other";
pub const ALL_LOCKS: &str = "All locks";
pub const ALL_QUEUES: &str = "All queues";
pub const ALL_EVENTS: &str = "All events";
pub const BLOCKED: &str = "blocked";

// The review sheet.
pub const RELEASE_TITLE: &str = "Release this lock";
pub const REQUEUE_TITLE: &str = "Requeue this item";
pub const EXECUTE_RELEASE: &str = "Release the lock";
pub const EXECUTE_REQUEUE: &str = "Requeue the item";
pub const EXECUTING: &str = "Working…";
pub const PLANNING: &str = "Working out what would be done";
pub const IDENTITY: &str = "What it is about";
pub const SEEN: &str = "What you saw";
pub const NOW: &str = "What is true now";
pub const STEPS: &str = "What will be done";
pub const GUARDS: &str = "Checked again right before";
pub const EFFECTS: &str = "What happens next";
pub const WARNINGS: &str = "What does not happen, and what can go wrong";
pub const REASON: &str = "Reason, for the audit log";
pub const REASON_HINT: &str = "At least three characters: what happened, which ticket.";
pub const CHANGED_TITLE: &str = "It is not what you saw any more";
pub const CHANGED_BODY: &str = "What would be done now differs from what you have read. Nothing was changed.";
pub const LOOK_AGAIN: &str = "Look again";
pub const REFUSED_PLAN_TITLE: &str = "This cannot be done";
pub const NEEDS_REASON: &str = "Give a reason first.";
pub const NEEDS_CONFIRM: &str = "Type the confirmation first.";
pub const OUTCOME_DONE: &str = "Done";
pub const OUTCOME_REFUSED: &str = "Refused: nothing was changed";
pub const OUTCOME_UNKNOWN: &str = "Not known yet";
pub const OUTCOME_UNKNOWN_BODY: &str =
    "The connection was lost while it was done. It may be done or not. Asking again never does it twice.";
pub const ASK_AGAIN: &str = "Ask again";
pub const AUDIT_ID: &str = "Audit entry";
pub const CREATED: &str = "New znode";
pub const REVISION: &str = "Seen by this console at revision";
pub const COPY_JSON: &str = "Copy as JSON";
pub const NONE: &str = "none";

/// The keys and what they do.
pub const KEYS: [(&str, &str); 13] = [
    ("g o", "Overview"),
    ("g l", "Locks"),
    ("g q", "Queues"),
    ("g t", "Tree"),
    ("g e", "Events"),
    ("/", "Filter this screen"),
    ("j  k", "Next and previous row"),
    ("Enter", "Open the row"),
    (".", "The row's action"),
    ("Space", "Pause and resume the events"),
    ("Esc", "Close what is open"),
    ("t", "Change the colours"),
    ("?", "This sheet"),
];

/// `Copy the path`.
pub fn copy(what: &str) -> String {
    format!("Copy {what}")
}

pub fn open_in_tree(path: &str) -> String {
    format!("{path} in the tree")
}

pub fn moment(here: &str, utc: &str) -> String {
    format!("{here} here\n{utc} UTC")
}

pub fn unreachable(what: &str) -> String {
    format!("The console did not answer ({what}). Check that it runs and try again.")
}

pub fn no_cluster(name: &str, known: &[String]) -> String {
    format!("This console does not know “{name}”. It knows {}.", known.join(", "))
}

pub fn skew(millis: i64) -> String {
    let direction = if millis > 0 { "behind" } else { "ahead of" };
    format!(
        "This browser's clock is {} {direction} the console's. Ages follow the console.",
        short(millis.unsigned_abs())
    )
}

/// The word for a level.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Watch => "watch",
        Level::Warn => "warning",
        Level::Critical => "critical",
    }
}

/// The state of the connection in a few words.
pub fn health(health: &Health) -> String {
    match health {
        Health::Offline => "browser offline".to_owned(),
        Health::Connecting => "connecting".to_owned(),
        Health::Lost(millis) => format!("console lost · stale {}", short(*millis)),
        Health::Reaching => "connecting to ZooKeeper".to_owned(),
        Health::Scanning(read, 0) => format!("scanning · {}", grouped(*read)),
        Health::Scanning(read, expected) => {
            format!("scanning · {} %", (read * 100).checked_div(*expected).unwrap_or(0).min(100))
        }
        Health::Live(millis) => format!("live · {}", short(*millis)),
        Health::Stale(None) => "stale".to_owned(),
        Health::Stale(Some(millis)) => format!("stale {}", short(*millis)),
        Health::ReadOnly => "ZooKeeper read-only".to_owned(),
        Health::Failed(_) => "failed".to_owned(),
    }
}

/// The state of the connection in a sentence.
pub fn health_sentence(health: &Health) -> String {
    match health {
        Health::Offline => "This browser has no network. What is shown is as old as it says.".to_owned(),
        Health::Connecting => "The console is being asked.".to_owned(),
        Health::Lost(_) => "The console does not answer. Trying again.".to_owned(),
        Health::Reaching => "The console has no session with ZooKeeper yet.".to_owned(),
        Health::Scanning(read, expected) => scanned(*read, *expected),
        Health::Live(_) => {
            "Every change shows at once. The time is since ZooKeeper's last answer.".to_owned()
        }
        Health::Stale(_) => {
            "The console lost ZooKeeper, or reads everything again. What is shown may be old.".to_owned()
        }
        Health::ReadOnly => "The ZooKeeper server has lost its quorum: it answers reads only.".to_owned(),
        Health::Failed(why) => why.clone(),
    }
}

/// Why nothing may be done.
pub fn hindrance(state: &Health) -> String {
    format!("Not while the connection is “{}”.", health(state))
}

pub fn scanned(read: u64, expected: u64) -> String {
    match expected {
        0 => format!("{} znodes read", grouped(read)),
        _ => format!("{} of about {} znodes read", grouped(read), grouped(expected)),
    }
}

pub fn lock_kind(kind: LockKind) -> &'static str {
    match kind {
        LockKind::Mutex => "mutex",
        LockKind::ReadWrite => "read-write lock",
        LockKind::Semaphore => "semaphore",
        LockKind::Election => "election",
        LockKind::Lease => "lease",
        LockKind::Barrier => "barrier",
        LockKind::Group => "group",
    }
}

pub fn queue_kind(kind: QueueKind) -> &'static str {
    match kind {
        QueueKind::Fifo => "first in, first out",
        QueueKind::Priority => "by priority",
        QueueKind::Delay => "delayed",
        QueueKind::Id => "by id",
        QueueKind::Locking => "locking",
    }
}

pub fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Declared => "declared",
        Confidence::Certain => "certain",
        Confidence::Likely => "likely",
    }
}

pub fn confidence_hint(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Declared => "The configuration says that this is its recipe.",
        Confidence::Certain => "No other program is known to lay out znodes so.",
        Confidence::Likely => {
            "It looks like this recipe. Actions are off unless the configuration declares it."
        }
    }
}

/// What a contender asks for, where it is worth saying.
pub fn mode(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Exclusive => None,
        Mode::Write => Some("write"),
        Mode::Read => Some("read"),
        Mode::Lease => Some("lease"),
        Mode::Candidate => Some("candidate"),
    }
}

pub fn held_verb(kind: LockKind) -> &'static str {
    match kind {
        LockKind::Election => "leads",
        LockKind::Group => "member for",
        _ => "held",
    }
}

/// The place of a waiter, from 0.
pub fn place(index: usize, state: MemberState) -> String {
    match state {
        MemberState::Pending => PENDING.to_owned(),
        _ if index == 0 => format!("1 {NEXT}"),
        _ => (index + 1).to_string(),
    }
}

pub fn watches(name: &str) -> String {
    format!("watches {name}")
}

pub fn more_waiters(count: usize) -> String {
    format!("…{} more", grouped(count as u64))
}

pub fn holders(held: u32, capacity: Option<u32>) -> String {
    match capacity {
        Some(capacity) if capacity > 1 => format!("{held} of {capacity} hold"),
        _ if held > 1 => format!("{held} hold"),
        _ => String::new(),
    }
}

pub fn and_more(count: u32) -> String {
    format!("+{count}")
}

pub fn blocked(count: u32) -> String {
    match count {
        1 => "1 waits".to_owned(),
        _ => format!("{} wait", grouped(u64::from(count))),
    }
}

pub fn shown_of(shown: usize, total: u32) -> String {
    format!("The first {} of {}. Filter to see others.", grouped(shown as u64), grouped(u64::from(total)))
}

pub fn trend(first: Option<u32>, last: Option<u32>) -> String {
    match (first, last) {
        (Some(first), Some(last)) => format!("depth from {first} to {last}"),
        _ => "depth not known yet".to_owned(),
    }
}

pub fn event_kind(kind: EventKind) -> &'static str {
    crate::filter::kind_word(kind)
}

pub fn new_events(count: u64) -> String {
    format!("+{} new", grouped(count))
}

pub fn dropped(count: u64) -> String {
    format!("{} older events are no longer kept.", grouped(count))
}

pub fn unknown_terms(terms: &[String]) -> String {
    format!(
        "Not understood: {}. Use path:/… and type: with created, deleted, changed, status or action.",
        terms.join(" ")
    )
}

pub fn many(count: u64, one: &str, several: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {several}", grouped(count)) }
}

pub fn confirm(what: &str) -> String {
    format!("To confirm, type {what}")
}

pub fn delayed_until(moment: &str) -> String {
    format!("not before {moment}")
}

pub fn done_toast(name: &str, path: &str) -> String {
    match name {
        "release" => format!("Released {path}"),
        _ => format!("Requeued {path}"),
    }
}

/// A step of a plan.
pub fn step(step: &Step) -> (&'static str, String) {
    match step {
        Step::Pin { path, czxid } => {
            ("Pin", format!("{path} by writing its own data back first (czxid {czxid})"))
        }
        Step::Touch { path, version } => {
            ("Touch", format!("{path} by writing its own data back first (version {version})"))
        }
        Step::Delete { path, version } => ("Delete", format!("{path} at version {version}")),
        Step::TryLock { path } => {
            ("Try", format!("{path}: made and deleted at once, fails if a consumer holds it"))
        }
        Step::Move { from, prefix } => (
            "Move",
            format!("{from} to {prefix}…: created with the same data and access list, the old one deleted"),
        ),
    }
}

/// The permissions of an entry of an ACL in words.
pub fn permissions(bits: u32) -> String {
    const WORDS: [(u32, &str); 5] =
        [(1, "read"), (2, "write"), (4, "create"), (8, "delete"), (16, "administer")];
    let given: Vec<&str> = WORDS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, word)| *word).collect();
    match given.len() {
        0 => "nothing".to_owned(),
        5 => "everything".to_owned(),
        _ => given.join(", "),
    }
}

/// Whom an entry of an ACL is about.
pub fn grantee(scheme: &str, id: &str) -> String {
    match (scheme, id) {
        ("world", "anyone") => "Anyone".to_owned(),
        ("digest", id) => format!("User {}", id.split(':').next().unwrap_or(id)),
        ("sasl", id) => format!("SASL user {id}"),
        ("x509", id) => format!("Certificate {id}"),
        ("ip", id) => format!("Address {id}"),
        ("super", _) => "The super user".to_owned(),
        (scheme, id) => format!("{scheme} {id}"),
    }
}

/// The eleven fields of a stat: the ZooKeeper name and what it says.
pub const STAT_FIELDS: [(&str, &str); 11] = [
    ("czxid", "Created by transaction"),
    ("mzxid", "Data last written by transaction"),
    ("pzxid", "Children last changed by transaction"),
    ("ctime", "Created"),
    ("mtime", "Data last written"),
    ("version", "Writes of the data"),
    ("cversion", "Changes of the children"),
    ("aversion", "Changes of the access list"),
    ("ephemeralOwner", "Lives as long as session"),
    ("dataLength", "Size of the data"),
    ("numChildren", "Children"),
];

pub fn persistent() -> &'static str {
    "none: it stays"
}

pub fn part_of(queue: bool) -> &'static str {
    if queue { "Part of the queue" } else { "Part of the lock" }
}

pub fn recognised_as(recipe: &str) -> String {
    format!("Recognised as {recipe}")
}

pub fn children(count: u64) -> String {
    many(count, "child", "children")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_words() {
        assert_eq!(permissions(31), "everything");
        assert_eq!(permissions(1 | 4), "read, create");
        assert_eq!(permissions(0), "nothing");
    }

    #[test]
    fn health_never_divides_by_nothing() {
        assert_eq!(health(&Health::Scanning(1_200, 0)), "scanning · 1\u{202f}200");
        assert_eq!(health(&Health::Scanning(50, 200)), "scanning · 25 %");
        assert_eq!(health(&Health::Scanning(500, 200)), "scanning · 100 %");
        assert_eq!(health(&Health::Live(449)), "live · 0.4 s");
    }

    #[test]
    fn a_digest_entry_does_not_show_its_hash() {
        assert_eq!(grantee("digest", "ana:Zm9v="), "User ana");
        assert_eq!(grantee("world", "anyone"), "Anyone");
    }

    #[test]
    fn counts_agree_with_their_noun() {
        assert_eq!(children(1), "1 child");
        assert_eq!(children(0), "0 children");
        assert_eq!(blocked(1), "1 waits");
        assert_eq!(blocked(3), "3 wait");
    }
}
