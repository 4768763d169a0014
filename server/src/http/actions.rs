//! Plans and their execution.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::Execute;
use zooscope_protocol::{Action, Plan};

use super::Problem;
use super::extract::{Body, Cluster};
use crate::actions::Refused;
use crate::app::App;
use crate::auth::Principal;

/// Plans an action.
pub(super) async fn plan(
    State(app): State<App>,
    Cluster(watched): Cluster,
    Body(action): Body<Action>,
) -> Result<Json<Plan>, Problem> {
    Ok(Json(app.actions.plan(&app, &watched, &action).await?))
}

/// The digest in the address.
#[derive(Debug, Deserialize)]
pub(super) struct Digest {
    digest: String,
}

/// Executes a plan. It runs on when the browser goes away in the middle.
pub(super) async fn execute(
    State(app): State<App>,
    Cluster(watched): Cluster,
    Path(Digest { digest }): Path<Digest>,
    who: Principal,
    Body(request): Body<Execute>,
) -> Result<Json<Executed>, Problem> {
    let own = app.clone();
    let running =
        app.tasks.spawn(async move { own.actions.execute(&own, &watched, &digest, request, &who).await });
    match running.await {
        Ok(Ok(executed)) => Ok(Json(executed)),
        Ok(Err(Refused::Because(refusal))) => Err(refusal.into()),
        Ok(Err(Refused::PlanChanged(plan))) => Err(Problem::plan_changed(*plan)),
        Err(error) => {
            tracing::error!(%error, "an execution ended without an answer");
            Err(Problem::internal())
        }
    }
}
