//! Vitess' locks in its topology (`zk2topo`).
//!
//! `<directory>/locks/<seq>` ephemeral, the number alone, data JSON with `Action`, `HostName` and `UserName`. The
//! lowest number holds. Without that data it is somebody else's, who counts in the same way.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Release, Site};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Lock;

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let cohort = site.cohort(Family::BareLock)?;
        let first = site.znode.child(&cohort.first()?.name)?;
        let vitess = first.data().windows(10).any(|window| window == b"\"HostName\"");
        (site.path.name() == "locks" && vitess).then_some(())?;
        let line = Line::Exclusive { family: Family::BareLock, mode: Mode::Exclusive };
        let fact = LockFact::lined(site, &["vitess.Lock"], LockKind::Mutex, line, Release::UNKNOWN);
        let fact = fact
            .with_capacity(1)
            .because("Its children are bare numbers in `locks` and tell a `HostName`, as Vitess' locks do.")
            .hands_off(
                "It guards Vitess' topology while it changes: two would change it at once. End the \
                 command that holds it instead.",
            );
        Some(Fact::Lock(fact))
    }
}
