//! The paths that have changed since they were last read. A path is in it once, however often it was touched.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use zooscope_protocol::ZnodePath;

/// The set of dirty paths, filled by the ear and emptied by the reader.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    inner: Mutex<Inner>,
    marked: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    paths: BTreeSet<ZnodePath>,
    overflowed: bool,
}

impl Dirty {
    /// The most paths that are kept. Beyond it the set is worth less than a rescan.
    pub(super) const LIMIT: usize = 500_000;

    /// Marks a path; its parent's stat changes with a child that comes or goes, so mark that too.
    pub(super) fn mark(&self, path: ZnodePath) {
        let mut inner = self.lock();
        if inner.paths.len() >= Self::LIMIT {
            inner.overflowed = true;
            inner.paths.clear();
        }
        if !inner.overflowed {
            inner.paths.insert(path);
        }
        drop(inner);
        self.marked.notify_one();
    }

    /// Takes up to `limit` paths out, parents before their children.
    pub(super) fn take(&self, limit: usize) -> Vec<ZnodePath> {
        let mut inner = self.lock();
        if inner.paths.len() <= limit {
            return std::mem::take(&mut inner.paths).into_iter().collect();
        }
        std::iter::from_fn(|| inner.paths.pop_first()).take(limit).collect()
    }

    /// Forgets everything, for a rescan is about to read everything.
    pub(super) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    /// Whether paths were lost because there were too many.
    pub(super) fn overflowed(&self) -> bool {
        self.lock().overflowed
    }

    /// Whether nothing is marked.
    pub(super) fn is_empty(&self) -> bool {
        let inner = self.lock();
        inner.paths.is_empty() && !inner.overflowed
    }

    /// Waits until something is marked.
    pub(super) async fn marked(&self) {
        while self.is_empty() {
            self.marked.notified().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_touched_twice_is_read_once_and_parents_come_first() {
        let dirty = Dirty::default();
        for path in ["/a/b", "/a", "/a/b", "/c"] {
            dirty.mark(ZnodePath::parse(path).unwrap());
        }
        let taken: Vec<String> = dirty.take(2).iter().map(ToString::to_string).collect();
        assert_eq!(taken, ["/a", "/a/b"]);
        assert_eq!(dirty.take(10).len(), 1);
        assert!(dirty.is_empty());
    }

    #[test]
    fn too_many_paths_are_lost_and_said_to_be() {
        let dirty = Dirty::default();
        for n in 0..=Dirty::LIMIT {
            dirty.mark(ZnodePath::parse(&format!("/{n}")).unwrap());
        }
        assert!(dirty.overflowed());
        assert!(!dirty.is_empty());
        assert_eq!(dirty.take(10).len(), 0);
        dirty.clear();
        assert!(dirty.is_empty());
    }
}
