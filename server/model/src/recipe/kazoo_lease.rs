//! kazoo's `NonBlockingLease` and `MultiNonBlockingLease`, 2.8 to 2.11 (`kazoo/recipe/lease.py`).
//!
//! `<lease>/lease_holder` persistent, data JSON: `{"version": 1, "holder": <id>, "end": <UTC, without a zone>}`. It is
//! held until its end by the clocks of the clients, whether or not the znode is still there; nobody waits. To take it
//! a client takes a kazoo lock in the same directory for an instant. A `MultiNonBlockingLease` is a directory with one
//! such lease a place, named `0`, `1` and so on; each place is a lease by itself here, for they are made as they are
//! needed.

use zooscope_protocol::{LockKind, Mode};

use super::{Ask, Belief, Fact, LockFact, Recogniser, Release, Site, Way};
use crate::line::{Line, lease_end};

pub(super) struct Lease;

/// The child that says who holds, and until when.
const HOLDER: &str = "lease_holder";

const RELEASE: Release = Release {
    way: Way::Touch,
    ask: Ask::NO_WORD,
    belief: Belief::Holds(
        "The old holder is not told: its lease object stays true until the end that it wrote, and ZooKeeper cannot \
         stop it. Stop its process first if two holders would do harm.",
    ),
    later: "",
    waiter: "Nobody waits for a lease: whoever does not get it asks again.",
};

impl Recogniser for Lease {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let (_, holder) = site.child(HOLDER)?;
        (holder.stat().owner().is_none() && lease_end(holder.data()).is_some()).then_some(())?;
        let name = site.path.name();
        let place = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        let names: &[&str] = if place {
            &["kazoo.MultiNonBlockingLease", "kazoo.NonBlockingLease"]
        } else {
            &["kazoo.NonBlockingLease"]
        };
        let line = Line::Child { name: HOLDER, mode: Mode::Lease };
        let fact = LockFact::lined(site, names, LockKind::Lease, line, RELEASE).with_capacity(1);
        let fact = fact.because(
            "Its child `lease_holder` is persistent and has the JSON of kazoo's leases as its data, \
                 with a holder and an end.",
        );
        Some(Fact::Lock(fact))
    }
}
