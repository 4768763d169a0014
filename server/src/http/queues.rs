//! Queues over HTTP.

use axum::Json;
use serde::Deserialize;
use zooscope_model::project;
use zooscope_protocol::api::{ItemBody, Page, QueueBody};
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::{RefusalCode, ZnodePath};

use super::Problem;
use super::extract::{At, Cluster, Query, limit, path};
use super::locks::page;
use crate::auth::Sight;
use crate::clock;

/// `?q=&sort=&limit=&after=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    #[serde(default)]
    q: String,
    #[serde(default)]
    sort: QueueSort,
    limit: Option<u32>,
    after: Option<String>,
}

/// A page of queues. `after` is the path of the last queue of the page before; where it is gone, the page begins anew.
pub(super) async fn list(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(query): Query<List>,
) -> Result<Json<Page<QueueBody>>, Problem> {
    let limit = limit(query.limit, 500)?;
    let after = query.after.as_deref().map(path).transpose()?;
    let revision = watched.mirror.current();
    let mut paths = project::queue_paths(&revision, &query.q, query.sort);
    paths.retain(|path| sight.sees(path));
    let (page, next) = page(&paths, after.as_ref(), limit);
    let now = clock::now();
    let items = page.iter().filter_map(|path| {
        let mut queue = project::queue(&revision, path)?;
        sight.queue(&mut queue).then_some(queue)
    });
    Ok(Json(Page {
        revision: revision.id,
        total: paths.len() as u64,
        items: items.map(|queue| QueueBody::at(queue, now)).collect(),
        next,
    }))
}

/// One queue.
pub(super) async fn at(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(At { path: text }): Query<At>,
) -> Result<Json<QueueBody>, Problem> {
    let path = path(&text)?;
    let revision = watched.mirror.current();
    let mut queue = project::queue(&revision, &path).ok_or_else(|| no_queue(&path))?;
    if !sight.queue(&mut queue) {
        return Err(no_queue(&path));
    }
    let because = Some(project::queue_because(&revision, &path));
    Ok(Json(QueueBody { because, ..QueueBody::at(queue, clock::now()) }))
}

/// `?path=&after=&limit=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Items {
    path: String,
    after: Option<String>,
    limit: Option<u32>,
}

/// A page of a queue's items in the order that consumers take them. `after` is the name of the last item of the page before.
pub(super) async fn items(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(query): Query<Items>,
) -> Result<Json<Page<ItemBody>>, Problem> {
    let path = path(&query.path)?;
    let limit = limit(query.limit, 100)?;
    let revision = watched.mirror.current();
    let queue =
        project::queue(&revision, &path).filter(|_| sight.sees(&path)).ok_or_else(|| no_queue(&path))?;
    let mut items =
        project::items_after(&revision, &path, query.after.as_deref(), limit + 1).unwrap_or_default();
    let more = items.len() > limit;
    items.truncate(limit);
    let now = clock::now();
    let last = items.last().filter(|_| more).map(|item| item.name.clone());
    items.retain_mut(|item| sight.item(item));
    Ok(Json(Page {
        revision: revision.id,
        total: u64::from(queue.depth),
        next: last,
        items: items.into_iter().map(|item| ItemBody::at(item, now)).collect(),
    }))
}

fn no_queue(path: &ZnodePath) -> Problem {
    Problem::new(RefusalCode::NoQueue, format!("no queue is recognised at `{path}`"))
}
