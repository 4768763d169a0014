//! The election of zk (Ruby), 1.9 (`ZK::Election`).
//!
//! `/_zkelection/<name>/ballot<seq>` ephemeral, and `leader_ack`, ephemeral, as soon as the leader has taken up its
//! work. The lowest number leads.

use super::{Fact, LockFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Election;

impl Recogniser for Election {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::RubyBallot)?;
        let fact = LockFact::election(site, &["zk-ruby.Election"], Family::RubyBallot);
        Some(Fact::Lock(
            fact.likely()
                .because("Its candidates are ephemeral and named `ballot<number>`, as those of zk (Ruby)."),
        ))
    }
}
