//! Helix' leading controller, of Pinot among others: `<cluster>/CONTROLLER/LEADER` ephemeral, data JSON with its `id`.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site};

pub(super) struct Controller;

impl Recogniser for Controller {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let here = site.path.name() == "LEADER" && site.parent_name() == "CONTROLLER";
        (here && site.znode.stat().owner().is_some()).then_some(())?;
        let fact = LockFact::single(site, &["helix.Controller"], LockKind::Election);
        Some(Fact::Lock(
            fact.because(
                "It is ephemeral and called `CONTROLLER/LEADER`, as the leading controller of Helix is.",
            )
            .hands_off("It says which controller of Helix leads a cluster. Restart that controller instead."),
        ))
    }
}
