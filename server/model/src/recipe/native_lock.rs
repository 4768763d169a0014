//! ZooKeeper's own lock in C, 3.8 (`zoo_lock.c`).
//!
//! `<lock>/x-<session, 16 hex digits>-<seq>` ephemeral, no data. The lowest number holds; a waiter asks whether its
//! predecessor exists.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Lock;

const RELEASE: Release = Release {
    way: Way::Parent,
    holder: "The old holder is not told: `zkr_lock_lock` goes on to say that it owns the lock (`isowner` stays 1), and \
             ZooKeeper cannot stop it. Stop its process first if two holders would do harm.",
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
