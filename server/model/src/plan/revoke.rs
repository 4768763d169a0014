//! Asking a holder of a lock of Curator's to let go: `__REVOKE__` as the data of its znode (`Revoker.attemptRevoke`).
//!
//! Only what `makeRevocable` was called on hears it: that has no data, and its own session watches its own znode. Whoever else
//! is written to has its data overwritten and goes on; a LeaderLatch's candidates would never lead again.

use zooscope_protocol::{Clause, Confidence, Member, Refusal, RefusalCode, Step, Target};

use super::holding::{Holding, not_allowed};
use super::release::{confirm, surely};
use super::{Draft, guards, identity};
use crate::recipe::Ask;
use crate::revision::Revision;

/// So old a znode is when its owner surely watches it, if it ever does, in milliseconds.
const SETTLED_MS: u64 = 5_000;

/// Whether the owner of a znode listens at it.
enum Hears {
    /// It watches its own znode.
    Yes,
    /// Nothing tells; why, as a whole sentence.
    Unknown(&'static str),
    /// All servers answered, and it does not.
    No,
}

pub(super) fn revoke(now: &Revision, target: &Target) -> Result<Draft, Refusal> {
    let holding = Holding::at(now, &target.path)?;
    let Holding { lock, fact, member, znode } = &holding;
    match fact.release.ask {
        Ask::Never(why) => return Err(not_allowed(why)),
        Ask::Revoke if fact.confidence == Confidence::Likely => holding.is_certain()?,
        Ask::Revoke => {}
    }
    let asked = znode.data() == Step::REVOKE.as_bytes();
    if !asked && znode.stat().data_length > 0 {
        return Err(not_allowed(
            "its znode has data, so its program did not make the lock revocable (Curator writes none then): it would not hear, and the data \
             would be lost. Stop its client or release it",
        ));
    }
    let mut warnings = Vec::new();
    match hears(now, &holding) {
        Hears::Yes => {}
        Hears::Unknown(why) => warnings.push(Clause::new("listener_unknown", why)),
        Hears::No => {
            return Err(Refusal::new(
                RefusalCode::NotAllowed,
                "its session does not watch its own znode, so its program would not hear that it is asked. Stop its client or release it",
            ));
        }
    }
    if asked {
        let sentence = format!("It was asked before, at {}, and still holds.", znode.stat().mtime);
        warnings.push(Clause::new("asked_before", sentence));
    }
    let mut guards = guards(target);
    guards.push(Clause::new("still_holder", format!("{} holds the lock.", member.name)));
    guards.push(surely(&holding));
    Ok(Draft {
        steps: vec![Step::Ask { path: target.path.clone(), version: target.version }],
        guards,
        warnings,
        effects: effects(),
        confirm: confirm(member),
        identities: vec![identity(&target.path, znode, member.identity.clone())],
        excluded: Vec::new(),
        subject: lock.clone(),
    })
}

fn effects() -> Vec<Clause> {
    vec![
        Clause::new(
            "asked",
            "Curator tells the program that it is asked to let go. Nothing is released by that: the program does it, now, later or never.",
        ),
        Clause::new(
            "watched_for",
            "The answer says whether the znode went within ten seconds; if not, it can be released.",
        ),
    ]
}

/// Whether the owner watches its own znode, as the servers told when they were last asked.
fn hears(now: &Revision, holding: &Holding<'_>) -> Hears {
    let Member { path, session, created, .. } = &holding.member;
    let Some(watches) = now.roster.watches.get(&holding.lock) else {
        return Hears::Unknown(
            "Nothing shows that its program listens: the servers do not tell who watches what. If it does not listen, nothing happens.",
        );
    };
    let listens =
        |watchers: &std::collections::BTreeSet<_>| session.is_some_and(|session| watchers.contains(&session));
    if watches.by_path.get(path).is_some_and(listens) {
        return Hears::Yes;
    }
    // It may have been about to watch when the servers were asked.
    if created.millis_until(watches.at) < SETTLED_MS {
        return Hears::Unknown(
            "Nothing shows yet that its program listens: the servers were asked as it came. If it does not listen, nothing happens.",
        );
    }
    if !watches.complete {
        return Hears::Unknown(
            "Nothing shows that its program listens: not every server told who watches what. If it does not listen, nothing happens.",
        );
    }
    Hears::No
}
