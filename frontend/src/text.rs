//! Every sentence that the site shows. Short, in the operator's terms; buttons say what they do.

#![expect(missing_docs, reason = "each constant is its own documentation: the words that it shows")]

mod audit;
mod deeds;
mod items;
mod ladder;
mod sentences;
mod waits;
mod who;

pub use audit::*;
pub use deeds::*;
pub use items::*;
pub use ladder::*;
pub use sentences::*;
pub use waits::*;
pub use who::*;

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
pub const FIND: &str = "Find a lock, a queue, a session, a path…";
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

pub const PAGE_FAILED: &str = "This page has failed and shows nothing new. Reload it.";
pub const LATER_TITLE: &str = "The rest of the site could not be loaded";
pub const LATER_LONG: &str = "The rest of the site takes long to load";
pub const LATER_BODY: &str = "What is on the other screens still works. After an update of the console this page has to be loaded anew.";
pub const RELOAD: &str = "Reload this page";

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
     Another layout can be declared.";
pub const CLEAR_FILTER: &str = "Clear the filter";
pub const NO_MATCH_BODY: &str = "No row contains the filter's text.";
pub const FREE: &str = "free";
pub const NO_LOCK_TITLE: &str = "No lock here";
pub const NO_LOCK_BODY: &str =
    "Nobody holds or waits at this path, or it is not a lock. The page fills when somebody comes.";
pub const RELEASE: &str = "Release…";
pub const RELEASE_LOCK: &str = "Release lock…";
pub const RELEASING: &str = "releasing…";
pub const REQUEUEING: &str = "requeueing…";
pub const LIKELY_HINDRANCE: &str =
    "The recipe is only likely. Declare this path on the screen Recipes to act on it.";
pub const SEVERAL_HOLDERS: &str = "Several hold this lock: open it and choose one.";
pub const NO_LONGER_HOLDS: &str = "It does not hold this lock any more.";
pub const NO_HOLDER: &str = "Nobody holds this lock.";
pub const HOLDER: &str = "holder";
pub const NEXT: &str = "next";
pub const PENDING: &str = "pending";
pub const MEMBER: &str = "member";
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
     An empty directory shows nothing of its recipe; declare it.";
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
pub const TAKEN: &str = "taken";
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
pub const FILTER_EVENTS: &str = "path:/jobs/** type:deleted";
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
pub const REASON_HINT: &str = "At least three characters: what happened.";
pub const TICKET_LABEL: &str = "Ticket, if there is one";
pub const CHANGED_TITLE: &str = "It is not what you saw any more";
pub const CHANGED_BODY: &str = "What would be done now differs from what you have read. Nothing was changed.";
pub const GONE_BODY: &str = "The znode that you saw is gone. Nothing was done by this console.";
pub const LOOK_AGAIN: &str = "Look again";
pub const REFUSED_PLAN_TITLE: &str = "This cannot be done";
pub const NEEDS_REASON: &str = "Give a reason first.";
pub const NEEDS_CONFIRM: &str = "Type the confirmation first.";
pub const OUTCOME_DONE: &str = "Done";
pub const OUTCOME_REFUSED: &str = "Refused: nothing was changed";
pub const OUTCOME_UNKNOWN: &str = "Not known yet";
pub const OUTCOME_UNKNOWN_BODY: &str =
    "The connection was lost while it was done. It may be done or not. Asking again never does it twice.";
pub const FORGOTTEN: &str = "The console was started anew meanwhile. The audit log tells how it ended, as soon as the console has found out.";
pub const ASK_AGAIN: &str = "Ask again";
pub const AUDIT_ID: &str = "Audit entry";
pub const CREATED: &str = "New znode";
pub const REVISION: &str = "Seen by this console at revision";
pub const COPY_JSON: &str = "Copy as JSON";
pub const NONE: &str = "none";

/// The keys and what they do.
pub const KEYS: [(&str, &str); 20] = [
    ("g o", "Overview"),
    ("g l", "Locks"),
    ("g q", "Queues"),
    ("g w", "Waits"),
    ("g s", "Sessions"),
    ("g f", "Findings"),
    ("g r", "Recipes"),
    ("g t", "Tree"),
    ("g e", "Events"),
    ("g p", "Approvals"),
    ("g a", "Audit"),
    ("/", "Filter this screen"),
    ("j  k", "Next and previous row"),
    ("Enter", "Open the row"),
    (".", "The row's action"),
    ("x", "Mark the item; with Shift all from the last"),
    ("Space", "Pause and resume the events"),
    ("Esc", "Close what is open"),
    ("t", "Change the colours"),
    ("?", "This sheet"),
];

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
