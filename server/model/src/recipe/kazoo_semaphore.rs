//! kazoo's `Semaphore`, 2.8 to 2.11 (`kazoo/recipe/lock.py`).
//!
//! `<semaphore>` persistent, data the greatest number of leases in decimal; `<semaphore>/<uuid4 hex>` ephemeral and not
//! sequential, data the identifier: every one holds. `<semaphore>-__lock__/<uuid4 hex>__lock__<seq>` is a lock in which
//! the waiters queue, data Python's `repr` of the identifier's bytes. The first of them watches the children of
//! `<semaphore>`, the others their predecessor. Deleting a znode of that inner lock lets more hold than may.

use zooscope_protocol::LockKind;

use super::{Ask, Belief, Fact, INNER_LOCK, LockFact, Recogniser, Release, Site, Way};
use crate::census::{Cohort, Family};
use crate::line::Line;
use crate::tree::Znode;

pub(super) struct Semaphore;

const RELEASE: Release = Release {
    way: Way::Touch,
    ask: Ask::NO_WORD,
    belief: Belief::Holds(
        "The old holder is not told: kazoo goes on to say that it has its lease (`is_acquired` stays true), and \
         ZooKeeper cannot stop it. Stop its process first if one holder too many would do harm.",
    ),
    later: "When the old holder calls release() later, it returns True and gives nobody's lease back.",
    waiter: "Deleting a place in the inner lock lets more hold than may.",
};

impl Recogniser for Semaphore {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let limit = limit(site.znode).filter(|_| is(site))?;
        let fact =
            LockFact::lined(site, &["kazoo.Semaphore"], LockKind::Semaphore, Line::KazooSemaphore, RELEASE);
        Some(Fact::Lock(fact.with_capacity(limit).because(
            "Its data is the number of leases and `-__lock__` with its name before it is beside it, as kazoo's \
             Semaphore lays them down.",
        )))
    }
}

/// Whether a site is laid out as a semaphore.
pub(super) fn is(site: &Site<'_>) -> bool {
    let leases = site.cohort(Family::KazooLease).map_or(0, Cohort::len);
    // With other children this is a directory that happens to have a number as its data.
    limit(site.znode).is_some()
        && site.has_sibling(&format!("{}{INNER_LOCK}", site.path.name()))
        && (leases > 0 || site.znode.child_count() == 0)
}

/// The greatest number of leases, if this is what the znode's data says.
pub(super) fn limit(znode: &Znode) -> Option<u32> {
    let text = std::str::from_utf8(znode.data()).ok()?;
    let short = (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    short.then(|| text.parse().ok())?
}
