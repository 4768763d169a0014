//! The overview: what is wrong, first.

use std::cmp::Reverse;

use zooscope_protocol::lock::LockSort;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::view::Overview;
use zooscope_protocol::{Lock, Queue};

use super::{lock, queue, queue_paths};
use crate::revision::Revision;

/// How many locks and queues are shown.
const TOP: usize = 5;
/// How many findings are shown.
const FINDINGS: usize = 20;

/// The overview of a revision.
pub fn overview(revision: &Revision) -> Overview {
    let catalog = &revision.catalog;
    let blocked = || catalog.locks.values().map(|lock| lock.standing.blocked);
    let waits = revision.waits();
    let mut contended: Vec<_> = catalog.locks.iter().filter(|(_, lock)| lock.standing.blocked > 0).collect();
    contended.sort_by_key(|(path, lock)| {
        (Reverse(waits.behind_lock(path)), Reverse(lock.standing.blocked), *path)
    });
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut top_locks: Vec<Lock> =
        contended.iter().take(TOP).filter_map(|(path, _)| lock(revision, path, 1)).collect();
    top_locks.sort_by(|a, b| a.order(b, LockSort::Blocked));
    let top_queues: Vec<Queue> = queue_paths(revision, "", QueueSort::Oldest)
        .iter()
        .take(TOP)
        .filter_map(|path| queue(revision, path))
        .collect();
    Overview {
        locks: count(revision.locks().count()),
        contended: count(contended.len()),
        blocked: blocked().fold(0, u32::saturating_add),
        queues: count(revision.queues().count()),
        items: catalog.queues.values().map(|queue| u64::from(queue.depth)).sum(),
        deadlocks: waits.deadlocks(),
        findings: revision.findings().all().iter().take(FINDINGS).cloned().collect(),
        finding_counts: revision.findings().counts(),
        top_locks,
        top_queues,
    }
}
