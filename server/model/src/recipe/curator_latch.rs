//! Curator's `LeaderLatch`, 2.13 to 5.7, and the lock of zookeeper-client (Rust) with
//! `LockPrefix::new_curator(dir, "latch-")`, which has the same names.
//!
//! `<latch>/_c_<uuid>-latch-<seq>` ephemeral, data the id, which may be empty. The lowest number leads, the others watch
//! their predecessor with a watch that fires once: a write to a latch's znode uses it up, and nobody ever leads again.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Latch;

const RELEASE: Release = Release {
    way: Way::Name,
    ask: Ask::Never(
        "A LeaderLatch listens for no request, and a write to its znode uses up the watch of the next candidate: \
         nobody would ever lead again.",
    ),
    belief: Belief::Holds(
        "The old leader is not told: Curator goes on to say that it leads (`hasLeadership` stays true), and ZooKeeper \
         cannot stop it. If it is zookeeper-client (Rust), its guarded writes fail from then on. Stop its process \
         first if two leaders would do harm.",
    ),
    later: "When the old leader calls close() later, it succeeds and does the new leader no harm.",
    waiter: "Curator does not notice that a candidate's znode is gone; when the one before it goes, it logs that it cannot \
         find its znode and joins again at the tail.",
};

impl Recogniser for Latch {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::CuratorLatch)?;
        let names = &["curator.LeaderLatch", "zookeeper-client.Lock"];
        let line = Line::Exclusive { family: Family::CuratorLatch, mode: Mode::Candidate };
        Some(Fact::Lock(
            LockFact::lined(site, names, LockKind::Election, line, RELEASE).with_capacity(1).because(
                "Its candidates are ephemeral and named `_c_<uuid>-latch-<number>`, as those of Curator's \
             LeaderLatch.",
            ),
        ))
    }
}
