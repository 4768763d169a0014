//! The catalogue: what is recognised in a tree, kept by what changes.
//!
//! The law: a catalogue that was updated from one tree to another equals one that is made of the other from scratch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::OrdMap;
use zooscope_protocol::ZnodePath;

use crate::census::{Census, classify_in};
use crate::declared::Declarations;
use crate::diff::Difference;
use crate::directories::Directories;
use crate::recipe::{ALONE, Fact, INNER_LOCK, LockFact, QueueFact, Site, alone, neighbours, recognise};
use crate::sessions::Sessions;
use crate::tree::{Name, Tree, Znode};

/// What is recognised in a tree. A clone costs a few pointers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    declarations: Arc<Declarations>,
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
    /// The catalogue of a tree in which nothing is declared, from scratch.
    pub fn of(tree: &Tree) -> Self {
        Self::of_declared(tree, Arc::default())
    }

    /// The catalogue of a tree with these declarations, from scratch.
    pub fn of_declared(tree: &Tree, declarations: Arc<Declarations>) -> Self {
        let mut catalog = Self { declarations, ..Self::default() };
        let mut sites = BTreeSet::new();
        let mut open = vec![(ZnodePath::root(), tree.root())];
        while let Some((path, znode)) = open.pop() {
            catalog.sessions.add(&path, znode);
            catalog.directories.add(&path, znode);
            // Most of a million znodes are nothing to look at, and their paths are never made.
            let worth =
                znode.child_map().iter().filter(|(name, child)| catalog.is_worth(name, child.znode()));
            open.extend(worth.filter_map(|(name, child)| Some((path.child(name).ok()?, child.znode()))));
            let declared = catalog.declarations.of(&path);
            let childless = znode.child_count() == 0 && declared.is_none();
            if childless && !path.name().ends_with(INNER_LOCK) && !alone(&path, znode) {
                continue;
            }
            if let Some(census) = Census::of(znode, declared) {
                catalog.censuses.insert(path.clone(), census);
            }
            neighbours(&path, &mut sites);
        }
        catalog.recognise(tree, &sites);
        catalog
    }

    /// Whether a znode may be anything to the catalogue by itself: not so one that never had children and that no session owns,
    /// but for its name.
    fn is_worth(&self, name: &str, znode: &Znode) -> bool {
        let stat = znode.stat();
        znode.child_count() > 0
            || stat.children_created() > 0
            || stat.owner().is_some()
            || !self.declarations.is_empty()
            || name.ends_with(INNER_LOCK)
            || ALONE.contains(&name)
    }

    /// Whether it is quicker to look at everything than at the differences: at a first scan everything is new.
    pub(crate) fn is_first(before: &Tree, after: &Tree) -> bool {
        before.len() == 1 && after.len() > 1_000
    }

    /// The catalogue of `after`, made from this one of `before`, at the cost of their differences.
    pub fn update(&self, before: &Tree, after: &Tree, differences: &[Difference]) -> Self {
        self.updated(before, after, differences).catalog
    }

    pub(crate) fn updated(&self, before: &Tree, after: &Tree, differences: &[Difference]) -> Updated {
        if Self::is_first(before, after) {
            let catalog = Self::of_declared(after, self.declarations.clone());
            let sites = catalog.locks.keys().chain(catalog.queues.keys()).cloned().collect();
            return Updated { catalog, sites };
        }
        let mut catalog = self.clone();
        let mut sites = BTreeSet::new();
        let mut children: BTreeMap<ZnodePath, Vec<&str>> = BTreeMap::new();
        for difference in differences {
            neighbours(&difference.path, &mut sites);
            catalog.sessions.recount(&difference.path, before, after);
            if !self.declarations.is_empty() {
                // An empty directory is something, too, if it is declared.
                children.entry(difference.path.clone()).or_default();
            }
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

    /// The catalogue of the same tree with other declarations, at the cost of the directories that they are about. The
    /// directories that were looked at again come with it.
    pub(crate) fn redeclared(&self, tree: &Tree, declarations: Arc<Declarations>) -> Updated {
        let mut catalog = self.clone();
        let mut sites = BTreeSet::new();
        let were = self.censuses.iter().filter(|(_, census)| census.declared.is_some());
        let mut directories: BTreeSet<ZnodePath> = were.map(|(path, _)| path.clone()).collect();
        directories.extend(declarations.directories(tree));
        for path in &directories {
            let is = declarations.of(path);
            let was = self.censuses.get(path).and_then(|census| census.declared.as_ref());
            if was == is {
                continue;
            }
            match tree.get(path).and_then(|znode| Census::of(znode, is)) {
                Some(census) => drop(catalog.censuses.insert(path.clone(), census)),
                None => drop(catalog.censuses.remove(path)),
            }
            neighbours(path, &mut sites);
        }
        catalog.declarations = declarations;
        catalog.recognise(tree, &sites);
        Updated { catalog, sites }
    }

    /// The declarations in force.
    pub(crate) fn declarations(&self) -> &Arc<Declarations> {
        &self.declarations
    }

    /// Counts the named children of a directory again.
    fn recount(&mut self, before: Option<&Znode>, after: Option<&Znode>, path: &ZnodePath, names: &[&str]) {
        let known = self.censuses.get(path);
        let declared = self.declarations.of(path).cloned();
        let mut census = known.map_or_else(Census::default, |census| Census::clone(census));
        let is_declared = declared.is_some() && after.is_some();
        let mut changed = census.declared.is_some() != is_declared;
        census.declared = declared.clone().filter(|_| is_declared);
        for name in names {
            let name = Name::from(*name);
            let sighting =
                |directory: Option<&Znode>| classify_in(declared.as_deref(), &name, directory?.child(&name)?);
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
