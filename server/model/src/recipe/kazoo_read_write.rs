//! kazoo's `ReadLock` and `WriteLock`, 2.8 to 2.11 (`kazoo/recipe/lock.py`), where at least one reader is there.
//!
//! Readers `<lock>/<uuid4 hex>__rlock__<seq>` and writers `<lock>/<uuid4 hex>__lock__<seq>` share one directory and one
//! counter. A reader holds if no writer has a lower number, a writer if nobody has. A reader watches the nearest lower
//! writer, a writer the nearest lower contender of either kind.
//!
//! Before 2.9 a reader that wakes while a *later* writer is queued waits for that writer, which waits for the reader: by
//! the layout the reader holds, and in fact nobody does. Only the watches tell.

use zooscope_protocol::LockKind;

use super::{Belief, Fact, LockFact, Recogniser, Release, Site, kazoo_lock};
use crate::census::Family;
use crate::line::{Line, Reading};

pub(super) struct ReadWrite;

const RELEASE: Release = Release {
    belief: Belief::Holds(
        "The old holder is not told: kazoo goes on to say that it holds (`is_acquired` stays true), and ZooKeeper cannot stop it. Stop \
         its process first if a writer beside others would do harm.",
    ),
    ..kazoo_lock::RELEASE
};

impl Recogniser for ReadWrite {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let cohort = site.cohort(Family::KazooLock)?;
        if cohort.writers() == cohort.len() {
            return None;
        }
        let names = &["kazoo.ReadLock", "kazoo.WriteLock"];
        let line = Line::ReadWrite { family: Family::KazooLock, reading: Reading::Nearest };
        Some(Fact::Lock(LockFact::lined(site, names, LockKind::ReadWrite, line, RELEASE).because(
            "Its contenders are named `<32 hex>__lock__<number>` and `<32 hex>__rlock__<number>`, as those of \
             kazoo's read and write locks.",
        )))
    }
}
