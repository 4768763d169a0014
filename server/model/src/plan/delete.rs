//! Deleting an item for good, where it waits or where it was set aside.

use zooscope_protocol::action::Confirm;
use zooscope_protocol::{Clause, Refusal, Step, Target};

use super::items::Found;
use super::replay::origin;
use super::{Draft, guards, identity};
use crate::revision::Revision;
use crate::tree::Znode;

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
