//! What comes after a release: who goes on, who still waits, and what the old holder meets when it lets go too late.

use zooscope_protocol::{Clause, LockKind, Member, Mode, ZnodePath};

use crate::recipe::{LockFact, Site};
use crate::revision::Revision;

/// So many waiters are looked at to tell who goes on.
const LOOK: usize = 100;
/// So many who go on are named.
const NAMED: usize = 3;

/// What comes of it when these holders of a lock, and no others, go at once.
pub(super) fn of(now: &Revision, lock: &ZnodePath, fact: &LockFact, gone: &[Member]) -> Vec<Clause> {
    let Some(site) = Site::at(&now.tree, &now.catalog.censuses, lock) else { return Vec::new() };
    let waiters = fact.line.waiters(&site, LOOK);
    let released = u32::try_from(gone.len()).unwrap_or(u32::MAX);
    let others = fact.standing.held_by.saturating_sub(released);
    let mut effects = next(fact, &waiters, gone.len(), others);
    if gone.iter().any(|member| member.session.is_some()) {
        if !fact.release.later.is_empty() {
            effects.push(Clause::new("old_release", fact.release.later));
        }
        effects.push(Clause::new(
            "session_lives",
            "The old holder's session lives on, with everything else that it holds and waits for.",
        ));
    }
    effects
}

/// Who acquires and who still waits.
fn next(fact: &LockFact, waiters: &[Member], released: usize, others: u32) -> Vec<Clause> {
    let Some(first) = waiters.first() else {
        let sentence = "Nobody waits; the next contender to come acquires at once.";
        return vec![Clause::new("nobody_waits", sentence)];
    };
    let mut effects = Vec::new();
    let going = match fact.kind {
        // One reader more reads beside those that remain.
        LockKind::ReadWrite if others > 0 && first.mode != Mode::Read => 0,
        LockKind::ReadWrite if first.mode == Mode::Read => {
            waiters.iter().take_while(|waiter| waiter.mode == Mode::Read).count()
        }
        LockKind::Semaphore => released.min(waiters.len()),
        _ => 1,
    };
    if going == 0 {
        let readers =
            if others == 1 { "1 other reader".to_owned() } else { format!("{others} other readers") };
        let sentence = format!("{} is next and still waits for {readers}.", told(first));
        effects.push(Clause::new("next_still_waits", sentence));
    }
    for next in waiters.iter().take(going.min(NAMED)) {
        effects.push(Clause::new("next_holder", format!("{} acquires next.", told(next))));
    }
    if going > NAMED {
        let sentence = format!("{} more acquire with them.", going - NAMED);
        effects.push(Clause::new("more_next_holders", sentence));
    }
    let rest = fact.standing.blocked.saturating_sub(u32::try_from(going).unwrap_or(u32::MAX));
    if rest > 0 && (going > 0 || rest > 1) {
        let rest = if going == 0 { rest - 1 } else { rest };
        let waits = if rest == 1 { "1 contender goes".to_owned() } else { format!("{rest} contenders go") };
        effects.push(Clause::new("still_waiting", format!("{waits} on waiting.")));
    }
    effects
}

/// Who a contender is.
pub(super) fn told(member: &Member) -> String {
    match (&member.identity, member.session) {
        (Some(identity), Some(session)) => format!("{identity} (session {session})"),
        (None, Some(session)) => format!("Session {session}"),
        (Some(identity), None) => identity.clone(),
        (None, None) => member.name.clone(),
    }
}
