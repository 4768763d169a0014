//! HBase 1.x's `TableLockManager`.
//!
//! `<hbase>/table-lock/<table>/read-<seq>` and `write-<seq>` ephemeral, data a protocol buffer. A reader holds if no
//! writer has a lower number, a writer if nobody has. A lock is released with its version, so that writing to it makes
//! the release fail.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Release, Site};
use crate::census::Family;
use crate::line::{Line, Reading};

pub(super) struct TableLock;

impl Recogniser for TableLock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::SharedLock)?;
        (site.parent_name() == "table-lock").then_some(())?;
        let line = Line::ReadWrite { family: Family::SharedLock, reading: Reading::Nearest };
        let fact =
            LockFact::lined(site, &["hbase.TableLockManager"], LockKind::ReadWrite, line, Release::UNKNOWN);
        let fact = fact
            .because(
                "Its children are named `read-<number>` and `write-<number>` below `table-lock`, as \
                 HBase's locks on tables are.",
            )
            .hands_off(
                "It is a lock of HBase on a table: the master goes on as if it held what is deleted. \
                 Look at the master's procedures first.",
            );
        Some(Fact::Lock(fact))
    }
}
