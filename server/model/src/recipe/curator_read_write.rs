//! Curator's `InterProcessReadWriteLock`, 2.13 to 5.7.
//!
//! `<lock>/_c_<uuid>-__READ__<seq>` and `<lock>/_c_<uuid>-__WRIT__<seq>` ephemeral. A reader holds if no writer has a
//! lower number, a writer if it is first of all. A reader watches the *lowest* writer, a writer the child before it.
//! The thread that holds to write may read too: from 5.5 its reader has the writer's own number, before it had the next,
//! which another thread's has as well, though that one waits. So only a reader with the writer's number certainly holds.

use zooscope_protocol::LockKind;

use super::{Belief, Fact, LockFact, Recogniser, Release, Site, curator_mutex};
use crate::census::Family;
use crate::line::{Line, Reading};

pub(super) struct ReadWrite;

const RELEASE: Release = Release {
    belief: Belief::Holds(
        "The old holder is not told: Curator goes on to say that it holds (`isAcquiredInThisProcess` stays true), and ZooKeeper cannot \
         stop it. Stop its process first if a writer beside others would do harm.",
    ),
    ..curator_mutex::RELEASE
};

impl Recogniser for ReadWrite {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::CuratorReadWrite)?;
        let names = &["curator.InterProcessReadWriteLock"];
        let line = Line::ReadWrite { family: Family::CuratorReadWrite, reading: Reading::Curator };
        Some(Fact::Lock(LockFact::lined(site, names, LockKind::ReadWrite, line, RELEASE).because(
            "Its contenders are ephemeral and named `_c_<uuid>-__READ__<number>` and \
             `_c_<uuid>-__WRIT__<number>`, as Curator names them.",
        )))
    }
}
