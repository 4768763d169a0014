//! Kafka's brokers: `/brokers/ids/<id>` ephemeral, data JSON with host and port.
//!
//! `/config/changes/config_change_<seq>`, persistent, is a log that every broker reads and no queue.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Brokers;

impl Recogniser for Brokers {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        (site.path.name() == "ids" && site.parent_name() == "brokers").then_some(())?;
        site.cohort(Family::Ephemeral)?;
        let fact = LockFact::group(site, &["kafka.Brokers"], Family::Ephemeral);
        Some(Fact::Lock(
            fact.because(
                "It is the directory `brokers/ids`, in which Kafka's brokers say that they are there.",
            )
            .hands_off(
                "A broker of Kafka whose znode is deleted is taken for dead. Stop the broker instead.",
            ),
        ))
    }
}
