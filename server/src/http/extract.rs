//! What handlers take out of a request. What is wrong with it comes back as a problem with a code.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::{Json, RequestPartsExt};
use futures::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zooscope_protocol::{RefusalCode, View, ZnodePath};

use super::Problem;
use super::identify::Asker;
use crate::app::{App, Watched};
use crate::auth::{Principal, Sight};

/// The longest body that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// The longest where thousands of znodes are named.
const MAX_LONG_BODY: usize = 4 * 1024 * 1024;
/// Of a body that is too long, so much is read and thrown away.
const MAX_DRAINED: usize = 8 * 1024 * 1024;

/// The cluster that the address names.
#[derive(Debug)]
pub(super) struct Cluster(pub(super) Watched);

/// The parameters after the question mark.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

/// A JSON body.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

/// A JSON body in which thousands of znodes may be named.
#[derive(Debug)]
pub(super) struct LongBody<T>(pub(super) T);

/// `?path=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct At {
    /// The path, to be parsed with [`path`].
    pub(super) path: String,
}

/// Parses a path. Errors: a problem that says what is wrong with it.
pub(super) fn path(text: &str) -> Result<ZnodePath, Problem> {
    ZnodePath::parse(text).map_err(|error| Problem::new(RefusalCode::BadPath, format!("`path`: {error}")))
}

/// A number of rows: 1 to [`View::MAX_ROWS`], `default` when none is given.
pub(super) fn limit(given: Option<u32>, default: u32) -> Result<usize, Problem> {
    let limit = given.unwrap_or(default);
    if (1..=View::MAX_ROWS).contains(&limit) {
        Ok(limit as usize)
    } else {
        Err(Problem::new(RefusalCode::BadRequest, format!("`limit` is 1 to {}", View::MAX_ROWS)))
    }
}

impl FromRequestParts<App> for Cluster {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Named {
            cluster: String,
        }
        let Path(Named { cluster }) = parts
            .extract::<Path<Named>>()
            .await
            .map_err(|_| Problem::new(RefusalCode::BadRequest, "the address names no cluster"))?;
        let unknown = || {
            let detail = format!("there is no cluster called `{cluster}`; GET /api/v1/clusters lists them");
            Problem::new(RefusalCode::UnknownCluster, detail)
        };
        app.cluster(&cluster).cloned().map(Self).ok_or_else(unknown)
    }
}

/// What the asker sees of the cluster that the address names.
impl FromRequestParts<App> for Sight {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Cluster(watched) = Cluster::from_request_parts(parts, app).await?;
        let who = Principal::from_request_parts(parts, app).await?;
        Ok(app.authority.sight(&who, &watched.cluster.name))
    }
}

impl FromRequestParts<App> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let Some(asker) = parts.extensions.get::<Asker>() else {
            tracing::error!("a request came without anybody having looked who asks");
            return Err(Problem::internal());
        };
        asker.who.clone().map_err(Problem::from)
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query
            .map(|query| Self(query.0))
            .map_err(|rejection: QueryRejection| Problem::new(RefusalCode::BadRequest, rejection.body_text()))
    }
}

/// Reads a body of at most so many bytes. `None` for one that is too long: what follows is read too, up to a bound, and thrown away,
/// for a client that is still sending when the connection closes never sees the refusal.
async fn read(body: axum::body::Body, most: usize) -> Option<Vec<u8>> {
    let (mut read, mut length) = (Vec::new(), 0_usize);
    let mut pieces = body.into_data_stream();
    while let Some(Ok(piece)) = pieces.next().await {
        length = length.saturating_add(piece.len());
        if length <= most {
            read.extend_from_slice(&piece);
        } else if length > MAX_DRAINED {
            break;
        }
    }
    (length <= most).then_some(read)
}

/// A JSON body of at most so many bytes.
async fn json<T: DeserializeOwned>(request: Request, app: &App, most: usize) -> Result<T, Problem> {
    let (head, body) = request.into_parts();
    let body = match read(body, most).await {
        Some(read) => read.into(),
        None => {
            let detail = format!("a body is at most {most} bytes long");
            return Err(Problem::new(RefusalCode::TooLarge, detail));
        }
    };
    match Json::<T>::from_request(Request::from_parts(head, body), app).await {
        Ok(Json(body)) => Ok(body),
        Err(rejection) => {
            let code = match &rejection {
                JsonRejection::MissingJsonContentType(_) => RefusalCode::BadMediaType,
                _ => RefusalCode::BadBody,
            };
            Err(Problem::new(code, rejection.body_text()))
        }
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        json(request, app, MAX_BODY).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<App> for LongBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        json(request, app, MAX_LONG_BODY).await.map(Self)
    }
}
