//! What waits for another person.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use zooscope_protocol::RefusalCode;
use zooscope_protocol::api::{ApprovalBody, Decide};

use super::Problem;
use super::extract::Body;
use crate::app::App;
use crate::auth::deed;
use crate::auth::{Deed, Evidence, Principal, everywhere};

/// Whether somebody may know of this request: they asked, or may see every path that it names.
fn shown(app: &App, who: &Principal, body: &ApprovalBody) -> bool {
    let visible = |path| app.authority.policy().shows(who.role, &body.cluster, path);
    let decides = who.may_approve() && deed::touched(&body.plan).iter().all(visible);
    body.requested_by_subject == who.subject || decides
}

/// Whether what would be done now is another plan.
async fn with_changes(app: &App, mut body: ApprovalBody) -> ApprovalBody {
    body.changed = match app.cluster(&body.cluster) {
        Some(watched) => !app.actions.still(watched, &body.plan).await,
        None => true,
    };
    body
}

/// A request as somebody sees it.
fn seen(app: &App, who: &Principal, mut body: ApprovalBody) -> ApprovalBody {
    if let Some(watched) = app.cluster(&body.cluster) {
        app.authority.sight(who, &body.cluster).plan(&watched.mirror.current(), &mut body.plan);
    }
    body
}

/// The requests that the asker made or may decide, the newest first.
pub(super) async fn list(State(app): State<App>, who: Principal) -> Json<Vec<ApprovalBody>> {
    let mut all = Vec::new();
    for body in app.approvals.list().into_iter().filter(|body| shown(&app, &who, body)) {
        all.push(seen(&app, &who, with_changes(&app, body).await));
    }
    Json(all)
}

/// The id in the address.
#[derive(Debug, Deserialize)]
pub(super) struct Id {
    id: String,
}

/// Approves a request.
pub(super) async fn approve(
    State(app): State<App>,
    who: Principal,
    Path(Id { id }): Path<Id>,
    Body(body): Body<Decide>,
) -> Result<Json<ApprovalBody>, Problem> {
    decide(&app, &who, &id, &body, true).await.map(Json)
}

/// Rejects a request.
pub(super) async fn reject(
    State(app): State<App>,
    who: Principal,
    Path(Id { id }): Path<Id>,
    Body(body): Body<Decide>,
) -> Result<Json<ApprovalBody>, Problem> {
    decide(&app, &who, &id, &body, false).await.map(Json)
}

async fn decide(
    app: &App,
    who: &Principal,
    id: &str,
    body: &Decide,
    approve: bool,
) -> Result<ApprovalBody, Problem> {
    let reason = body.reason.trim();
    if reason.chars().count() > 500 {
        return Err(Problem::new(RefusalCode::BadRequest, "`reason` is at most 500 characters long"));
    }
    let evidence = Evidence { reason, ..Evidence::default() };
    let deeds = BTreeSet::from([Deed::Approve]);
    let _permit = match app.authority.authorize(who, &deeds, &everywhere(), "*", &evidence) {
        Ok(permit) => permit,
        Err(refusal) => return Err(app.actions.denied(who, "approval", None, None, refusal).await.into()),
    };
    let known = app.approvals.list().into_iter().find(|known| known.id == id && shown(app, who, known));
    let no_request =
        || Problem::new(RefusalCode::NoApproval, "there is no such request, or it is older than ten minutes");
    let known = with_changes(app, known.ok_or_else(no_request)?).await;
    let paths = deed::touched(&known.plan);
    if let Err(refusal) = app.authority.allowed(who, &deeds, &paths, &known.cluster) {
        return Err(app.actions.denied(who, "approval", Some(&known.cluster), None, refusal).await.into());
    }
    if approve && known.changed {
        let detail = "what was asked for is not what would be done now; let it be asked for again";
        return Err(Problem::new(RefusalCode::Changed, detail));
    }
    let said = format!(
        "{} the plan {} of {}: {reason}",
        if approve { "approve" } else { "reject" },
        known.plan.digest,
        known.requested_by
    );
    let note = app.actions.note_intent(who, "approval", said).await?;
    let decided = app.approvals.decide(who, id, &body.digest, approve, reason);
    app.actions.note_outcome(note, decided.as_ref().err().map(|refusal| refusal.detail.clone())).await;
    Ok(seen(app, who, with_changes(app, decided?).await))
}
