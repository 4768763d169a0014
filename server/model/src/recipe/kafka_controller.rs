//! Kafka's controller, with ZooKeeper (`KafkaController`).
//!
//! `/controller` ephemeral, data JSON: `{"version":1,"brokerid":1,"timestamp":"…"}`, beside `controller_epoch`. Who
//! makes it is the controller; the others watch it.

use zooscope_protocol::LockKind;

use super::{Fact, LockFact, Recogniser, Site};

pub(super) struct Controller;

impl Recogniser for Controller {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let here = site.path.name() == "controller" && site.znode.stat().owner().is_some();
        (here && site.has_sibling("controller_epoch")).then_some(())?;
        let fact = LockFact::single(site, &["kafka.Controller"], LockKind::Election);
        let fact = fact
            .because(
                "It is ephemeral and called `controller`, beside `controller_epoch`, as Kafka's \
                 controller is.",
            )
            .hands_off(
                "It says which broker of Kafka is the controller: deleting it forces an election, which \
                 moves the controller with all its work. Restart that broker, or delete it with Kafka's \
                 own tools.",
            );
        Some(Fact::Lock(fact))
    }
}
