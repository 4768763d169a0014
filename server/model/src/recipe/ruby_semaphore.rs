//! The semaphore of zk (Ruby), 1.9 (`ZK::Locker::Semaphore`).
//!
//! `/_zksemaphore/<name>/sem<seq>` ephemeral. As many as there may be hold, those with the lowest numbers; how many
//! that is, the clients alone know. So all are told as being there, and none as waiting.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Release, Site};
use crate::census::Family;
use crate::line::{Line, Together};

pub(super) struct Semaphore;

impl Recogniser for Semaphore {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::RubySemaphore)?;
        let line =
            Line::Together { family: Family::RubySemaphore, mode: Mode::Lease, as_one: Together::Present };
        let fact = LockFact::lined(site, &["zk-ruby.Semaphore"], LockKind::Semaphore, line, Release::UNKNOWN);
        let fact = fact.likely().because(
            "Its contenders are ephemeral and named `sem<number>`, as those of zk (Ruby); how many \
                 of them may hold is stored nowhere.",
        );
        Some(Fact::Lock(fact))
    }
}
