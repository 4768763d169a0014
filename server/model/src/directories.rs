//! What is to be known of directories whatever they are for, kept by what changes: what is wrong with them, and how many of
//! their children had children and have none.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;
use zooscope_protocol::{Finding, ZnodePath};

use crate::diff::Difference;
use crate::finding;
use crate::tree::{Tree, Znode};

/// The directories of a tree that are worth a word. A clone costs a few pointers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Directories {
    findings: OrdMap<ZnodePath, Arc<Vec<Finding>>>,
    /// By parent: how many of its children are left over, see [`is_left_over`].
    left_over: OrdMap<ZnodePath, u32>,
}

impl Directories {
    /// Takes in a znode of a tree that is read for the first time.
    pub(crate) fn add(&mut self, path: &ZnodePath, znode: &Znode) {
        self.judge(path, Some(znode));
        if is_left_over(znode) {
            self.count(path, true);
        }
    }

    /// Looks again at what differs between two trees, and at the directories around it.
    pub(crate) fn update(&mut self, before: &Tree, after: &Tree, differences: &[Difference]) {
        let paths = differences.iter().map(|difference| &difference.path);
        let touched: BTreeSet<ZnodePath> =
            paths.flat_map(|path| [Some(path.clone()), path.parent()]).flatten().collect();
        for path in &touched {
            let is = after.get(path);
            self.judge(path, is);
            let (was, is) = (before.get(path).is_some_and(is_left_over), is.is_some_and(is_left_over));
            if was != is {
                self.count(path, is);
            }
        }
    }

    /// The directories with something wrong.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (&ZnodePath, &Finding)> {
        self.findings.iter().flat_map(|(path, found)| found.iter().map(move |finding| (path, finding)))
    }

    /// The directories with at least so many children that are left over, and how many.
    pub(crate) fn left_over(&self, least: u32) -> impl Iterator<Item = (&ZnodePath, u32)> {
        self.left_over.iter().filter(move |(_, count)| **count >= least).map(|(path, count)| (path, *count))
    }

    fn judge(&mut self, path: &ZnodePath, znode: Option<&Znode>) {
        let found = znode.map(|znode| finding::directory::of(path, znode)).unwrap_or_default();
        if found.is_empty() {
            self.findings.remove(path);
        } else if self.findings.get(path).is_none_or(|known| **known != found) {
            self.findings.insert(path.clone(), Arc::new(found));
        }
    }

    fn count(&mut self, path: &ZnodePath, more: bool) {
        let Some(parent) = path.parent() else { return };
        let count = self.left_over.get(&parent).copied().unwrap_or(0);
        match if more { count.saturating_add(1) } else { count.saturating_sub(1) } {
            0 => drop(self.left_over.remove(&parent)),
            count => drop(self.left_over.insert(parent, count)),
        }
    }
}

/// Whether a znode had children and has none: a lock that nobody wants any more, where its library never deletes it.
pub(crate) fn is_left_over(znode: &Znode) -> bool {
    let stat = znode.stat();
    stat.owner().is_none() && znode.readable() && znode.child_count() == 0 && stat.children_created() > 0
}
