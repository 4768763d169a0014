//! Releasing a lock: deleting exactly the holder that was seen, so that the next contender acquires.

use zooscope_protocol::action::Confirm;
use zooscope_protocol::{Clause, Member, Refusal, Step, Target};

use super::aftermath;
use super::cure::cure_first;
use super::holding::{Holding, not_allowed};
use super::{Draft, guards, identity};
use crate::recipe::Way;
use crate::revision::Revision;

pub(super) fn release(now: &Revision, target: &Target) -> Result<Draft, Refusal> {
    let holding = Holding::at(now, &target.path)?;
    holding.may_be_deleted(now)?;
    let Holding { lock, fact, member, znode } = &holding;
    Ok(Draft {
        steps: steps(now, &holding)?,
        guards: all_guards(&holding, target),
        warnings: warnings(&holding).into_iter().chain(cure_first(now, lock)).collect(),
        effects: aftermath::of(now, lock, fact, std::slice::from_ref(member)),
        confirm: confirm(member),
        identities: vec![identity(&target.path, znode, member.identity.clone())],
        excluded: Vec::new(),
        subject: lock.clone(),
    })
}

/// What deletes the holder's znode and surely no other.
pub(super) fn steps(now: &Revision, holding: &Holding<'_>) -> Result<Vec<Step>, Refusal> {
    let target = holding.target();
    let delete = Step::Delete { path: target.path.clone(), version: target.version };
    Ok(match holding.fact.release.way {
        Way::Never => return Err(not_allowed("what a holder of this recipe makes of it is not known")),
        Way::Name => vec![delete],
        Way::Touch => vec![Step::Touch { path: target.path, version: target.version }, delete],
        Way::Parent => vec![pin(now, &target)?, delete],
    })
}

/// What pins the parent of a znode whose name is unique while that lives.
pub(super) fn pin(now: &Revision, target: &Target) -> Result<Step, Refusal> {
    let parent = target.path.parent();
    let found = parent.and_then(|parent| now.tree.get(&parent).map(|znode| (znode.stat().czxid, parent)));
    let (czxid, path) = found.ok_or_else(|| not_allowed("the znode has no parent that could be pinned"))?;
    Ok(Step::Pin { path, czxid })
}

fn all_guards(holding: &Holding<'_>, target: &Target) -> Vec<Clause> {
    let mut guards = guards(target);
    guards.push(Clause::new("still_holder", format!("{} holds the lock.", holding.member.name)));
    guards.push(surely(holding));
    guards
}

/// How it is made sure that the znode is the one that was seen.
pub(super) fn surely(holding: &Holding<'_>) -> Clause {
    match holding.fact.release.way {
        Way::Name if holding.fact.declared.is_some() => {
            Clause::new("unique_name", "The declared recipe says that the name is never given twice.")
        }
        Way::Name => Clause::new("unique_name", "The name carries a UUID that is never given twice."),
        Way::Touch | Way::Never => Clause::new(
            "touched",
            "The znode's own data is written back to it first, and the stat that comes back is compared with what was seen.",
        ),
        Way::Parent => Clause::new(
            "parent_pinned",
            "The directory's own data is written back to it first, so that a directory that was made again is noticed.",
        ),
    }
}

pub(super) fn warnings(holding: &Holding<'_>) -> Vec<Clause> {
    let belief = holding.fact.release.belief;
    let mut warnings = vec![Clause::new(belief.code(), belief.sentence())];
    warnings.push(match holding.member.session {
        Some(_) => Clause::new(
            "no_undo",
            "An ephemeral znode cannot be given back to its session: this cannot be undone.",
        ),
        None => Clause::new(
            "persistent_holder",
            "The znode is persistent: no session owns it, so nothing tells whether its maker is alive. Read its data first.",
        ),
    });
    warnings
}

/// What confirms an action on a contender.
pub(super) fn confirm(member: &Member) -> Confirm {
    match member.session {
        Some(session) => Confirm {
            what: "the last 8 digits of the holder's session".to_owned(),
            expected: session.last8(),
        },
        None => Confirm::name("the name of the holder's znode", &member.name),
    }
}
