//! What all actions on an item share: the queue that it is in, whether it may be moved, whether a consumer has it.

use zooscope_protocol::{Clause, Confidence, Item, QueueKind, Refusal, RefusalCode, Step, Target, ZnodePath};

use crate::census::sequence;
use crate::queue::Items;
use crate::recipe::QueueFact;
use crate::revision::Revision;
use crate::tree::Znode;

/// The most data of an item that one transaction carries, in bytes: ZooKeeper's 1 MiB less what the rest takes.
pub(super) const MAX_DATA: i32 = 1024 * 1024 - 4 * 1024;

/// An item with its queue.
pub(super) struct Found<'a> {
    pub(super) subject: ZnodePath,
    pub(super) fact: &'a QueueFact,
    pub(super) items: Items<'a>,
    pub(super) item: Item,
}

impl<'a> Found<'a> {
    /// The item that a target names. Errors: it is none, or its queue is one that is left alone.
    pub(super) fn of(now: &'a Revision, target: &Target) -> Result<Self, Refusal> {
        let not_item = || not_item(&target.path);
        let (subject, fact) = queue_of(now, &target.path).ok_or_else(not_item)?;
        allowed(&subject, fact)?;
        let items = Items::of(&now.tree, &now.catalog.censuses, fact).ok_or_else(not_item)?;
        let item = items.item(target.path.name()).ok_or_else(not_item)?;
        Ok(Self { subject, fact, items, item })
    }

    /// The same of an item of a queue that somebody consumes, which has no children and is small enough to be moved.
    pub(super) fn movable(now: &'a Revision, target: &Target, znode: &Znode) -> Result<Self, Refusal> {
        let found = Self::of(now, target)?;
        if found.is_letter() {
            let detail = "this was set aside, and nobody consumes it here. Replay it, which puts it back into its queue, or delete it";
            return Err(Refusal::new(RefusalCode::NotAllowed, detail));
        }
        if znode.child_count() > 0 {
            let detail = "the item has children, which no item of this recipe has; look at them first";
            return Err(Refusal::new(RefusalCode::NotAllowed, detail));
        }
        small(znode)?;
        Ok(found)
    }

    /// Whether it was set aside.
    pub(super) fn is_letter(&self) -> bool {
        self.fact.kind == QueueKind::DeadLetter
    }

    /// Refuses what a consumer has taken.
    pub(super) fn idle(&self) -> Result<(), Refusal> {
        let Some((mark, session)) = self.items.taken(&self.item.name) else { return Ok(()) };
        let who = session.map_or_else(String::new, |session| format!(" by session {session}"));
        let detail = format!(
            "the item is taken{who} (`{mark}`): moving it now would deliver it twice. Wait until it is done, or stop that consumer; \
             the item comes back when its session ends"
        );
        Err(Refusal::new(RefusalCode::Taken, detail))
    }

    /// Where consumers mark what they have taken: the transaction fails if one has the item of this name.
    pub(super) fn tried(&self, name: &str) -> Result<Option<Step>, Refusal> {
        let Some(taken) = &self.fact.taken else { return Ok(None) };
        let path = taken.child(name).map_err(|_| not_item(&self.item.path))?;
        Ok(Some(Step::TryLock { path }))
    }

    /// What the item's name begins with, before its number.
    pub(super) fn base(&self) -> Result<&str, Refusal> {
        let not_item = || not_item(&self.item.path);
        match &self.fact.declared {
            None => sequence::split(&self.item.name).map(|(base, _)| base).ok_or_else(not_item),
            Some(declared) => declared.prefix(&self.item.name).ok_or_else(|| {
                let detail = "ZooKeeper numbers at the end of a name, and this one's number is elsewhere, or not one of ZooKeeper's, or not declared \
                              (the group `sequence` in `members`): its program alone can give it a new place";
                Refusal::new(RefusalCode::NotAllowed, detail)
            }),
        }
    }

    /// A path among the items.
    pub(super) fn named(&self, name: &str) -> Result<ZnodePath, Refusal> {
        self.fact.items.child(name).map_err(|_| not_item(&self.item.path))
    }

    /// What holds in the transaction beyond the item's own identity.
    pub(super) fn not_taken(&self) -> Option<Clause> {
        let taken = self.fact.taken.as_ref()?;
        let sentence = format!(
            "No consumer has taken the item: its mark in `{taken}` is taken and given back in the same transaction."
        );
        Some(Clause::new("not_taken", sentence))
    }

    /// What cannot be known of who works on the item.
    pub(super) fn in_flight_warnings(&self) -> Vec<Clause> {
        let mut warnings = Vec::new();
        if self.fact.taken.is_some() || self.is_letter() {
            return warnings;
        }
        warnings.push(Clause::new(
            "in_flight_invisible",
            if self.fact.declared.is_some() {
                "Nothing tells whether a consumer works on the item already: where its program marks that elsewhere, or nowhere, moving the \
                 item delivers it twice."
            } else {
                "Consumers of this queue delete an item before they work on it; if one took it already, nothing is left here to move."
            },
        ));
        if self.fact.names.contains(&"curator.DistributedQueue") {
            warnings.push(Clause::new(
                "lock_path_unknown",
                "If this queue was built with a lock path that the console does not see, a consumer may be working on the item, and moving \
                 it delivers it twice.",
            ));
        }
        warnings
    }
}

/// Refuses what one transaction cannot carry.
pub(super) fn small(znode: &Znode) -> Result<(), Refusal> {
    if znode.stat().data_length <= MAX_DATA {
        return Ok(());
    }
    let detail = "the item's data is too large to be moved in one transaction";
    Err(Refusal::new(RefusalCode::DataTooLarge, detail))
}

/// What is a part of a system must not be moved about, nor what was only guessed.
pub(super) fn allowed(subject: &ZnodePath, fact: &QueueFact) -> Result<(), Refusal> {
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

pub(super) fn not_item(path: &ZnodePath) -> Refusal {
    Refusal::new(RefusalCode::NotItem, format!("`{path}` is no item of a queue that was recognised"))
}
