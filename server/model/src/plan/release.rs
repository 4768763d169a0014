//! Releasing a lock: deleting exactly the holder that was seen, so that the next contender acquires.
//!
//! Waiters are never deleted: go-zookeeper would make a phantom holder of them, Apache's WriteLock would hang for ever, and
//! it breaks no deadlock. A semaphore's inner lock is never touched: Curator's wedges, kazoo's over-subscribes.

use zooscope_protocol::action::Confirm;
use zooscope_protocol::{
    Clause, Confidence, LockKind, Member, MemberState, Refusal, RefusalCode, Step, Target, ZnodePath,
};

use super::{Draft, guards, identity};
use crate::finding::in_the_way;
use crate::line::Line;
use crate::recipe::{INNER_LOCK, LockFact, Site, Way};
use crate::revision::Revision;
use crate::tree::Znode;

pub(super) fn release(now: &Revision, target: &Target, znode: &Znode) -> Result<Draft, Refusal> {
    let (subject, fact) = lock_of(now, &target.path)?;
    let site = Site::at(&now.tree, &now.catalog.censuses, &subject).ok_or_else(|| no_lock(&target.path))?;
    if let Some(why) = fact.hands_off {
        return Err(Refusal::new(RefusalCode::NotAllowed, why));
    }
    let holder = holder(&site, fact, target)?;
    allowed(fact, &subject, znode)?;
    if let Some(end) = fact.line.ended(&site, now.at) {
        let detail = format!(
            "the lease ended at {end} by its holder's clock: the next client that asks gets it, and there is nothing to release"
        );
        return Err(Refusal::new(RefusalCode::NotAllowed, detail));
    }
    unobstructed(&site, fact)?;
    let steps = steps(now, fact, target)?;
    Ok(Draft {
        steps,
        guards: all_guards(fact, target, &holder),
        warnings: warnings(fact, &holder),
        effects: effects(fact, &site, &holder),
        confirm: confirm(&holder),
        identities: vec![identity(&target.path, znode, holder.identity)],
        subject,
    })
}

/// The lock that a znode is a contender of.
fn lock_of<'a>(now: &'a Revision, path: &ZnodePath) -> Result<(ZnodePath, &'a LockFact), Refusal> {
    let parent = path.parent().ok_or_else(|| no_lock(path))?;
    let lock = |path: ZnodePath| now.catalog.locks.get(&path).map(|fact| (path, fact.as_ref()));
    // A znode that is a lock by itself is its own holder.
    if let Some(found) = lock(path.clone()).filter(|(_, fact)| matches!(fact.line, Line::Single { .. })) {
        return Ok(found);
    }
    if let Some(found) = lock(parent.clone()) {
        return Ok(found);
    }
    let outer = match parent.name() {
        "leases" | "locks" => parent.parent(),
        name => name.strip_suffix(INNER_LOCK).and_then(|name| parent.parent()?.child(name).ok()),
    };
    outer.and_then(lock).ok_or_else(|| no_lock(path))
}

fn no_lock(path: &ZnodePath) -> Refusal {
    Refusal::new(RefusalCode::NoLock, format!("`{path}` is no contender of a lock that was recognised"))
}

fn holder(site: &Site<'_>, fact: &LockFact, target: &Target) -> Result<Member, Refusal> {
    let refuse = |code, detail: &str| Err(Refusal::new(code, detail));
    let inner = target.path.parent().is_some_and(|parent| {
        let apart = fact.kind == LockKind::Semaphore && parent != *site.path;
        apart && (parent.name() == "locks" || parent.name().ends_with(INNER_LOCK))
    });
    if inner {
        return refuse(
            RefusalCode::NotAllowed,
            "this is a place in the inner lock of a semaphore: deleting it wedges a Curator semaphore for good, and lets more hold \
             a kazoo semaphore than may. Release one of the holders instead",
        );
    }
    match fact.line.member(site, &target.path) {
        None => Err(no_lock(&target.path)),
        Some(member) => match member.state {
            MemberState::Holding => Ok(member),
            MemberState::Pending => refuse(
                RefusalCode::NotHolder,
                "this lease is pending: its contender waits for a place and holds nothing. Release a holder instead",
            ),
            MemberState::Present => refuse(
                RefusalCode::NotAllowed,
                "this is a member of a group: it holds nothing that anybody waits for",
            ),
            MemberState::Waiting => refuse(
                RefusalCode::NotHolder,
                "this contender waits and holds nothing. Deleting a waiter frees nobody: most libraries queue again at the tail, \
                 some hang or take the lock without a znode. Release the holder instead",
            ),
        },
    }
}

fn allowed(fact: &LockFact, subject: &ZnodePath, znode: &Znode) -> Result<(), Refusal> {
    if znode.child_count() > 0 {
        let detail = "the znode has children, which no contender of this recipe has; look at them first";
        return Err(Refusal::new(RefusalCode::NotAllowed, detail));
    }
    // What was only guessed must not delete.
    if fact.confidence == Confidence::Likely {
        let detail = format!(
            "`{subject}` only looks like a lock: other programs lay out znodes in the same way, and what they do when one is deleted \
             is not known. Delete it with ZooKeeper's own client if you know it"
        );
        return Err(Refusal::new(RefusalCode::NotAllowed, detail));
    }
    Ok(())
}

/// What stands before the contenders, or makes their library fail, keeps the next from acquiring.
fn unobstructed(site: &Site<'_>, fact: &LockFact) -> Result<(), Refusal> {
    let Some(name) = in_the_way(site, &fact.line) else { return Ok(()) };
    let detail = format!(
        "`{name}` is in this lock's directory and is none of its contenders: while it is there, who acquires next is not known, or nobody \
         does. Find out what it is for, and remove it first"
    );
    Err(Refusal::new(RefusalCode::NotAllowed, detail))
}

fn steps(now: &Revision, fact: &LockFact, target: &Target) -> Result<Vec<Step>, Refusal> {
    let delete = Step::Delete { path: target.path.clone(), version: target.version };
    Ok(match fact.release.way {
        Way::Name => vec![delete],
        Way::Touch => vec![Step::Touch { path: target.path.clone(), version: target.version }, delete],
        Way::Parent => {
            let parent = target.path.parent().ok_or_else(|| no_lock(&target.path))?;
            let czxid = now.tree.get(&parent).ok_or_else(|| no_lock(&target.path))?.stat().czxid;
            vec![Step::Pin { path: parent, czxid }, delete]
        }
    })
}

fn all_guards(fact: &LockFact, target: &Target, holder: &Member) -> Vec<Clause> {
    let mut guards = guards(target);
    guards.push(Clause::new("still_holder", format!("{} holds the lock.", holder.name)));
    guards.push(match fact.release.way {
        Way::Name if fact.declared.is_some() => {
            Clause::new("unique_name", "The declared recipe says that the name is never given twice.")
        }
        Way::Name => Clause::new("unique_name", "The name carries a UUID that is never given twice."),
        Way::Touch => Clause::new(
            "touched",
            "The znode's own data is written back to it first, and the stat that comes back is compared with what was seen.",
        ),
        Way::Parent => Clause::new(
            "parent_pinned",
            "The directory's own data is written back to it first, so that a directory that was made again is noticed.",
        ),
    });
    guards
}

fn warnings(fact: &LockFact, holder: &Member) -> Vec<Clause> {
    let mut warnings = vec![Clause::new("old_holder_not_told", fact.release.holder)];
    if holder.session.is_none() {
        warnings.push(Clause::new(
            "persistent_holder",
            "The znode is persistent: no session owns it, so nothing tells whether its maker is alive. Read its data first.",
        ));
    }
    warnings
}

fn effects(fact: &LockFact, site: &Site<'_>, holder: &Member) -> Vec<Clause> {
    let others = fact.standing.held_by.saturating_sub(1);
    let mut effects = Vec::new();
    let next = fact.line.waiters(site, 1).into_iter().next();
    match next {
        None => effects
            .push(Clause::new("nobody_waits", "Nobody waits; the next contender to come acquires at once.")),
        Some(next) => {
            let who = told(&next);
            let blocked_by_others = fact.kind == LockKind::ReadWrite && others > 0;
            if blocked_by_others {
                let readers =
                    if others == 1 { "1 other reader".to_owned() } else { format!("{others} other readers") };
                let sentence = format!("{who} is next and still waits for {readers}.");
                effects.push(Clause::new("next_still_waits", sentence));
            } else {
                effects.push(Clause::new("next_holder", format!("{who} acquires next.")));
            }
            let rest = fact.standing.blocked.saturating_sub(u32::from(!blocked_by_others));
            if rest > 0 {
                let waits =
                    if rest == 1 { "1 contender goes".to_owned() } else { format!("{rest} contenders go") };
                effects.push(Clause::new("still_waiting", format!("{waits} on waiting.")));
            }
        }
    }
    if holder.session.is_some() {
        effects.push(Clause::new(
            "session_lives",
            "The old holder's session lives on, with everything else that it holds and waits for.",
        ));
    }
    effects
}

fn told(member: &Member) -> String {
    match (&member.identity, member.session) {
        (Some(identity), Some(session)) => format!("{identity} (session {session})"),
        (None, Some(session)) => format!("Session {session}"),
        (Some(identity), None) => identity.clone(),
        (None, None) => member.name.clone(),
    }
}

fn confirm(holder: &Member) -> Confirm {
    match holder.session {
        Some(session) => Confirm {
            what: "the last 8 digits of the holder's session".to_owned(),
            expected: session.last8(),
        },
        None => Confirm { what: "the name of the holder's znode".to_owned(), expected: holder.name.clone() },
    }
}
