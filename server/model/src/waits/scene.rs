//! The scene: the locks that somebody waits for, with everyone who holds them and waits.

use std::collections::BTreeMap;

use zooscope_protocol::{LockKind, Member, MemberState, SessionId, Timestamp, ZnodePath, Zxid};

use crate::recipe::Site;
use crate::revision::Revision;

/// The most holders and waiters of one lock that are looked at, so that one directory of a million contenders does not
/// make every revision slow.
const LOOK: usize = 50_000;

/// The contended locks and the sessions at them.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub(super) locks: Vec<Contended>,
    pub(super) sessions: Vec<Party>,
    places: BTreeMap<SessionId, usize>,
}

/// A lock that somebody waits for.
#[derive(Debug)]
pub(super) struct Contended {
    pub(super) path: ZnodePath,
    /// Whether one holder less is enough.
    pub(super) any: bool,
    /// Whether there is a place that nobody holds: whoever waits is about to take it.
    pub(super) room: bool,
    pub(super) holders: Vec<Stance>,
    pub(super) waiters: Vec<Stance>,
}

/// A contender.
#[derive(Debug)]
pub(super) struct Stance {
    pub(super) path: ZnodePath,
    /// The place of its session in the scene; `None` for a persistent znode.
    pub(super) session: Option<usize>,
    pub(super) czxid: Zxid,
    /// Since when it is there.
    pub(super) since: Timestamp,
    /// The place of the waiter that it stands behind; `None` for one that waits for the holders themselves.
    pub(super) before: Option<usize>,
}

/// A session at contended locks.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) id: SessionId,
    pub(super) identity: Option<String>,
    /// The locks that it holds.
    pub(super) holds: Vec<usize>,
    /// The locks that it waits for, each with its place among their waiters.
    pub(super) waits: Vec<(usize, usize)>,
}

/// One session of a circle by its znodes: what it holds with, and what it waits with.
pub(crate) type Link = (SessionId, Zxid, Zxid);

impl Scene {
    pub(super) fn of(revision: &Revision) -> Self {
        let mut scene = Self::default();
        let catalog = &revision.catalog;
        for (path, fact) in catalog.locks.iter().filter(|(_, lock)| lock.standing.blocked > 0) {
            let Some(site) = Site::at(&revision.tree, &catalog.censuses, path) else { continue };
            let at = scene.locks.len();
            let holders = fact.line.holders(&site, LOOK).into_iter();
            let holders: Vec<Stance> = holders.map(|member| scene.stance(member, None)).collect();
            let mut waiters: Vec<Stance> = Vec::new();
            let mut names: BTreeMap<ZnodePath, usize> = BTreeMap::new();
            for member in fact.line.waiters(&site, LOOK) {
                // Most stand right behind the one before them.
                let last = waiters.last().map(|last| &last.path);
                let before = match &member.waits_for {
                    Some(watched) if last == Some(watched) => Some(waiters.len() - 1),
                    Some(watched) => names.get(watched).copied(),
                    None => None,
                };
                names.insert(member.path.clone(), waiters.len());
                // A pending lease is younger than the place in the queue that it was laid down from.
                let queued = fact.standing.waiting_since.filter(|_| member.state == MemberState::Pending);
                let mut stance = scene.stance(member, before);
                stance.since = queued.unwrap_or(stance.since);
                waiters.push(stance);
            }
            for session in holders.iter().filter_map(|holder| holder.session) {
                scene.sessions[session].holds.push(at);
            }
            for (place, waiter) in waiters.iter().enumerate() {
                if let Some(session) = waiter.session {
                    scene.sessions[session].waits.push((at, place));
                }
            }
            let any = fact.kind == LockKind::Semaphore;
            let room = fact.capacity.is_some_and(|capacity| any && fact.standing.held_by < capacity);
            scene.locks.push(Contended { path: path.clone(), any, room, holders, waiters });
        }
        scene
    }

    pub(super) fn place_of(&self, session: SessionId) -> Option<usize> {
        self.places.get(&session).copied()
    }

    fn stance(&mut self, member: Member, before: Option<usize>) -> Stance {
        let session = member.session.map(|id| self.party(id, member.identity.as_deref()));
        let Member { path, czxid, created, .. } = member;
        Stance { path, session, czxid, since: created, before }
    }

    fn party(&mut self, id: SessionId, identity: Option<&str>) -> usize {
        let at = *self.places.entry(id).or_insert_with(|| {
            self.sessions.push(Party { id, identity: None, holds: Vec::new(), waits: Vec::new() });
            self.sessions.len() - 1
        });
        let party = &mut self.sessions[at];
        if party.identity.is_none() {
            party.identity = identity.map(str::to_owned);
        }
        at
    }
}
