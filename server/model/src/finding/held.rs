//! A lock that is held, or waited for, beyond the threshold.

use zooscope_protocol::{About, Finding, LockKind, Member, Severity, ZnodePath};

use super::Check;
use crate::recipe::{LockFact, Site, finding};
use crate::revision::Revision;
use crate::tree::Znode;

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

/// So many contenders have gone where a lock changes hands, and one in so many milliseconds at least since its directory is there:
/// who stands for an election stays.
const TURNOVER: (u32, u64) = (10, 3_600_000);

/// How bad it is, and what is to be added: where the same layout serves an election, and its directory does not tell that the lock
/// changes hands, somebody may lead for long, as it should be, so it is never critical.
fn told(now: &Revision, path: &ZnodePath, lock: &LockFact, severity: Severity) -> (Severity, &'static str) {
    let elects = |name: &&str| name.ends_with("Election") || name.ends_with("LeaderSelector");
    if !lock.names.iter().any(elects) || changes_hands(now, path) {
        return (severity, "");
    }
    (severity.min(Severity::Warn), " If this is an election, that is as it should be.")
}

fn changes_hands(now: &Revision, path: &ZnodePath) -> bool {
    let (least, each) = TURNOVER;
    let Some(stat) = now.tree.get(path).map(Znode::stat) else { return false };
    let gone = stat.children_deleted();
    gone >= least && u64::from(gone).saturating_mul(each) >= stat.ctime.millis_until(now.at)
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
                format!("{who} holds this lock since {:#}", tenure.since)
            } else {
                // ZooKeeper keeps when a contender queued, not when it acquired.
                format!("{who} holds this lock and queued at {:#}", tenure.since)
            };
            let (severity, more) = told(now, path, lock, severity);
            let sentence = format!("{how}, and others wait for it.{more}");
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
            let (severity, more) = told(now, path, lock, severity);
            let sentence = format!("{who} waits for this lock since {since:#}.{more}");
            let Member { path: member, .. } = waiter;
            found.push(finding("waiting_long", severity, sentence, About::Lock(path.clone()), vec![member]));
        }
    }
}
