//! Who waits for whom: sessions that wait for each other in a circle.
//!
//! A session that waits for a lock waits for those who hold it: for any of them where all must go (a mutex, a writer behind
//! readers), for all of them where one is enough (a semaphore). A session is stuck if it waits so for stuck ones only; a
//! circle is looked for among the stuck. A session that waits for itself is no circle: its threads may be several.

use std::collections::{BTreeMap, BTreeSet};

use zooscope_protocol::view::{Deadlock, DeadlockMember};
use zooscope_protocol::{LockKind, Member, SessionId, Timestamp, ZnodePath};

use crate::recipe::Site;
use crate::revision::Revision;

/// The most holders and waiters of one lock that are looked at.
const LOOK: usize = 1_000;

/// One session waiting for one lock.
struct Wait {
    lock: ZnodePath,
    /// Since when.
    since: Timestamp,
    identity: Option<String>,
    holders: BTreeSet<SessionId>,
    /// Whether one holder less is enough.
    any: bool,
}

/// The circles of a revision, found once.
pub fn deadlocks(revision: &Revision) -> Vec<Deadlock> {
    revision.deadlocks(|| find(revision)).to_vec()
}

fn find(revision: &Revision) -> Vec<Deadlock> {
    let waits = waits(revision);
    let stuck = stuck(&waits);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for session in &stuck {
        if let Some(circle) = circle(*session, &waits, &stuck, &mut seen) {
            found.push(circle);
        }
    }
    found
}

fn waits(revision: &Revision) -> BTreeMap<SessionId, Vec<Wait>> {
    let mut waits: BTreeMap<SessionId, Vec<Wait>> = BTreeMap::new();
    let catalog = &revision.catalog;
    for (path, lock) in catalog.locks.iter().filter(|(_, lock)| lock.standing.blocked > 0) {
        let Some(site) = Site::at(&revision.tree, &catalog.censuses, path) else { continue };
        let holders: BTreeSet<SessionId> =
            lock.line.holders(&site, LOOK).iter().filter_map(|holder| holder.session).collect();
        for Member { session, created, identity, .. } in lock.line.waiters(&site, LOOK) {
            let Some(session) = session else { continue };
            waits.entry(session).or_default().push(Wait {
                lock: path.clone(),
                since: created,
                identity,
                holders: holders.clone(),
                any: lock.kind == LockKind::Semaphore,
            });
        }
    }
    waits
}

/// The sessions that cannot go on unless another stuck session does: what is left when all that can go on are taken out.
fn stuck(waits: &BTreeMap<SessionId, Vec<Wait>>) -> BTreeSet<SessionId> {
    let mut stuck: BTreeSet<SessionId> = waits.keys().copied().collect();
    loop {
        let free: Vec<SessionId> = stuck
            .iter()
            .filter(|session| !waits[session].iter().any(|wait| blocks(wait, **session, &stuck)))
            .copied()
            .collect();
        if free.is_empty() {
            return stuck;
        }
        for session in free {
            stuck.remove(&session);
        }
    }
}

fn blocks(wait: &Wait, session: SessionId, stuck: &BTreeSet<SessionId>) -> bool {
    let mut others = wait.holders.iter().filter(|holder| **holder != session);
    if wait.any {
        wait.holders.len() == others.clone().count()
            && !wait.holders.is_empty()
            && others.all(|holder| stuck.contains(holder))
    } else {
        others.any(|holder| stuck.contains(holder))
    }
}

/// The circle that is met by following from a stuck session to one that blocks it, unless it was met before.
fn circle(
    start: SessionId,
    waits: &BTreeMap<SessionId, Vec<Wait>>,
    stuck: &BTreeSet<SessionId>,
    seen: &mut BTreeSet<SessionId>,
) -> Option<Deadlock> {
    let mut way: Vec<(SessionId, &Wait)> = Vec::new();
    let mut at = start;
    loop {
        if let Some(from) = way.iter().position(|(session, _)| *session == at) {
            return Some(told(&way[from..]));
        }
        if !seen.insert(at) {
            return None;
        }
        let wait = waits.get(&at)?.iter().find(|wait| blocks(wait, at, stuck))?;
        way.push((at, wait));
        at = *wait.holders.iter().find(|holder| **holder != at && stuck.contains(holder))?;
    }
}

fn told(circle: &[(SessionId, &Wait)]) -> Deadlock {
    let before = circle.iter().cycle().skip(circle.len() - 1);
    let members = circle.iter().zip(before).map(|((session, wait), (_, before))| DeadlockMember {
        session: *session,
        identity: wait.identity.clone(),
        holds: before.lock.clone(),
        waits_for: wait.lock.clone(),
    });
    let since = circle.iter().map(|(_, wait)| wait.since).max().unwrap_or_default();
    Deadlock { since, members: members.collect(), confirmed: false, victim: None }
}
