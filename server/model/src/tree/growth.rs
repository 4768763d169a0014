//! A tree that grows as it is read: directory by directory, the znodes of each in any order.
//!
//! It costs no look-up of a path, and what is as it was in the tree before is not made again but shared, so that a comparison of
//! the two costs what differs between them.

use std::sync::Arc;

use zooscope_protocol::ZnodePath;

use super::{Child, Name, Record, Tree, Znode};

/// A tree in the making.
#[derive(Debug)]
pub struct Growth {
    /// The root of the tree before.
    before: Child,
    /// The directories that are open, and places of those that were closed.
    directories: Vec<Option<Directory>>,
    free: Vec<u32>,
    root: Option<Child>,
    count: u64,
}

/// Where a znode belongs that has not been read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// `None` for the root.
    directory: Option<Open>,
    at: u32,
}

/// A directory whose children have not all been read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open(u32);

#[derive(Debug)]
struct Directory {
    path: ZnodePath,
    slot: Slot,
    record: Record,
    before: Option<Child>,
    children: Vec<Sprout>,
    /// How many of them have not been read.
    unread: usize,
}

/// One child of a directory.
#[derive(Debug)]
struct Sprout {
    name: Name,
    was: Option<Child>,
    is: Option<Child>,
}

impl Growth {
    /// A tree that will share with another what is the same in both. Nothing is read yet; the root comes first.
    pub fn new(before: &Tree) -> Self {
        let before = Child(before.root.clone());
        Self { before, directories: Vec::new(), free: Vec::new(), root: None, count: 0 }
    }

    /// Where the root belongs.
    pub fn root(&self) -> Slot {
        Slot { directory: None, at: 0 }
    }

    /// The path of a place; `None` once its directory is complete.
    pub fn path(&self, slot: Slot) -> Option<ZnodePath> {
        let Some(Open(directory)) = slot.directory else {
            return Some(ZnodePath::root());
        };
        let directory = self.directories.get(directory as usize)?.as_ref()?;
        directory.path.child(&directory.children.get(slot.at as usize)?.name).ok()
    }

    /// How many znodes were read so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// A znode without children, or whose children cannot be known.
    pub fn leaf(&mut self, slot: Slot, record: Record) {
        self.count += 1;
        let same = self.was(slot).filter(|was| was.0.record == record && was.0.children.is_empty()).cloned();
        let child =
            same.unwrap_or_else(|| Child(Arc::new(Znode { record: record.cut(), ..Znode::default() })));
        self.settle(slot, Some(child));
    }

    /// There is no znode any more.
    pub fn nothing(&mut self, slot: Slot) {
        self.settle(slot, None);
    }

    /// A znode with children, to be listed next.
    pub fn open(&mut self, slot: Slot, path: ZnodePath, record: Record) -> Open {
        self.count += 1;
        let before = self.was(slot).cloned();
        let directory =
            Directory { path, slot, record: record.cut(), before, children: Vec::new(), unread: 0 };
        match self.free.pop() {
            Some(at) => {
                self.directories[at as usize] = Some(directory);
                Open(at)
            }
            None => {
                self.directories.push(Some(directory));
                // No machine holds so many open directories.
                Open(u32::try_from(self.directories.len() - 1).unwrap_or(u32::MAX))
            }
        }
    }

    /// The names of the children of a directory. Each of the places that are returned is to be told what belongs there. There are
    /// none below [`Tree::MAX_DEPTH`], and none for a name that is none by ZooKeeper's rules.
    pub fn list(&mut self, open: Open, mut names: Vec<String>) -> impl Iterator<Item = Slot> + use<> {
        let mut count = 0;
        if let Some(directory) = self.directory(open) {
            if directory.path.depth() >= Tree::MAX_DEPTH {
                names.clear();
            }
            names.retain(|name| ZnodePath::is_name(name));
            names.sort_unstable();
            names.dedup();
            let mut known = directory.before.as_ref().map(|before| before.0.children.iter().peekable());
            let sprouts = names.iter().map(|name| {
                while let Some(known) = &mut known
                    && known.next_if(|(its, _)| ***its < **name).is_some()
                {}
                let was = known.as_mut().and_then(|known| known.next_if(|(its, _)| ***its == **name));
                match was {
                    Some((name, was)) => Sprout { name: name.clone(), was: Some(was.clone()), is: None },
                    None => Sprout { name: Name::from(name.as_str()), was: None, is: None },
                }
            });
            let sprouts: Vec<Sprout> = sprouts.collect();
            count = u32::try_from(sprouts.len()).unwrap_or(u32::MAX);
            directory.unread = count as usize;
            directory.children = sprouts;
            if count == 0 {
                self.close(open);
            }
        }
        (0..count).map(move |at| Slot { directory: Some(open), at })
    }

    /// The tree as far as it was read; a directory that is still open is not in it.
    pub fn finish(self) -> Tree {
        match self.root {
            Some(Child(root)) => Tree { root },
            None => Tree::default(),
        }
    }

    fn directory(&mut self, Open(at): Open) -> Option<&mut Directory> {
        self.directories.get_mut(at as usize)?.as_mut()
    }

    /// What was in this place before.
    fn was(&self, slot: Slot) -> Option<&Child> {
        let Some(Open(directory)) = slot.directory else { return Some(&self.before) };
        self.directories.get(directory as usize)?.as_ref()?.children.get(slot.at as usize)?.was.as_ref()
    }

    fn settle(&mut self, slot: Slot, child: Option<Child>) {
        let Some(open) = slot.directory else {
            self.root = child;
            return;
        };
        let Some(directory) = self.directory(open) else { return };
        if let Some(sprout) = directory.children.get_mut(slot.at as usize) {
            sprout.is = child;
            directory.unread = directory.unread.saturating_sub(1);
        }
        if directory.unread == 0 {
            self.close(open);
        }
    }

    /// A directory is complete.
    fn close(&mut self, Open(at): Open) {
        let Some(directory) = self.directories.get_mut(at as usize).and_then(Option::take) else { return };
        self.free.push(at);
        let slot = directory.slot;
        let child = directory.complete();
        self.settle(slot, Some(child));
    }
}

impl Directory {
    fn complete(self) -> Child {
        let below = self.children.iter().filter_map(|sprout| sprout.is.as_ref());
        let below = below.map(|child| child.0.below.saturating_add(1)).sum();
        let Some(Child(before)) = self.before.filter(|before| !before.0.children.is_empty()) else {
            let children = self.children.into_iter().filter_map(|sprout| Some((sprout.name, sprout.is?)));
            return Child(Arc::new(Znode { record: self.record, children: children.collect(), below }));
        };
        // What was there and is not listed any more.
        let known = self.children.iter().filter(|sprout| sprout.was.is_some()).count();
        let mut children = before.children.clone();
        if known != children.len() {
            let mut listed = self.children.iter().map(|sprout| &*sprout.name).peekable();
            let gone = before.children.keys().filter(|name| {
                while listed.next_if(|its| **its < ***name).is_some() {}
                listed.next_if(|its| **its == ***name).is_none()
            });
            gone.for_each(|name| drop(children.remove(name)));
        }
        let mut same = known == before.children.len() && before.record == self.record;
        for Sprout { name, was, is } in self.children {
            if was == is {
                continue;
            }
            same = false;
            match is {
                Some(is) => drop(children.insert(name, is)),
                None => drop(children.remove(&name)),
            }
        }
        if same { Child(before) } else { Child(Arc::new(Znode { record: self.record, children, below })) }
    }
}
