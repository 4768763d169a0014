//! The lock of zookeeper-client (Rust), 0.11.2, with `LockPrefix::new_shared` or `new_custom`.
//!
//! `<prefix><seq>` ephemeral, the prefix as the program chooses it: `n-` and `lock-` are what its documentation uses, and
//! `<anything>-lock-` what programs make of it; `lock-` is also what php-zookeeper-recipes writes. The lowest number holds; a waiter watches its predecessor. Other
//! programs, hand-written ones above all, use the same names for the same thing, so it is likely and not certain.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::census::Family;
use crate::line::Line;

pub(super) struct Lock;

const RELEASE: Release = Release {
    way: Way::Parent,
    ask: Ask::NO_WORD,
    belief: Belief::Fenced(
        "The old holder is not told. With zookeeper-client its guarded writes fail from then on; whatever else it does \
         goes on, and ZooKeeper cannot stop it.",
    ),
    later: "When the old holder drops its lock later, that succeeds.",
    waiter: "With zookeeper-client its lock() fails with RuntimeInconsistent when it wakes.",
};

impl Recogniser for Lock {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        site.cohort(Family::ClientLock)?;
        let line = Line::Exclusive { family: Family::ClientLock, mode: Mode::Exclusive };
        let fact = LockFact::lined(
            site,
            &["zookeeper-client.Lock", "php-zookeeper-recipes.Lock"],
            LockKind::Mutex,
            line,
            RELEASE,
        );
        Some(Fact::Lock(fact.with_capacity(1).likely().because(
            "Its contenders are ephemeral and named `n-<number>` or `lock-<number>`, as zookeeper-client, \
             php-zookeeper-recipes and hand-written locks name them.",
        )))
    }
}
