//! ZooKeeper's own `LeaderElectionSupport` in Java, 3.8 (`zookeeper-recipes-election`).
//!
//! `<election>/n_<seq>` ephemeral, data the host name. The lowest number leads; the others ask whether their predecessor
//! exists. A child of another name breaks it, for it cuts the number out of every name. Tutorials write the same names, with rules of
//! their own, so it is likely and not certain.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Election;

const RELEASE: Release = Release {
    way: Way::Parent,
    ask: Ask::NO_WORD,
    belief: Belief::Holds(
        "The old leader is not told: LeaderElectionSupport goes on as if it led, and ZooKeeper cannot stop it. Stop \
         its process first if two leaders would do harm.",
    ),
    later: "When the old leader calls stop() later, it gets the event FAILED, and the new leader no harm.",
    waiter: "LeaderElectionSupport never leads any more: it is stuck, and so may be the election, with no leader.",
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
