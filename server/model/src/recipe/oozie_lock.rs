//! Oozie's locks on jobs (`ZKLocksService`): Curator's mutexes and read/write locks at `<namespace>/locks/<job>`.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Site, curator_mutex};
use crate::census::Family;
use crate::line::{Line, Reading};

pub(super) struct Lock;

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.parent_name() == "locks" && site.within("oozie")).then_some(())?;
        let fact = if site.cohort(Family::CuratorReadWrite).is_some() {
            let line = Line::ReadWrite { family: Family::CuratorReadWrite, reading: Reading::Curator };
            let names = &["oozie.ZKLocksService", "curator.InterProcessReadWriteLock"];
            LockFact::lined(site, names, LockKind::ReadWrite, line, curator_mutex::RELEASE)
        } else {
            site.cohort(Family::CuratorLock)?;
            let line = Line::Exclusive { family: Family::CuratorLock, mode: Mode::Exclusive };
            let names = &["oozie.ZKLocksService", "curator.InterProcessMutex"];
            LockFact::lined(site, names, LockKind::Mutex, line, curator_mutex::RELEASE).with_capacity(1)
        };
        let fact =
            fact.because("Its contenders are Curator's, in a directory of Oozie called `locks`.").hands_off(
                "It is a lock of Oozie on a job: two servers would work on the job at once. Kill the \
                 job in Oozie instead.",
            );
        Some(Fact::Lock(fact))
    }
}
