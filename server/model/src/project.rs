//! Projection: from a revision to what a screen shows.

mod findings;
mod ladder;
mod locks;
mod overview;
mod queues;
mod sessions;
mod tree;
mod trial;

use zooscope_protocol::view::{LockDetail, LockList, QueueDetail, QueueList, WaitGraph};
use zooscope_protocol::{Content, View, view};

pub use findings::findings;
pub use ladder::ladders;
pub use locks::{lock, lock_around, lock_because, lock_paths};
pub use overview::overview;
pub use queues::{items, items_after, queue, queue_because, queue_paths};
pub use sessions::{session, sessions};
pub use tree::{children, children_after, node, part_of};
pub use trial::trial;

use crate::revision::Revision;

/// The most holders and waiters of one lock that its screen shows.
const MEMBERS: usize = 1_000;
/// The most members that a lock is shown with in a list.
const LISTED: usize = 4;

/// What a view shows at a revision. The journal is not part of a revision, so its view is empty here.
pub fn project(revision: &Revision, view: &View) -> Content {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    match view {
        View::Status => {
            // The revision's own number changes all the time and says nothing about how the mirror stands.
            let mut info = revision.info.clone();
            info.revision = zooscope_protocol::RevisionId::default();
            Content::Status(info)
        }
        View::Overview => Content::Overview(Box::new(overview(revision))),
        View::Locks { query, sort, limit } => {
            let paths = lock_paths(revision, query, *sort);
            let listed = paths.iter().take(*limit as usize).filter_map(|path| {
                let mut lock = lock(revision, path, LISTED)?;
                lock.waiters.truncate(1);
                Some(lock)
            });
            Content::Locks(LockList { sort: *sort, total: count(paths.len()), rows: listed.collect() })
        }
        View::Lock { path } => {
            let Some(mut lock) = lock(revision, path, MEMBERS) else {
                return Content::Lock(LockDetail::default());
            };
            let (holders, waiters) = (std::mem::take(&mut lock.holders), std::mem::take(&mut lock.waiters));
            let because = lock_because(revision, path);
            let (ladders, cures) = ladders(revision, path);
            let lock = Some(Box::new(lock));
            Content::Lock(LockDetail { lock, holders, waiters, because, ladders, cures })
        }
        View::Queues { query, sort, limit } => {
            let paths = queue_paths(revision, query, *sort);
            let rows = paths.iter().take(*limit as usize).filter_map(|path| queue(revision, path));
            Content::Queues(QueueList { sort: *sort, total: count(paths.len()), rows: rows.collect() })
        }
        View::Queue { path, start, limit } => Content::Queue(QueueDetail {
            queue: queue(revision, path).map(Box::new),
            start: *start,
            items: items(revision, path, *start as usize, *limit as usize).unwrap_or_default(),
            because: queue_because(revision, path),
        }),
        View::Sessions { query, limit } => Content::Sessions(sessions(revision, query, *limit as usize)),
        View::Session { session: id } => Content::Session(session(revision, *id)),
        View::Waits => Content::Waits(waits(revision)),
        View::Findings { code, limit } => {
            Content::Findings(findings(revision, code.as_deref(), *limit as usize))
        }
        View::Children { path, query, start, limit } => {
            Content::Children(children(revision, path, query, *start as usize, *limit as usize))
        }
        View::Node { path } => Content::Node(node(revision, path).map(Box::new)),
        View::Journal { limit, .. } => {
            Content::Journal(view::Journal { limit: *limit, dropped: 0, newest: 0, events: Vec::new() })
        }
    }
}

/// Who waits for whom.
pub fn waits(revision: &Revision) -> WaitGraph {
    revision.waits().graph(revision)
}
