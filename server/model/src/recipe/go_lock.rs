//! The `Lock` of go-zookeeper/zk, 1.0.4.
//!
//! `<lock>/_c_<32 hex>-lock-<seq>` ephemeral, data that of `LockWithData`. Holder is the lowest number of *all* children;
//! a child whose name does not end in a number makes every `Lock()` fail and leave its znode behind. The GUID is new
//! with each create.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Lock;

const RELEASE: Release = Release {
    way: Way::Name,
    ask: Ask::NO_WORD,
    belief: Belief::Holds(
        "The old holder is not told: go-zookeeper goes on as if it held, and ZooKeeper cannot stop it. Stop its \
         process first if two holders would do harm.",
    ),
    later: "When the old holder calls Unlock() later, it fails with ErrNoNode and leaves its object locked: Lock() of \
         that object returns ErrDeadlock from then on.",
    waiter: "go-zookeeper makes a phantom holder of it: when the one before it goes, its Lock() succeeds without a znode, \
         beside whoever holds by then.",
};

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::GoLock)?;
        let line = Line::Exclusive { family: Family::GoLock, mode: Mode::Exclusive };
        let fact = LockFact::lined(site, &["go-zookeeper.Lock"], LockKind::Mutex, line, RELEASE);
        Some(Fact::Lock(fact.with_capacity(1).because(
            "Its contenders are ephemeral and named `_c_<32 hex>-lock-<number>`, with no dashes in the GUID, as \
             go-zookeeper names them.",
        )))
    }
}
