//! What differs between two trees. It costs what differs: subtrees that both share are not entered.

use imbl::ordmap::DiffItem;
use zooscope_protocol::ZnodePath;

use crate::tree::{Tree, Znode};

/// One znode that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where it is.
    pub path: ZnodePath,
    /// How it differs.
    pub kind: DifferenceKind,
}

/// How a znode differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DifferenceKind {
    /// It is only in the later tree.
    Created,
    /// It is only in the earlier tree.
    Deleted,
    /// It is in both with another stat, other data or another right to read. One that was deleted and made again
    /// between the two trees is `Changed` too: its `czxid` differs.
    Changed,
}

/// What differs from `before` to `after`, a parent before its children, siblings by name. Every znode of a subtree that
/// came or went is told.
pub fn diff(before: &Tree, after: &Tree) -> Vec<Difference> {
    let mut found = Vec::new();
    if !before.is_same(after) {
        compare(&ZnodePath::root(), before.root(), after.root(), &mut found);
    }
    found
}

fn compare(path: &ZnodePath, before: &Znode, after: &Znode, found: &mut Vec<Difference>) {
    if before.record() != after.record() {
        found.push(Difference { path: path.clone(), kind: DifferenceKind::Changed });
    }
    for item in before.child_map().diff(after.child_map()) {
        let (DiffItem::Add(name, _) | DiffItem::Remove(name, _) | DiffItem::Update { new: (name, _), .. }) =
            item;
        // Every name in a tree came with a valid path; one that does not make a path again is not there.
        let Ok(path) = path.child(name) else {
            continue;
        };
        match item {
            DiffItem::Add(_, child) => whole(path, child.znode(), DifferenceKind::Created, found),
            DiffItem::Remove(_, child) => whole(path, child.znode(), DifferenceKind::Deleted, found),
            DiffItem::Update { old, new } => compare(&path, old.1.znode(), new.1.znode(), found),
        }
    }
}

fn whole(path: ZnodePath, znode: &Znode, kind: DifferenceKind, found: &mut Vec<Difference>) {
    let children = znode.children().filter_map(|(name, child)| Some((path.child(name).ok()?, child)));
    let children: Vec<_> = children.collect();
    found.push(Difference { path, kind });
    for (path, child) in children {
        whole(path, child, kind, found);
    }
}
