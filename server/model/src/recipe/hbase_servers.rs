//! HBase's region servers: `<hbase>/rs/<host>,<port>,<start time>` ephemeral, beside `hbaseid`.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct RegionServers;

impl Recogniser for RegionServers {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.path.name() == "rs" && site.has_sibling("hbaseid")).then_some(())?;
        site.cohort(Family::Ephemeral)?;
        let fact = LockFact::group(site, &["hbase.RegionServers"], Family::Ephemeral);
        let fact = fact
            .because(
                "It is the directory `rs` beside `hbaseid`, in which HBase's region servers say that \
                 they are there.",
            )
            .hands_off(
                "A region server whose znode is deleted is taken for dead, and its regions are moved. \
                 Stop the server instead.",
            );
        Some(Fact::Lock(fact))
    }
}
