//! HBase's active master (`ActiveMasterManager`).
//!
//! `<hbase>/master` ephemeral, data a protocol buffer with its host and port; masters that stand by are in
//! `backup-masters`. It is known by its sibling `hbaseid`.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site};

pub(super) struct Master;

impl Recogniser for Master {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let here = site.path.name() == "master" && site.znode.stat().owner().is_some();
        (here && site.has_sibling("hbaseid")).then_some(())?;
        let fact = LockFact::single(site, &["hbase.ActiveMasterManager"], LockKind::Election);
        let fact = fact
            .because("It is ephemeral and called `master`, beside `hbaseid`, as HBase's active master is.")
            .hands_off(
                "It says which master of HBase is active: a master whose znode goes stops itself. Stop \
                 the master instead.",
            );
        Some(Fact::Lock(fact))
    }
}
