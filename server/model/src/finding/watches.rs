//! What the servers' watches tell of a lock that somebody looks at: waiters that will never wake, waiters without a znode, and
//! how many wake at once. What one answer tells may be a moment's, so it must be told twice, with the same znodes.

use std::collections::{BTreeMap, BTreeSet};

use zooscope_protocol::{About, Finding, Member, MemberState, Mode, SessionId, Severity, ZnodePath};

use super::Check;
use crate::census::Family;
use crate::line::Line;
use crate::recipe::{LockFact, Site, finding};
use crate::revision::Revision;
use crate::roster::Watches;

/// So many contenders of a lock are compared with the watches.
const LOOK: usize = 1_000;
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

/// A lock with what was told of its watches, now and the time before.
struct Watched<'a> {
    path: &'a ZnodePath,
    lock: &'a LockFact,
    site: Site<'a>,
    now: &'a Watches,
    before: Option<&'a Watches>,
}

/// The locks of which watches are known.
fn watched(now: &Revision) -> impl Iterator<Item = Watched<'_>> {
    now.roster.watches.iter().filter_map(|(path, watches)| {
        let lock = now.catalog.locks.get(path)?;
        let site = Site::at(&now.tree, &now.catalog.censuses, path)?;
        let before = now.roster_before.watches.get(path).filter(|before| before.at < watches.at);
        Some(Watched { path, lock, site, now: watches, before })
    })
}

impl Watched<'_> {
    /// Both answers, where both are whole.
    fn both(&self) -> Option<[&Watches; 2]> {
        let before = self.before.filter(|before| before.complete)?;
        self.now.complete.then_some([before, self.now])
    }
}

impl Check for NeverWakes {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for lock in watched(now) {
            // How a program of an organisation's own wakes is not declared: it may ask again, or watch the directory.
            let Some(both) = lock.both().filter(|_| lock.lock.declared.is_none()) else { continue };
            let stuck = lock.later_writers(now);
            let by_session = both.map(of_sessions);
            let silent = lock.lock.line.waiters(&lock.site, LOOK).into_iter().filter_map(|waiter| {
                let session = waiter.session.filter(|_| waiter.state == MemberState::Waiting)?;
                // Whoever watches the children of a directory is not told of: servers list no such watches.
                let predecessor =
                    waiter.waits_for.clone().filter(|watched| watched.parent() == waiter.path.parent())?;
                // It may have come, and may have been about to watch, when the first answer was given.
                let settled = waiter.created < both[0].at;
                let mut watched = by_session.iter().map(|sessions| sessions.get(&session));
                let none = BTreeSet::new();
                let (then, since) = (watched.next()?.unwrap_or(&none), watched.next()?.unwrap_or(&none));
                let later = stuck.iter().any(|(reader, _)| reader.path == waiter.path);
                (settled && !later && then == since && !since.contains(&predecessor))
                    .then(|| told(&lock, now, &waiter, since))
            });
            found.extend(silent.take(MOST));
        }
    }
}

/// The readers that watch a writer behind them, each with that writer: neither goes on. By the layout such a reader waits or even
/// holds, in fact it does not run (kazoo before 2.9).
pub(crate) fn later_writers(now: &Revision, path: &ZnodePath) -> Vec<(Member, Member)> {
    watched(now).filter(|lock| lock.path == path).flat_map(|lock| lock.later_writers(now)).collect()
}

impl Watched<'_> {
    fn later_writers(&self, now: &Revision) -> Vec<(Member, Member)> {
        let kazoo = matches!(self.lock.line, Line::ReadWrite { family: Family::KazooLock, .. });
        let Some(both) = self.both().filter(|_| kazoo) else { return Vec::new() };
        let settled = |member: &Member| member.created < both[0].at;
        let writers = self.lock.line.waiters(&self.site, LOOK).into_iter();
        let writers = writers.filter(|writer| writer.mode == Mode::Write && settled(writer));
        let pairs = writers.filter_map(|writer| {
            let [then, since] = both.map(|watches| watches.by_path.get(&writer.path));
            let mut twice = then?.intersection(since?);
            let reader = twice.find_map(|session| {
                let reader = self.only_contender(now, *session)?;
                let before = reader.mode == Mode::Read && settled(&reader) && reader.order(&writer).is_lt();
                before.then_some(reader)
            })?;
            Some((reader, writer))
        });
        pairs.take(MOST).collect()
    }

    /// The contender of a session that has one here: where it has several, another of them may be who watches.
    fn only_contender(&self, now: &Revision, session: SessionId) -> Option<Member> {
        let own = now.catalog.sessions.owned_by(session).take(LOOK);
        let mut own = own.filter_map(|(_, path)| self.lock.line.member(&self.site, path));
        own.next().filter(|_| own.next().is_none())
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

/// Why a waiter that does not watch its predecessor will not wake.
fn told(lock: &Watched<'_>, now: &Revision, waiter: &Member, watched: &BTreeSet<ZnodePath>) -> Finding {
    let who = super::who(waiter);
    let here = watched.iter().filter(|path| **path != waiter.path && path.parent() == waiter.path.parent());
    let here: Vec<&ZnodePath> = here.collect();
    let (code, sentence) = match here.iter().find(|path| now.tree.get(path).is_none()) {
        Some(gone) => (
            "predecessor_gone",
            format!(
                "{who} waits as {} and watches {}, which is gone: unless that name comes again, it never wakes. Restart its client.",
                waiter.name,
                gone.name()
            ),
        ),
        None => (
            "never_wakes",
            format!(
                "{who} waits as {} and does not watch the one before it: two answers of all servers agree. It never wakes, and \
                 holds up those behind it once it is first. Restart its client.",
                waiter.name
            ),
        ),
    };
    finding(code, Severity::Critical, sentence, About::Lock(lock.path.clone()), vec![waiter.path.clone()])
}

/// What each session watches.
fn of_sessions(watches: &Watches) -> BTreeMap<SessionId, BTreeSet<ZnodePath>> {
    let mut sessions: BTreeMap<SessionId, BTreeSet<ZnodePath>> = BTreeMap::new();
    for (path, watchers) in &watches.by_path {
        for session in watchers {
            sessions.entry(*session).or_default().insert(path.clone());
        }
    }
    sessions
}

impl Check for Phantom {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for lock in watched(now) {
            let Some(before) = lock.before else { continue };
            let member = |path: &&ZnodePath| lock.lock.line.member(&lock.site, path).is_some();
            let phantoms =
                lock.now.by_path.iter().filter(|(path, _)| member(path)).flat_map(|(path, sessions)| {
                    let twice = before.by_path.get(path);
                    let sessions = sessions
                        .iter()
                        .filter(move |session| twice.is_some_and(|then| then.contains(session)));
                    sessions.map(move |session| (path, *session))
                });
            let phantoms = phantoms.filter(|(path, session)| {
                Some(*session) != now.info.session && !stands_beside(now, &lock, path, *session)
            });
            let told = phantoms.map(|(path, session)| {
                let sentence = format!(
                    "Session {session} watches {} and has no znode here: its own was deleted while it waited, and when it wakes it \
                     queues again at the end, or takes the lock without a znode (go-zookeeper). Or it only looks on.",
                    path.name()
                );
                finding("phantom_waiter", Severity::Warn, sentence, About::Lock(lock.path.clone()), vec![path.clone()])
            });
            found.extend(told.take(MOST));
        }
    }
}

/// Whether a session owns a znode in the directory of this one.
fn stands_beside(now: &Revision, lock: &Watched<'_>, path: &ZnodePath, session: SessionId) -> bool {
    let directory = path.parent();
    let own = now.catalog.sessions.owned_by(session).take(LOOK).map(|(_, own)| own);
    let mut own = own.filter(|own| own.parent() == directory || own.is_within(lock.path));
    own.next().is_some()
}

impl Check for Herd {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for lock in watched(now) {
            let most = lock.now.by_path.iter().max_by_key(|(_, sessions)| sessions.len());
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
