//! The router: one list, read from top to bottom.

mod actions;
mod approvals;
mod assets;
mod audit;
mod bulk;
mod clusters;
mod download;
mod extract;
mod freeze;
mod headers;
mod health;
mod identify;
mod locks;
mod login;
mod origin;
mod problem;
mod queues;
mod recipes;
pub mod serve;
mod sessions;
mod sign_ins;
mod tree;

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use zooscope_protocol::RefusalCode;

pub use problem::Problem;

use crate::app::App;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest body of who signs in, in bytes.
const MAX_LOGIN: usize = 4 * 1024;

/// Everything that the console answers.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .route("/clusters", get(clusters::list))
        .route("/clusters/{cluster}/locks", get(locks::list))
        .route("/clusters/{cluster}/locks/at", get(locks::at))
        .route("/clusters/{cluster}/queues", get(queues::list))
        .route("/clusters/{cluster}/queues/at", get(queues::at))
        .route("/clusters/{cluster}/queues/items", get(queues::items))
        .route("/clusters/{cluster}/deadlocks", get(locks::deadlocks))
        .route("/clusters/{cluster}/sessions", get(sessions::list))
        .route("/clusters/{cluster}/sessions/at", get(sessions::at))
        .route("/clusters/{cluster}/sources", get(sessions::sources))
        .route("/clusters/{cluster}/waits", get(sessions::waits))
        .route("/clusters/{cluster}/findings", get(sessions::findings))
        .route("/clusters/{cluster}/node", get(tree::node))
        .route("/clusters/{cluster}/children", get(tree::children))
        .route("/clusters/{cluster}/events", get(clusters::events))
        .route("/clusters/{cluster}/plans", post(actions::plan))
        .route("/clusters/{cluster}/plans/{digest}/execute", post(actions::execute))
        .route("/clusters/{cluster}/bulk", get(bulk::list).post(bulk::plan))
        .route("/clusters/{cluster}/bulk/{digest}", get(bulk::progress))
        .route("/clusters/{cluster}/bulk/{digest}/execute", post(bulk::execute))
        .route("/clusters/{cluster}/bulk/{digest}/stop", post(bulk::stop))
        .route("/clusters/{cluster}/recipes/try", post(recipes::try_out))
        .route("/recipes", get(recipes::list).post(recipes::keep))
        .route("/recipes/{name}", put(recipes::replace).delete(recipes::forget))
        .route("/audit", get(audit::page))
        .route("/audit/export", get(audit::export))
        .route("/audit/{id}", get(audit::action))
        .route("/clusters/{cluster}/may", get(actions::may))
        .route("/freeze", post(freeze::set))
        .route("/approvals", get(approvals::list))
        .route("/approvals/{id}/approve", post(approvals::approve))
        .route("/approvals/{id}/reject", post(approvals::reject))
        .route("/session", get(health::session))
        .route("/session/step-up", post(login::step_up))
        .route("/sign-ins", get(sign_ins::list))
        .route("/sign-ins/end-others", post(sign_ins::end_others))
        .route("/sign-ins/{id}/end", post(sign_ins::end))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        // A stream lives as long as the browser looks.
        .route("/clusters/{cluster}/stream", get(clusters::stream))
        .fallback(no_address)
        .method_not_allowed_fallback(no_method)
        // Whoever is not known learns nothing, not even which addresses there are.
        .layer(from_fn(identify::require));
    let open = Router::new()
        .route("/api/v1/login", get(login::offer).post(login::sign_in))
        .route("/api/v1/logout", post(login::sign_out))
        .route("/oidc/start", get(login::oidc_start))
        .route("/oidc/callback", get(login::oidc_callback))
        .route("/oidc/backchannel", post(login::oidc_backchannel))
        .method_not_allowed_fallback(no_method)
        .layer(RequestBodyLimitLayer::new(MAX_LOGIN))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE));
    let machines = Router::new().route("/metrics", get(health::metrics)).layer(from_fn(identify::require));
    Router::new()
        .nest("/api/v1", api)
        .merge(open)
        .merge(machines)
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(assets::asset)
        .method_not_allowed_fallback(no_method)
        // `extract::Body` has a limit of its own, and reads on beyond it so that its refusal arrives.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), identify::find))
        .layer(from_fn_with_state(app.clone(), origin::check))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), headers::add))
        .with_state(app)
}

async fn no_address() -> Problem {
    Problem::new(RefusalCode::NotFound, "there is no such address in the API")
}

async fn no_method() -> Problem {
    Problem::new(RefusalCode::BadMethod, "this address does not know this method")
}

/// The last resort: nothing is known to panic, and if it does, one request fails and the server goes on.
#[expect(clippy::needless_pass_by_value, reason = "the layer calls it so")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a request handler panicked");
    Problem::internal().into_response()
}
