//! The audit log: page by page, one action whole, and as a file to take away.

mod file;

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use futures::TryStreamExt as _;
use serde::Deserialize;
use zooscope_protocol::api::{AuditAction, AuditEntry, AuditPage};
use zooscope_protocol::{Bytes, RefusalCode, Timestamp};

use super::extract::{Query, limit, path};
use super::{Problem, download};
use crate::actions::{AuditError, Filter};
use crate::app::App;
use crate::auth::{Deed, Principal, everywhere};
use crate::clock;
use crate::telemetry::chain;
use file::Format;

/// The longest text of a filter, in characters.
const MAX_TEXT: usize = 200;
/// How many kinds one filter may name.
const MAX_KINDS: usize = 32;

/// What of the log is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    after: Option<u64>,
    limit: Option<u32>,
    who: Option<String>,
    kind: Option<String>,
    cluster: Option<String>,
    path: Option<String>,
    outcome: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    q: Option<String>,
    each: Option<Each>,
    format: Option<Format>,
}

/// What one line of the answer stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Each {
    /// A line of the log.
    Line,
    /// An action: its newest line.
    Action,
}

/// The lines that the filters let through, the newest first.
pub(super) async fn page(
    State(app): State<App>,
    who: Principal,
    Query(asked): Query<Asked>,
) -> Result<Json<AuditPage>, Problem> {
    if asked.format.is_some() {
        return Err(wrong("`format` is for /api/v1/audit/export; a page is JSON"));
    }
    let limit = limit(asked.limit, 100)?;
    let page = app.actions.audit().page(filter(own(&app, &who), asked)?, limit).await;
    let mut page = page.map_err(|error| failed(&error))?;
    page.items.iter_mut().for_each(|entry| veil(&app, &who, entry));
    Ok(Json(page))
}

/// The id in the address.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    id: String,
}

/// One action with everything that is known of it.
pub(super) async fn action(
    State(app): State<App>,
    who: Principal,
    Path(Named { id }): Path<Named>,
) -> Result<Json<AuditAction>, Problem> {
    let none = || Problem::new(RefusalCode::NotFound, "the audit log has no action of this id");
    if id.len() > 64 {
        return Err(none());
    }
    let action = app.actions.audit().action(&id).await.map_err(|error| failed(&error))?;
    let own = own(&app, &who);
    let may = |action: &AuditAction| {
        own.as_deref().is_none_or(|own| action.lines.iter().all(|line| line.subject == own))
    };
    let mut action = action.filter(may).ok_or_else(none)?;
    let policy = app.authority.policy();
    for line in &mut action.lines {
        veil(&app, &who, line);
    }
    let cluster = action.lines.first().map(|line| line.cluster.clone()).unwrap_or_default();
    action.images.retain(|image| policy.shows(who.role, &cluster, &image.path));
    for image in &mut action.images {
        if !policy.shows_data(who.role, &cluster, &image.path) {
            (image.data, image.masked) = (Bytes::default(), true);
        }
    }
    Ok(Json(action))
}

/// Takes the plan out of a line for whoever does not see everything: it names contenders as they name themselves in their data.
fn veil(app: &App, who: &Principal, entry: &mut AuditEntry) {
    if !app.authority.policy().shows_all(who.role) {
        entry.plan = None;
    }
}

/// Everything that the filters let through, as a file. It is read and sent page by page, and breaks off where the log cannot be
/// read any more: a file that came whole is whole.
pub(super) async fn export(
    State(app): State<App>,
    who: Principal,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if asked.after.is_some() || asked.limit.is_some() {
        return Err(wrong(
            "an export has no `after` and no `limit`: it is everything that the filters let through",
        ));
    }
    let format = asked.format.ok_or_else(|| wrong("`format` is csv, json or ndjson"))?;
    let audit = app.actions.audit().clone();
    let (filter, own) = (filter(own(&app, &who), asked)?, app.clone());
    let chunks = file::chunks(audit, filter, format, move |entry| veil(&own, &who, entry));
    // The first is read before the answer begins, so that a log that cannot be read is a problem and not a broken file.
    let mut chunks = Box::pin(chunks);
    let first = chunks.try_next().await.map_err(|error| failed(&error))?;
    let rest = chunks.inspect_err(|error| {
        tracing::error!(error = %chain(error), "an export of the audit log broke off");
    });
    let first = futures::stream::iter(first.map(Ok));
    let name: String = clock::now().to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let name = format!("zooscope-audit-{name}.{}", format.extension());
    let body = Body::from_stream(futures::StreamExt::chain(first, rest));
    Ok(download::file(&name, format.media_type(), body))
}

/// Whose lines alone somebody may read: an administrator reads all, everybody else what they did themselves.
fn own(app: &App, who: &Principal) -> Option<String> {
    let all = app.authority.allowed(who, &BTreeSet::from([Deed::ReadAudit]), &everywhere(), "*");
    all.is_err().then(|| who.subject.clone())
}

fn filter(subject: Option<String>, asked: Asked) -> Result<Filter, Problem> {
    let text = |key: &str, given: Option<String>| match given {
        Some(text) if text.chars().count() > MAX_TEXT => {
            Err(wrong(&format!("`{key}` has at most {MAX_TEXT} characters")))
        }
        given => Ok(given.filter(|text| !text.is_empty())),
    };
    let kinds: Vec<String> =
        text("kind", asked.kind)?.iter().flat_map(|kinds| kinds.split(',')).map(str::to_owned).collect();
    let is_word =
        |text: &String| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if kinds.len() > MAX_KINDS || !kinds.iter().all(is_word) {
        return Err(wrong("`kind` is the kind of an entry, or several with commas, as release,requeue"));
    }
    let outcome = text("outcome", asked.outcome)?;
    let known = ["done", "refused", "unknown", "denied", Filter::OPEN];
    if outcome.as_ref().is_some_and(|outcome| !known.contains(&outcome.as_str())) {
        return Err(wrong("`outcome` is done, refused, unknown, denied or open"));
    }
    Ok(Filter {
        after: asked.after,
        subject,
        who: text("who", asked.who)?,
        kinds,
        cluster: text("cluster", asked.cluster)?,
        path: asked.path.as_deref().filter(|text| !text.is_empty()).map(path).transpose()?,
        outcome,
        from: asked.from,
        to: asked.to,
        text: text("q", asked.q)?,
        newest: asked.each == Some(Each::Action),
    })
}

fn wrong(detail: &str) -> Problem {
    Problem::new(RefusalCode::BadRequest, detail)
}

fn failed(error: &AuditError) -> Problem {
    tracing::error!(error = %chain(error), "the audit log cannot be read");
    Problem::new(RefusalCode::NoAudit, "the audit log cannot be read; look at the server's log")
}
