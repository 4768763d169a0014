//! The sessions of whoever asks: where one is signed in, and ending that from afar.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use zooscope_protocol::RefusalCode;
use zooscope_protocol::api::SignIn;

use super::Problem;
use crate::app::App;
use crate::auth::Principal;
use crate::auth::sessions::Known;

/// One's own sessions, the one that was used last first. None where each request says anew who asks.
pub(super) async fn list(State(app): State<App>, who: Principal) -> Json<Vec<SignIn>> {
    let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let body = |known: Known| SignIn {
        current: who.session == Some(known.key),
        id: known.name,
        agent: known.agent,
        address: known.address,
        age_ms: millis(known.age),
        unused_ms: millis(known.unused),
        left_ms: millis(known.left),
    };
    let own = if who.session.is_some() { app.gate.sessions().of(&who.subject) } else { Vec::new() };
    Json(own.into_iter().map(body).collect())
}

/// Ends one of them; its streams end within a second.
pub(super) async fn end(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let ended = match who.session {
        Some(_) => app.gate.sessions().end_of(&who.subject, |known| known.name == id),
        None => 0,
    };
    if ended == 0 {
        return Err(Problem::new(
            RefusalCode::NotFound,
            "you have no such session; it may have ended already",
        ));
    }
    note(&app, &who, ended).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all but the one that asks.
pub(super) async fn end_others(State(app): State<App>, who: Principal) -> StatusCode {
    if let Some(own) = who.session {
        let ended = app.gate.sessions().end_of(&who.subject, |known| known.key != own);
        note(&app, &who, ended).await;
    }
    StatusCode::NO_CONTENT
}

/// Writes it down. What ends a session that was stolen is not stopped by a full disk; that it is full is in the log.
async fn note(app: &App, who: &Principal, ended: usize) {
    tracing::info!(subject = who.subject, address = %who.address, ended, "somebody ended sessions of their own");
    let said = format!("ended {ended} of their own sessions");
    app.actions.note_event(who, "sign_out", said).await.ok();
}
