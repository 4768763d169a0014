//! The fencing lock of YARN's `ZKRMStateStore`, 3.2.
//!
//! `<base>/ZKRMStateRoot/RM_ZK_FENCING_LOCK` persistent, made and deleted in one transaction around each change, so
//! that it is never seen unless something went wrong.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site};

pub(super) struct FencingLock;

impl Recogniser for FencingLock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let here = site.path.name() == "RM_ZK_FENCING_LOCK" && site.parent_name() == "ZKRMStateRoot";
        here.then_some(())?;
        let fact = LockFact::single(site, &["yarn.ZKRMStateStore"], LockKind::Mutex);
        let fact = fact
            .because(
                "It is called `RM_ZK_FENCING_LOCK` in `ZKRMStateRoot`, which is what YARN's resource \
                 manager calls it.",
            )
            .hands_off(
                "YARN's resource manager makes and deletes this znode in one transaction; while it is \
                 here no state is stored. Look at the resource manager's log first.",
            );
        Some(Fact::Lock(fact))
    }
}
