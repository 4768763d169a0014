//! The sentences that have something to fill in.

use zooscope_protocol::action::Step;

use crate::duration::{Level, grouped, short};
use crate::health::Health;
use zooscope_protocol::{Confidence, EventKind, LockKind, MemberState, Mode, QueueKind};

use super::*;

/// What the button of the colours does next.
pub fn theme(now: &str) -> String {
    format!("Colours: {now}. Press to change")
}

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
        QueueKind::DeadLetter => "set aside",
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
        LockKind::Group => "there for",
        LockKind::Barrier => "came",
        _ => "held",
    }
}

/// The word for one that holds.
pub fn holder_word(kind: Option<LockKind>) -> &'static str {
    match kind {
        Some(LockKind::Election) => "leader",
        Some(LockKind::Group) => MEMBER,
        Some(LockKind::Barrier) => "came",
        _ => HOLDER,
    }
}

/// The place of a waiter, from 0.
pub fn place(index: usize, state: MemberState) -> String {
    match state {
        MemberState::Pending => PENDING.to_owned(),
        MemberState::Present => MEMBER.to_owned(),
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

pub fn holders(kind: LockKind, held: u32, capacity: Option<u32>) -> String {
    match capacity {
        Some(capacity) if kind == LockKind::Barrier => format!("{held} of {capacity} have come"),
        None if kind == LockKind::Barrier => format!("{held} have come"),
        _ if kind == LockKind::Group => many(u64::from(held), "member", "members"),
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
        Step::Ask { path, version } => ("Write", format!("{} to {path} at version {version}", Step::REVOKE)),
        Step::TryLock { path } => {
            ("Try", format!("{path}: made and deleted at once, fails if a consumer holds it"))
        }
        Step::Rename { from, path } => (
            "Move",
            format!("{from} to {path}: created with the same data and access list, the old one deleted"),
        ),
        Step::Check { path, version } => ("Check", format!("{path} is at version {version}")),
        Step::Directory { path, acl_of } => {
            ("Make", format!("{path}, if it is not there, with the access list of {acl_of}"))
        }
        Step::Origin { path, of, .. } => {
            ("Keep", format!("where {of} was, your reason, who and when, in {path}"))
        }
        Step::Create { prefix, data, acl_of } => {
            ("Create", format!("{prefix}… with {} bytes and the access list of {acl_of}", data.0.len()))
        }
        Step::Recreate { path, size, .. } => {
            ("Create", format!("{path} with its {size} bytes and its access list, as it was kept"))
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
