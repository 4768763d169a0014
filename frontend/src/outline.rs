//! The rows of the tree: open directories laid out below each other, without making a row before it is seen.
//!
//! A directory may have a million children of which a window of some hundred is known. The outline is a list of runs:
//! neighbouring children of one directory with no open directory between them.

use std::collections::BTreeMap;
use std::ops::Range;

/// What is known of an open directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// How many children it has.
    pub total: usize,
    /// The place of the first known child.
    pub start: usize,
    /// The names that are known, sorted.
    pub names: Vec<String>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// The directory that it is in; empty for the root's own row.
    pub parent: String,
    /// Its name; `None` while it is not known.
    pub name: Option<String>,
    /// Its place among its siblings, from 0.
    pub index: usize,
    /// How many siblings there are, itself included.
    pub siblings: usize,
    /// How deep it lies; 0 for the root.
    pub depth: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    parent: String,
    depth: usize,
    from: usize,
    length: usize,
    siblings: usize,
}

/// The rows of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    runs: Vec<Run>,
    names: BTreeMap<String, Directory>,
    length: usize,
}

/// The path of a child.
pub fn join(parent: &str, name: &str) -> String {
    match parent {
        "" => "/".to_owned(),
        "/" => format!("/{name}"),
        _ => format!("{parent}/{name}"),
    }
}

/// The path of the parent; `None` for the root.
pub fn parent(path: &str) -> Option<&str> {
    match path.rfind('/') {
        _ if path == "/" => None,
        Some(0) => Some("/"),
        Some(at) => Some(&path[..at]),
        None => None,
    }
}

/// The paths from the root to the parent of `path`.
pub fn ancestors(path: &str) -> Vec<String> {
    let mut above: Vec<String> =
        std::iter::successors(parent(path), |path| parent(path)).map(str::to_owned).collect();
    above.reverse();
    above
}

impl Row {
    /// Its path; `None` while its name is not known.
    pub fn path(&self) -> Option<String> {
        if self.parent.is_empty() {
            return Some("/".to_owned());
        }
        self.name.as_ref().map(|name| join(&self.parent, name))
    }

    /// What tells it from the other rows.
    pub fn key(&self) -> String {
        self.path().unwrap_or_else(|| format!("{}\0{}", self.parent, self.index))
    }
}

impl Outline {
    /// Lays out the open directories, by path. The root has a row of its own.
    pub fn new(open: BTreeMap<String, Directory>) -> Self {
        let mut outline = Self { runs: Vec::new(), names: open, length: 0 };
        outline.push("", 0, 0, 1, 1);
        if outline.names.contains_key("/") {
            outline.lay_out("/", 1);
        }
        outline
    }

    fn push(&mut self, parent: &str, depth: usize, from: usize, length: usize, siblings: usize) {
        if length > 0 {
            self.runs.push(Run { parent: parent.to_owned(), depth, from, length, siblings });
            self.length += length;
        }
    }

    fn lay_out(&mut self, path: &str, depth: usize) {
        let Some(directory) = self.names.get(path) else { return };
        let total = directory.total.max(directory.start + directory.names.len());
        let mut below: Vec<(usize, String)> = Vec::new();
        let prefix = if path == "/" { "/".to_owned() } else { format!("{path}/") };
        for (child, _) in self.names.range(prefix.clone()..) {
            let Some(name) = child.strip_prefix(&prefix) else { break };
            if name.is_empty() || name.contains('/') {
                continue;
            }
            // An open directory outside the known window has no place; it comes back with its window.
            if let Ok(at) = directory.names.binary_search_by(|known| known.as_str().cmp(name)) {
                below.push((directory.start + at, child.clone()));
            }
        }
        below.sort();
        let mut from = 0;
        for (at, child) in below {
            self.push(path, depth, from, at + 1 - from, total);
            self.lay_out(&child, depth + 1);
            from = at + 1;
        }
        self.push(path, depth, from, total - from, total);
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is no row; never, for the root has one.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The rows of a range.
    pub fn rows(&self, range: Range<usize>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(range.len());
        let mut at = 0;
        for run in &self.runs {
            let first = range.start.max(at);
            let end = range.end.min(at + run.length);
            for position in first..end.max(first) {
                rows.push(self.row(run, run.from + position - at));
            }
            at += run.length;
            if at >= range.end {
                break;
            }
        }
        rows
    }

    fn row(&self, run: &Run, index: usize) -> Row {
        let known = |directory: &Directory| directory.names.get(index.checked_sub(directory.start)?).cloned();
        let name = self.names.get(&run.parent).and_then(known);
        Row { parent: run.parent.clone(), name, index, siblings: run.siblings, depth: run.depth }
    }

    /// The place of a path among the rows; `None` when it is in no open directory or not known yet.
    pub fn position(&self, path: &str) -> Option<usize> {
        if path == "/" {
            return Some(0);
        }
        let above = parent(path)?;
        let directory = self.names.get(above)?;
        let name = &path[above.len() + usize::from(above != "/")..];
        let known = directory.names.binary_search_by(|known| known.as_str().cmp(name)).ok()?;
        let index = directory.start + known;
        let mut at = 0;
        for run in &self.runs {
            if run.parent == above && (run.from..run.from + run.length).contains(&index) {
                return Some(at + index - run.from);
            }
            at += run.length;
        }
        None
    }

    /// Which children of which directories a range of rows shows.
    pub fn shown(&self, range: Range<usize>) -> BTreeMap<String, Range<usize>> {
        let mut shown: BTreeMap<String, Range<usize>> = BTreeMap::new();
        let mut at = 0;
        for run in &self.runs {
            let first = range.start.max(at);
            let end = range.end.min(at + run.length);
            if first < end && !run.parent.is_empty() {
                let part = run.from + first - at..run.from + end - at;
                let whole = shown.entry(run.parent.clone()).or_insert_with(|| part.clone());
                *whole = whole.start.min(part.start)..whole.end.max(part.end);
            }
            at += run.length;
        }
        shown
    }
}

/// Where the window of a directory should begin so that `shown` is inside; `None` when the present one will do.
pub fn window_start(shown: &Range<usize>, start: usize, limit: usize, total: usize) -> Option<usize> {
    if total <= limit && start == 0 {
        return None;
    }
    let end = (start + limit).min(total);
    if shown.start >= start && shown.end.min(total) <= end {
        return None;
    }
    let middle = (shown.start + shown.end) / 2;
    Some(middle.saturating_sub(limit / 2).min(total.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(total: usize, start: usize, names: &[&str]) -> Directory {
        Directory { total, start, names: names.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn tree() -> Outline {
        Outline::new(BTreeMap::from([
            ("/".to_owned(), directory(3, 0, &["app", "jobs", "zookeeper"])),
            ("/app".to_owned(), directory(2, 0, &["locks", "locks2"])),
            ("/app/locks".to_owned(), directory(1000, 500, &["x-500", "x-501"])),
        ]))
    }

    fn paths(outline: &Outline, range: Range<usize>) -> Vec<Option<String>> {
        outline.rows(range).iter().map(Row::path).collect()
    }

    #[test]
    fn open_directories_stand_below_their_row() {
        let tree = tree();
        assert_eq!(tree.len(), 1 + 3 + 2 + 1000);
        let first = paths(&tree, 0..4);
        assert_eq!(first, [Some("/".into()), Some("/app".into()), Some("/app/locks".into()), None]);
        let last: Vec<_> = paths(&tree, 1003..1006);
        assert_eq!(last, [Some("/app/locks2".into()), Some("/jobs".into()), Some("/zookeeper".into())]);
        assert_eq!(tree.rows(503..504)[0].path(), Some("/app/locks/x-500".to_owned()));
        assert_eq!(tree.rows(503..504)[0].depth, 3);
        assert_eq!(tree.rows(503..504)[0].siblings, 1000);
    }

    #[test]
    fn a_path_knows_its_row() {
        let tree = tree();
        for (path, at) in
            [("/", 0), ("/app", 1), ("/app/locks", 2), ("/app/locks/x-501", 504), ("/jobs", 1004)]
        {
            assert_eq!(tree.position(path), Some(at), "{path}");
            assert_eq!(tree.rows(at..at + 1)[0].path().as_deref(), Some(path));
        }
        assert_eq!(tree.position("/app/locks/x-1"), None);
        assert_eq!(tree.position("/nowhere/at/all"), None);
    }

    #[test]
    fn a_range_tells_which_children_it_shows() {
        let shown = tree().shown(100..120);
        assert_eq!(shown, BTreeMap::from([("/app/locks".to_owned(), 97..117)]));
        let all = tree().shown(0..2000);
        assert_eq!(all["/"], 0..3);
        assert_eq!(all["/app/locks"], 0..1000);
    }

    #[test]
    fn a_window_follows_what_is_seen() {
        assert_eq!(window_start(&(0..40), 0, 500, 300), None);
        assert_eq!(window_start(&(0..40), 0, 500, 9_000), None);
        assert_eq!(window_start(&(490..530), 0, 500, 9_000), Some(260));
        assert_eq!(window_start(&(8_990..9_000), 8_700, 500, 9_000), None);
    }

    #[test]
    fn ancestors_run_from_the_root() {
        assert_eq!(ancestors("/a/b/c"), ["/", "/a", "/a/b"]);
        assert!(ancestors("/").is_empty());
        assert_eq!(ancestors("/a"), ["/"]);
    }
}
