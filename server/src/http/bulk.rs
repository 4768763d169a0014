//! Bulk: one action on many items.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use zooscope_protocol::api::Execute;
use zooscope_protocol::bulk::{BulkPlanBody, BulkProgress, BulkRequest};
use zooscope_protocol::{RefusalCode, Role};

use super::Problem;
use super::actions::{Digest, told};
use super::extract::{Body, Cluster, LongBody, Query, limit};
use crate::app::App;
use crate::auth::Principal;

/// Plans a bulk.
pub(super) async fn plan(
    State(app): State<App>,
    Cluster(watched): Cluster,
    who: Principal,
    LongBody(request): LongBody<BulkRequest>,
) -> Result<Json<BulkPlanBody>, Problem> {
    let (plan, demands) = app.actions.plan_bulk(&app, &watched, request, &who).await?;
    Ok(Json(BulkPlanBody { plan, demands: told(&demands) }))
}

/// Begins a bulk. It runs on when the browser goes away.
pub(super) async fn execute(
    State(app): State<App>,
    Cluster(watched): Cluster,
    Path(Digest { digest }): Path<Digest>,
    who: Principal,
    Body(request): Body<Execute>,
) -> Result<Json<BulkProgress>, Problem> {
    Ok(Json(app.actions.execute_bulk(&app, &watched, &digest, &request, &who).await?))
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
    who: Principal,
    Query(query): Query<Results>,
) -> Result<Json<BulkProgress>, Problem> {
    let (limit, cluster) = (limit(query.limit, 100)?, &watched.cluster.name);
    let mut progress = app.actions.bulk(cluster, &digest, query.after.unwrap_or(0), limit)?;
    if !shows(&app, &who, cluster, &progress) {
        return Err(Problem::new(RefusalCode::UnknownPlan, "there is no bulk with this digest"));
    }
    progress.results.retain(|result| app.authority.policy().shows(who.role, cluster, &result.path));
    Ok(Json(progress))
}

/// Whether somebody may see what a bulk is about.
fn shows(app: &App, who: &Principal, cluster: &str, progress: &BulkProgress) -> bool {
    app.authority.policy().shows(who.role, cluster, &progress.subject)
}

/// Tells a bulk to stop.
pub(super) async fn stop(
    State(app): State<App>,
    Cluster(watched): Cluster,
    Path(Digest { digest }): Path<Digest>,
    who: Principal,
) -> Result<Json<BulkProgress>, Problem> {
    // Stopping does no harm, so whoever may act at all may stop what others began.
    if who.role < Role::Operator {
        return Err(Problem::new(RefusalCode::Forbidden, "stopping a bulk takes the role operator"));
    }
    let cluster = &watched.cluster.name;
    let known = app.actions.bulk(cluster, &digest, 0, 0)?;
    if !shows(&app, &who, cluster, &known) {
        return Err(Problem::new(RefusalCode::UnknownPlan, "there is no bulk with this digest"));
    }
    Ok(Json(app.actions.stop_bulk(cluster, &digest, &who).await?))
}

/// The bulks that were begun since the server started, the newest first.
pub(super) async fn list(
    State(app): State<App>,
    Cluster(watched): Cluster,
    who: Principal,
) -> Json<Vec<BulkProgress>> {
    let mut bulks = app.actions.bulks(&watched.cluster.name);
    bulks.retain(|progress| shows(&app, &who, &watched.cluster.name, progress));
    Json(bulks)
}
