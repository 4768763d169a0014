//! Hive 2.3's `ZooKeeperHiveLockManager`.
//!
//! `<namespace>/<database>/<table>[/<partition>]/LOCK-<SHARED|EXCLUSIVE|SEMI_SHARED>-<seq>`, persistent where it is to
//! be kept alive and ephemeral else, data `queryId:time:mode:statement:client's address`. Who wants a lock makes its
//! znode, looks at the others, and deletes it again if they are in its way, to ask later: so all that are there hold,
//! but for an instant, and nobody stands in line. A persistent one stays when its HiveServer dies.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Release, Site};
use crate::census::Family;
use crate::line::{Line, Together};

pub(super) struct Lock;

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::HiveLock)?;
        let line = Line::Together { family: Family::HiveLock, mode: Mode::Write, as_one: Together::Hold };
        let fact = LockFact::lined(
            site,
            &["hive.ZooKeeperHiveLockManager"],
            LockKind::ReadWrite,
            line,
            Release::UNKNOWN,
        );
        let fact = fact
            .because(
                "Its children are named `LOCK-<mode>-<number>`, as Hive's ZooKeeperHiveLockManager \
                 names them.",
            )
            .hands_off(
                "It is a lock of Hive on a table or a partition: use UNLOCK TABLE or end the query. If \
                 the HiveServer that its data names is gone for good, delete the znode with ZooKeeper's \
                 own client.",
            );
        Some(Fact::Lock(fact))
    }
}
