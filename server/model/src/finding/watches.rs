//! What the servers' watches tell of a lock that somebody looks at: waiters that will never wake, waiters without a znode, and
//! how many wake at once. What is suspect, and when it is told, is in `suspects`.

use zooscope_protocol::{About, Finding, Member, Severity, ZnodePath};

use super::Check;
use crate::recipe::{LockFact, Site, finding};
use crate::revision::Revision;
use crate::roster::Watches;
use crate::suspects::{Silent, stands_beside};

/// So many findings of a kind are told of one lock.
const MOST: usize = 3;
/// From here on many watch one znode, and from here on too many.
const HERD: (usize, usize) = (20, 100);

/// A waiter that watches nothing that could wake it.
pub(super) struct NeverWakes;

/// A reader that waits for a writer behind it.
pub(super) struct WaitsForLater;

/// A session that watches here and has no znode.
pub(super) struct Phantom;

/// Many sessions that watch one znode.
pub(super) struct Herd;

/// A lock with what was last told of its watches.
struct Watched<'a> {
    path: &'a ZnodePath,
    lock: &'a LockFact,
    site: Site<'a>,
    watches: &'a Watches,
}

/// The locks of which watches are known.
fn watched(now: &Revision) -> impl Iterator<Item = Watched<'_>> {
    now.roster.watches.iter().filter_map(|(path, watches)| {
        let lock = now.catalog.locks.get(path)?;
        let site = Site::at(&now.tree, &now.catalog.censuses, path)?;
        Some(Watched { path, lock, site, watches })
    })
}

impl Check for NeverWakes {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for lock in watched(now) {
            let stuck = lock.later_writers(now);
            let silent = now.suspects.silent(lock.path).filter_map(|(path, silent)| {
                if stuck.iter().any(|(reader, _)| reader.path == *path) {
                    return None;
                }
                let stands = silent.still(now, &lock.site, lock.lock, path);
                let waiter = lock.lock.line.member(&lock.site, path).filter(|_| stands)?;
                told(&lock, &waiter, &silent)
            });
            found.extend(silent.take(MOST));
        }
    }
}

/// The readers of the lock at a path that watch a writer behind them, each with that writer: neither goes on (kazoo before 2.9).
pub(crate) fn later_writers(now: &Revision, path: &ZnodePath) -> Vec<(Member, Member)> {
    watched(now).filter(|lock| lock.path == path).flat_map(|lock| lock.later_writers(now)).collect()
}

impl Watched<'_> {
    fn later_writers(&self, now: &Revision) -> Vec<(Member, Member)> {
        let later = now.suspects.later(self.path);
        later.filter_map(|later| later.still(&self.site, self.lock)).take(MOST).collect()
    }
}

impl Check for WaitsForLater {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for lock in watched(now) {
            found.extend(lock.later_writers(now).into_iter().map(|(reader, writer)| {
                let sentence = format!(
                    "{} stands as {} and watches {}, which stands behind it and waits for it: neither goes on (kazoo before 2.9 does so \
                     with readers). Delete the znode of {}, or end its session, and update kazoo.",
                    super::who(&reader),
                    reader.name,
                    writer.name,
                    writer.name,
                );
                let members = vec![reader.path, writer.path];
                finding("watches_later", Severity::Critical, sentence, About::Lock(lock.path.clone()), members)
            }));
        }
    }
}

/// Why a waiter that does not watch its predecessor will not wake; `None` where what it watches went between the two answers.
fn told(lock: &Watched<'_>, waiter: &Member, silent: &Silent) -> Option<Finding> {
    let who = super::who(waiter);
    let behind = silent.watched.iter().find(|path| {
        let member = lock.lock.line.member(&lock.site, path);
        member.is_some_and(|member| waiter.order(&member).is_lt())
    });
    let (code, sentence) = match (behind, silent.gone.first()) {
        (Some(later), _) => (
            "watches_later",
            format!(
                "{who} waits as {} and watches {}, which stands behind it and waits for it: neither goes on (kazoo before 2.9 does so \
                 with readers). End the session of {} or update kazoo.",
                waiter.name,
                later.name(),
                later.name(),
            ),
        ),
        (None, Some(gone)) => (
            "predecessor_gone",
            format!(
                "{who} waits as {} and watches {}, which is gone: unless that name comes again, it never wakes. Restart its client.",
                waiter.name,
                gone.name()
            ),
        ),
        (None, None) if silent.watched.is_empty() => (
            "never_wakes",
            format!(
                "{who} waits as {} and does not watch the one before it: two answers of all servers agree. It never wakes, and \
                 holds up those behind it once it is first. Restart its client.",
                waiter.name
            ),
        ),
        (None, None) => return None,
    };
    let about = About::Lock(lock.path.clone());
    Some(finding(code, Severity::Critical, sentence, about, vec![waiter.path.clone()]))
}

impl Check for Phantom {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for lock in watched(now) {
            let still = |(path, session): &&(ZnodePath, _)| {
                lock.lock.line.member(&lock.site, path).is_some()
                    && !stands_beside(now, lock.path, path, *session)
            };
            let told = now.suspects.strangers(lock.path).filter(still).map(|(path, session)| {
                let sentence = format!(
                    "Session {session} watches {} and has no znode here: most likely it gave up after a time-out, which leaves its watch \
                     behind, or it only looks on. Where its own znode was deleted while it waited, it queues again at the end when it \
                     wakes, or takes the lock without a znode (go-zookeeper).",
                    path.name()
                );
                let about = About::Lock(lock.path.clone());
                finding("phantom_waiter", Severity::Info, sentence, about, vec![path.clone()])
            });
            found.extend(told.take(MOST));
        }
    }
}

impl Check for Herd {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for lock in watched(now) {
            let most = lock.watches.by_path.iter().max_by_key(|(_, sessions)| sessions.len());
            let Some((path, sessions)) = most.filter(|(_, sessions)| sessions.len() >= HERD.0) else {
                continue;
            };
            let severity = if sessions.len() >= HERD.1 { Severity::Warn } else { Severity::Info };
            let sentence = format!(
                "{} sessions watch {}: all of them wake when it changes, ask the servers at once, and all but a few wait again.",
                sessions.len(),
                path.name()
            );
            let about = About::Lock(lock.path.clone());
            found.push(finding("herd", severity, sentence, about, vec![path.clone()]));
        }
    }
}
