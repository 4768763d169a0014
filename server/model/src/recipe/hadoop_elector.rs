//! Hadoop's `ActiveStandbyElector`, 3.2, of HDFS' failover controllers and of YARN's resource managers.
//!
//! `<base>/ActiveStandbyElectorLock` ephemeral, data a protocol buffer with the active node's name, host and port;
//! `<base>/ActiveBreadCrumb` persistent, which tells whom to fence. Who makes the lock is active; the others only
//! watch it. It is the elector that notices when its znode is deleted: the active node goes neutral, and all race for
//! it.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site};

pub(super) struct Elector;

impl Recogniser for Elector {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.path.name() == "ActiveStandbyElectorLock" && site.znode.stat().owner().is_some())
            .then_some(())?;
        let fact = LockFact::single(site, &["hadoop.ActiveStandbyElector"], LockKind::Election);
        let fact = fact
            .because(
                "It is ephemeral and called `ActiveStandbyElectorLock`, which is what Hadoop's elector \
                 calls it.",
            )
            .hands_off(
                "It says which node of a Hadoop cluster is active: if it goes, the active node steps \
                 down and may be fenced. Use `hdfs haadmin -failover` or `yarn rmadmin \
                 -transitionToStandby`.",
            );
        Some(Fact::Lock(fact))
    }
}
