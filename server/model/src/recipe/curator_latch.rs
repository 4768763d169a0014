//! Curator's `LeaderLatch`, 2.13 to 5.7, and the lock of zookeeper-client (Rust) with
//! `LockPrefix::new_curator(dir, "latch-")`, which has the same names.
//!
//! `<latch>/_c_<uuid>-latch-<seq>` ephemeral, data the id, which may be empty. The lowest number leads, the others watch
//! their predecessor with a watch that fires once: a write to a latch's znode uses it up, and nobody ever leads again.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Latch;

const RELEASE: Release = Release {
    way: Way::Name,
    holder: "The old leader is not told: Curator goes on to say that it leads (`hasLeadership` stays true), and \
             ZooKeeper cannot stop it. Stop its process first if two leaders would do harm.",
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
