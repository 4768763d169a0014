//! The words of sessions, of who waits for whom, of findings and of recipes.

use zooscope_protocol::recipe::{DeclaredKind, IdentityDecoder, KnownKind};
use zooscope_protocol::view::WaitEdge;
use zooscope_protocol::{MemberState, SourceKind};

use super::{lock_kind, many, queue_kind};
use crate::duration::grouped;

// The frame.
pub const WAITS: &str = "Waits";
pub const SESSIONS: &str = "Sessions";
pub const RECIPES: &str = "Recipes";
pub const MORE: &str = "More";

// Sessions.
pub const FILTER_SESSIONS: &str = "id, address, name or path";
pub const FILTER_SESSIONS_LABEL: &str = "Filter sessions by id, address, name or path of a lock";
pub const NO_SESSIONS_TITLE: &str = "No session owns an ephemeral znode";
pub const NO_SESSIONS_BODY: &str =
    "A session shows here as soon as it owns one: a lock that it holds or waits for, or any other.";
pub const NO_SESSION_TITLE: &str = "No such session";
pub const NO_SESSION_BODY: &str = "It ended, or it owns no ephemeral znode and no server knows it. All that it held and waited for went with it.";
pub const NO_ID_BODY: &str = "The id of a session is written as 0x and up to sixteen hexadecimal digits.";
pub const SESSION: &str = "Session";
pub const WHO: &str = "Who";
pub const CLIENT: &str = "Client";
pub const SERVER: &str = "Server";
pub const HOLDS: &str = "Holds";
pub const WAITS_FOR: &str = "Waits for";
pub const BEHIND: &str = "Behind it";
pub const BEHIND_HINT: &str = "Everyone who waits for it, directly or through other locks, all the way down.";
pub const EPHEMERALS: &str = "Ephemerals";
pub const EXPIRES: &str = "Expires in";
/// The same where there is no head above it.
pub const EXPIRES_NARROW: &str = "expires ";
pub const EXPIRES_HINT: &str = "When the session ends unless its client is heard from before; within a tick of the server, 2 s by default.";
pub const TIMEOUT: &str = "Time-out";
pub const SINCE: &str = "Oldest znode";
pub const LAST_OPERATION: &str = "Last operation";
pub const NOT_CONNECTED: &str = "not connected";
pub const NOT_CONNECTED_HINT: &str = "Every server was asked and none has a connection of this session: its client is away, and it ends when its time is over.";
pub const HOLDS_TITLE: &str = "What it holds";
pub const WAITS_TITLE: &str = "What it waits for";
pub const HOLDS_NOTHING: &str = "It holds no lock.";
pub const WAITS_NOTHING: &str = "It waits for nobody.";
pub const EPHEMERALS_TITLE: &str = "Its ephemeral znodes";
pub const ALL_GO: &str = "All of these go when it ends.";
pub const SOURCES_TITLE: &str = "Who told";
pub const NO_SOURCES: &str = "No server was asked yet.";
pub const THE_CLIENT: &str = "the address";
pub const THE_HINT: &str = "the hint";
pub const SEE_WAITS: &str = "In the graph";

// Who waits for whom.
pub const NO_WAITS_TITLE: &str = "Nobody waits for anybody";
pub const NO_WAITS_BODY: &str =
    "Sessions show here as soon as one of them waits for a lock that another one holds.";
pub const GRAPH: &str = "Who waits for whom: blockers to the left, those that wait to the right";
pub const GRAPH_KEYS: &str =
    "Arrows go from one to the next, Enter chooses, plus and minus zoom, 0 shows all.";
pub const WAITS_TABLE: &str = "Who waits for whom, line by line";
pub const ZOOM_IN: &str = "Larger";
pub const ZOOM_OUT: &str = "Smaller";
pub const ZOOM_FIT: &str = "Show all";
pub const HEAD: &str = "HEAD";
pub const HEAD_HINT: &str = "It waits for nobody and others wait for it: begin here.";
pub const DEADLOCK: &str = "deadlock";
pub const WAITER: &str = "Who waits";
pub const BLOCKER: &str = "For whom";
pub const LOCK: &str = "Lock";
pub const WAITS_SINCE: &str = "Waits";
pub const HOW: &str = "How";
pub const FOLD_AGAIN: &str = "Fold again";
pub const IN_LINE_TOO: &str = "press to show them";
pub const ANY: &str = " (any)";
pub const LEGEND_HOLDS: &str = "holds what others wait for";
pub const LEGEND_WAITS: &str = "waits";
pub const LEGEND_LINE: &str = "stands in line before";
pub const CONFIRMED: &str = "confirmed";
pub const CONFIRMED_HINT: &str = "The same znodes stood so in an earlier revision too.";
pub const SEEN_ONCE: &str = "seen once";
pub const SEEN_ONCE_HINT: &str = "It was seen at one moment only, which may be two moments put together. It is looked at again with the next change.";
pub const SUGGESTED: &str = "Suggested:";

// Findings.
pub const NO_FINDINGS_TITLE: &str = "Nothing is wrong";
pub const NO_FINDINGS_BODY: &str = "What is wrong with a lock, a queue or a session shows here in a sentence, with the znodes that prove it.";
pub const NO_SUCH_FINDINGS_BODY: &str = "Nothing of this kind is wrong any more. Press All to see the rest.";
pub const FINDING_KINDS: &str = "Kinds of findings";
pub const ALL: &str = "All";
pub const ALL_FINDINGS: &str = "All findings";
pub const EVIDENCE: &str = "Evidence:";
pub const HOW_WE_KNOW: &str = "How we know:";
pub const HANDS_OFF: &str = "Hands off:";
pub const NOT_A_LOCK: &str = "directory";
pub const BLOCKED_ALL: &str = "Behind";

// Recipes.
pub const DECLARE_LINK: &str = "What is looked for, and how to declare another layout";
pub const DECLARE_TITLE: &str = "Declare a layout";
pub const DECLARE_BODY: &str = "For locks and queues that no library below lays out. It is tried on the tree as you type; nothing changes before you keep it.";
pub const KNOWN_TITLE: &str = "What is looked for";
pub const DECLARED_TITLE: &str = "Declared";
pub const NONE_DECLARED: &str =
    "None yet. Try one below, then keep it here or put its TOML into zooscope.toml.";
pub const NAME: &str = "Name";
pub const NAME_HINT: &str = "billing-locks";
pub const DIRECTORIES: &str = "Directories";
pub const DIRECTORIES_HINT: &str = "/app/locks/*";
pub const DIRECTORIES_HELP: &str = "* is one segment or a part of one, ** any number of them.";
pub const KIND_FIELD: &str = "Each is a";
pub const MEMBERS: &str = "Members";
pub const MEMBERS_HINT: &str = "lock-(?<sequence>\\d{10})";
pub const MEMBERS_HELP: &str = "A regular expression for the whole name. The group sequence is the number that they stand by; without it they stand in the order of creation.";
pub const MEMBERS_PRIORITY_HELP: &str = "A regular expression for the whole name. The group priority is the number before, the group sequence the one after.";
pub const READERS: &str = "Readers";
pub const READERS_HINT: &str = "read-.*";
pub const READERS_HELP: &str = "Which of the members ask to read.";
pub const CAPACITY: &str = "How many may hold";
pub const IDENTITY_FIELD: &str = "Who a member is";
pub const POINTER: &str = "JSON pointer";
pub const POINTER_HINT: &str = "/owner/host";
pub const PERSISTENT_FIELD: &str = "Members are persistent";
pub const UNIQUE_FIELD: &str = "A name is never given twice";
pub const UNIQUE_HELP: &str = "It carries a UUID, say. When not, the directory is pinned during a release.";
pub const TRYING: &str = "Looking…";
pub const TRY_FIRST: &str = "Give it a name, its directories and its members: what matches shows here.";
pub const KEEP: &str = "Keep this recipe";
pub const KEEPING: &str = "Keeping…";
pub const REMOVE: &str = "Remove";
pub const CHANGE: &str = "Change";
pub const KEEP_CHANGE: &str = "Keep the change";
pub const STOP_CHANGING: &str = "Leave it as it is";
pub const CONFIGURED: &str = "from the configuration";
pub const CONFIGURED_HINT: &str =
    "It is in the configuration file. Change it there and start the console again.";
pub const WOULD_HOLD: &str = "Would hold";
pub const TODAY: &str = "Today";
pub const NOTHING_TODAY: &str = "not recognised";
pub const AS_TOML: &str = "As it is written in zooscope.toml";
pub const THE_TOML: &str = "the TOML";
pub const LAYOUT: &str = "Layout";
pub const CERTAINTY: &str = "Certainty";
pub const TRY_BEFORE_KEEP: &str = "You can keep it once it has been tried and understood.";
pub const RECIPES_FAILED_TITLE: &str = "The recipes could not be read";
pub const TRY_AGAIN: &str = "Try again";

/// A session in the finder: its id and who it is.
pub fn session_line(id: &str, identity: Option<&str>, client: Option<&str>) -> String {
    [Some(id), identity, client].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

pub fn deadlock_badge(words: &str) -> String {
    let count = words.trim_end_matches('!').parse().unwrap_or(0);
    many(count, "deadlock", "deadlocks")
}

pub fn source(by: SourceKind) -> &'static str {
    match by {
        SourceKind::AdminServer => "told by its AdminServer",
        SourceKind::FourLetterWords => "told by four-letter words",
        SourceKind::Nothing => "told nothing",
    }
}

pub fn behind(count: u32) -> String {
    format!("{} behind", grouped(u64::from(count)))
}

/// How many wait, and how many more behind them.
pub fn waiting_and_behind(blocked: u32, behind: u32) -> String {
    if behind > blocked {
        format!("{}, {} in all behind it", super::blocked(blocked), grouped(u64::from(behind)))
    } else {
        super::blocked(blocked)
    }
}

/// How an edge came about.
pub fn edge(edge: &WaitEdge) -> &'static str {
    match (edge.held, edge.any) {
        (true, false) => "holds it",
        (true, true) => "holds it, any of several may go",
        (false, false) => "before it in line",
        (false, true) => "before it in line, any of several may go",
    }
}

pub fn folded(count: usize) -> String {
    format!("…{} more", grouped(count as u64))
}

pub fn left_out(count: u32) -> String {
    format!(
        "{} are not drawn: the graph would be too large. Those that block the most are here.",
        many(u64::from(count), "more session", "more sessions")
    )
}

/// A node of the graph for those who do not see it.
pub fn node_label(name: &str, holds: usize, waits: usize, behind: u32, deadlocked: bool) -> String {
    let mut words = vec![name.to_owned()];
    if deadlocked {
        words.push("in a deadlock".to_owned());
    }
    if holds > 0 {
        words.push(format!("holds {}", many(holds as u64, "lock", "locks")));
    }
    if waits > 0 {
        words.push(format!("waits for {}", many(waits as u64, "lock", "locks")));
    }
    words.push(self::behind(behind));
    words.join(", ")
}

/// How many findings of one kind there are, in a few words.
pub fn finding_count(code: &str, count: u32) -> String {
    let count = u64::from(count);
    let (one, several) = match code {
        "deadlock" => ("deadlock", "deadlocks"),
        "foreign_child" => ("directory with foreign children", "directories with foreign children"),
        "growing_name" => ("name that grows", "names that grow"),
        "held_long" => ("lock held too long", "locks held too long"),
        "herd" => ("herd on one znode", "herds on one znode"),
        "holder_disconnected" => ("holder without a connection", "holders without a connection"),
        "leaked_contender" => ("leaked contender", "leaked contenders"),
        "left_over_directories" => ("place of left-over directories", "places of left-over directories"),
        "list_size" => ("directory near the listing limit", "directories near the listing limit"),
        "never_wakes" => ("waiter that will never wake", "waiters that will never wake"),
        "no_consumer" => ("queue without consumers", "queues without consumers"),
        "persistent_contender" => ("persistent contender", "persistent contenders"),
        "phantom_waiter" => ("phantom waiter", "phantom waiters"),
        "poison_loop" => ("poison loop", "poison loops"),
        "predecessor_gone" => ("waiter whose predecessor is gone", "waiters whose predecessor is gone"),
        "self_wait" => ("session that waits for itself", "sessions that wait for themselves"),
        "sequence_end" => ("sequence near its end", "sequences near their end"),
        "stuck_head" => ("queue with a stuck head", "queues with a stuck head"),
        "taken_idle" => ("item taken by an idle session", "items taken by idle sessions"),
        "taken_orphan" => ("item taken by a dead session", "items taken by dead sessions"),
        "waiting_long" => ("wait that is too long", "waits that are too long"),
        "watches_later" => ("waiter that watches the wrong node", "waiters that watch the wrong node"),
        "wedged_semaphore" => ("wedged semaphore", "wedged semaphores"),
        _ => return format!("{} × {}", grouped(count), code.replace('_', " ")),
    };
    many(count, one, several)
}

/// What a finding says of one contender, beside it in the chain; the whole sentence is above.
pub fn finding_of_member(code: &str) -> String {
    let words = match code {
        "deadlock" => "in a deadlock",
        "held_long" => "holds too long",
        "herd" => "part of a herd",
        "holder_disconnected" => "its client is away",
        "leaked_contender" => "leaked",
        "never_wakes" => "watches nothing: it will never wake",
        "persistent_contender" => "persistent: it stays when its client dies",
        "phantom_waiter" => "phantom",
        "predecessor_gone" => "what it waits for is gone",
        "self_wait" => "waits for its own session",
        "waiting_long" => "waits too long",
        "watches_later" => "watches the wrong znode",
        _ => return code.replace('_', " "),
    };
    words.to_owned()
}

/// The word for a contender that neither holds nor waits.
pub fn state_word(state: MemberState) -> &'static str {
    match state {
        MemberState::Holding => "holds",
        MemberState::Waiting => "waits",
        MemberState::Pending => "pending",
        MemberState::Present => "there for",
    }
}

pub fn known_kind(kind: KnownKind) -> &'static str {
    match kind {
        KnownKind::Lock(kind) => lock_kind(kind),
        KnownKind::Queue(kind) => queue_kind(kind),
    }
}

pub fn is_queue(kind: KnownKind) -> bool {
    matches!(kind, KnownKind::Queue(_))
}

/// What a declared directory may be.
pub const DECLARED_KINDS: [(DeclaredKind, &str, &str); 7] = [
    (DeclaredKind::Mutex, "mutex", "mutex: the first holds"),
    (DeclaredKind::ReadWrite, "read_write", "read-write lock"),
    (DeclaredKind::Semaphore, "semaphore", "semaphore: the first few hold"),
    (DeclaredKind::Election, "election", "election: the first leads"),
    (DeclaredKind::Group, "group", "group: all are there"),
    (DeclaredKind::Queue, "queue", "queue: first in, first out"),
    (DeclaredKind::PriorityQueue, "priority_queue", "queue by priority"),
];

/// How the data of a member may name who it is.
pub const IDENTITIES: [(&str, &str); 4] = [
    ("utf8", "its data is the name"),
    ("json", "its data is JSON"),
    ("hex", "its data in hexadecimal"),
    ("none", "its data does not say"),
];

/// The name of a decoder, as the choice of one lists it.
pub fn identity_name(decoder: &IdentityDecoder) -> &'static str {
    match decoder {
        IdentityDecoder::Utf8 => "utf8",
        IdentityDecoder::Json(_) => "json",
        IdentityDecoder::Hex => "hex",
        IdentityDecoder::None => "none",
    }
}

pub fn paths_match(paths: u32, recognised: u32) -> String {
    let words = match paths {
        0 => "No path matches".to_owned(),
        1 => "1 path matches".to_owned(),
        _ => format!("{} paths match", grouped(u64::from(paths))),
    };
    match paths {
        0 => words,
        _ if recognised == paths => words,
        _ => format!("{words}, {} with members of this name or empty", grouped(u64::from(recognised))),
    }
}

pub fn trial_members(members: u32, others: u32) -> String {
    let members = many(u64::from(members), "member", "members");
    match others {
        0 => members,
        _ => format!("{members}, {}", many(u64::from(others), "other child", "other children")),
    }
}

pub fn kept(name: &str) -> String {
    format!("Kept declared.{name}. The whole tree is looked at again.")
}

pub fn changed_recipe(name: &str) -> String {
    format!("Changed declared.{name}. The whole tree is looked at again.")
}

pub fn change_recipe(name: &str) -> String {
    format!("Change declared.{name}")
}

pub fn name_taken(name: &str, kept: bool) -> String {
    if kept {
        format!("There is a recipe {name} already. Press Change beside it, or give this one another name.")
    } else {
        format!("The configuration has a recipe {name}. Give this one another name.")
    }
}

/// That a declaration makes possible what the console otherwise never does.
pub fn protected(count: u32) -> String {
    let places = match count {
        1 => "1 of these places belongs to another system and is".to_owned(),
        _ => format!("{} of these places belong to other systems and are", grouped(u64::from(count))),
    };
    format!("{places} hands off today. Once you keep this, actions become possible there.")
}

pub const UNDO: &str = "Undo";

pub fn removed(name: &str) -> String {
    format!("Removed declared.{name}.")
}

pub fn remove(name: &str) -> String {
    format!("Remove declared.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_is_not_known_is_still_told() {
        assert_eq!(finding_count("no_consumer", 1), "1 queue without consumers");
        assert_eq!(finding_count("brand_new_code", 2), "2 × brand new code");
        assert_eq!(finding_of_member("brand_new_code"), "brand new code");
    }

    #[test]
    fn a_trial_counts_its_paths() {
        assert_eq!(paths_match(0, 0), "No path matches");
        assert_eq!(paths_match(1, 1), "1 path matches");
        assert_eq!(paths_match(3, 3), "3 paths match");
        assert_eq!(paths_match(3, 1), "3 paths match, 1 with members of this name or empty");
    }

    #[test]
    fn places_of_other_systems_are_counted() {
        assert!(
            protected(1).starts_with("1 of these places belongs to another system and is hands off today.")
        );
        assert!(
            protected(2).starts_with("2 of these places belong to other systems and are hands off today.")
        );
    }

    #[test]
    fn those_behind_are_told_only_where_they_are_more() {
        assert_eq!(waiting_and_behind(3, 3), "3 wait");
        assert_eq!(waiting_and_behind(3, 9), "3 wait, 9 in all behind it");
    }

    #[test]
    fn every_declared_kind_has_the_name_of_the_configuration() {
        for (kind, name, _) in DECLARED_KINDS {
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
        }
    }
}
