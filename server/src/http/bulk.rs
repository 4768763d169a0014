//! Bulk: one action on many items.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use zooscope_protocol::api::Execute;
use zooscope_protocol::bulk::{BulkPlan, BulkProgress, BulkRequest};

use super::Problem;
use super::extract::{Body, Cluster, LongBody, Query, limit};
use crate::app::App;
use crate::auth::Principal;

/// Plans a bulk.
pub(super) async fn plan(
    State(app): State<App>,
    Cluster(watched): Cluster,
    LongBody(request): LongBody<BulkRequest>,
) -> Result<Json<BulkPlan>, Problem> {
    Ok(Json(app.actions.plan_bulk(&app, &watched, request).await?))
}

/// The digest in the address.
#[derive(Debug, Deserialize)]
pub(super) struct Digest {
    digest: String,
}

/// Begins a bulk. It runs on when the browser goes away.
pub(super) async fn execute(
    State(app): State<App>,
    Cluster(watched): Cluster,
    Path(Digest { digest }): Path<Digest>,
    who: Principal,
    Body(request): Body<Execute>,
) -> Result<Json<BulkProgress>, Problem> {
    Ok(Json(app.actions.execute_bulk(&app, &watched, &digest, &request, &who)?))
}

/// `?after=&limit=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Results {
    after: Option<u32>,
    limit: Option<u32>,
}

/// How far a bulk is, with a page of its results.
pub(super) async fn progress(
    State(app): State<App>,
    Cluster(watched): Cluster,
    Path(Digest { digest }): Path<Digest>,
    Query(query): Query<Results>,
) -> Result<Json<BulkProgress>, Problem> {
    let limit = limit(query.limit, 100)?;
    Ok(Json(app.actions.bulk(&watched.cluster.name, &digest, query.after.unwrap_or(0), limit)?))
}

/// Tells a bulk to stop.
pub(super) async fn stop(
    State(app): State<App>,
    Cluster(watched): Cluster,
    Path(Digest { digest }): Path<Digest>,
) -> Result<Json<BulkProgress>, Problem> {
    Ok(Json(app.actions.stop_bulk(&watched.cluster.name, &digest)?))
}

/// The bulks that were begun since the server started, the newest first.
pub(super) async fn list(State(app): State<App>, Cluster(watched): Cluster) -> Json<Vec<BulkProgress>> {
    Json(app.actions.bulks(&watched.cluster.name))
}
