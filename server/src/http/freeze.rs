//! The switch that stops all actions.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use zooscope_protocol::RefusalCode;
use zooscope_protocol::api::{FreezeBody, SessionBody};

use super::extract::Body;
use super::{Problem, health};
use crate::app::App;
use crate::auth::{Deed, Evidence, Principal, everywhere};
use crate::telemetry::chain;

/// Stops all actions, or lets them go on.
pub(super) async fn set(
    State(app): State<App>,
    who: Principal,
    Body(FreezeBody { on, reason }): Body<FreezeBody>,
) -> Result<Json<SessionBody>, Problem> {
    let reason = reason.trim().to_owned();
    if !(3..=500).contains(&reason.chars().count()) {
        return Err(Problem::new(RefusalCode::NoReason, "`reason` says why, in 3 to 500 characters"));
    }
    let deeds = BTreeSet::from([if on { Deed::Freeze } else { Deed::Thaw }]);
    let evidence = Evidence { reason: &reason, ..Evidence::default() };
    let _permit = match app.authority.authorize(&who, &deeds, &everywhere(), "*", &evidence) {
        Ok(permit) => permit,
        Err(refusal) => return Err(app.actions.denied(&who, "freeze", None, None, refusal).await.into()),
    };
    let said = format!("{} all actions: {reason}", if on { "freeze" } else { "unfreeze" });
    let note = app.actions.note_intent(&who, "freeze", said).await;
    // What stops an incident is not stopped by a full disk; what lets actions go on is.
    let note = match note {
        Ok(note) => Some(note),
        Err(_) if on => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let (own, by) = (app.clone(), on.then(|| who.name.clone()));
    let set = tokio::task::spawn_blocking(move || own.authority.freeze().set(by, &reason)).await;
    let failed = match set {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(chain(&error)),
        Err(error) => Some(chain(&error)),
    };
    if let Some(note) = note {
        app.actions.note_outcome(note, failed.clone()).await;
    }
    if let Some(error) = failed {
        tracing::error!(error, "the switch that stops all actions could not be kept");
        return Err(Problem::internal());
    }
    Ok(health::session(State(app), who).await)
}
