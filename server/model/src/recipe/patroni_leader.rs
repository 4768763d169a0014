//! Patroni's leader, 4.0 (`patroni/dcs/zookeeper.py`).
//!
//! `/service/<scope>/leader` ephemeral, data the name of the member that leads, beside `members` and `initialize`. Who
//! makes it is the primary; a standby may take it as soon as it is gone, while the old primary steps down in its loop.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site};

pub(super) struct Leader;

impl Recogniser for Leader {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let here = site.path.name() == "leader" && site.znode.stat().owner().is_some();
        (here && site.has_sibling("members") && site.has_sibling("initialize")).then_some(())?;
        let fact = LockFact::single(site, &["patroni.Leader"], LockKind::Election);
        let fact = fact
            .because(
                "It is ephemeral and called `leader`, beside `members` and `initialize`, as Patroni's \
                 leader is.",
            )
            .hands_off(
                "It says which PostgreSQL server is the primary: deleting it promotes another while the \
                 old one still writes. Use `patronictl switchover` or `failover`.",
            );
        Some(Fact::Lock(fact))
    }
}
