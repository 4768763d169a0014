//! Errors as RFC 9457 problems, each with a stable code.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use zooscope_protocol::{Plan, Refusal, RefusalCode, api};

use crate::ensemble;

/// An error on its way to a person.
#[derive(Debug)]
pub struct Problem {
    refusal: Refusal,
    plan: Option<Box<Plan>>,
}

impl Problem {
    /// A problem with this code; the detail says what to do.
    pub fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Refusal::new(code, detail).into()
    }

    /// A failure of the server itself, whose log has said why.
    pub fn internal() -> Self {
        Self::new(RefusalCode::Internal, "the console failed at this; its log says why")
    }

    /// What it is, for programs.
    pub fn code(&self) -> RefusalCode {
        self.refusal.code
    }

    /// The plan is another one now.
    pub fn plan_changed(plan: Plan) -> Self {
        let detail = "what you reviewed is not what would be done now; review the new plan";
        Self { refusal: Refusal::new(RefusalCode::PlanChanged, detail), plan: Some(Box::new(plan)) }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, plan: None }
    }
}

impl From<ensemble::Error> for Problem {
    fn from(error: ensemble::Error) -> Self {
        match error {
            ensemble::Error::NoNode => Self::new(RefusalCode::NoNode, "there is no such znode"),
            ensemble::Error::NoAuth => {
                Self::new(RefusalCode::NoAuth, "the ACL of this znode does not let the console read it")
            }
            error => {
                tracing::warn!(error = %crate::telemetry::chain(&error), "a read failed");
                Self::new(RefusalCode::Unreachable, "ZooKeeper does not answer; look at the cluster's status")
            }
        }
    }
}

/// The HTTP status of a code.
fn status(code: RefusalCode) -> StatusCode {
    match code {
        RefusalCode::BadRequest | RefusalCode::BadBody | RefusalCode::BadPath | RefusalCode::BadFrame => {
            StatusCode::BAD_REQUEST
        }
        RefusalCode::NotSignedIn | RefusalCode::BadLogin => StatusCode::UNAUTHORIZED,
        RefusalCode::ForeignRequest
        | RefusalCode::ReadOnly
        | RefusalCode::Forbidden
        | RefusalCode::StepUp
        | RefusalCode::NeedsApproval
        | RefusalCode::Rejected
        | RefusalCode::Frozen => StatusCode::FORBIDDEN,
        RefusalCode::ForeignHost => StatusCode::MISDIRECTED_REQUEST,
        RefusalCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalCode::BadMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RefusalCode::BadMethod => StatusCode::METHOD_NOT_ALLOWED,
        RefusalCode::NotFound
        | RefusalCode::UnknownCluster
        | RefusalCode::NoNode
        | RefusalCode::NoLock
        | RefusalCode::NoQueue
        | RefusalCode::NoRecipe
        | RefusalCode::NoApproval
        | RefusalCode::UnknownPlan => StatusCode::NOT_FOUND,
        RefusalCode::Changed
        | RefusalCode::PlanChanged
        | RefusalCode::Running
        | RefusalCode::Taken
        | RefusalCode::NotTaken
        | RefusalCode::OwnerAlive
        | RefusalCode::Exists
        | RefusalCode::RecipeExists => StatusCode::CONFLICT,
        RefusalCode::NotHolder
        | RefusalCode::NotItem
        | RefusalCode::NotAllowed
        | RefusalCode::NothingKept
        | RefusalCode::NotConfirmed
        | RefusalCode::NoReason
        | RefusalCode::NoTicket
        | RefusalCode::DataTooLarge
        | RefusalCode::BadRecipe
        | RefusalCode::NoAuth => StatusCode::UNPROCESSABLE_ENTITY,
        RefusalCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
        RefusalCode::Busy | RefusalCode::NotLive | RefusalCode::Unreachable | RefusalCode::NoAudit => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        RefusalCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = status(self.refusal.code);
        let body = api::Problem {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            detail: self.refusal.detail,
            code: self.refusal.code,
            plan: self.plan,
        };
        let mut response = (status, Json(body)).into_response();
        let problem = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem);
        response
    }
}
