//! Symfony's Lock with its `ZookeeperStore` (PHP), 6.
//!
//! `/<resource>` ephemeral, one znode, data a random token of 32 bytes in base64. It is held while it is there; nobody
//! queues, and who is refused asks again.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site};
use crate::line::is_token;

pub(super) struct Lock;

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let one = site.znode.stat().owner().is_some() && site.znode.child_count() == 0;
        (one && is_token(site.znode.data())).then_some(())?;
        let fact = LockFact::single(site, &["symfony.ZookeeperStore"], LockKind::Mutex);
        let fact = fact.likely().because(
            "It is ephemeral and its data is a token of 32 bytes in base64, as that of Symfony's \
                 locks.",
        );
        Some(Fact::Lock(fact))
    }
}
