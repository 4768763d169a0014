//! Locks as they are shown.

use zooscope_protocol::lock::LockSort;
use zooscope_protocol::{Lock, Member, Timestamp, ZnodePath};

use crate::recipe::{LockFact, Site};
use crate::revision::Revision;

/// The most holders and waiters of a lock that a filter looks at.
const SEARCHED: usize = 200;

/// The lock at a path with at most `members` holders and as many waiters; `None` where none is recognised.
pub fn lock(revision: &Revision, path: &ZnodePath, members: usize) -> Option<Lock> {
    let fact = revision.lock(path)?;
    let site = Site::at(&revision.tree, &revision.catalog.censuses, path)?;
    let tenure = revision.observed.tenure(path);
    Some(Lock {
        path: path.clone(),
        kind: fact.kind,
        recipe: fact.recipe(),
        confidence: fact.confidence,
        capacity: fact.capacity,
        holders: fact.line.holders(&site, members),
        waiters: fact.line.waiters(&site, members),
        held_by: fact.standing.held_by,
        blocked: fact.standing.blocked,
        behind: fact.standing.blocked,
        hands_off: None,
        held_since: tenure.map(|tenure| tenure.since),
        held_seen: tenure.is_some_and(|tenure| tenure.seen),
        waiting_since: fact.standing.waiting_since,
        findings: fact.findings.clone(),
    })
}

/// The paths of the locks that a filter lets through, in this order. The filter is a text that the path, an identity or a
/// session contains, in any case.
pub fn lock_paths(revision: &Revision, query: &str, sort: LockSort) -> Vec<ZnodePath> {
    let query = query.to_lowercase();
    let mut rows: Vec<Lock> = revision
        .locks()
        .filter(|(path, fact)| query.is_empty() || matches(revision, path, fact, &query))
        .map(|(path, fact)| light(revision, path, fact))
        .collect();
    rows.sort_by(|a, b| a.order(b, sort));
    rows.into_iter().map(|row| row.path).collect()
}

/// A lock with what it is sorted by, and no members.
fn light(revision: &Revision, path: &ZnodePath, fact: &LockFact) -> Lock {
    let held_since: Option<Timestamp> = revision.observed.tenure(path).map(|tenure| tenure.since);
    Lock {
        path: path.clone(),
        kind: fact.kind,
        recipe: zooscope_protocol::Recipe(Vec::new()),
        confidence: fact.confidence,
        capacity: None,
        holders: Vec::new(),
        waiters: Vec::new(),
        held_by: fact.standing.held_by,
        blocked: fact.standing.blocked,
        behind: fact.standing.blocked,
        hands_off: None,
        held_since,
        held_seen: false,
        waiting_since: fact.standing.waiting_since,
        findings: Vec::new(),
    }
}

fn matches(revision: &Revision, path: &ZnodePath, fact: &LockFact, query: &str) -> bool {
    if path.as_str().to_lowercase().contains(query) {
        return true;
    }
    let Some(site) = Site::at(&revision.tree, &revision.catalog.censuses, path) else {
        return false;
    };
    let of = |member: &Member| {
        member.identity.as_ref().is_some_and(|identity| identity.to_lowercase().contains(query))
            || member.session.is_some_and(|session| session.to_string().contains(query))
    };
    fact.line.holders(&site, SEARCHED).iter().any(of) || fact.line.waiters(&site, SEARCHED).iter().any(of)
}
