//! A lock that is held, or waited for, beyond the threshold.

use zooscope_protocol::{About, Finding, LockKind, Member, ZnodePath};

use super::Check;
use crate::recipe::{LockFact, Site, finding};
use crate::revision::Revision;

/// Held too long while others wait.
pub(super) struct Held;

/// Waited for too long.
pub(super) struct Waiting;

/// The locks that somebody waits for and that are meant to change hands: a leader leads as long as it can.
fn waited_for(now: &Revision) -> impl Iterator<Item = (&ZnodePath, &LockFact)> {
    now.catalog.locks.iter().map(|(path, lock)| (path, lock.as_ref())).filter(|(_, lock)| {
        let changes = matches!(lock.kind, LockKind::Mutex | LockKind::ReadWrite | LockKind::Semaphore);
        changes && lock.standing.blocked > 0
    })
}

/// What is to be added where the same layout serves an election.
fn unless_election(lock: &LockFact) -> &'static str {
    let elects = |name: &&str| name.ends_with("Election") || name.ends_with("LeaderSelector");
    if lock.names.iter().any(elects) { " If this is an election, that is as it should be." } else { "" }
}

impl Check for Held {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for (path, lock) in waited_for(now) {
            let Some(tenure) = now.observed.tenure(path) else { continue };
            let Some(severity) = now.thresholds.held.severity(tenure.since.millis_until(now.at)) else {
                continue;
            };
            let site = Site::at(&now.tree, &now.catalog.censuses, path);
            let Some(holder) = site.and_then(|site| lock.line.holders(&site, 1).pop()) else { continue };
            let who = super::who(&holder);
            let how = if tenure.seen {
                format!("{who} holds this lock since {}", tenure.since)
            } else {
                // ZooKeeper keeps when a contender queued, not when it acquired.
                format!("{who} holds this lock and queued at {}", tenure.since)
            };
            let sentence = format!("{how}, and others wait for it.{}", unless_election(lock));
            found.push(finding(
                "held_long",
                severity,
                sentence,
                About::Lock(path.clone()),
                vec![holder.path],
            ));
        }
    }
}

impl Check for Waiting {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for (path, lock) in waited_for(now) {
            let Some(since) = lock.standing.waiting_since else { continue };
            let Some(severity) = now.thresholds.waiting.severity(since.millis_until(now.at)) else {
                continue;
            };
            let site = Site::at(&now.tree, &now.catalog.censuses, path);
            let Some(waiter) = site.and_then(|site| lock.line.waiters(&site, 1).pop()) else { continue };
            let who = super::who(&waiter);
            let sentence = format!("{who} waits for this lock since {since}.{}", unless_election(lock));
            let Member { path: member, .. } = waiter;
            found.push(finding("waiting_long", severity, sentence, About::Lock(path.clone()), vec![member]));
        }
    }
}
