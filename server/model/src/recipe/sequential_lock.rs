//! Hand-written locks and elections after ZooKeeper's documentation (Recipes and Solutions).
//!
//! `<lock>/<anything><seq>` ephemeral; the lowest number holds. Membership looks the same (HiveServer2's
//! `serverUri=…;sequence=<seq>`, ServerSets' `member_<seq>`), and so do logs, but for their being persistent. So all
//! of this must hold:
//! - every child of the directory is ephemeral and has a number;
//! - what stands before the number of the first, the directory's name, or the name of the directory around it has a
//!   word that says lock or election: one that ends in `lock`, but for `block` and `clock`, or one of a few others;
//! - what stands before the number says nothing of members, servers or the like, and has no `=`.
//!
//! It is likely at most. Whether contenders watch each other, as those of a lock do, is seen on its own page.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Release, Site};
use crate::census::{Family, sequence};
use crate::line::Line;

pub(super) struct Lock;

/// Words that say that a directory is an election.
const ELECTION: [&str; 9] =
    ["ballot", "candidate", "candidates", "elect", "election", "elections", "leader", "leaders", "master"];
/// Words that say that a directory is a lock, besides those that end in `lock`.
const LOCK: [&str; 5] = ["latch", "locks", "mutex", "mutexes", "semaphore"];
/// Words that say that a name is that of a member, whatever the directory is called.
const MEMBERSHIP: [&str; 14] = [
    "agent", "broker", "client", "consumer", "host", "instance", "member", "peer", "provider", "replica",
    "server", "service", "session", "worker",
];

/// The words of a name, in lower case: letters together, a capital after a small one apart.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        if !c.is_alphabetic() || (small && c.is_uppercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
        small = c.is_lowercase();
    }
    words
}

/// What a name says, if it says lock or election.
fn said(name: &str) -> Option<LockKind> {
    let lock = |word: &str| {
        (word.ends_with("lock") && !word.ends_with("block") && !word.ends_with("clock"))
            || LOCK.contains(&word)
    };
    let words = words(name);
    if words.iter().any(|word| ELECTION.contains(&word.as_str())) {
        return Some(LockKind::Election);
    }
    // ClickHouse before 20 numbers its blocks with these, which nobody waits for.
    let abandonable = words.iter().any(|word| word == "abandonable");
    (!abandonable && words.iter().any(|word| lock(word))).then_some(LockKind::Mutex)
}

fn membership(label: &str) -> bool {
    label.contains('=') || words(label).iter().any(|word| MEMBERSHIP.contains(&word.as_str()))
}

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let family =
            [Family::Sequential, Family::BareLock].into_iter().find(|family| site.all_are(*family))?;
        let first = &site.cohort(family)?.first()?.name;
        let (label, _) = sequence::split(first)?;
        (!membership(label)).then_some(())?;
        let named = [label, site.path.name(), site.parent_name()].into_iter().find_map(said)?;
        let (names, mode, because): (&[&str], _, _) = match named {
            LockKind::Election => (
                &["zookeeper-docs.LeaderElection"],
                Mode::Candidate,
                "All its children are ephemeral and have a number, and a name says that it is an \
                 election; no library is known to name them so.",
            ),
            _ => (
                &["zookeeper-docs.Lock"],
                Mode::Exclusive,
                "All its children are ephemeral and have a number, and a name says that it is a lock; \
                 no library is known to name them so.",
            ),
        };
        let fact = LockFact::lined(site, names, named, Line::Exclusive { family, mode }, Release::UNKNOWN);
        let fact = fact.with_capacity(1).likely().because(because);
        Some(Fact::Lock(fact))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_lock_or_election_by_its_words() {
        for name in ["lock", "my-lock-", "writelock_", "resourceLock", "locks", "mutex-"] {
            assert_eq!(said(name), Some(LockKind::Mutex), "{name}");
        }
        for name in ["leader", "leaderElection", "candidate_", "MASTER"] {
            assert_eq!(said(name), Some(LockKind::Election), "{name}");
        }
        for name in ["block-", "clock", "temp", "config_change_", "abandonable_lock-", "blocked", ""] {
            assert_eq!(said(name), None, "{name}");
        }
        assert!(membership("serverUri=host:10001;version=2;sequence="));
        assert!(membership("member_") && membership("myServer-") && !membership("lock-"));
    }
}
