//! Making again what an action deleted, at its very name, with its data and its ACL. What is of a lock is not made again: another may
//! hold it by now.

use std::collections::BTreeSet;

use zooscope_protocol::action::Confirm;
use zooscope_protocol::{Clause, QueueKind, Refusal, RefusalCode, Step, ZnodePath};

use super::Draft;
use super::items::allowed;
use crate::revision::Revision;

/// A znode that was deleted, as far as a plan needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it was.
    pub path: ZnodePath,
    /// SHA-256 of its data, in hexadecimal.
    pub sha256: String,
    /// The size of its data in bytes.
    pub size: u32,
}

pub(super) fn restore(now: &Revision, kept: &[Kept]) -> Result<Draft, Refusal> {
    let mut kept: Vec<&Kept> = kept.iter().collect();
    kept.sort_by(|a, b| a.path.cmp(&b.path));
    let first = kept.first().ok_or_else(|| {
        Refusal::new(RefusalCode::NothingKept, "nothing was kept of what this action deleted")
    })?;
    let (mut steps, mut made) = (Vec::new(), BTreeSet::new());
    let (mut subject, mut warnings) = (first.path.parent().unwrap_or_else(ZnodePath::root), Vec::new());
    for znode in &kept {
        if now.tree.get(&znode.path).is_some() {
            let detail =
                format!("`{}` is there, so what was deleted cannot be made again under its name", znode.path);
            return Err(Refusal::new(RefusalCode::Exists, detail));
        }
        let parent = znode.path.parent().unwrap_or_else(ZnodePath::root);
        if !made.contains(&parent) {
            if now.tree.get(&parent).is_none() {
                let detail = format!("there is no `{parent}` any more, where it was; make it first");
                return Err(Refusal::new(RefusalCode::NotAllowed, detail));
            }
            let queue = home(now, &parent)?;
            if let Some((path, fact)) = queue {
                if let Some(taken) = &fact.taken
                    && let Ok(path) = taken.child(znode.path.name())
                {
                    steps.push(Step::TryLock { path });
                }
                if fact.kind != QueueKind::DeadLetter {
                    warnings = vec![Clause::new(
                        "is_consumed",
                        "A consumer takes the item again, where it stood: before all that came after it.",
                    )];
                }
                subject = path;
            }
        }
        steps.push(Step::Recreate {
            path: znode.path.clone(),
            sha256: znode.sha256.clone(),
            size: znode.size,
        });
        made.insert(znode.path.clone());
    }
    let many = if kept.len() == 1 { "The znode is".to_owned() } else { format!("{} znodes are", kept.len()) };
    Ok(Draft {
        steps,
        guards: vec![Clause::new("name_is_free", "There is no znode of the same name.")],
        warnings,
        effects: vec![
            Clause::new(
                "is_restored",
                format!("{many} there again, with the same data and ACL, under the same name."),
            ),
            Clause::new("new_life", "Its transaction, its times and its versions are new ones."),
        ],
        confirm: Confirm::name("the name of the znode", first.path.name()),
        identities: Vec::new(),
        excluded: Vec::new(),
        subject,
    })
}

/// The queue that a directory is of. Errors: it is of a lock, or of what is left alone.
fn home<'a>(
    now: &'a Revision,
    directory: &ZnodePath,
) -> Result<Option<(ZnodePath, &'a crate::recipe::QueueFact)>, Refusal> {
    let outer = directory.parent();
    let around = [Some(directory.clone()), outer];
    let around = || around.iter().flatten();
    if let Some(path) = around().find(|path| now.lock(path).is_some()) {
        let detail = format!(
            "it was a place in the lock `{path}`, which another may hold by now: made again, two would hold it. Let its program queue anew"
        );
        return Err(Refusal::new(RefusalCode::NotAllowed, detail));
    }
    let queue = around().find_map(|path| {
        let fact = now.queue(path).filter(|fact| fact.items == *directory)?;
        Some((path.clone(), fact))
    });
    if let Some((path, fact)) = &queue {
        allowed(path, fact)?;
    }
    Ok(queue)
}
