//! The ladder of a lock: each rung is what planning it says.

use zooscope_protocol::ladder::{Deed, Ladder, Rung};
use zooscope_protocol::{Action, Member, Plan, Refusal, RefusalCode, Target, ZnodePath};

use crate::plan::{cures, plan};
use crate::recipe::Site;
use crate::revision::Revision;

/// So many holders have a ladder.
const HOLDERS: usize = 20;

/// What can be done about the first who hold the lock at a path, by the paths of their znodes; and what cures the lock.
pub fn ladders(revision: &Revision, path: &ZnodePath) -> (Vec<Ladder>, Vec<Rung>) {
    let Some(fact) = revision.lock(path) else { return (Vec::new(), Vec::new()) };
    let Some(site) = Site::at(&revision.tree, &revision.catalog.censuses, path) else {
        return (Vec::new(), Vec::new());
    };
    let holders = fact.line.holders(&site, HOLDERS);
    let mut ladders: Vec<Ladder> = holders.iter().map(|holder| ladder(revision, holder)).collect();
    ladders.sort_by(|a, b| a.path.cmp(&b.path));
    (ladders, cures(revision, path))
}

fn ladder(revision: &Revision, holder: &Member) -> Ladder {
    let Member { path, czxid, version, session, .. } = holder;
    let target = Target { path: path.clone(), czxid: *czxid, version: *version, session: *session };
    let rung = |deed, action: fn(Target) -> Action, why: fn(&Plan) -> String| match plan(
        revision,
        "",
        &action(target.clone()),
    ) {
        Ok(plan) => Rung::offered(deed, why(&plan), Some(target.clone())),
        Err(Refusal { code, detail }) => Rung::refused(deed, detail, code),
    };
    let rungs = vec![
        rung(Deed::Revoke, Action::Revoke, |plan| {
            sentences(plan.effects.iter().take(1).chain(&plan.warnings))
        }),
        stop(revision, holder),
        rung(Deed::Release, Action::Release, |plan| sentences(plan.warnings.iter().take(1))),
    ];
    Ladder { path: path.clone(), rungs }
}

fn sentences<'a>(clauses: impl Iterator<Item = &'a zooscope_protocol::Clause>) -> String {
    let sentences: Vec<&str> = clauses.map(|clause| clause.sentence.as_str()).collect();
    sentences.join(" ")
}

/// What stopping the client takes and brings, as far as the servers tell.
fn stop(revision: &Revision, holder: &Member) -> Rung {
    let Some(session) = holder.session else {
        return Rung::refused(
            Deed::Stop,
            "no session owns the znode: it stays when its maker dies. Its data may say who made it",
            RefusalCode::NotAllowed,
        );
    };
    let peer = revision.roster.peer(session);
    let client = peer.and_then(|peer| peer.client.clone());
    let server = peer.and_then(|peer| peer.server.clone());
    let lost = peer.is_some_and(|peer| peer.connected == Some(false));
    let expires = peer.and_then(|peer| peer.expires).filter(|_| lost);
    let timeout = peer.and_then(|peer| peer.timeout_ms).map_or_else(
        || "its time-out".to_owned(),
        |ms| format!("its time-out of {} s", f64::from(ms) / 1_000.0),
    );
    let ephemerals = revision.catalog.sessions.count(session);
    let others = match ephemerals.saturating_sub(1) {
        0 => String::new(),
        1 => " 1 other ephemeral znode goes with the session.".to_owned(),
        others => format!(" {others} other ephemeral znodes go with the session."),
    };
    let why = match (lost, &client) {
        (true, _) if expires.is_some() => format!(
            "Session {session} has no connection to any server: unless its client comes back, it ends by itself, and the next in line goes \
             on. Waiting may be enough.{others}"
        ),
        (true, _) => format!(
            "Session {session} has no connection to any server: unless its client comes back, it ends by itself within {timeout}, and the \
             next in line goes on. Waiting may be enough.{others}"
        ),
        (false, Some(client)) => format!(
            "The client of session {session} connects from {client}. Only when its process ends does it surely hold no more: at once where \
             it ends in order, within {timeout} where it is killed.{others}"
        ),
        (false, None) => format!(
            "No server tells where the client of session {session} is. Only when its process ends does it surely hold no more: at once where \
             it ends in order, within {timeout} where it is killed.{others}"
        ),
    };
    Rung { client, server, expires, ephemerals, ..Rung::offered(Deed::Stop, why, None) }
}
