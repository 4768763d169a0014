//! Clusters, their journals and the stream.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use zooscope_protocol::RefusalCode;
use zooscope_protocol::api::{ClusterBody, JournalPage};

use super::Problem;
use super::extract::{Cluster, Query, limit, path};
use crate::app::App;
use crate::auth::{Principal, Sight};
use crate::{clock, live};

/// All clusters, in the order of the configuration.
pub(super) async fn list(State(app): State<App>) -> Json<Vec<ClusterBody>> {
    let now = clock::now();
    let body = |watched: &crate::app::Watched| ClusterBody {
        info: watched.mirror.current().info.clone(),
        stale_ms: watched.mirror.stale_ms(now),
    };
    Json(app.clusters.iter().map(body).collect())
}

/// `?after=&path=&limit=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Events {
    #[serde(default)]
    after: u64,
    path: Option<String>,
    limit: Option<u32>,
}

/// The journal from a number on.
pub(super) async fn events(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(query): Query<Events>,
) -> Result<Json<JournalPage>, Problem> {
    let within = query.path.as_deref().map(path).transpose()?;
    let limit = limit(query.limit, 1_000)?;
    let mut page = watched.mirror.journal().page(query.after, within.as_ref(), limit);
    page.events.retain(|event| sight.event(event));
    Ok(Json(page))
}

/// The stream, opened at one cluster's address. Its frames name the cluster that they are about, so one stream serves all.
pub(super) async fn stream(
    State(app): State<App>,
    who: Principal,
    Cluster(_): Cluster,
    request: Request,
) -> Result<Response, Problem> {
    live::upgrade(app, who, request).map_err(|why| Problem::new(RefusalCode::BadRequest, why))
}
