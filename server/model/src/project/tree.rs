//! Znodes as they are shown: one, or a window of siblings.

use zooscope_protocol::view::ChildList;
use zooscope_protocol::znode::PartOf;
use zooscope_protocol::{Bytes, Child, Node, Recipe, ZnodePath};

use crate::recipe::{INNER_LOCK, LockFact, QueueFact};
use crate::revision::Revision;
use crate::tree::Znode;

/// A znode from the mirror: its data may be cut, its ACL is not known. `None` where there is none.
pub fn node(revision: &Revision, path: &ZnodePath) -> Option<Node> {
    let znode = revision.tree.get(path)?;
    let data = znode.data();
    Some(Node {
        path: path.clone(),
        stat: *znode.stat(),
        data: Bytes(data.to_vec()),
        truncated: usize::try_from(znode.stat().data_length).is_ok_and(|whole| whole > data.len()),
        acl: None,
        readable: znode.readable(),
        recipe: recipe(revision, path),
        part_of: part_of(revision, path),
    })
}

/// The lock or queue that a znode belongs to: that of its parent, or of the directory around that.
pub fn part_of(revision: &Revision, path: &ZnodePath) -> Option<PartOf> {
    let parent = path.parent()?;
    let outer = match parent.name() {
        "leases" | "locks" | "entries" | "taken" => parent.parent(),
        name => name.strip_suffix(INNER_LOCK).and_then(|name| parent.parent()?.child(name).ok()),
    };
    [Some(parent), outer].into_iter().flatten().find_map(|path| {
        let recipe = recipe(revision, &path)?;
        Some(PartOf { queue: revision.queue(&path).is_some(), path, recipe })
    })
}

pub(super) fn recipe(revision: &Revision, path: &ZnodePath) -> Option<Recipe> {
    let lock = revision.lock(path).map(LockFact::recipe);
    lock.or_else(|| revision.queue(path).map(QueueFact::recipe))
}

/// A window of the children whose name contains the text, in any case, by name.
pub fn children(revision: &Revision, path: &ZnodePath, query: &str, start: usize, limit: usize) -> ChildList {
    let Some(znode) = revision.tree.get(path) else {
        return ChildList { stat: None, readable: true, total: 0, start: 0, rows: Vec::new() };
    };
    let rows = wanted(znode, query).skip(start).take(limit);
    ChildList {
        stat: Some(*znode.stat()),
        readable: znode.readable(),
        total: u32::try_from(total(znode, query)).unwrap_or(u32::MAX),
        start: u32::try_from(start).unwrap_or(u32::MAX),
        rows: rows.map(|(name, child)| told(revision, path, name, child)).collect(),
    }
}

/// How many children the text lets through, and those after the one called `after`, whether or not it is still there.
/// `None` where there is no such znode.
pub fn children_after(
    revision: &Revision,
    path: &ZnodePath,
    query: &str,
    after: Option<&str>,
    limit: usize,
) -> Option<(u64, Vec<Child>)> {
    let znode = revision.tree.get(path)?;
    let query_lower = query.to_lowercase();
    let fits =
        |(name, _): &(&str, &Znode)| query_lower.is_empty() || name.to_lowercase().contains(&query_lower);
    let told = |(name, child): (&str, &Znode)| told(revision, path, name, child);
    let rows = match after {
        None => znode.children().filter(fits).take(limit).map(told).collect(),
        Some(after) => znode.children_after(after).filter(fits).take(limit).map(told).collect(),
    };
    Some((total(znode, query) as u64, rows))
}

fn total(znode: &Znode, query: &str) -> usize {
    if query.is_empty() { znode.child_count() } else { wanted(znode, query).count() }
}

fn wanted<'a>(znode: &'a Znode, query: &str) -> impl Iterator<Item = (&'a str, &'a Znode)> {
    let query = query.to_lowercase();
    znode.children().filter(move |(name, _)| query.is_empty() || name.to_lowercase().contains(&query))
}

fn told(revision: &Revision, parent: &ZnodePath, name: &str, znode: &Znode) -> Child {
    let stat = znode.stat();
    let directory = znode.child_count() > 0 || stat.owner().is_none();
    Child {
        name: name.to_owned(),
        created: stat.ctime,
        modified: stat.mtime,
        session: stat.owner(),
        czxid: stat.czxid,
        version: stat.version,
        data_length: stat.data_length,
        num_children: stat.num_children,
        readable: znode.readable(),
        recipe: parent.child(name).ok().filter(|_| directory).and_then(|path| recipe(revision, &path)),
    }
}
