//! What no tree tells and only watching does: since when a lock is held, how fast a queue moves, and what a directory that is
//! empty now was when it was not.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use imbl::OrdMap;
use zooscope_protocol::{MemberState, Timestamp, ZnodePath, Zxid};

use crate::catalog::{Catalog, Updated};
use crate::line::Line;
use crate::queue::{Items, Orphan};
use crate::recipe::{LockFact, QueueFact, Site};
use crate::tree::Tree;

/// What was observed. A clone costs a few pointers.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    tenures: OrdMap<ZnodePath, Tenure>,
    flows: OrdMap<ZnodePath, Arc<Flow>>,
    /// Locks and queues whose directories are empty: between two holders, or drained. Their znodes alone would not tell.
    idle_locks: OrdMap<ZnodePath, Arc<LockFact>>,
    idle_queues: OrdMap<ZnodePath, Arc<QueueFact>>,
    /// Curator semaphores with a lease that is pending although another was given back.
    stalls: OrdMap<ZnodePath, Stall>,
    /// By queue: marks without an item, and since when that was seen.
    orphans: OrdMap<ZnodePath, Arc<Vec<(Orphan, Timestamp)>>>,
}

/// A pending lease that was not granted when another was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stall {
    pub(crate) lease: ZnodePath,
    czxid: Zxid,
    /// When this was first seen.
    pub(crate) since: Timestamp,
}

/// Since when a lock's first holder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tenure {
    holder: ZnodePath,
    czxid: Zxid,
    /// When it acquired; where that was not seen, when it queued.
    pub(crate) since: Timestamp,
    /// Whether it was seen to acquire.
    pub(crate) seen: bool,
}

/// How a queue moves.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Flow {
    /// The directory's life: one that was made anew counts from 0.
    czxid: Zxid,
    samples: VecDeque<Sample>,
    ticks: u64,
    pub(crate) in_rate: Option<f64>,
    pub(crate) out_rate: Option<f64>,
    pub(crate) trend: Vec<u32>,
    /// Since when it had items and none left.
    still_since: Option<Timestamp>,
    head: Option<Head>,
    repeats: u32,
}

/// The first item of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    czxid: Zxid,
    /// A fingerprint of its data.
    data: u64,
    /// Since when it was seen to be first, and how many had left by then.
    since: Timestamp,
    deleted: u32,
}

/// The directory's counters at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    at: Timestamp,
    created: u32,
    deleted: u32,
}

impl Observed {
    /// A rate is over so long, in milliseconds.
    const WINDOW_MS: u64 = 60_000;
    /// The trend has a reading every so many ticks, and so many readings.
    const TREND: (u64, usize) = (5, 60);

    pub(crate) fn tenure(&self, lock: &ZnodePath) -> Option<&Tenure> {
        self.tenures.get(lock)
    }

    pub(crate) fn flow(&self, queue: &ZnodePath) -> Option<&Flow> {
        self.flows.get(queue).map(Arc::as_ref)
    }

    /// The semaphores in which a pending lease stays pending.
    pub(crate) fn stalls(&self) -> impl Iterator<Item = (&ZnodePath, &Stall)> {
        self.stalls.iter()
    }

    /// The queues with marks of which there is no item, and since when that was seen.
    pub(crate) fn orphans(&self) -> impl Iterator<Item = (&ZnodePath, &[(Orphan, Timestamp)])> {
        self.orphans.iter().map(|(path, orphans)| (path, orphans.as_slice()))
    }

    /// The locks that are idle: their directories are there, and empty.
    pub(crate) fn idle_locks(&self) -> &OrdMap<ZnodePath, Arc<LockFact>> {
        &self.idle_locks
    }

    /// The queues that are drained.
    pub(crate) fn idle_queues(&self) -> &OrdMap<ZnodePath, Arc<QueueFact>> {
        &self.idle_queues
    }

    /// What was observed after the catalogue changed from `before`; `seen` where no change in between was missed.
    pub(crate) fn updated(
        &self,
        before: &Catalog,
        updated: &Updated,
        tree: &Tree,
        at: Timestamp,
        seen: bool,
    ) -> Self {
        let mut observed = self.clone();
        for path in &updated.sites {
            observed.remember(path, before, &updated.catalog, tree);
            match updated.catalog.locks.get(path) {
                Some(lock) => observed.watch(path, lock, &updated.catalog, tree, at, seen),
                None => {
                    observed.tenures.remove(path);
                    observed.stalls.remove(path);
                }
            }
            observed.orphaned(
                path,
                updated.catalog.queues.get(path).map(|queue| queue.orphans.as_slice()),
                at,
            );
            if !updated.catalog.queues.contains_key(path) && !observed.idle_queues.contains_key(path) {
                observed.flows.remove(path);
            }
        }
        observed
    }

    /// Remembers what was at a directory that is empty now, and forgets what is gone or recognised again.
    fn remember(&mut self, path: &ZnodePath, before: &Catalog, after: &Catalog, tree: &Tree) {
        let known = after.locks.contains_key(path) || after.queues.contains_key(path);
        let left = tree.get(path).filter(|_| !known);
        // What is declared is recognised when it is empty, too; what was, and is not any more, is nothing.
        let lock = before.locks.get(path).filter(|lock| lock.declared.is_none());
        let lock = lock.or_else(|| self.idle_locks.get(path)).map(|lock| lock.idle());
        match lock.filter(|lock| left.is_some_and(|znode| lock.is_empty(znode))) {
            Some(lock) => drop(self.idle_locks.insert(path.clone(), Arc::new(lock))),
            None => drop(self.idle_locks.remove(path)),
        }
        if left.is_none_or(|znode| znode.child_count() != 0) {
            self.idle_queues.remove(path);
            return;
        }
        if let Some(queue) = before.queues.get(path).filter(|queue| queue.declared.is_none()) {
            self.idle_queues.insert(path.clone(), Arc::new(queue.idle()));
        }
    }

    /// Keeps since when the same marks of a queue have no item.
    fn orphaned(&mut self, path: &ZnodePath, orphans: Option<&[Orphan]>, at: Timestamp) {
        let Some(orphans) = orphans.filter(|orphans| !orphans.is_empty()) else {
            self.orphans.remove(path);
            return;
        };
        let known = self.orphans.get(path).cloned().unwrap_or_default();
        let since =
            |orphan: &Orphan| known.iter().find(|(its, _)| its == orphan).map_or(at, |(_, since)| *since);
        let now = orphans.iter().map(|orphan| (orphan.clone(), since(orphan))).collect();
        self.orphans.insert(path.clone(), Arc::new(now));
    }

    fn watch(
        &mut self,
        path: &ZnodePath,
        lock: &LockFact,
        catalog: &Catalog,
        tree: &Tree,
        at: Timestamp,
        seen: bool,
    ) {
        let site = Site::at(tree, &catalog.censuses, path);
        match site.and_then(|site| stalled(&site, lock)) {
            None => drop(self.stalls.remove(path)),
            Some((lease, czxid)) => {
                if self.stalls.get(path).is_none_or(|stall| stall.czxid != czxid) {
                    self.stalls.insert(path.clone(), Stall { lease, czxid, since: at });
                }
            }
        }
        let Some(holder) = site.and_then(|site| lock.line.holders(&site, 1).into_iter().next()) else {
            self.tenures.remove(path);
            return;
        };
        let known = self.tenures.get(path);
        if known.is_some_and(|tenure| tenure.holder == holder.path && tenure.czxid == holder.czxid) {
            return;
        }
        let since = if seen { at } else { holder.created };
        self.tenures.insert(path.clone(), Tenure { holder: holder.path, czxid: holder.czxid, since, seen });
    }

    /// What was observed a second later.
    pub(crate) fn ticked(&self, catalog: &Catalog, tree: &Tree, at: Timestamp) -> Self {
        let mut observed = self.clone();
        for (path, queue) in catalog.queues.iter().chain(&self.idle_queues) {
            let mut flow = observed.flows.get(path).map_or_else(Flow::default, |flow| Flow::clone(flow));
            flow.tick(queue, tree, at);
            flow.look(Items::of(tree, &catalog.censuses, queue), at);
            observed.flows.insert(path.clone(), Arc::new(flow));
        }
        observed
    }
}

/// The pending lease of a Curator semaphore, if another was given back since it was laid down: then it should be granted.
fn stalled(site: &Site<'_>, lock: &LockFact) -> Option<(ZnodePath, Zxid)> {
    if lock.line != Line::CuratorSemaphore {
        return None;
    }
    let first = lock.line.waiters(site, 1).pop().filter(|first| first.state == MemberState::Pending)?;
    let leases = site.tree.get(&first.path.parent()?)?.stat();
    // Nobody lays down a lease after the pending one, so what happened among the leases since was a deletion.
    (leases.pzxid > first.czxid).then_some((first.path, first.czxid))
}

impl Flow {
    /// Since when it has had items and none has left, as far as it was watched.
    pub(crate) fn still_since(&self) -> Option<Timestamp> {
        self.still_since
    }

    /// Since when the same item is first, if others have left meanwhile.
    pub(crate) fn head_passed_over(&self) -> Option<Timestamp> {
        let (head, last) = (self.head?, self.samples.back()?);
        (last.deleted != head.deleted).then_some(head.since)
    }

    /// How many times in a row the first item was seen to be another one with the same data.
    pub(crate) fn repeats(&self) -> u32 {
        self.repeats
    }

    /// Looks at the first item, and whether any has left since the last look.
    fn look(&mut self, items: Option<Items<'_>>, at: Timestamp) {
        let first = items.and_then(|items| items.window(0, 1).pop());
        let (Some(first), Some(last)) = (first, self.samples.back().copied()) else {
            (self.still_since, self.head) = (None, None);
            return;
        };
        let before = self.samples.iter().rev().nth(1).map(|sample| sample.deleted);
        if before != Some(last.deleted) || self.still_since.is_none() {
            self.still_since = Some(at);
        }
        let mut hasher = DefaultHasher::new();
        (first.size, &first.preview.0).hash(&mut hasher);
        let data = hasher.finish();
        let Some(head) = self.head.filter(|head| head.czxid == first.czxid) else {
            let same = self.head.is_some_and(|head| head.data == data) && first.size > 0;
            self.repeats = if same { self.repeats.saturating_add(1) } else { 0 };
            self.head = Some(Head { czxid: first.czxid, data, since: at, deleted: last.deleted });
            return;
        };
        self.head = Some(head);
    }

    fn tick(&mut self, queue: &QueueFact, tree: &Tree, at: Timestamp) {
        let Some(stat) = tree.get(&queue.items).map(|directory| *directory.stat()) else {
            return;
        };
        if self.czxid != stat.czxid {
            *self = Self { czxid: stat.czxid, ..Self::default() };
        }
        let sample = Sample { at, created: stat.children_created(), deleted: stat.children_deleted() };
        self.samples.push_back(sample);
        while self.samples.len() > 2
            && self.samples.get(1).is_some_and(|next| next.at.millis_until(at) >= Observed::WINDOW_MS)
        {
            self.samples.pop_front();
        }
        if let Some(first) = self.samples.front().filter(|first| first.at < at) {
            let seconds = first.at.millis_until(at) as f64 / 1_000.0;
            let rate = |now: u32, then: u32| round(f64::from(now.wrapping_sub(then)) / seconds);
            self.in_rate = Some(rate(sample.created, first.created));
            self.out_rate = Some(rate(sample.deleted, first.deleted));
        }
        let (every, most) = Observed::TREND;
        if self.ticks.is_multiple_of(every) {
            self.trend.push(queue.depth);
            let surplus = self.trend.len().saturating_sub(most);
            self.trend.drain(..surplus);
        }
        self.ticks += 1;
    }
}

/// Two decimals, so that a rate that stands still is equal to itself.
fn round(rate: f64) -> f64 {
    (rate * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_the_difference_of_the_directory_s_counters_over_the_window() {
        use zooscope_protocol::Stat;
        let path = ZnodePath::parse("/q").unwrap();
        let mut flow = Flow::default();
        let mut rates = Vec::new();
        for second in 0..90_i64 {
            // Two come and one goes each second.
            let (created, deleted) = (second * 2, second);
            let stat = Stat {
                czxid: Zxid(1),
                cversion: i32::try_from(created + deleted).unwrap(),
                num_children: i32::try_from(created - deleted).unwrap(),
                ..Stat::default()
            };
            let mut tree = Tree::default();
            let record = crate::Record { stat, data: Arc::from([]), readable: true };
            tree.put(&path, record);
            let queue = QueueFact::at_test(path.clone());
            flow.tick(&queue, &tree, Timestamp(second * 1_000));
            rates.push((flow.in_rate, flow.out_rate));
        }
        assert_eq!(rates[0], (None, None));
        assert_eq!(rates[1], (Some(2.0), Some(1.0)));
        assert_eq!(rates[89], (Some(2.0), Some(1.0)));
        assert_eq!(flow.trend.len(), 18);
        assert!(flow.samples.len() <= 62);
    }
}
