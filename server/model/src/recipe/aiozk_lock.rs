//! aiozk's `Lock`, 0.32.
//!
//! `<lock>/lock-<32 hex>-<seq>` ephemeral. The lowest number holds; a waiter asks whether its predecessor exists. A
//! waiter whose znode is deleted queues again at the tail.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Lock;

pub(super) const RELEASE: Release = Release {
    way: Way::Parent,
    ask: Ask::NO_WORD,
    belief: Belief::Holds(
        "The old holder is not told: aiozk goes on as if it held, and ZooKeeper cannot stop it. Stop its process first \
         if two holders would do harm.",
    ),
    later: "When the old holder leaves the lock later, it succeeds and does the new holder no harm.",
    waiter: "aiozk does not notice until the one before it goes; then the waiter queues again at the tail.",
};

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::AiozkLock)?;
        let line = Line::Exclusive { family: Family::AiozkLock, mode: Mode::Exclusive };
        let fact = LockFact::lined(site, &["aiozk.Lock"], LockKind::Mutex, line, RELEASE).with_capacity(1);
        let fact = fact
            .because("Its contenders are ephemeral and named `lock-<32 hex>-<number>`, as aiozk names them.");
        Some(Fact::Lock(fact))
    }
}
