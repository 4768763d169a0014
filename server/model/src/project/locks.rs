//! Locks as they are shown.

use zooscope_protocol::lock::LockSort;
use zooscope_protocol::{About, Finding, Lock, Member, MemberState, Severity, Timestamp, ZnodePath};

use crate::line::{Line, lease_end};
use crate::recipe::{LockFact, Site, finding};
use crate::revision::Revision;

/// The most holders and waiters of a lock that a filter looks at.
const SEARCHED: usize = 200;

/// How the lock at a path was recognised, as a whole sentence; empty where none is.
pub fn lock_because(revision: &Revision, path: &ZnodePath) -> String {
    revision.lock(path).map(|fact| fact.because.clone().into_owned()).unwrap_or_default()
}

/// The lock at a path with at most `members` holders and as many waiters; `None` where none is recognised.
pub fn lock(revision: &Revision, path: &ZnodePath, members: usize) -> Option<Lock> {
    let fact = revision.lock(path)?;
    let site = Site::at(&revision.tree, &revision.catalog.censuses, path)?;
    let ended = fact.line.ended(&site, revision.at).is_some();
    let tenure = revision.observed.tenure(path).filter(|_| !ended);
    let mut holders = revision.with_clients(fact.line.holders(&site, members));
    for holder in holders.iter_mut().filter(|_| ended) {
        holder.state = MemberState::Present;
    }
    Some(Lock {
        path: path.clone(),
        kind: fact.kind,
        recipe: fact.recipe(),
        confidence: fact.confidence,
        capacity: fact.capacity,
        holders,
        waiters: revision.with_clients(fact.line.waiters(&site, members)),
        held_by: if ended { 0 } else { fact.standing.held_by },
        blocked: fact.standing.blocked,
        behind: revision.waits().behind_lock(path).max(fact.standing.blocked),
        hands_off: fact.hands_off.map(str::to_owned),
        held_since: tenure.map(|tenure| tenure.since),
        held_seen: tenure.is_some_and(|tenure| tenure.seen),
        waiting_since: fact.standing.waiting_since,
        findings: findings(revision, path, fact, &site),
    })
}

/// What is wrong with a lock, and of a lease how long it runs: that is told by the time of the revision.
fn findings(revision: &Revision, path: &ZnodePath, fact: &LockFact, site: &Site<'_>) -> Vec<Finding> {
    let mut findings = revision.findings().at(path);
    let Line::Child { name, .. } = fact.line else {
        return findings;
    };
    let Some((holder, end)) =
        site.child(name).and_then(|(path, znode)| Some((path, lease_end(znode.data())?)))
    else {
        return findings;
    };
    let (code, sentence) = if end <= revision.at {
        (
            "lease_ended",
            format!("The lease ended at {end:#} by its holder's clock: the next client that asks gets it."),
        )
    } else {
        (
            "lease_runs",
            format!("The lease runs until {end:#} by its holder's clock, whether or not its session lives."),
        )
    };
    findings.push(finding(code, Severity::Info, sentence, About::Lock(path.clone()), vec![holder]));
    findings
}

/// The lock that a znode stands at, by where it is.
pub fn lock_around(revision: &Revision, path: &ZnodePath) -> Option<ZnodePath> {
    revision.lock_around(path).map(|(lock, _)| lock)
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
    let lease = matches!(fact.line, Line::Child { .. });
    let site = || Site::at(&revision.tree, &revision.catalog.censuses, path);
    let ended = lease && site().is_some_and(|site| fact.line.ended(&site, revision.at).is_some());
    let tenure = revision.observed.tenure(path).filter(|_| !ended);
    let held_since: Option<Timestamp> = tenure.map(|tenure| tenure.since);
    Lock {
        path: path.clone(),
        kind: fact.kind,
        recipe: zooscope_protocol::Recipe(Vec::new()),
        confidence: fact.confidence,
        capacity: None,
        holders: Vec::new(),
        waiters: Vec::new(),
        held_by: if ended { 0 } else { fact.standing.held_by },
        blocked: fact.standing.blocked,
        behind: revision.waits().behind_lock(path).max(fact.standing.blocked),
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
