//! Setting an item aside where no consumer looks.
//!
//! The item moves with its bytes and its ACL, and what is known of it (where it was, why, who, when) is kept in a znode of its own
//! below it, all in one transaction. See `recipe/dead_letters.rs` for the layout.

use sha2::{Digest as _, Sha256};
use zooscope_protocol::action::{Confirm, DeadLetter};
use zooscope_protocol::{Clause, Letter, QueueKind, Refusal, RefusalCode, Step, Target, ZnodePath};

use super::items::{Found, not_item};
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
    steps
        .extend(made(now, &directory).map(|path| Step::Directory { path, acl_of: found.fact.items.clone() }));
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

/// The directories to make, where they are not there: the one named, and those above it that are missing, the highest first. Each is
/// a step of its own, since each is another znode that somebody may or may not make.
fn made(now: &Revision, directory: &ZnodePath) -> impl Iterator<Item = ZnodePath> + use<> {
    let above = std::iter::successors(directory.parent(), ZnodePath::parent);
    let missing: Vec<_> = above.take_while(|path| now.tree.get(path).is_none()).collect();
    missing.into_iter().rev().chain([directory.clone()])
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

/// The name under which an item is set aside: items that one transaction created have the same czxid, but not the same path.
fn letter_name(target: &Target) -> String {
    let hash = hex::encode(&Sha256::digest(target.path.as_str())[..4]);
    format!("{LETTER}{hash}-{:019}", target.czxid.0)
}
