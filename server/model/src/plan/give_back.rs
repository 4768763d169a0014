//! Giving back what a consumer has taken: its mark is deleted, and the item is free for others.
//!
//! Whether the consumer still works on the item is not to be read from the tree: as long as its session lives, it may. So this is
//! done only where the servers say that the session has no connection any more, or by force. A mark has a fixed name and may be
//! another consumer's by the time it is deleted, so it is touched first: nobody watches its data.

use zooscope_protocol::action::{Confirm, GiveBack, Return};
use zooscope_protocol::{Clause, Refusal, RefusalCode, SessionId, Step};

use super::items::Found;
use super::{Draft, guards, identity, place};
use crate::revision::Revision;
use crate::tree::Znode;

/// What the servers say of sessions is believed for so long, in milliseconds.
const FRESH_MS: u64 = 15_000;

pub(super) fn give_back(now: &Revision, action: &GiveBack, znode: &Znode) -> Result<Draft, Refusal> {
    let target = &action.target;
    let found = Found::movable(now, target, znode)?;
    if found.fact.taken.is_none() {
        let detail = "consumers of this queue leave no mark at what they have taken: they delete an item before they work on it, so \
                      there is nothing to give back. Put the item in again if it was lost";
        return Err(Refusal::new(RefusalCode::NotAllowed, detail));
    }
    let Some((mark, session)) = found.items.taken(&found.item.name) else {
        let detail = "no consumer has taken the item; it is free already";
        return Err(Refusal::new(RefusalCode::NotTaken, detail));
    };
    let taken = now.tree.get(&mark).ok_or_else(|| super::items::not_item(&target.path))?;
    let gone = gone(now, session);
    if !gone && !action.force {
        return Err(alive(now, session));
    }
    let version = taken.stat().version;
    let mut steps = vec![Step::Touch { path: mark.clone(), version }];
    match action.to {
        Return::Same => steps.push(Step::Check { path: target.path.clone(), version: target.version }),
        Return::Tail => {
            let prefix = place::tail(&found, None, None, now.at)?;
            steps.push(Step::Move { from: target.path.clone(), prefix });
        }
    }
    steps.push(Step::Delete { path: mark.clone(), version });
    let mut guards = guards(target);
    guards.push(Clause::new("same_mark", {
        let owner = session.map_or_else(|| "nobody".to_owned(), |session| format!("session {session}"));
        format!("Its mark `{mark}` was made by {owner} in transaction {}.", taken.stat().czxid)
    }));
    guards.push(Clause::new(
        "touched",
        "The mark's own data is written back to it first, and the stat that comes back is compared with what was seen.",
    ));
    if gone && !action.force {
        guards.push(Clause::new(
            "owner_gone",
            "The session that has taken it has no connection to any server.",
        ));
    }
    Ok(Draft {
        steps,
        guards,
        warnings: warnings(&found, action, gone),
        effects: effects(&found, action),
        confirm: confirm(&found, session),
        identities: vec![identity(&target.path, znode, None), identity(&mark, taken, None)],
        excluded: Vec::new(),
        subject: found.subject,
    })
}

/// Whether the servers say that nobody is behind the mark any more.
fn gone(now: &Revision, session: Option<SessionId>) -> bool {
    // A mark that no session owns tells nothing of whoever made it.
    let Some(session) = session else { return false };
    let fresh = now.roster.at.millis_until(now.at) <= FRESH_MS;
    fresh && now.roster.peer(session).is_some_and(|peer| peer.connected == Some(false))
}

fn alive(now: &Revision, session: Option<SessionId>) -> Refusal {
    let Some(session) = session else {
        let detail = "the item's mark is persistent: no session owns it, so nothing tells whether its maker still works on the item. Find out who \
                      made it; or use force, if being worked on twice does no harm";
        return Refusal::new(RefusalCode::OwnerAlive, detail);
    };
    let connected = now.roster.peer(session).and_then(|peer| peer.connected);
    let how = if connected == Some(true) {
        "which is connected"
    } else {
        "and not every server tells whether it is still connected"
    };
    let detail = format!(
        "the item is taken by session {session}, {how}: given back now it would be worked on twice. Stop that consumer, or wait for its session to \
         end, and the item is free; or use force, if being worked on twice does no harm"
    );
    Refusal::new(RefusalCode::OwnerAlive, detail)
}

fn warnings(found: &Found<'_>, action: &GiveBack, gone: bool) -> Vec<Clause> {
    let kazoo = found.fact.names.contains(&"kazoo.LockingQueue");
    let mut warnings = vec![Clause::new(
        "worked_on_twice",
        if gone {
            "The consumer has lost its connection, not its life: if it goes on with the item, the item is worked on twice."
        } else {
            "The consumer is not told and goes on with the item, while another takes it: the item is worked on twice."
        },
    )];
    let told = match (kazoo, action.to) {
        (true, Return::Same) => {
            "What the old consumer of kazoo sees: `holds_lock()` and `consume()` raise NoNodeError, or `consume()` returns False once \
             another has taken the item, and its `get()` returns the same item again and again until it releases it."
        }
        (true, Return::Tail) => {
            "What the old consumer of kazoo sees: `consume()` raises NoNodeError, and its `get()` returns the old item again and again \
             until it releases it."
        }
        (false, _) => {
            "What the old consumer of Curator sees: nothing. Both end without an error, and a consumer that runs looks for items again \
             only when the queue's children change."
        }
    };
    warnings.push(Clause::new("old_consumer", told));
    warnings
        .push(Clause::new("no_undo", "This cannot be undone: a mark belongs to the session that made it."));
    if action.to == Return::Tail {
        let sentence =
            "The new znode has a new number and a new time of creation: the item's age begins anew.";
        warnings.push(Clause::new("age_resets", sentence));
    }
    warnings
}

fn effects(found: &Found<'_>, action: &GiveBack) -> Vec<Clause> {
    let size = found.item.size;
    let goes = match action.to {
        Return::Same => Clause::new(
            "given_back",
            "The item is free, where it stands: the next consumer that looks takes it.",
        ),
        Return::Tail => {
            Clause::new("goes_to_tail", "The item is free, and goes to the tail with a new number.")
        }
    };
    vec![goes, Clause::new("same_content", format!("Its {size} bytes of data and its ACL stay as they are."))]
}

fn confirm(found: &Found<'_>, session: Option<SessionId>) -> Confirm {
    match session {
        Some(session) => Confirm {
            what: "the last 8 digits of the session that has taken it".to_owned(),
            expected: session.last8(),
        },
        None => Confirm::name("the item's name", &found.item.name),
    }
}
