//! What the servers' watches tell of a lock that somebody looks at, judged against the tree of the moment at which they told it.
//!
//! A roster is up to some seconds old: compared with a later tree, a waiter whose predecessor left a moment ago would seem to watch
//! nothing. So each answer is judged when it comes, and what it makes suspect is kept; only what two answers make suspect in the
//! same way, and still stands so, is told.

use std::collections::{BTreeMap, BTreeSet};

use zooscope_protocol::{Confidence, Member, MemberState, Mode, SessionId, Timestamp, ZnodePath, Zxid};

use crate::census::Family;
use crate::line::Line;
use crate::recipe::{LockFact, Site};
use crate::revision::Revision;
use crate::roster::{Roster, Watches};

/// So many contenders of a lock are compared with the watches.
const LOOK: usize = 1_000;

/// What is suspect, by lock.
#[derive(Debug, Default)]
pub(crate) struct Suspects(BTreeMap<ZnodePath, Told>);

/// The last two answers about a lock.
#[derive(Debug, Clone)]
struct Told {
    at: Timestamp,
    now: Seen,
    before: Option<Seen>,
}

/// What one answer made suspect.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// Waiters that nothing seems to wake, where every server answered.
    silent: BTreeMap<ZnodePath, Silent>,
    /// Sessions that watch a contender and have no znode here.
    strangers: BTreeSet<(ZnodePath, SessionId)>,
    /// Readers that watch a writer behind them, where every server answered.
    later: BTreeSet<Later>,
}

/// A reader of kazoo before 2.9 and the later writer that it watches, each with the transaction that created it. By the layout the
/// reader waits or even holds; in fact it does not run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Later {
    reader: (ZnodePath, Zxid),
    writer: (ZnodePath, Zxid),
}

/// A waiter that watches neither its predecessor nor another that is before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Silent {
    czxid: Zxid,
    predecessor: ZnodePath,
    /// What its session watches beside it.
    pub(crate) watched: BTreeSet<ZnodePath>,
    /// Of that, what is not there.
    pub(crate) gone: BTreeSet<ZnodePath>,
}

impl Suspects {
    /// What is suspect when the servers have told this of a revision's locks. An answer that is told again takes no other's place.
    pub(crate) fn after(&self, now: &Revision, roster: &Roster) -> Self {
        let told = roster.watches.iter().filter_map(|(path, watches)| {
            let site = Site::at(&now.tree, &now.catalog.censuses, path)?;
            let lock = now.catalog.locks.get(path)?;
            let seen = Seen::of(now, &site, lock, watches);
            let before = match self.0.get(path) {
                Some(told) if told.at == watches.at => told.before.clone(),
                Some(told) if told.at < watches.at => Some(told.now.clone()),
                _ => None,
            };
            Some((path.clone(), Told { at: watches.at, now: seen, before }))
        });
        Self(told.collect())
    }

    /// The waiters of a lock that two answers made suspect in the same way.
    pub(crate) fn silent(&self, lock: &ZnodePath) -> impl Iterator<Item = (&ZnodePath, Silent)> {
        let both = self.0.get(lock).and_then(|told| Some((&told.now, told.before.as_ref()?)));
        both.into_iter().flat_map(|(now, before)| {
            now.silent.iter().filter_map(|(path, is)| {
                let was = before.silent.get(path)?;
                let same =
                    (was.czxid, &was.predecessor, &was.watched) == (is.czxid, &is.predecessor, &is.watched);
                let gone = was.gone.intersection(&is.gone).cloned().collect();
                same.then(|| (path, Silent { gone, ..is.clone() }))
            })
        })
    }

    /// The readers of a lock that watch a writer behind them, by two answers.
    pub(crate) fn later(&self, lock: &ZnodePath) -> impl Iterator<Item = &Later> {
        let both = self.0.get(lock).and_then(|told| Some((&told.now, told.before.as_ref()?)));
        both.into_iter().flat_map(|(now, before)| now.later.intersection(&before.later))
    }

    /// The sessions that watch a contender and have no znode here, by two answers.
    pub(crate) fn strangers(&self, lock: &ZnodePath) -> impl Iterator<Item = &(ZnodePath, SessionId)> {
        let both = self.0.get(lock).and_then(|told| Some((&told.now, told.before.as_ref()?)));
        both.into_iter().flat_map(|(now, before)| now.strangers.intersection(&before.strangers))
    }
}

impl Seen {
    fn of(now: &Revision, site: &Site<'_>, lock: &LockFact, watches: &Watches) -> Self {
        let strangers =
            if lock.line.queues() { strangers(now, site, lock, watches) } else { BTreeSet::new() };
        // Who waits in another way, or in one that nobody knows, may ask again, or watch the children, which no server lists.
        let known = lock.line.watches_predecessor() && lock.confidence == Confidence::Certain;
        let silent =
            if known && watches.complete { silent(now, site, lock, watches) } else { BTreeMap::new() };
        let kazoo = matches!(lock.line, Line::ReadWrite { family: Family::KazooLock, .. });
        let later = if kazoo && watches.complete { later(now, site, lock, watches) } else { BTreeSet::new() };
        Self { silent, strangers, later }
    }
}

impl Later {
    /// The reader and the writer, while both are what they were.
    pub(crate) fn still(&self, site: &Site<'_>, lock: &LockFact) -> Option<(Member, Member)> {
        let member = |(path, czxid): &(ZnodePath, Zxid)| {
            lock.line.member(site, path).filter(|member| member.czxid == *czxid)
        };
        let writer = member(&self.writer).filter(|writer| writer.state == MemberState::Waiting)?;
        Some((member(&self.reader)?, writer))
    }
}

impl Silent {
    /// Whether a waiter is what it was when it was suspected, and nothing is there now that was not.
    pub(crate) fn still(&self, now: &Revision, site: &Site<'_>, lock: &LockFact, path: &ZnodePath) -> bool {
        let member = lock.line.member(site, path);
        let stands = member.is_some_and(|member| {
            member.czxid == self.czxid
                && member.state == MemberState::Waiting
                && member.waits_for.as_ref() == Some(&self.predecessor)
        });
        stands && self.gone.iter().all(|gone| now.tree.get(gone).is_none())
    }
}

fn silent(
    now: &Revision,
    site: &Site<'_>,
    lock: &LockFact,
    watches: &Watches,
) -> BTreeMap<ZnodePath, Silent> {
    let by_session = of_sessions(watches);
    let waiters = lock.line.waiters(site, LOOK).into_iter();
    waiters
        .filter_map(|waiter| {
            let session = waiter.session.filter(|_| waiter.state == MemberState::Waiting)?;
            let beside = |path: &ZnodePath| path.parent() == waiter.path.parent();
            let predecessor = waiter.waits_for.clone().filter(beside)?;
            // It may have come, and have been about to watch, when the servers were asked.
            if waiter.created >= watches.at {
                return None;
            }
            let all = by_session.get(&session).cloned().unwrap_or_default();
            let watched: BTreeSet<ZnodePath> =
                all.into_iter().filter(|path| *path != waiter.path && beside(path)).collect();
            let is_gone = |path: &&ZnodePath| now.tree.get(path).is_none();
            let gone: BTreeSet<ZnodePath> = watched.iter().filter(is_gone).cloned().collect();
            let behind = |path: &ZnodePath| {
                lock.line.member(site, path).is_some_and(|member| waiter.order(&member).is_lt())
            };
            // What is there and not behind it wakes it, and then it looks anew.
            let wakes = watched.contains(&predecessor)
                || watched.iter().any(|path| !gone.contains(path) && !behind(path));
            let silent = Silent { czxid: waiter.czxid, predecessor, watched, gone };
            (!wakes).then_some((waiter.path, silent))
        })
        .collect()
}

fn later(now: &Revision, site: &Site<'_>, lock: &LockFact, watches: &Watches) -> BTreeSet<Later> {
    // A session that has several contenders here may watch for another of them.
    let only = |session: SessionId| {
        let own = now.catalog.sessions.owned_by(session).take(LOOK);
        let mut own = own.filter_map(|(_, path)| lock.line.member(site, path));
        own.next().filter(|_| own.next().is_none())
    };
    let writers = lock.line.waiters(site, LOOK).into_iter().filter(|writer| writer.mode == Mode::Write);
    let pairs = writers.filter_map(|writer| {
        let mut watching = watches.by_path.get(&writer.path)?.iter();
        let reader = watching.find_map(|session| {
            only(*session).filter(|reader| reader.mode == Mode::Read && reader.order(&writer).is_lt())
        })?;
        Some(Later { reader: (reader.path, reader.czxid), writer: (writer.path, writer.czxid) })
    });
    pairs.collect()
}

fn strangers(
    now: &Revision,
    site: &Site<'_>,
    lock: &LockFact,
    watches: &Watches,
) -> BTreeSet<(ZnodePath, SessionId)> {
    let leases = matches!(lock.line, Line::KazooSemaphore | Line::CuratorSemaphore);
    let queued = |path: &ZnodePath| {
        // Of a semaphore the leases are watched otherwise, and the queue before them only is a line.
        let member = lock.line.member(site, path);
        member.is_some_and(|member| !leases || member.state == MemberState::Waiting)
    };
    let watched = watches.by_path.iter().filter(|(path, _)| queued(path));
    watched
        .flat_map(|(path, sessions)| sessions.iter().map(move |session| (path, *session)))
        .filter(|(path, session)| {
            Some(*session) != now.info.session && !stands_beside(now, site.path, path, *session)
        })
        .map(|(path, session)| (path.clone(), session))
        .collect()
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

/// Whether a session owns a znode in the directory of this one, or below the lock.
pub(crate) fn stands_beside(now: &Revision, lock: &ZnodePath, path: &ZnodePath, session: SessionId) -> bool {
    let directory = path.parent();
    let mut own = now.catalog.sessions.owned_by(session).take(LOOK).map(|(_, own)| own);
    own.any(|own| own.parent() == directory || own.is_within(lock))
}
