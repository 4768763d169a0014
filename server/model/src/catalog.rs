//! The catalogue: what is recognised in a tree, kept by what changes.
//!
//! The law: a catalogue that was updated from one tree to another equals one that is made of the other from scratch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::OrdMap;
use zooscope_protocol::ZnodePath;

use crate::census::{Census, classify};
use crate::diff::Difference;
use crate::directories::Directories;
use crate::recipe::{Fact, INNER_LOCK, LockFact, QueueFact, Site, alone, neighbours, recognise};
use crate::sessions::Sessions;
use crate::tree::{Name, Tree, Znode};

/// What is recognised in a tree. A clone costs a few pointers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    pub(crate) censuses: OrdMap<ZnodePath, Arc<Census>>,
    pub(crate) locks: OrdMap<ZnodePath, Arc<LockFact>>,
    pub(crate) queues: OrdMap<ZnodePath, Arc<QueueFact>>,
    pub(crate) sessions: Sessions,
    pub(crate) directories: Directories,
}

/// A catalogue after an update, and the directories that were looked at again.
#[derive(Debug)]
pub(crate) struct Updated {
    pub(crate) catalog: Catalog,
    pub(crate) sites: BTreeSet<ZnodePath>,
}

impl Catalog {
    /// The catalogue of a tree, from scratch.
    pub fn of(tree: &Tree) -> Self {
        let mut catalog = Self::default();
        let mut sites = BTreeSet::new();
        for (path, znode) in tree.walk() {
            catalog.sessions.add(&path, znode);
            catalog.directories.add(&path, znode);
            if znode.child_count() == 0 && !path.name().ends_with(INNER_LOCK) && !alone(&path, znode) {
                continue;
            }
            if let Some(census) = Census::of(znode) {
                catalog.censuses.insert(path.clone(), census);
            }
            neighbours(&path, &mut sites);
        }
        catalog.recognise(tree, &sites);
        catalog
    }

    /// The catalogue of `after`, made from this one of `before`, at the cost of their differences.
    pub fn update(&self, before: &Tree, after: &Tree, differences: &[Difference]) -> Self {
        self.updated(before, after, differences).catalog
    }

    pub(crate) fn updated(&self, before: &Tree, after: &Tree, differences: &[Difference]) -> Updated {
        if before.len() == 1 && differences.len() > 1_000 {
            // A first scan: everything is new, and nothing is to be compared.
            let catalog = Self::of(after);
            let sites = catalog.locks.keys().chain(catalog.queues.keys()).cloned().collect();
            return Updated { catalog, sites };
        }
        let mut catalog = self.clone();
        let mut sites = BTreeSet::new();
        let mut children: BTreeMap<ZnodePath, Vec<&str>> = BTreeMap::new();
        for difference in differences {
            neighbours(&difference.path, &mut sites);
            catalog.sessions.recount(&difference.path, before, after);
            if let Some(parent) = difference.path.parent() {
                children.entry(parent).or_default().push(difference.path.name());
            }
        }
        for (directory, names) in &children {
            neighbours(directory, &mut sites);
            catalog.recount(before.get(directory), after.get(directory), directory, names);
        }
        catalog.directories.update(before, after, differences);
        catalog.recognise(after, &sites);
        Updated { catalog, sites }
    }

    /// Counts the named children of a directory again.
    fn recount(&mut self, before: Option<&Znode>, after: Option<&Znode>, path: &ZnodePath, names: &[&str]) {
        let known = self.censuses.get(path);
        let mut census = known.map_or_else(Census::default, |census| Census::clone(census));
        let mut changed = false;
        for name in names {
            let name = Name::from(*name);
            let sighting = |directory: Option<&Znode>| classify(&name, directory?.child(&name)?);
            let (was, is) = (sighting(before), sighting(after));
            if was == is {
                continue;
            }
            changed = true;
            if let Some(was) = was {
                census.remove(was);
            }
            if let Some(is) = is {
                census.add(is);
            }
        }
        if !changed {
            return;
        }
        if census.is_empty() {
            self.censuses.remove(path);
        } else {
            self.censuses.insert(path.clone(), Arc::new(census));
        }
    }

    /// Looks at these directories again.
    fn recognise(&mut self, tree: &Tree, sites: &BTreeSet<ZnodePath>) {
        for path in sites {
            let site = Site::at(tree, &self.censuses, path);
            let (lock, queue) = match site.and_then(|site| recognise(&site)) {
                Some(Fact::Lock(lock)) => (Some(lock), None),
                Some(Fact::Queue(queue)) => (None, Some(queue)),
                None => (None, None),
            };
            keep(&mut self.locks, path, lock);
            keep(&mut self.queues, path, queue);
        }
    }
}

/// Puts what is new, removes what is gone, and leaves what is equal where it is, for its address tells that it is equal.
fn keep<T: PartialEq>(map: &mut OrdMap<ZnodePath, Arc<T>>, path: &ZnodePath, fact: Option<T>) {
    match fact {
        None => drop(map.remove(path)),
        Some(fact) if map.get(path).is_some_and(|known| **known == fact) => {}
        Some(fact) => drop(map.insert(path.clone(), Arc::new(fact))),
    }
}
