//! Sessions, who waits for whom, and what is wrong, over HTTP.

use axum::Json;
use serde::Deserialize;
use zooscope_protocol::api::{ClientSessionBody, ClientSessionDetail};
use zooscope_protocol::session::Source;
use zooscope_protocol::view::{FindingList, SessionDetail, WaitGraph};
use zooscope_protocol::{Content, RefusalCode, SessionId, View};

use super::Problem;
use super::extract::{Cluster, Query, limit};
use crate::auth::Sight;
use crate::clock;

/// `?q=&limit=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    #[serde(default)]
    q: String,
    limit: Option<u32>,
}

/// The sessions that own an ephemeral znode, those that block the most first.
pub(super) async fn list(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(List { q: query, limit: rows }): Query<List>,
) -> Result<Json<Vec<ClientSessionBody>>, Problem> {
    let view = View::Sessions { query, limit: rows_of(rows)? };
    let revision = watched.asked(&view).await;
    let now = clock::now();
    let sessions = match sight.project(&revision, &view) {
        Content::Sessions(list) => list.rows,
        _ => Vec::new(),
    };
    Ok(Json(sessions.into_iter().map(|session| ClientSessionBody::at(session, now)).collect()))
}

/// `?session=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct At {
    session: String,
}

/// One session with everything that ends with it.
pub(super) async fn at(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(At { session }): Query<At>,
) -> Result<Json<ClientSessionDetail>, Problem> {
    let session = session
        .parse::<SessionId>()
        .map_err(|error| Problem::new(RefusalCode::BadRequest, format!("`session`: {error}")))?;
    let view = View::Session { session };
    let revision = watched.asked(&view).await;
    let detail = match sight.project(&revision, &view) {
        Content::Session(detail) => detail,
        _ => SessionDetail::default(),
    };
    let unknown = || {
        let detail = format!(
            "no session {session} owns an ephemeral znode or is known to a server; it may have ended"
        );
        Problem::new(RefusalCode::NotFound, detail)
    };
    ClientSessionDetail::at(detail, clock::now()).map(Json).ok_or_else(unknown)
}

/// What each server was asked about its sessions, and what it told.
pub(super) async fn sources(Cluster(watched): Cluster) -> Json<Vec<Source>> {
    let view = View::Sessions { query: String::new(), limit: 1 };
    Json(watched.asked(&view).await.roster.sources.clone())
}

/// Who waits for whom.
pub(super) async fn waits(Cluster(watched): Cluster, sight: Sight) -> Json<WaitGraph> {
    let revision = watched.asked(&View::Waits).await;
    Json(match sight.project(&revision, &View::Waits) {
        Content::Waits(graph) => graph,
        _ => WaitGraph::default(),
    })
}

/// `?code=&limit=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Findings {
    code: Option<String>,
    limit: Option<u32>,
}

/// What is wrong, the worst first.
pub(super) async fn findings(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(Findings { code, limit: rows }): Query<Findings>,
) -> Result<Json<FindingList>, Problem> {
    let view = View::Findings { code, limit: rows_of(rows)? };
    Ok(Json(match sight.project(&watched.mirror.current(), &view) {
        Content::Findings(list) => list,
        _ => FindingList::default(),
    }))
}

fn rows_of(given: Option<u32>) -> Result<u32, Problem> {
    limit(given, 500).map(|rows| u32::try_from(rows).unwrap_or(View::MAX_ROWS))
}
