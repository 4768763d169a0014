//! kazoo's `Lock`, 2.8 to 2.11 (`kazoo/recipe/lock.py`), and what cannot be told from it: `Election`, and a `WriteLock`
//! that meets no reader.
//!
//! `<lock>/<uuid4 hex>__lock__<seq>`, ephemeral (persistent with `acquire(ephemeral=False)`), data the identifier or
//! nothing. The lowest number holds. A waiter watches its nearest lower contender. The name is unique within one life
//! of the directory only: a `Lock` object uses its uuid again. The directory is never removed.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Lock;

pub(super) const RELEASE: Release = Release {
    way: Way::Parent,
    ask: Ask::NO_WORD,
    belief: Belief::Holds(
        "The old holder is not told: kazoo goes on to say that it holds (`is_acquired` stays true; of an Election, the \
         leader's function runs on), and ZooKeeper cannot stop it. Stop its process first if two holders would do \
         harm.",
    ),
    later: "When the old holder calls release() later, it returns True and does the new holder no harm.",
    waiter: "kazoo does not notice that a waiter's znode is gone: the waiter stays blocked, and when the one before it \
         goes, it queues again at the tail.",
};

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let cohort = site.cohort(Family::KazooLock)?;
        // A NonBlockingLease takes such a lock for an instant beside its own znode.
        if cohort.writers() == 0 || site.znode.child("lease_holder").is_some() {
            return None;
        }
        let names = &["kazoo.Lock", "kazoo.Election", "kazoo.WriteLock"];
        let line = Line::Exclusive { family: Family::KazooLock, mode: Mode::Exclusive };
        Some(Fact::Lock(LockFact::lined(site, names, LockKind::Mutex, line, RELEASE).with_capacity(1).because(
            "Its contenders are named `<32 hex>__lock__<number>`, as those of kazoo's Lock and Election, which \
             cannot be told apart.",
        )))
    }
}
