//! Accumulo's `ServiceLock` (`ZooLock`), 2.x.
//!
//! `<instance>/…/<lock>/zlock#<uuid>#<seq>` ephemeral. The lowest number holds. A holder watches its own znode, and
//! its process halts when it goes.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Release, Site};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Lock;

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::AccumuloLock)?;
        let line = Line::Exclusive { family: Family::AccumuloLock, mode: Mode::Exclusive };
        let fact = LockFact::lined(site, &["accumulo.ServiceLock"], LockKind::Mutex, line, Release::UNKNOWN);
        let fact = fact
            .with_capacity(1)
            .because("Its children are named `zlock#<uuid>#<number>`, as Accumulo names its locks.")
            .hands_off(
                "It is the lock of a server of Accumulo, which halts at once when the lock is lost. Use \
                 `accumulo admin stop` instead.",
            );
        Some(Fact::Lock(fact))
    }
}
