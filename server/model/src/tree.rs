//! The mirrored tree of znodes: persistent, so that a revision is a pointer and an unchanged subtree is shared.

mod growth;

use std::sync::Arc;

use imbl::OrdMap;
use zooscope_protocol::{Stat, ZnodePath};

pub use growth::{Growth, Open, Slot};

/// The name of a znode among its siblings. Shared between the tree and what is derived from it.
pub(crate) type Name = Arc<str>;

/// A tree of znodes with at least a root. A clone costs a pointer; a change copies the path from the root to the znode,
/// and nothing at all where no other tree shares it.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    root: Arc<Znode>,
}

/// What is known of one znode, its children apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its stat.
    pub stat: Stat,
    /// Its data from the beginning, at most [`Tree::DATA_BYTES`]; `stat.data_length` tells the whole size.
    pub data: Arc<[u8]>,
    /// Whether the console may read it. When not, its data and children are unknown, not empty.
    pub readable: bool,
}

/// One znode with its children.
#[derive(Debug, Clone, Default)]
pub struct Znode {
    record: Record,
    children: OrdMap<Name, Child>,
    below: u64,
}

/// A child, equal to another only if it is the very same: that is what makes a comparison of two trees cheap.
#[derive(Debug, Clone)]
pub(crate) struct Child(Arc<Znode>);

/// What a [`Tree::put`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The znode is new.
    Created,
    /// The znode was there and differs now.
    Changed,
    /// The znode was there with this very record; nothing was copied.
    Same,
    /// Nothing was done: the parent is not in the tree, or the path has more than [`Tree::MAX_DEPTH`] segments.
    Orphan,
}

impl Default for Record {
    fn default() -> Self {
        Self { stat: Stat::default(), data: Arc::default(), readable: true }
    }
}

impl Record {
    /// The record with no more data than is kept.
    fn cut(mut self) -> Self {
        if self.data.len() > Tree::DATA_BYTES {
            self.data = Arc::from(&self.data[..Tree::DATA_BYTES]);
        }
        self
    }
}

impl PartialEq for Child {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Child {
    pub(crate) fn znode(&self) -> &Znode {
        &self.0
    }
}

impl Znode {
    /// Its stat.
    pub fn stat(&self) -> &Stat {
        &self.record.stat
    }

    /// Its data from the beginning, at most [`Tree::DATA_BYTES`].
    pub fn data(&self) -> &[u8] {
        &self.record.data
    }

    /// Whether the console may read it.
    pub fn readable(&self) -> bool {
        self.record.readable
    }

    /// What is known of it, its children apart.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Its children in the order of their names, byte by byte.
    pub fn children(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.children.iter().map(|(name, child)| (&**name, &*child.0))
    }

    /// Its children from the first whose name comes after `name`.
    pub fn children_after<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a str, &'a Self)> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.children.range::<_, str>((Excluded(name), Unbounded)).map(|(name, child)| (&**name, &*child.0))
    }

    /// The child of this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.get(name).map(Child::znode)
    }

    /// How many children it has.
    pub fn child_count(&self) -> usize {
        self.children.len()
    }

    /// How many znodes there are below it.
    pub fn descendants(&self) -> u64 {
        self.below
    }

    /// A znode as an item of a framed queue would be, to read a name whose znode is gone.
    pub(crate) fn of_item() -> Self {
        let data = Arc::from(&crate::census::FRAME[..]);
        Self { record: Record { data, ..Record::default() }, ..Self::default() }
    }

    pub(crate) fn child_map(&self) -> &OrdMap<Name, Child> {
        &self.children
    }

    /// No deeper than [`Tree::MAX_DEPTH`].
    fn repacked(&self) -> Self {
        let record = Record { data: Arc::from(&*self.record.data), ..self.record.clone() };
        let child =
            |(name, child): (&Name, &Child)| (Name::from(&**name), Child(Arc::new(child.0.repacked())));
        Self { record, children: self.children.iter().map(child).collect(), below: self.below }
    }
}

impl Tree {
    /// How many bytes of a znode's data are kept.
    pub const DATA_BYTES: usize = 4096;

    /// How deep a tree is mirrored. ZooKeeper sets no limit but that of a request; a bound keeps every walk and every
    /// drop within a thread's stack. No program is known that nests its znodes more than a dozen deep.
    pub const MAX_DEPTH: usize = 256;

    /// The znode at a path.
    pub fn get(&self, path: &ZnodePath) -> Option<&Znode> {
        path.segments().try_fold(self.root(), |znode, name| znode.child(name))
    }

    /// The root.
    pub fn root(&self) -> &Znode {
        &self.root
    }

    /// How many znodes there are, the root among them.
    #[expect(clippy::len_without_is_empty, reason = "a tree always has its root")]
    pub fn len(&self) -> u64 {
        self.root.below.saturating_add(1)
    }

    /// Whether two trees are one and the same. `false` says nothing.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.root, &other.root)
    }

    /// Sets what is known of a znode; its children are never touched.
    pub fn put(&mut self, path: &ZnodePath, record: Record) -> Put {
        let record = record.cut();
        match self.get(path) {
            Some(znode) if znode.record == record => Put::Same,
            Some(_) => match self.get_mut(path, 0) {
                Some(znode) => {
                    znode.record = record;
                    Put::Changed
                }
                None => Put::Orphan,
            },
            None => self.create(path, record),
        }
    }

    /// Removes a znode with all below it; the root stays. Says whether there was one.
    pub fn remove(&mut self, path: &ZnodePath) -> bool {
        let (Some(parent), Some(znode)) = (path.parent(), self.get(path)) else {
            return false;
        };
        let gone = znode.below.saturating_add(1);
        match self.get_mut(&parent, gone.wrapping_neg()) {
            Some(parent) => parent.children.remove(path.name()).is_some(),
            None => false,
        }
    }

    /// The same tree in memory of its own. What is left of a tree that shrank lies scattered, and each page of memory on which
    /// something of it lies is kept whole; together it takes a few.
    pub fn repacked(&self) -> Self {
        Self { root: Arc::new(self.root.repacked()) }
    }

    /// Every znode with its path, depth first, in the order of the names.
    pub fn walk(&self) -> impl Iterator<Item = (ZnodePath, &Znode)> {
        let mut open = vec![(ZnodePath::root(), self.root())];
        std::iter::from_fn(move || {
            let (path, znode) = open.pop()?;
            let children = znode.children.iter().rev();
            open.extend(children.filter_map(|(name, child)| Some((path.child(name).ok()?, child.znode()))));
            Some((path, znode))
        })
    }

    fn create(&mut self, path: &ZnodePath, record: Record) -> Put {
        let Some(parent) = path.parent() else {
            return Put::Orphan;
        };
        if path.depth() > Self::MAX_DEPTH || self.get(&parent).is_none() {
            return Put::Orphan;
        }
        match self.get_mut(&parent, 1) {
            Some(parent) => {
                let znode = Znode { record, children: OrdMap::new(), below: 0 };
                parent.children.insert(Arc::from(path.name()), Child(Arc::new(znode)));
                Put::Created
            }
            None => Put::Orphan,
        }
    }

    /// The znode to change, which must be in the tree; the counts on the way to it, its own among them, grow by `more`.
    fn get_mut(&mut self, path: &ZnodePath, more: u64) -> Option<&mut Znode> {
        let mut znode = Arc::make_mut(&mut self.root);
        znode.below = znode.below.wrapping_add(more);
        for name in path.segments() {
            znode = Arc::make_mut(&mut znode.children.get_mut(name)?.0);
            znode.below = znode.below.wrapping_add(more);
        }
        Some(znode)
    }
}
