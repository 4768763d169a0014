//! Plans and their execution.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use zooscope_protocol::Action;
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::{self, DeedBody, Execute, MayBody, PlanBody, Waiting};

use super::Problem;
use super::extract::{At, Body, Cluster, Query, path};
use crate::actions::Refused;
use crate::app::App;
use crate::auth::policy::Demands;
use crate::auth::{Deed, Principal};

/// Plans an action.
pub(super) async fn plan(
    State(app): State<App>,
    Cluster(watched): Cluster,
    who: Principal,
    Body(action): Body<Action>,
) -> Result<Json<PlanBody>, Problem> {
    let (mut plan, demands) = app.actions.plan(&app, &watched, &action, &who).await?;
    app.authority.sight(&who, &watched.cluster.name).plan(&watched.mirror.current(), &mut plan);
    Ok(Json(PlanBody { plan, demands: told(&demands) }))
}

/// The digest in the address.
#[derive(Debug, Deserialize)]
pub(super) struct Digest {
    pub(super) digest: String,
}

/// Executes a plan. It runs on when the browser goes away in the middle.
pub(super) async fn execute(
    State(app): State<App>,
    Cluster(watched): Cluster,
    Path(Digest { digest }): Path<Digest>,
    who: Principal,
    Body(request): Body<Execute>,
) -> Result<Response, Problem> {
    let sight = app.authority.sight(&who, &watched.cluster.name);
    let (own, mirror) = (app.clone(), watched.mirror.clone());
    let running =
        app.tasks.spawn(async move { own.actions.execute(&own, &watched, &digest, request, &who).await });
    match running.await {
        Ok(Ok(executed)) => Ok(Json::<Executed>(executed).into_response()),
        Ok(Err(Refused::Waits(mut approval))) => {
            sight.plan(&mirror.current(), &mut approval.plan);
            Ok((StatusCode::ACCEPTED, Json(Waiting { approval: *approval })).into_response())
        }
        Ok(Err(Refused::Because(refusal))) => Err(refusal.into()),
        Ok(Err(Refused::PlanChanged(mut plan))) => {
            sight.plan(&mirror.current(), &mut plan);
            Err(Problem::plan_changed(*plan))
        }
        Err(error) => {
            tracing::error!(%error, "an execution ended without an answer");
            Err(Problem::internal())
        }
    }
}

/// What is demanded, as the answer tells it.
pub(super) fn told(demands: &Demands) -> api::Demands {
    api::Demands {
        reason: demands.reason,
        tickets: demands.tickets.iter().cloned().collect(),
        approvals: demands.approvals,
        typed: demands.typed,
        step_up_ms: demands.step_up.map(|within| u64::try_from(within.as_millis()).unwrap_or(u64::MAX)),
    }
}

/// What the asker may do at a path.
pub(super) async fn may(
    State(app): State<App>,
    Cluster(watched): Cluster,
    who: Principal,
    Query(At { path: text }): Query<At>,
) -> Result<Json<MayBody>, Problem> {
    let path = path(&text)?;
    let paths = BTreeSet::from([path.clone()]);
    let deeds = Deed::all().map(|deed| {
        let allowed = app.authority.allowed(&who, &BTreeSet::from([deed]), &paths, &watched.cluster.name);
        DeedBody {
            deed: deed.name().to_owned(),
            allowed: allowed.is_ok(),
            demands: allowed.as_ref().map(told).unwrap_or_default(),
            because: allowed.err().map(|refusal| refusal.detail),
        }
    });
    Ok(Json(MayBody { deeds: deeds.collect(), path }))
}
