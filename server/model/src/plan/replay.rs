//! Putting back what was set aside: to the tail of the queue that it came from.

use zooscope_protocol::action::Confirm;
use zooscope_protocol::{Clause, Letter, QueueKind, Refusal, RefusalCode, Step, Target, ZnodePath};

use super::items::{Found, allowed, small};
use super::{Draft, guards, identity};
use crate::revision::Revision;
use crate::tree::Znode;

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
    let lock = now.lock(queue).is_some() || now.lock(&directory).is_some();
    match now.queue(queue) {
        Some(fact) if fact.items == directory && fact.kind != QueueKind::DeadLetter => allowed(queue, fact),
        // Nothing tells what an empty directory is for; the item came from it. A lock that nobody holds is empty too.
        None if znode.child_count() == 0 && znode.stat().owner().is_none() && !lock => Ok(()),
        _ => refuse(format!("`{queue}` is not the queue any more that the item came from; look at it")),
    }
}

/// The znode below what was set aside that tells where it came from, if that is all there is below it.
pub(super) fn origin<'a>(found: &Found<'_>, znode: &'a Znode) -> Result<(&'a Znode, ZnodePath), Refusal> {
    let origin = znode.child(Letter::NAME).filter(|origin| origin.child_count() == 0 && found.is_letter());
    match (origin, znode.child_count(), found.item.path.child(Letter::NAME)) {
        (Some(origin), 1, Ok(path)) => Ok((origin, path)),
        _ => {
            let detail = "only what this console has set aside can be put back, with `origin` and nothing else below it";
            Err(Refusal::new(RefusalCode::NotAllowed, detail))
        }
    }
}
