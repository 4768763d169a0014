//! ZooKeeper's own lock in C, 3.8 (`zoo_lock.c`).
//!
//! `<lock>/x-<session, 16 hex digits>-<seq>` ephemeral, no data. The lowest number holds; a waiter asks whether its
//! predecessor exists.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Lock;

const RELEASE: Release = Release {
    way: Way::Parent,
    ask: Ask::NO_WORD,
    belief: Belief::Holds(
        "The old holder is not told: `zkr_lock_lock` goes on to say that it owns the lock (`isowner` stays 1), and \
         ZooKeeper cannot stop it. Stop its process first if two holders would do harm.",
    ),
    later: "When the old holder calls `zkr_lock_unlock` later, it returns 0 and does the new holder no harm.",
    waiter: "ZooKeeper's lock in C does not notice until the one before it goes; then it queues again at the tail.",
};

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::NativeLock)?;
        let line = Line::Exclusive { family: Family::NativeLock, mode: Mode::Exclusive };
        let fact = LockFact::lined(site, &["zookeeper-c.zoo_lock"], LockKind::Mutex, line, RELEASE);
        Some(Fact::Lock(fact.with_capacity(1).because(
            "Its contenders are ephemeral and named `x-<owning session in hexadecimal>-<number>`, as those of \
             ZooKeeper's lock in C.",
        )))
    }
}
