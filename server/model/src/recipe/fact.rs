//! How facts are made: what most recipes share.

use std::borrow::Cow;

use zooscope_protocol::{Confidence, LockKind, Mode, QueueKind, Recipe, ZnodePath};

use super::{LockFact, QueueFact, Release, Site, count, named};
use crate::census::{Cohort, Family};
use crate::line::{Line, Standing, Together};
use crate::tree::Znode;

impl LockFact {
    /// A lock whose contenders stand in one line in the directory itself.
    pub(super) fn lined(
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
            because: Cow::Borrowed(""),
            hands_off: None,
            findings,
        }
    }

    /// Members that are there, none before another.
    pub(super) fn group(site: &Site<'_>, names: &'static [&'static str], family: Family) -> Self {
        let line = Line::Together { family, mode: Mode::Lease, as_one: Together::Present };
        Self::lined(site, names, LockKind::Group, line, Release::HEALS)
    }

    /// A znode that is the lock by itself.
    pub(super) fn single(site: &Site<'_>, names: &'static [&'static str], kind: LockKind) -> Self {
        let mode = if kind == LockKind::Election { Mode::Candidate } else { Mode::Exclusive };
        Self::lined(site, names, kind, Line::Single { mode }, Release::UNKNOWN).with_capacity(1)
    }

    /// Candidates in one line, the first of which leads, in a system that is left alone.
    pub(super) fn election(site: &Site<'_>, names: &'static [&'static str], family: Family) -> Self {
        let line = Line::Exclusive { family, mode: Mode::Candidate };
        Self::lined(site, names, LockKind::Election, line, Release::UNKNOWN).with_capacity(1)
    }

    /// A barrier that opens when a child of this name is there: until then the participants wait for it.
    pub(super) fn barrier(site: &Site<'_>, names: &'static [&'static str], family: Family) -> Option<Self> {
        let opener = family.companion()?;
        site.all_are(family).then_some(())?;
        let open = site.znode.child(opener).is_some();
        let as_one = if open { Together::Hold } else { Together::Await(opener) };
        let line = Line::Together { family, mode: Mode::Lease, as_one };
        let fact = Self::lined(site, names, LockKind::Barrier, line, Release::UNKNOWN);
        let fact = fact.hands_off(
            "Whoever stands in a double barrier holds nothing that could be handed on: a \
                 participant that is deleted is missed by its own program. End that participant's \
                 process instead, which frees the others.",
        );
        Some(if open { fact } else { fact.likely() })
    }

    /// The same lock when nobody contends for it.
    pub(crate) fn idle(&self) -> Self {
        Self { standing: Standing::default(), findings: Vec::new(), ..self.clone() }
    }

    /// Its recipe as it is sent.
    pub(crate) fn recipe(&self) -> Recipe {
        self.declared.as_ref().map_or_else(|| named(self.names), |declared| declared.recipe())
    }

    /// Whether nothing is left in the lock's directory but what the recipe itself lays down beside the members: the last of
    /// a double barrier of Curator's deletes its own znode before `ready`.
    pub(crate) fn is_empty(&self, directory: &Znode) -> bool {
        let companion = self.line.family().and_then(Family::companion);
        let companion = companion.and_then(|name| directory.child(name));
        directory.child_count() == usize::from(companion.is_some())
    }

    pub(super) fn with_capacity(mut self, capacity: u32) -> Self {
        self.capacity = Some(capacity);
        self
    }

    pub(super) fn likely(mut self) -> Self {
        self.confidence = Confidence::Likely;
        self
    }

    /// How it was recognised.
    pub(super) fn because(mut self, because: &'static str) -> Self {
        self.because = Cow::Borrowed(because);
        self
    }

    /// Why nothing is ever done here.
    pub(super) fn hands_off(mut self, why: &'static str) -> Self {
        self.hands_off = Some(why);
        self
    }
}

impl QueueFact {
    /// A queue whose items are the children of the directory itself.
    pub(super) fn flat(
        site: &Site<'_>,
        names: &'static [&'static str],
        kind: QueueKind,
        family: Family,
    ) -> Option<Self> {
        let cohort = site.cohort(family)?;
        let taken = if family == Family::CuratorItem { site.lock_path() } else { None };
        Some(Self::new(site, (names, kind, family), site.path.clone(), Some(cohort), taken))
    }

    pub(super) fn likely(mut self) -> Self {
        self.confidence = Confidence::Likely;
        self
    }

    /// How it was recognised.
    pub(super) fn because(mut self, because: &'static str) -> Self {
        self.because = Cow::Borrowed(because);
        self
    }

    /// Why nothing is ever done here.
    pub(super) fn hands_off(mut self, why: &'static str) -> Self {
        self.hands_off = Some(why);
        self
    }

    /// Its recipe as it is sent.
    pub(crate) fn recipe(&self) -> Recipe {
        self.declared.as_ref().map_or_else(|| named(self.names), |declared| declared.recipe())
    }

    /// The same queue when it is drained.
    pub(crate) fn idle(&self) -> Self {
        let in_flight = self.in_flight.map(|_| 0);
        let consumers = self.consumers.map(|_| 0);
        let (orphans, findings) = (Vec::new(), Vec::new());
        Self { depth: 0, in_flight, consumers, orphans, oldest: None, findings, ..self.clone() }
    }

    pub(super) fn new(
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
        let (in_flight, consumers) =
            taking.as_ref().map(|taking| (taking.in_flight, taking.consumers)).unzip();
        let mut fact = Self {
            names,
            declared: None,
            kind,
            confidence: Confidence::Certain,
            items,
            family,
            taken,
            depth: count(cohort.map_or(0, Cohort::len)),
            in_flight,
            consumers,
            orphans: taking.map(|taking| taking.orphans).unwrap_or_default(),
            oldest,
            because: Cow::Borrowed(""),
            hands_off: None,
            findings: Vec::new(),
        };
        fact.findings = crate::finding::of_queue(site, &fact);
        fact
    }
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
            orphans: Vec::new(),
            oldest: None,
            because: Cow::Borrowed(""),
            hands_off: None,
            findings: Vec::new(),
        }
    }
}
