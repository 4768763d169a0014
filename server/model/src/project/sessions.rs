//! Sessions as they are shown: each with its client, the locks that it holds and waits for, and what ends with it.

use std::collections::BTreeSet;

use zooscope_protocol::view::{SessionDetail, SessionList, Stand};
use zooscope_protocol::{Member, MemberState, Peer, Session, SessionId, Timestamp, ZnodePath};

use crate::recipe::Site;
use crate::revision::Revision;

/// The most locks that a session is shown with in a list.
const LISTED: usize = 100;
/// The most contenders and ephemeral znodes that a session's own screen shows.
const SHOWN: usize = 200;
/// So many of a session's znodes are looked at for where they contend.
const LOOK: usize = 2_000;

/// The sessions that own an ephemeral znode and that the filter lets through, those that block the most first. The filter
/// is a text that the id, the client, the identity or a lock's path contains, in any case.
pub fn sessions(revision: &Revision, query: &str, limit: usize) -> SessionList {
    let query = query.to_lowercase();
    let owners = revision.catalog.sessions.all().map(|(id, _)| id);
    let mut total = 0;
    let mut rows: Vec<Session> = Vec::new();
    if query.is_empty() {
        // What they are sorted by costs little, what they hold does not: that is looked up for those that are shown.
        rows.extend(owners.map(|id| light(revision, id)));
        total = rows.len();
        rows.sort_by(Session::order);
        rows.truncate(limit);
        rows = rows.into_iter().map(|row| whole(revision, row, LISTED)).collect();
    } else {
        let fits = |session: &Session| matches(session, &query);
        for row in owners.map(|id| whole(revision, light(revision, id), LISTED)).filter(fits) {
            total += 1;
            rows.push(row);
        }
        rows.sort_by(Session::order);
        rows.truncate(limit);
    }
    let total = u32::try_from(total).unwrap_or(u32::MAX);
    SessionList { total, rows, sources: revision.roster.sources.clone() }
}

/// One session with everything that ends with it.
pub fn session(revision: &Revision, id: SessionId) -> SessionDetail {
    let sources = revision.roster.sources.clone();
    let known = revision.catalog.sessions.count(id) > 0 || revision.roster.peer(id).is_some();
    if !known {
        return SessionDetail { sources, ..SessionDetail::default() };
    }
    let stands = stands(revision, id, LOOK);
    let of = |holding: bool| {
        let wanted = stands.iter().filter(|stand| holds(&stand.member) == holding && contends(&stand.member));
        wanted.take(SHOWN).cloned().collect()
    };
    let ephemerals = revision.catalog.sessions.owned_by(id).take(SHOWN).map(|(_, path)| path.clone());
    SessionDetail {
        session: Some(Box::new(whole(revision, light(revision, id), LISTED))),
        holds: of(true),
        waits: of(false),
        ephemerals: ephemerals.collect(),
        sources,
    }
}

/// A session with what it is sorted by.
fn light(revision: &Revision, id: SessionId) -> Session {
    let (waits, owned) = (revision.waits(), &revision.catalog.sessions);
    Session {
        session: id,
        peer: revision.roster.peer(id).cloned().unwrap_or_else(Peer::default),
        identity: None,
        holds: Vec::new(),
        waits: waits.waited_for_by(id),
        ephemerals: owned.count(id),
        behind: waits.behind_session(id),
        since: owned.owned_by(id).next().map_or_else(Timestamp::default, |(created, _)| created),
    }
}

/// The session with what it holds and what it calls itself.
fn whole(revision: &Revision, session: Session, most: usize) -> Session {
    let stands = stands(revision, session.session, LOOK);
    let identity = stands.iter().find_map(|stand| stand.member.identity.clone());
    let mut seen = BTreeSet::new();
    let held = stands.into_iter().filter(|stand| holds(&stand.member)).map(|stand| stand.lock);
    let holds = held.filter(|lock| seen.insert(lock.clone())).take(most).collect();
    Session { identity, holds, ..session }
}

fn holds(member: &Member) -> bool {
    member.state == MemberState::Holding
}

fn contends(member: &Member) -> bool {
    member.state != MemberState::Present
}

/// The contenders that a session owns, each with its lock, the oldest first.
fn stands(revision: &Revision, id: SessionId, most: usize) -> Vec<Stand> {
    let mut pending: BTreeSet<ZnodePath> = BTreeSet::new();
    let mut stands = Vec::new();
    for (_, path) in revision.catalog.sessions.owned_by(id).take(most) {
        let Some((lock, fact)) = revision.lock_around(path) else { continue };
        let Some(site) = Site::at(&revision.tree, &revision.catalog.censuses, &lock) else { continue };
        let Some(member) = fact.line.member(&site, path) else { continue };
        if member.state == MemberState::Pending {
            pending.extend(member.waits_for.clone());
        }
        let member = revision.with_clients(vec![member]);
        let stand =
            |member| Stand { lock: lock.clone(), kind: fact.kind, member, blocked: fact.standing.blocked };
        stands.extend(member.into_iter().map(stand));
    }
    // The first place in the queue of a semaphore and the pending lease that goes with it are one waiter.
    stands.retain(|stand| {
        let first = stand.member.waits_for.as_ref().is_some_and(|watched| pending.contains(watched));
        stand.member.state != MemberState::Waiting || !first
    });
    stands
}

fn matches(session: &Session, query: &str) -> bool {
    let fits = |text: &str| text.to_lowercase().contains(query);
    fits(&session.session.to_string())
        || session.peer.client.as_deref().is_some_and(fits)
        || session.identity.as_deref().is_some_and(fits)
        || session.holds.iter().chain(&session.waits).any(|path| fits(path.as_str()))
}
