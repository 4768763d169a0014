//! Requeueing an item: a new name at the tail or at the head with the same data and ACL, and the old znode deleted, in one
//! transaction.
//!
//! Where consumers mark what they have taken, the transaction takes and gives back the mark: it fails if a consumer has
//! the item, and a consumer cannot take it in between. The name keeps its priority, time or id unless another is asked for, and
//! never grows (CURATOR-56).

use zooscope_protocol::action::{Confirm, Place, Requeue};
use zooscope_protocol::{Clause, QueueKind, Refusal, RefusalCode, Step};

use super::items::Found;
use super::place::{self, Name};
use super::{Draft, guards, identity};
use crate::revision::Revision;
use crate::tree::Znode;

pub(super) fn requeue(now: &Revision, requeue: &Requeue, znode: &Znode) -> Result<Draft, Refusal> {
    let target = &requeue.target;
    let found = Found::movable(now, target, znode)?;
    found.idle()?;
    let (name, changes) = match requeue.to {
        Place::Tail => {
            let prefix = place::tail(&found, requeue.priority, requeue.not_before, now.at)?;
            (Name::Numbered(prefix), None)
        }
        Place::Head if requeue.priority.is_some() || requeue.not_before.is_some() => {
            let detail =
                "`to` head gives the item what it needs to be first; leave `priority` and `not_before` out";
            return Err(Refusal::new(RefusalCode::BadRequest, detail));
        }
        Place::Head => place::head(&found)?,
    };
    let mut steps: Vec<Step> = found.tried(&found.item.name)?.into_iter().collect();
    let mut guards = guards(target);
    guards.extend(found.not_taken());
    let mut warnings = vec![Clause::new(
        "age_resets",
        "The new znode has a new number and a new time of creation: the item's age begins anew.",
    )];
    match name {
        Name::Numbered(prefix) => steps.push(Step::Move { from: target.path.clone(), prefix }),
        Name::Free(path) => {
            if now.tree.get(&path).is_some() {
                let detail = format!(
                    "`{path}` is there already, so the item cannot be called so; nothing comes before it"
                );
                return Err(Refusal::new(RefusalCode::Exists, detail));
            }
            steps.extend(found.tried(path.name())?);
            guards.push(Clause::new("name_is_free", format!("There is no `{path}`.")));
            warnings.push(Clause::new(
                "number_again",
                "The new name has a lower number than ZooKeeper would give: an item that is gone may have had the same name.",
            ));
            steps.push(Step::Rename { from: target.path.clone(), path });
        }
    }
    warnings.extend(found.in_flight_warnings());
    warnings.extend(changes);
    Ok(Draft {
        steps,
        guards,
        warnings,
        effects: effects(&found, requeue),
        confirm: Confirm::name("the item's name", &found.item.name),
        identities: vec![identity(&target.path, znode, None)],
        excluded: Vec::new(),
        subject: found.subject,
    })
}

fn effects(found: &Found<'_>, requeue: &Requeue) -> Vec<Clause> {
    let ahead = found.items.len().saturating_sub(1);
    let goes = match (requeue.to, requeue.priority, requeue.not_before.and_then(|due| due.time())) {
        (Place::Head, ..) => Clause::new("goes_to_head", "The item goes before all others."),
        (_, Some(priority), _) => Clause::new(
            "goes_to_tail",
            format!("The item gets priority {priority} and goes to the tail of those with it."),
        ),
        (_, _, Some(time)) => Clause::new(
            "goes_to_tail",
            format!("The item is taken from {time} on, behind those of the same time."),
        ),
        _ => Clause::new("goes_to_tail", behind(found.fact.kind, ahead)),
    };
    let size = found.item.size;
    vec![goes, Clause::new("same_content", format!("Its {size} bytes of data and its ACL stay as they are."))]
}

fn behind(kind: QueueKind, ahead: usize) -> String {
    match (kind, ahead) {
        (_, 0) => "The item stays the only one, with a new number.".to_owned(),
        (QueueKind::Priority, _) => "The item goes to the tail of those with its priority.".to_owned(),
        (QueueKind::Delay, _) => "The item keeps its time and goes behind those of the same time.".to_owned(),
        (_, 1) => "The item goes to the tail, behind 1 other.".to_owned(),
        (_, ahead) => format!("The item goes to the tail, behind {ahead} others."),
    }
}
