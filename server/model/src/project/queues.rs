//! Queues and their items as they are shown.

use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::{Item, Queue, ZnodePath};

use crate::queue::Items;
use crate::recipe::named;
use crate::revision::Revision;

/// How the queue at a path was recognised, as a whole sentence; empty where none is.
pub fn queue_because(revision: &Revision, path: &ZnodePath) -> String {
    revision.queue(path).map(|fact| fact.because.clone().into_owned()).unwrap_or_default()
}

/// The queue at a path; `None` where none is recognised.
pub fn queue(revision: &Revision, path: &ZnodePath) -> Option<Queue> {
    let fact = revision.queue(path)?;
    let flow = revision.observed.flow(path);
    Some(Queue {
        path: path.clone(),
        kind: fact.kind,
        recipe: named(fact.names),
        confidence: fact.confidence,
        depth: fact.depth,
        in_flight: fact.in_flight,
        oldest: fact.oldest,
        in_rate: flow.and_then(|flow| flow.in_rate),
        out_rate: flow.and_then(|flow| flow.out_rate),
        consumers: fact.consumers,
        hands_off: fact.hands_off.map(str::to_owned),
        trend: flow.map(|flow| flow.trend.clone()).unwrap_or_default(),
        findings: revision.findings().at(path),
    })
}

/// The paths of the queues whose path contains the text, in any case, in this order.
pub fn queue_paths(revision: &Revision, query: &str, sort: QueueSort) -> Vec<ZnodePath> {
    let query = query.to_lowercase();
    let wanted = |path: &&ZnodePath| query.is_empty() || path.as_str().to_lowercase().contains(&query);
    let mut rows: Vec<Queue> = revision
        .queues()
        .map(|(path, _)| path)
        .filter(wanted)
        .filter_map(|path| queue(revision, path))
        .collect();
    rows.sort_by(|a, b| a.order(b, sort));
    rows.into_iter().map(|row| row.path).collect()
}

/// A window of a queue's items in the order that consumers take them; `None` where no queue is recognised.
pub fn items(revision: &Revision, path: &ZnodePath, start: usize, limit: usize) -> Option<Vec<Item>> {
    with(revision, path, |items| items.window(start, limit))
}

/// The items that follow the one called `after`, from the first where that is `None`.
pub fn items_after(
    revision: &Revision,
    path: &ZnodePath,
    after: Option<&str>,
    limit: usize,
) -> Option<Vec<Item>> {
    with(revision, path, |items| items.after(after, limit))
}

fn with(
    revision: &Revision,
    path: &ZnodePath,
    take: impl FnOnce(&Items<'_>) -> Vec<Item>,
) -> Option<Vec<Item>> {
    let fact = revision.queue(path)?;
    let items = Items::of(&revision.tree, &revision.catalog.censuses, fact);
    Some(items.map(|items| take(&items)).unwrap_or_default())
}
