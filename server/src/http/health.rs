//! What machines ask about the console itself.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use zooscope_protocol::Status;
use zooscope_protocol::api::SessionBody;

use super::Problem;
use crate::app::App;
use crate::auth::Principal;
use crate::{VERSION, metrics};

/// The process answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Every cluster has something to show.
pub(super) async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    let scanned = |status| !matches!(status, Status::Connecting | Status::Scanning | Status::Failed);
    if app.clusters.iter().all(|watched| scanned(watched.mirror.current().info.status)) {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

/// The metrics.
pub(super) async fn metrics(State(app): State<App>) -> Response {
    match metrics::text(&app) {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            Problem::internal().into_response()
        }
    }
}

/// Who is asking.
pub(super) async fn session(State(app): State<App>, who: Principal) -> Json<SessionBody> {
    let frozen = app.authority.freeze().frozen();
    Json(SessionBody {
        approver: who.may_approve(),
        name: who.name,
        role: who.role,
        subject: who.subject,
        mode: who.mode,
        proved_ms: who.proved.map(|proved| u64::try_from(proved.elapsed().as_millis()).unwrap_or(u64::MAX)),
        frozen: frozen.map(|frozen| format!("{} froze all actions: {}", frozen.by, frozen.reason)),
        read_only: app.config.read_only,
        version: VERSION.to_owned(),
    })
}
