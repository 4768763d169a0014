//! Setting an item aside where no consumer looks, putting it back from there, and deleting it for good.
//!
//! The item moves with its bytes and its ACL, and what is known of it (where it was, why, who, when) is kept in a znode of its own
//! below it, all in one transaction. See `recipe/dead_letters.rs` for the layout.

use sha2::{Digest as _, Sha256};
use zooscope_protocol::action::{Confirm, DeadLetter};
use zooscope_protocol::{Clause, Letter, QueueKind, Refusal, RefusalCode, Step, Target, ZnodePath};

use super::items::{Found, allowed, not_item, small};
use super::{Draft, guards, identity};
use crate::census::{LETTER, is_uuid};
use crate::revision::Revision;
use crate::tree::Znode;

/// What the directory for a queue's items is called after the queue.
const SUFFIX: &str = "-dead-letter";

pub(super) fn dead_letter(now: &Revision, action: &DeadLetter, znode: &Znode) -> Result<Draft, Refusal> {
    let target = &action.target;
    let found = Found::movable(now, target, znode)?;
    found.idle()?;
    let directory = match &action.to {
        Some(directory) => directory.clone(),
        None => beside(&found.subject).ok_or_else(|| not_item(&target.path))?,
    };
    may_hold(now, &directory)?;
    let named = |directory: &ZnodePath, name: &str| directory.child(name).map_err(|_| not_item(&target.path));
    let letter = named(&directory, &letter_name(target))?;
    if now.tree.get(&letter).is_some() {
        let detail = format!("`{letter}` is there already; look at it, and delete it if it is of no use");
        return Err(Refusal::new(RefusalCode::Exists, detail));
    }
    let mut steps: Vec<Step> = found.tried(&found.item.name)?.into_iter().collect();
    let origin = named(&letter, Letter::NAME)?;
    let prefix = found.named(found.base()?)?;
    steps.push(Step::Directory { path: directory.clone(), acl_of: found.fact.items.clone() });
    steps.push(Step::Rename { from: target.path.clone(), path: letter.clone() });
    steps.push(Step::Origin { path: origin, of: target.path.clone(), queue: found.subject.clone(), prefix });
    let mut guards = guards(target);
    guards.extend(found.not_taken());
    let size = found.item.size;
    Ok(Draft {
        steps,
        guards,
        warnings: found.in_flight_warnings(),
        effects: vec![
            Clause::new(
                "set_aside",
                format!("The item is at `{letter}`, and no consumer of the queue takes it."),
            ),
            Clause::new("same_content", format!("Its {size} bytes of data and its ACL stay as they are.")),
            Clause::new(
                "origin_kept",
                "Where it was, your reason, who and when are kept beside it, and it can be put back from there.",
            ),
        ],
        confirm: Confirm::name("the item's name", &found.item.name),
        identities: vec![identity(&target.path, znode, None)],
        excluded: Vec::new(),
        subject: found.subject,
    })
}

/// The directory beside a queue. A sharder takes every child of its directory for a shard, so that of a shard is beside all of them.
fn beside(queue: &ZnodePath) -> Option<ZnodePath> {
    let shard = queue.name().strip_prefix("queue-").is_some_and(is_uuid);
    let queue = if shard { queue.parent()? } else { queue.clone() };
    queue.parent()?.child(&format!("{}{SUFFIX}", queue.name())).ok()
}

/// Refuses a directory in which something else would be harmed.
fn may_hold(now: &Revision, directory: &ZnodePath) -> Result<(), Refusal> {
    let refuse = |detail: String| Err(Refusal::new(RefusalCode::NotAllowed, detail));
    let reserved = ["/zookeeper", "/zooscope"]
        .into_iter()
        .any(|path| ZnodePath::parse(path).is_ok_and(|path| directory.is_within(&path)));
    if reserved || directory.parent().is_none() {
        return refuse(format!(
            "nothing is set aside at `{directory}`; name another directory in `[[dead_letter]]`"
        ));
    }
    let is = |path: &ZnodePath| {
        let queue = now.queue(path).map(|fact| fact.kind != QueueKind::DeadLetter);
        queue.unwrap_or(now.catalog.locks.contains_key(path))
    };
    let above = std::iter::successors(Some(directory.clone()), ZnodePath::parent);
    match above.into_iter().find(is) {
        None => Ok(()),
        Some(path) => refuse(format!(
            "`{path}` is a lock or a queue, and its clients would stumble over what is set aside in it; name another directory for this queue \
             in `[[dead_letter]]` of the configuration"
        )),
    }
}

/// Puts what was set aside back at the tail of its queue.
pub(super) fn replay(now: &Revision, target: &Target, znode: &Znode) -> Result<Draft, Refusal> {
    let found = Found::of(now, target)?;
    let (origin, origin_path) = origin(&found, znode)?;
    small(znode)?;
    let Some(letter) = found.item.letter.clone() else {
        let detail = "where the item came from is not to be read, so it cannot be put back by itself; put its data in again and delete it";
        return Err(Refusal::new(RefusalCode::NotAllowed, detail));
    };
    home(now, &letter)?;
    let directory = letter.prefix.parent().unwrap_or_else(ZnodePath::root);
    let steps = vec![
        Step::Delete { path: origin_path.clone(), version: origin.stat().version },
        Step::Move { from: target.path.clone(), prefix: letter.prefix.clone() },
    ];
    let size = found.item.size;
    Ok(Draft {
        steps,
        guards: guards(target),
        warnings: vec![Clause::new(
            "handled_again",
            format!(
                "A consumer takes the item again. It was set aside because: {}. See that the cause is gone.",
                letter.reason
            ),
        )],
        effects: vec![
            Clause::new(
                "goes_to_tail",
                format!("The item goes to the tail of `{directory}`, with a new number."),
            ),
            Clause::new("same_content", format!("Its {size} bytes of data and its ACL stay as they are.")),
        ],
        confirm: Confirm::name("the item's name", &found.item.name),
        identities: vec![identity(&target.path, znode, None), identity(&origin_path, origin, None)],
        excluded: Vec::new(),
        subject: found.subject,
    })
}

/// Refuses what would not go back to where the item came from.
fn home(now: &Revision, letter: &Letter) -> Result<(), Refusal> {
    let refuse = |detail: String| Err(Refusal::new(RefusalCode::NotAllowed, detail));
    let Letter { queue, origin, prefix, .. } = letter;
    let directory = prefix.parent();
    let inner = |directory: &ZnodePath| directory == queue || directory.parent().as_ref() == Some(queue);
    // Whoever may write there could have written anything.
    let whole = directory == origin.parent()
        && directory.as_ref().is_some_and(inner)
        && origin.name().starts_with(prefix.name());
    let Some(directory) = directory.filter(|_| whole) else {
        return refuse("what is kept of the item's origin is not what this console writes; put its data in again by hand".to_owned());
    };
    let Some(znode) = now.tree.get(&directory) else {
        return refuse(format!(
            "there is no `{directory}` any more, where the item came from; make the queue first"
        ));
    };
    match now.queue(queue) {
        Some(fact) if fact.items == directory && fact.kind != QueueKind::DeadLetter => allowed(queue, fact),
        // Nothing tells what an empty directory is for; the item came from it.
        None if znode.child_count() == 0 && znode.stat().owner().is_none() => Ok(()),
        _ => refuse(format!("`{queue}` is not the queue any more that the item came from; look at it")),
    }
}

/// Deletes an item.
pub(super) fn delete(now: &Revision, target: &Target, znode: &Znode) -> Result<Draft, Refusal> {
    let found = Found::of(now, target)?;
    let mut identities = vec![identity(&target.path, znode, None)];
    let mut steps = Vec::new();
    if found.is_letter() {
        if let Ok((origin, path)) = origin(&found, znode) {
            steps.push(Step::Delete { path: path.clone(), version: origin.stat().version });
            identities.push(identity(&path, origin, None));
        } else if znode.child_count() > 0 {
            origin(&found, znode)?;
        }
    } else {
        Found::movable(now, target, znode)?;
        found.idle()?;
        steps.extend(found.tried(&found.item.name)?);
    }
    steps.push(Step::Delete { path: target.path.clone(), version: target.version });
    let mut guards = guards(target);
    guards.extend(found.not_taken().filter(|_| !found.is_letter()));
    let mut effects = vec![Clause::new("is_gone", "The item is gone, and no consumer takes it.")];
    effects.push(Clause::new(
        "can_be_restored",
        "Its data and its ACL are kept with the audit log before it is deleted, and can be restored from there.",
    ));
    Ok(Draft {
        steps,
        guards,
        warnings: found.in_flight_warnings(),
        effects,
        confirm: Confirm::name("the item's name", &found.item.name),
        identities,
        excluded: Vec::new(),
        subject: found.subject,
    })
}

/// The znode below what was set aside that tells where it came from, if that is all there is below it.
fn origin<'a>(found: &Found<'_>, znode: &'a Znode) -> Result<(&'a Znode, ZnodePath), Refusal> {
    let origin = znode.child(Letter::NAME).filter(|origin| origin.child_count() == 0 && found.is_letter());
    match (origin, znode.child_count(), found.item.path.child(Letter::NAME)) {
        (Some(origin), 1, Ok(path)) => Ok((origin, path)),
        _ => {
            let detail = "only what this console has set aside can be put back, with `origin` and nothing else below it";
            Err(Refusal::new(RefusalCode::NotAllowed, detail))
        }
    }
}

/// The name under which an item is set aside: items that one transaction created have the same czxid, but not the same path.
fn letter_name(target: &Target) -> String {
    let hash = Sha256::digest(target.path.as_str());
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{LETTER}{hash}-{:019}", target.czxid.0)
}
