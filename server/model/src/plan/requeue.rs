//! Requeueing an item: a new number at the tail with the same data and ACL, and the old znode deleted, in one transaction.
//!
//! Where consumers mark what they have taken, the transaction takes and gives back the mark: it fails if a consumer has
//! the item, and a consumer cannot take it in between. The name keeps its priority, time or id and never grows (CURATOR-56).

use zooscope_protocol::action::Confirm;
use zooscope_protocol::{Clause, Confidence, Item, QueueKind, Refusal, RefusalCode, Step, Target, ZnodePath};

use super::{Draft, guards, identity};
use crate::census::sequence;
use crate::queue::Items;
use crate::recipe::QueueFact;
use crate::revision::Revision;
use crate::tree::Znode;

/// The most data of an item that one transaction carries, in bytes: ZooKeeper's 1 MiB less what the rest takes.
const MAX_DATA: i32 = 1024 * 1024 - 4 * 1024;

pub(super) fn requeue(now: &Revision, target: &Target, znode: &Znode) -> Result<Draft, Refusal> {
    let (subject, fact) = queue_of(now, &target.path).ok_or_else(|| not_item(&target.path))?;
    allowed(&subject, fact)?;
    let items = Items::of(&now.tree, &now.catalog.censuses, fact).ok_or_else(|| not_item(&target.path))?;
    let item = items.item(target.path.name()).ok_or_else(|| not_item(&target.path))?;
    if let Some((mark, session)) = items.taken(&item.name) {
        let who = session.map_or_else(String::new, |session| format!(" by session {session}"));
        let detail = format!(
            "the item is taken{who} (`{mark}`): moving it now would deliver it twice. Wait until it is done, or stop that consumer; \
             the item comes back when its session ends"
        );
        return Err(Refusal::new(RefusalCode::Taken, detail));
    }
    if znode.child_count() > 0 {
        let detail = "the item has children, which no item of this recipe has; look at them first";
        return Err(Refusal::new(RefusalCode::NotAllowed, detail));
    }
    if znode.stat().data_length > MAX_DATA {
        let detail = "the item's data is too large to be moved in one transaction";
        return Err(Refusal::new(RefusalCode::DataTooLarge, detail));
    }
    Ok(Draft {
        steps: steps(fact, target, &item)?,
        guards: all_guards(fact, target),
        warnings: warnings(fact),
        effects: effects(fact, &item, items.len()),
        confirm: Confirm { what: "the item's name".to_owned(), expected: item.name.clone() },
        identities: vec![identity(&target.path, znode, None)],
        excluded: Vec::new(),
        subject,
    })
}

/// What is a part of a system must not be moved about, nor what was only guessed.
fn allowed(subject: &ZnodePath, fact: &QueueFact) -> Result<(), Refusal> {
    if let Some(why) = fact.hands_off {
        return Err(Refusal::new(RefusalCode::NotAllowed, why));
    }
    if fact.confidence == Confidence::Likely {
        let detail = format!(
            "`{subject}` only looks like a queue: what its consumers do when an item moves is not known. Declare the layout in the \
             configuration if you know it"
        );
        return Err(Refusal::new(RefusalCode::NotAllowed, detail));
    }
    Ok(())
}

/// The queue that a znode is an item of.
fn queue_of<'a>(now: &'a Revision, path: &ZnodePath) -> Option<(ZnodePath, &'a QueueFact)> {
    let directory = path.parent()?;
    let outer = directory.parent().filter(|_| directory.name() == "entries");
    [Some(directory.clone()), outer].into_iter().flatten().find_map(|queue| {
        let fact = now.catalog.queues.get(&queue).filter(|fact| fact.items == directory)?;
        Some((queue, fact.as_ref()))
    })
}

fn not_item(path: &ZnodePath) -> Refusal {
    Refusal::new(RefusalCode::NotItem, format!("`{path}` is no item of a queue that was recognised"))
}

fn steps(fact: &QueueFact, target: &Target, item: &Item) -> Result<Vec<Step>, Refusal> {
    let base = match &fact.declared {
        None => sequence::split(&item.name).map(|(base, _)| base).ok_or_else(|| not_item(&target.path))?,
        Some(declared) => declared.prefix(&item.name).ok_or_else(|| {
            let detail = "ZooKeeper numbers at the end of a name, and this one's number is elsewhere, or not one of ZooKeeper's, or not declared \
                          (the group `sequence` in `members`): its program alone can give it a new place";
            Refusal::new(RefusalCode::NotAllowed, detail)
        })?,
    };
    let prefix = fact.items.child(base).map_err(|_| not_item(&target.path))?;
    let mut steps = Vec::new();
    if let Some(taken) = &fact.taken {
        let path = taken.child(&item.name).map_err(|_| not_item(&target.path))?;
        steps.push(Step::TryLock { path });
    }
    steps.push(Step::Move { from: target.path.clone(), prefix });
    Ok(steps)
}

fn all_guards(fact: &QueueFact, target: &Target) -> Vec<Clause> {
    let mut guards = guards(target);
    if let Some(taken) = &fact.taken {
        guards.push(Clause::new(
            "not_taken",
            format!("No consumer has taken the item: its mark in `{taken}` is taken and given back in the same transaction."),
        ));
    }
    guards
}

fn warnings(fact: &QueueFact) -> Vec<Clause> {
    let mut warnings = vec![Clause::new(
        "age_resets",
        "The new znode has a new number and a new time of creation: the item's age begins anew.",
    )];
    if fact.taken.is_none() {
        warnings.push(Clause::new(
            "in_flight_invisible",
            if fact.declared.is_some() {
                "Nothing tells whether a consumer works on the item already: where its program marks that elsewhere, or nowhere, moving the \
                 item delivers it twice."
            } else {
                "Consumers of this queue delete an item before they work on it; if one took it already, nothing is left here to requeue."
            },
        ));
        if fact.names.contains(&"curator.DistributedQueue") {
            warnings.push(Clause::new(
                "lock_path_unknown",
                "If this queue was built with a lock path that the console does not see, a consumer may be working on the item, and moving \
                 it delivers it twice.",
            ));
        }
    }
    warnings
}

fn effects(fact: &QueueFact, item: &Item, depth: usize) -> Vec<Clause> {
    let ahead = depth.saturating_sub(1);
    let behind = match (fact.kind, ahead) {
        (_, 0) => "The item stays the only one, with a new number.".to_owned(),
        (QueueKind::Priority, _) => "The item goes to the tail of those with its priority.".to_owned(),
        (QueueKind::Delay, _) => "The item keeps its time and goes behind those of the same time.".to_owned(),
        (_, 1) => "The item goes to the tail, behind 1 other.".to_owned(),
        (_, ahead) => format!("The item goes to the tail, behind {ahead} others."),
    };
    vec![
        Clause::new("goes_to_tail", behind),
        Clause::new("same_content", format!("Its {} bytes of data and its ACL stay as they are.", item.size)),
    ]
}
