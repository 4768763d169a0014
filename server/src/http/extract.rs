//! What handlers take out of a request. What is wrong with it comes back as a problem with a code.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::{Json, RequestPartsExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zooscope_protocol::{RefusalCode, View, ZnodePath};

use super::Problem;
use crate::app::{App, Watched};

/// The cluster that the address names.
#[derive(Debug)]
pub(super) struct Cluster(pub(super) Watched);

/// The parameters after the question mark.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

/// A JSON body.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

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

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query
            .map(|query| Self(query.0))
            .map_err(|rejection: QueryRejection| Problem::new(RefusalCode::BadRequest, rejection.body_text()))
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, app).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => {
                let code = match (&rejection, rejection.status()) {
                    (JsonRejection::MissingJsonContentType(_), _) => RefusalCode::BadMediaType,
                    (_, StatusCode::PAYLOAD_TOO_LARGE) => RefusalCode::TooLarge,
                    _ => RefusalCode::BadBody,
                };
                Err(Problem::new(code, rejection.body_text()))
            }
        }
    }
}
