//! Locks over HTTP.

use axum::Json;
use serde::Deserialize;
use zooscope_model::project;
use zooscope_protocol::api::{LockBody, Page};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::view::Deadlock;
use zooscope_protocol::{RefusalCode, View, ZnodePath};

use super::Problem;
use super::extract::{At, Cluster, Query, limit, path};
use crate::auth::Sight;
use crate::clock;

/// The most holders and waiters that a lock shows in a list.
const LISTED_MEMBERS: usize = 100;

/// `?q=&sort=&limit=&after=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    #[serde(default)]
    q: String,
    #[serde(default)]
    sort: LockSort,
    limit: Option<u32>,
    after: Option<String>,
}

/// A page of locks. `after` is the path of the last lock of the page before; where it is gone, the page begins anew.
pub(super) async fn list(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(query): Query<List>,
) -> Result<Json<Page<LockBody>>, Problem> {
    let limit = limit(query.limit, 500)?;
    let after = query.after.as_deref().map(path).transpose()?;
    watched.attention.look(&View::Locks { query: String::new(), sort: query.sort, limit: 1 });
    let revision = watched.mirror.current();
    let mut paths = project::lock_paths(&revision, &query.q, query.sort);
    if !sight.is_whole() {
        paths.retain(|path| {
            let lock = project::lock(&revision, path, LISTED_MEMBERS);
            lock.is_some_and(|mut lock| sight.lock(&mut lock) && sight.finds(&lock, &query.q))
        });
    }
    let (page, next) = page(&paths, after.as_ref(), limit);
    let now = clock::now();
    let items = page.iter().filter_map(|path| {
        let mut lock = project::lock(&revision, path, LISTED_MEMBERS)?;
        sight.lock(&mut lock).then_some(lock)
    });
    Ok(Json(Page {
        revision: revision.id,
        total: paths.len() as u64,
        items: items.map(|lock| LockBody::at(lock, now)).collect(),
        next,
    }))
}

/// The part of a list after a path, and the path to go on from.
pub(super) fn page<'a>(
    paths: &'a [ZnodePath],
    after: Option<&ZnodePath>,
    limit: usize,
) -> (&'a [ZnodePath], Option<String>) {
    let start = after.and_then(|after| paths.iter().position(|path| path == after)).map_or(0, |at| at + 1);
    let end = paths.len().min(start + limit);
    let next = paths[start..end].last().filter(|_| end < paths.len());
    (&paths[start..end], next.map(ToString::to_string))
}

/// One lock with all its members.
pub(super) async fn at(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(At { path: text }): Query<At>,
) -> Result<Json<LockBody>, Problem> {
    let path = path(&text)?;
    let no_lock = || Problem::new(RefusalCode::NoLock, format!("no lock is recognised at `{path}`"));
    // Servers are not asked for the watches of what is no lock.
    project::lock(&watched.mirror.current(), &path, 0).filter(|_| sight.sees(&path)).ok_or_else(no_lock)?;
    let revision = watched.asked(&View::Lock { path: path.clone() }).await;
    let mut lock = project::lock(&revision, &path, usize::MAX).ok_or_else(no_lock)?;
    sight.lock(&mut lock);
    let because = Some(project::lock_because(&revision, &path));
    let (mut ladders, mut cures) = project::ladders(&revision, &path);
    sight.rungs(&mut ladders, &mut cures);
    let (ladders, cures) = (Some(ladders), Some(cures));
    Ok(Json(LockBody { because, ladders, cures, ..LockBody::at(lock, clock::now()) }))
}

/// The sessions that wait for each other in a circle.
pub(super) async fn deadlocks(Cluster(watched): Cluster, sight: Sight) -> Json<Vec<Deadlock>> {
    let mut deadlocks = zooscope_model::deadlocks(&watched.mirror.current());
    deadlocks.retain_mut(|deadlock| sight.deadlock(deadlock));
    Json(deadlocks)
}
