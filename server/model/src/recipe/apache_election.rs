//! ZooKeeper's own `LeaderElectionSupport` in Java, 3.8 (`zookeeper-recipes-election`).
//!
//! `<election>/n_<seq>` ephemeral, data the host name. The lowest number leads; the others ask whether their predecessor
//! exists. A child of another name breaks it, for it cuts the number out of every name. Tutorials write the same names, with rules of
//! their own, so it is likely and not certain.

use zooscope_protocol::{LockKind, Mode};

use super::{Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Election;

const RELEASE: Release = Release {
    way: Way::Parent,
    holder: "The old leader is not told: LeaderElectionSupport goes on as if it led, and ZooKeeper cannot stop it. Stop its \
             process first if two leaders would do harm.",
};

impl Recogniser for Election {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::ApacheCandidate)?;
        let names = &["zookeeper.LeaderElectionSupport", "zookeeper-docs.LeaderElection"];
        let line = Line::Exclusive { family: Family::ApacheCandidate, mode: Mode::Candidate };
        let fact = LockFact::lined(site, names, LockKind::Election, line, RELEASE);
        Some(Fact::Lock(fact.with_capacity(1).likely().because(
            "Its candidates are ephemeral and named `n_<number>`, as those of ZooKeeper's \
             LeaderElectionSupport, and of elections after its documentation.",
        )))
    }
}
