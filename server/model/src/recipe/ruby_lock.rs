//! The locks of zk (Ruby), 1.9 (`ZK::Locker`).
//!
//! `/_zklocking/<name>/ex<seq>` and `sh<seq>` ephemeral. A shared one holds if no exclusive one has a lower number, an
//! exclusive one if nobody has. A waiter watches all that block it, of which the nearest is told here. The directory
//! is deleted when it is empty.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Release, Site};
use crate::census::Family;
use crate::line::{Line, Reading};

pub(super) struct Lock;

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let cohort = site.cohort(Family::RubyLock)?;
        let shared = cohort.writers() < cohort.len();
        let fact = if shared {
            let line = Line::ReadWrite { family: Family::RubyLock, reading: Reading::Nearest };
            let names = &["zk-ruby.SharedLocker", "zk-ruby.ExclusiveLocker"];
            LockFact::lined(site, names, LockKind::ReadWrite, line, Release::UNKNOWN)
        } else {
            let line = Line::Exclusive { family: Family::RubyLock, mode: Mode::Exclusive };
            LockFact::lined(site, &["zk-ruby.ExclusiveLocker"], LockKind::Mutex, line, Release::UNKNOWN)
                .with_capacity(1)
        };
        let fact = fact.likely().because(
            "Its contenders are ephemeral and named `ex<number>` or `sh<number>`, as those of zk \
                 (Ruby).",
        );
        Some(Fact::Lock(fact))
    }
}
