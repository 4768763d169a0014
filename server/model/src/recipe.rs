//! What lays znodes out in this way? One file a recipe; each tells the layout and where it is known from.
//!
//! A recipe reads the census of its directory and of the few neighbours that [`neighbours`] names, never the directory
//! child by child. That is what keeps one change in a directory of n members at O(log n).

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;
use zooscope_protocol::{
    About, Confidence, Finding, LockKind, QueueKind, Recipe, Severity, Timestamp, ZnodePath,
};

use crate::census::{Census, Cohort, Family, Sighting};
use crate::declared::Declared;
use crate::line::{Line, Standing};
use crate::tree::{Name, Tree, Znode};

mod apache_election;
mod apache_write_lock;
mod client_lock;
mod curator_delay_queue;
mod curator_id_queue;
mod curator_latch;
mod curator_mutex;
mod curator_priority_queue;
mod curator_queue;
mod curator_read_write;
mod curator_semaphore;
mod declared;
mod go_lock;
mod kazoo_lock;
mod kazoo_locking_queue;
mod kazoo_queue;
mod kazoo_read_write;
mod kazoo_semaphore;
mod known;
mod native_lock;
mod simple_queue;

pub use known::known_recipes;

/// Recognises one recipe.
pub(crate) trait Recogniser: Sync {
    /// What is at this site, if it is of this recipe.
    fn recognise(&self, site: &Site<'_>) -> Option<Fact>;
}

/// The recipes, the first that recognises a directory names it. Those with a structure around the directory come before
/// those that look at the names of the children alone.
static RECOGNISERS: [&dyn Recogniser; 19] = [
    &kazoo_semaphore::Semaphore,
    &kazoo_locking_queue::LockingQueue,
    &curator_semaphore::Semaphore,
    &kazoo_read_write::ReadWrite,
    &kazoo_lock::Lock,
    &curator_read_write::ReadWrite,
    &curator_mutex::Mutex,
    &curator_latch::Latch,
    &go_lock::Lock,
    &apache_write_lock::WriteLock,
    &apache_election::Election,
    &native_lock::Lock,
    &client_lock::Lock,
    &kazoo_queue::Queue,
    &curator_id_queue::Queue,
    &curator_priority_queue::Queue,
    &curator_delay_queue::Queue,
    &curator_queue::Queue,
    &simple_queue::Queue,
];

/// What was recognised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fact {
    Lock(LockFact),
    Queue(QueueFact),
}

/// A lock as its tree alone tells it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LockFact {
    pub(crate) names: &'static [&'static str],
    /// The declaration that it was recognised by; it has no other names then.
    pub(crate) declared: Option<Arc<Declared>>,
    pub(crate) kind: LockKind,
    pub(crate) confidence: Confidence,
    pub(crate) capacity: Option<u32>,
    /// How its members stand.
    pub(crate) line: Line,
    /// How a holder is released.
    pub(crate) release: Release,
    pub(crate) standing: Standing,
    pub(crate) findings: Vec<Finding>,
}

/// A queue as its tree alone tells it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueueFact {
    pub(crate) names: &'static [&'static str],
    /// The declaration that it was recognised by; it has no other names then.
    pub(crate) declared: Option<Arc<Declared>>,
    pub(crate) kind: QueueKind,
    pub(crate) confidence: Confidence,
    /// The directory of the items.
    pub(crate) items: ZnodePath,
    pub(crate) family: Family,
    /// The directory where consumers lay down what they have taken.
    pub(crate) taken: Option<ZnodePath>,
    pub(crate) depth: u32,
    pub(crate) in_flight: Option<u32>,
    pub(crate) consumers: Option<u32>,
    pub(crate) oldest: Option<Timestamp>,
    pub(crate) findings: Vec<Finding>,
}

/// How a holder's znode may be deleted so that it is surely the one that was seen, and what its owner notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) way: Way,
    /// A whole sentence: what the old holder goes on to believe.
    pub(crate) holder: &'static str,
}

/// How the identity of a znode is pinned while it is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Its name is never given twice.
    Name,
    /// Its name is unique while its parent lives, so the parent is pinned.
    Parent,
    /// Its name may come again: it is touched, and the stat that comes back compared.
    Touch,
}

/// A directory with its surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) censuses: &'a OrdMap<ZnodePath, Arc<Census>>,
    pub(crate) path: &'a ZnodePath,
    pub(crate) znode: &'a Znode,
    pub(crate) census: Option<&'a Census>,
}

/// What the names of a queue's lock path end with, after the queue's own name.
const LOCK_PATHS: [&str; 8] = ["-locks", "-lock", "_locks", "_lock", ".locks", ".lock", "Locks", "Lock"];

/// The name of the directory beside a kazoo semaphore in which its waiters queue ends so.
pub(crate) const INNER_LOCK: &str = "-__lock__";

impl<'a> Site<'a> {
    pub(crate) fn at(
        tree: &'a Tree,
        censuses: &'a OrdMap<ZnodePath, Arc<Census>>,
        path: &'a ZnodePath,
    ) -> Option<Self> {
        let (znode, census) = (tree.get(path)?, censuses.get(path).map(Arc::as_ref));
        Some(Self { tree, censuses, path, znode, census })
    }

    /// Says what a child of this directory is.
    pub(crate) fn classify(&self, name: &Name, znode: &Znode) -> Option<Sighting> {
        crate::census::classify_in(self.declared().map(Arc::as_ref), name, znode)
    }

    /// What this directory is declared to be.
    pub(crate) fn declared(&self) -> Option<&'a Arc<Declared>> {
        self.census?.declared.as_ref()
    }

    pub(crate) fn cohort(&self, family: Family) -> Option<&'a Cohort> {
        self.census?.cohort(family)
    }

    /// What is in the tree under a neighbour's path, with the path.
    pub(crate) fn sibling(&self, name: &str) -> Option<(ZnodePath, &'a Znode)> {
        let path = self.path.parent()?.child(name).ok()?;
        self.tree.get(&path).map(|znode| (path, znode))
    }

    pub(crate) fn child(&self, name: &str) -> Option<(ZnodePath, &'a Znode)> {
        let znode = self.znode.child(name)?;
        self.path.child(name).ok().map(|path| (path, znode))
    }

    /// Whether this directory is the inner part of something else, which the recognition of that tells of.
    fn is_part(&self) -> bool {
        match self.path.name() {
            "locks" => self.sibling("leases").is_some(),
            "leases" => self.sibling("locks").is_some(),
            "entries" => self.sibling("taken").is_some(),
            "taken" => self.sibling("entries").is_some(),
            name => name
                .strip_suffix(INNER_LOCK)
                .and_then(|outer| self.sibling(outer))
                .is_some_and(|(_, outer)| kazoo_semaphore::limit(outer).is_some()),
        }
    }

    /// The children that are not of this family: how many, and the name of one of them where a look at both ends of the
    /// directory finds one.
    pub(crate) fn foreign(&self, family: Family) -> Option<(usize, Option<&'a str>)> {
        const LOOK: usize = 64;
        let members = self.cohort(family).map_or(0, Cohort::len);
        let count = self.znode.child_count().checked_sub(members).filter(|count| *count > 0)?;
        let (first, last) = (self.znode.child_map().iter(), self.znode.child_map().iter().rev());
        let foreign = first.take(LOOK).chain(last.take(LOOK)).find(|(name, child)| {
            self.classify(name, child.znode()).is_none_or(|sighting| sighting.family != family)
        });
        Some((count, foreign.map(|(name, _)| &**name)))
    }

    /// The path that a queue's consumers lock items under, if it is seen: a neighbour with the queue's name and a usual
    /// ending, in which there is nothing but locks of items.
    pub(crate) fn lock_path(&self) -> Option<ZnodePath> {
        let name = self.path.name();
        LOCK_PATHS.iter().find_map(|suffix| {
            let (path, znode) = self.sibling(&format!("{name}{suffix}"))?;
            let site =
                Site { path: &path, znode, census: self.censuses.get(&path).map(Arc::as_ref), ..*self };
            let locks = site.cohort(Family::CuratorItemLock).map_or(0, Cohort::len);
            (locks == znode.child_count() && znode.stat().owner().is_none()).then_some(path)
        })
    }
}

/// What is at a site.
pub(crate) fn recognise(site: &Site<'_>) -> Option<Fact> {
    if let Some(fact) = declared::recognise(site) {
        return Some(fact);
    }
    if site.is_part() {
        return None;
    }
    RECOGNISERS.iter().find_map(|recogniser| recogniser.recognise(site))
}

/// The directories whose recognition looks at this one, itself among them.
pub(crate) fn neighbours(directory: &ZnodePath, found: &mut BTreeSet<ZnodePath>) {
    let mut sibling = |name: &str| {
        if let Some(Ok(path)) = directory.parent().map(|parent| parent.child(name)) {
            found.insert(path);
        }
    };
    let name = directory.name();
    match name {
        "leases" => sibling("locks"),
        "locks" => sibling("leases"),
        "entries" => sibling("taken"),
        "taken" => sibling("entries"),
        _ => {}
    }
    sibling(&format!("{name}{INNER_LOCK}"));
    LOCK_PATHS
        .iter()
        .chain([&INNER_LOCK])
        .filter_map(|suffix| name.strip_suffix(suffix))
        .for_each(&mut sibling);
    found.insert(directory.clone());
    if matches!(name, "leases" | "locks" | "entries" | "taken") {
        found.extend(directory.parent());
    }
}

/// The names of a recipe as they are sent.
fn named(names: &[&str]) -> Recipe {
    Recipe(names.iter().map(|name| (*name).to_owned()).collect())
}

pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl LockFact {
    /// A lock whose contenders stand in one line in the directory itself.
    fn lined(
        site: &Site<'_>,
        names: &'static [&'static str],
        kind: LockKind,
        line: Line,
        release: Release,
    ) -> Self {
        let standing = line.standing(site);
        let findings = crate::finding::of_lock(site, &line);
        Self {
            names,
            declared: None,
            kind,
            confidence: Confidence::Certain,
            capacity: None,
            line,
            release,
            standing,
            findings,
        }
    }

    /// The same lock when nobody contends for it.
    pub(crate) fn idle(&self) -> Self {
        Self { standing: Standing::default(), findings: Vec::new(), ..self.clone() }
    }

    /// Its recipe as it is sent.
    pub(crate) fn recipe(&self) -> Recipe {
        self.declared.as_ref().map_or_else(|| named(self.names), |declared| declared.recipe())
    }

    fn with_capacity(mut self, capacity: u32) -> Self {
        self.capacity = Some(capacity);
        self
    }

    fn likely(mut self) -> Self {
        self.confidence = Confidence::Likely;
        self
    }
}

impl QueueFact {
    /// A queue whose items are the children of the directory itself.
    fn flat(
        site: &Site<'_>,
        names: &'static [&'static str],
        kind: QueueKind,
        family: Family,
    ) -> Option<Self> {
        let cohort = site.cohort(family)?;
        let taken = if family == Family::CuratorItem { site.lock_path() } else { None };
        Some(Self::new(site, (names, kind, family), site.path.clone(), Some(cohort), taken))
    }

    /// Its recipe as it is sent.
    pub(crate) fn recipe(&self) -> Recipe {
        self.declared.as_ref().map_or_else(|| named(self.names), |declared| declared.recipe())
    }

    /// The same queue when it is drained.
    pub(crate) fn idle(&self) -> Self {
        let in_flight = self.in_flight.map(|_| 0);
        let consumers = self.consumers.map(|_| 0);
        Self { depth: 0, in_flight, consumers, oldest: None, findings: Vec::new(), ..self.clone() }
    }

    fn new(
        site: &Site<'_>,
        (names, kind, family): (&'static [&'static str], QueueKind, Family),
        items: ZnodePath,
        cohort: Option<&Cohort>,
        taken: Option<ZnodePath>,
    ) -> Self {
        let directory = site.tree.get(&items);
        let oldest = cohort
            .and_then(|cohort| cohort.arrivals().next())
            .and_then(|name| directory?.child(name))
            .map(|item| item.stat().ctime);
        let taking = taken.as_ref().and_then(|path| crate::queue::Taking::of(site, &items, path));
        let mut fact = Self {
            names,
            declared: None,
            kind,
            confidence: Confidence::Certain,
            items,
            family,
            taken,
            depth: count(cohort.map_or(0, Cohort::len)),
            in_flight: taking.as_ref().map(|taking| taking.in_flight),
            consumers: taking.as_ref().map(|taking| taking.consumers),
            oldest,
            findings: Vec::new(),
        };
        fact.findings =
            crate::finding::of_queue(site, &fact, taking.map(|taking| taking.orphans).unwrap_or_default());
        fact
    }
}

/// A finding.
pub(crate) fn finding(
    code: &str,
    severity: Severity,
    sentence: String,
    about: About,
    members: Vec<ZnodePath>,
) -> Finding {
    Finding { code: code.to_owned(), severity, sentence, about, members }
}

#[cfg(test)]
impl QueueFact {
    /// An empty queue at this path.
    pub(crate) fn at_test(path: ZnodePath) -> Self {
        Self {
            names: &["kazoo.Queue"],
            declared: None,
            kind: QueueKind::Fifo,
            confidence: Confidence::Certain,
            items: path,
            family: Family::KazooEntry,
            taken: None,
            depth: 0,
            in_flight: None,
            consumers: None,
            oldest: None,
            findings: Vec::new(),
        }
    }
}
