//! Curator's `InterProcessMutex`, 2.13 to 5.7, and what cannot be told from it: `LeaderSelector`, which uses one, and the
//! lock of zookeeper-client (Rust) with `LockPrefix::new_curator(dir, "lock-")`.
//!
//! `<lock>/_c_<uuid>-lock-<seq>` ephemeral, data the client's address, what the program gave, or nothing where it is
//! revocable. Holder is the first of *all* children, sorted by what follows `lock-`, else by the whole name; a waiter
//! watches the child right before it. The uuid is new with each create, so a name is never given twice.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Mutex;

pub(super) const RELEASE: Release = Release {
    way: Way::Name,
    ask: Ask::Revoke,
    belief: Belief::Holds(
        "The old holder is not told: Curator goes on to say that it holds (`isAcquiredInThisProcess` stays true; of a \
         LeaderSelector, `takeLeadership` runs on), and ZooKeeper cannot stop it. If it is zookeeper-client (Rust), \
         its guarded writes fail from then on. Stop its process first if two holders would do harm.",
    ),
    later: "When the old holder calls release() later, it succeeds and does the new holder no harm.",
    waiter: "Curator does not notice that a waiter's znode is gone: the waiter stays blocked, and when the one before it \
         goes, it queues again at the tail under a new name, or throws NoNodeException where its retry policy is used \
         up.",
};

impl Recogniser for Mutex {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::CuratorLock)?;
        let names = &["curator.InterProcessMutex", "curator.LeaderSelector", "zookeeper-client.Lock"];
        let line = Line::Exclusive { family: Family::CuratorLock, mode: Mode::Exclusive };
        Some(Fact::Lock(LockFact::lined(site, names, LockKind::Mutex, line, RELEASE).with_capacity(1).because(
            "Its contenders are ephemeral and named `_c_<uuid>-lock-<number>`, as those of Curator's mutex and \
             of what uses the same names.",
        )))
    }
}
