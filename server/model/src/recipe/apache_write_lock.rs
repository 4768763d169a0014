//! ZooKeeper's own `WriteLock` in Java, 3.8 (`zookeeper-recipes-lock`).
//!
//! `<lock>/x-<session, signed decimal>-<seq>` ephemeral, data the two bytes `12 34`. The lowest number holds; a waiter
//! asks whether its predecessor exists. A waiter whose own znode is deleted hangs for ever.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct WriteLock;

const RELEASE: Release = Release {
    way: Way::Parent,
    ask: Ask::NO_WORD,
    belief: Belief::Holds(
        "The old holder is not told: WriteLock goes on to say that it owns the lock (`isOwner` stays true), and \
         ZooKeeper cannot stop it. Stop its process first if two holders would do harm.",
    ),
    later: "When the old holder calls unlock() later, it succeeds and does the new holder no harm.",
    waiter: "WriteLock hangs for ever: it never makes its znode again and is never called back.",
};

impl Recogniser for WriteLock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::ApacheLock)?;
        let line = Line::Exclusive { family: Family::ApacheLock, mode: Mode::Exclusive };
        let fact = LockFact::lined(site, &["zookeeper.WriteLock"], LockKind::Mutex, line, RELEASE);
        Some(Fact::Lock(fact.with_capacity(1).because(
            "Its contenders are ephemeral and named `x-<owning session>-<number>` with the data `12 34`, as \
             those of ZooKeeper's WriteLock.",
        )))
    }
}
