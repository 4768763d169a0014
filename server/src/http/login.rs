//! Signing in and out.

use std::net::IpAddr;

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;
use zooscope_protocol::RefusalCode;
use zooscope_protocol::access::{Mode, NotIn};
use zooscope_protocol::api::{Login, LoginOffer, StepUp};

use super::extract::{Body, Query};
use super::identify::Asker;
use super::{Problem, health};
use crate::actions::By;
use crate::app::App;
use crate::auth::oidc::{Callback, Error, Provider};
use crate::auth::{Principal, gate};
use crate::telemetry::chain;

/// How one signs in here. It says nothing of versions or accounts.
pub(super) async fn offer(State(app): State<App>) -> Json<LoginOffer> {
    let mode = app.gate.mode();
    Json(LoginOffer { mode, start: (mode == Mode::Oidc).then(|| START.to_owned()) })
}

const START: &str = "/oidc/start";

/// The name of the cookie of a signing in that has begun.
fn begun(app: &App) -> &'static str {
    if app.gate.secure() { "__Host-zooscope-oidc" } else { "zooscope-oidc" }
}

/// Signs in with a password.
pub(super) async fn sign_in(
    State(app): State<App>,
    axum::Extension(asker): axum::Extension<Asker>,
    headers: HeaderMap,
    Body(Login { user, password }): Body<Login>,
) -> Result<Response, Problem> {
    let signed = app.gate.sign_in(&user, Zeroizing::new(password), asker.address).await;
    let who = match signed {
        Ok(who) => who,
        Err(refusal) => {
            tracing::warn!(address = %asker.address, code = ?refusal.code, "somebody was not let in");
            // What was typed as a name may be a password, so it is not written down.
            let stranger = By::stranger("unknown", asker.address);
            app.actions.note_denied(stranger, "login", None, None, refusal.detail.clone()).await;
            return Err(refusal.into());
        }
    };
    signed_in(&app, &who).await;
    begin(&app, &headers, who).await
}

/// Writes a login down. Who may look may look while the audit log cannot be written, too; that it cannot is in the log.
async fn signed_in(app: &App, who: &Principal) {
    tracing::info!(subject = who.subject, address = %who.address, "somebody signed in");
    let said = format!("signed in ({})", who.mode);
    app.actions.note_event(who, "login", said).await.ok();
}

/// Begins a session; one that the browser had ends.
async fn begin(app: &App, headers: &HeaderMap, who: Principal) -> Result<Response, Problem> {
    let (cookie, known) = start(app, headers, who).ok_or_else(|| {
        let detail = "the configuration was read again while you signed in; sign in again";
        Problem::new(RefusalCode::BadLogin, detail)
    })?;
    let body = health::session(State(app.clone()), known).await;
    Ok(([(header::SET_COOKIE, cookie)], body).into_response())
}

/// The cookie of a session that begins, and who they are in it; `None` as [`crate::auth::Gate::begin`] says.
fn start(app: &App, headers: &HeaderMap, who: Principal) -> Option<(HeaderValue, Principal)> {
    let address = who.address;
    let before =
        gate::cookie(headers, app.gate.cookie()).and_then(|id| app.gate.sessions().find(id, address));
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let id = app.gate.begin(who, agent)?;
    let known = app.gate.sessions().find(&id, address)?;
    if let Some(key) = before.and_then(|before| before.session) {
        app.gate.sessions().end(&key);
    }
    Some((cookie(app, app.gate.cookie(), &id, "Strict", None), known))
}

fn cookie(app: &App, name: &str, value: &str, same_site: &str, max_age: Option<u32>) -> HeaderValue {
    let secure = if app.gate.secure() { "; Secure" } else { "" };
    let age = max_age.map(|age| format!("; Max-Age={age}")).unwrap_or_default();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}{age}");
    // Names and values are letters and digits.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Signs out. Streams of the session end within a second.
pub(super) async fn sign_out(
    State(app): State<App>,
    axum::Extension(asker): axum::Extension<Asker>,
) -> Response {
    if let Ok(who @ Principal { session: Some(key), subject, .. }) = &asker.who {
        app.gate.sessions().end(key);
        tracing::info!(subject, "somebody signed out");
        app.actions.note_event(who, "login", "signed out".to_owned()).await.ok();
    }
    let gone = cookie(&app, app.gate.cookie(), "", "Strict", Some(0));
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response()
}

/// Proves again who one is, with the password.
pub(super) async fn step_up(
    State(app): State<App>,
    who: Principal,
    headers: HeaderMap,
    Body(StepUp { password }): Body<StepUp>,
) -> Result<Response, Problem> {
    if who.session.is_none() || who.mode != Mode::Static {
        let detail = match who.mode {
            Mode::Oidc => "prove who you are at the provider: GET /oidc/start?again=true",
            _ => "nobody has a password here",
        };
        return Err(Problem::new(RefusalCode::BadRequest, detail));
    }
    let proved = match app.gate.sign_in(&who.name, Zeroizing::new(password), who.address).await {
        Ok(proved) => proved,
        Err(refusal) => {
            app.actions.note_denied(&who, "login", None, None, refusal.detail.clone()).await;
            return Err(refusal.into());
        }
    };
    app.actions.note_event(&who, "login", "proved again who they are".to_owned()).await.ok();
    begin(&app, &headers, proved).await
}

/// `?back=&again=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    back: Option<String>,
    #[serde(default)]
    again: bool,
}

/// Sends the browser to the OpenID provider.
pub(super) async fn oidc_start(
    State(app): State<App>,
    axum::Extension(asker): axum::Extension<Asker>,
    Query(Begin { back, again }): Query<Begin>,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    let Ok(again) = again.then(|| asker.who.map(|who| who.subject)).transpose() else {
        return Ok(to_the_door(NotIn::Ended));
    };
    let back = back.unwrap_or_else(|| "/".to_owned());
    if !is_own(&back) {
        return Err(Problem::new(
            RefusalCode::BadRequest,
            "`back` is a page of this console, as /c/prod/locks",
        ));
    }
    let start = match provider.begin(back, again, asker.address).await {
        Ok(start) => start,
        Err(error) => return Ok(refused(&app, asker.address, &error).await),
    };
    let kept = cookie(&app, begun(&app), &start.cookie, "Lax", Some(600));
    Ok(([(header::SET_COOKIE, kept)], Redirect::to(&start.url)).into_response())
}

/// Where the provider sends the browser back to.
pub(super) async fn oidc_callback(
    State(app): State<App>,
    axum::Extension(asker): axum::Extension<Asker>,
    headers: HeaderMap,
    Query(callback): Query<Callback>,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    let kept = gate::cookie(&headers, begun(&app));
    let (who, back) = match provider.finish(callback, kept, asker.address).await {
        Ok(signed) => signed,
        Err(error) => return Ok(refused(&app, asker.address, &error).await),
    };
    signed_in(&app, &who).await;
    let Some((session, _)) = start(&app, &headers, who) else { return Ok(to_the_door(NotIn::Ended)) };
    let mut response = Redirect::to(&back).into_response();
    response.headers_mut().append(header::SET_COOKIE, session);
    response.headers_mut().append(header::SET_COOKIE, cookie(&app, begun(&app), "", "Lax", Some(0)));
    Ok(response)
}

/// `logout_token=`.
#[derive(Debug, Deserialize)]
pub(super) struct Order {
    logout_token: String,
}

/// The provider itself says that somebody is signed out. The token is all that speaks for it. Streams end within a second.
pub(super) async fn oidc_backchannel(
    State(app): State<App>,
    axum::Extension(asker): axum::Extension<Asker>,
    order: Result<Form<Order>, FormRejection>,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    let Ok(Form(Order { logout_token })) = order else {
        let detail = "a form with `logout_token` says who is to be signed out";
        return Err(Problem::new(RefusalCode::BadRequest, detail));
    };
    let subject = provider.ordered_out(&logout_token).await.map_err(|error| {
        tracing::warn!(address = %asker.address, error = %chain(&error), "an order to sign somebody out was not followed");
        match error {
            Error::Busy => Problem::new(RefusalCode::Busy, "too many orders at once; try again in a moment"),
            Error::Provider(_) => {
                Problem::new(RefusalCode::Unreachable, "the provider's keys cannot be had; the log says why")
            }
            _ => Problem::new(RefusalCode::BadRequest, "this is no order of the provider's, or not of now"),
        }
    })?;
    let ended = app.gate.sessions().end_all(|who| who.subject == subject);
    tracing::info!(subject, ended, "the provider signed somebody out");
    if ended > 0 {
        let said = format!("the provider signed {subject} out of {ended} sessions");
        let by = By::stranger("the OpenID provider", asker.address);
        app.actions.note_event(by, "logout", said).await.ok();
    }
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response())
}

fn provider(app: &App) -> Result<&Provider, Problem> {
    app.gate.provider().ok_or_else(|| Problem::new(RefusalCode::NotFound, "no OpenID provider is configured"))
}

/// Whether an address is a page of this console, and cannot be read as one elsewhere.
fn is_own(back: &str) -> bool {
    back.starts_with('/')
        && !back.starts_with("//")
        && back.len() <= 1_000
        && back.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// Why somebody is not let in is in the logs; the page that they are led to tells them what they can do.
async fn refused(app: &App, address: IpAddr, error: &Error) -> Response {
    tracing::warn!(error = %chain(error), "somebody was not let in");
    app.actions.note_denied(By::stranger("unknown", address), "login", None, None, error.to_string()).await;
    to_the_door(match error {
        Error::Provider(_) => NotIn::Unreachable,
        Error::Busy => NotIn::Busy,
        Error::Foreign(_) => NotIn::Foreign,
        Error::Refused(_) | Error::Token(_) => NotIn::Refused,
        Error::NoRole(_) => NotIn::NoRole,
    })
}

/// Leads to the page where one signs in, which says why one is not. What is in its address is a word of this console's own.
fn to_the_door(why: NotIn) -> Response {
    Redirect::to(&format!("/login?why={}", why.name())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_sent_back_to_this_console_only() {
        for own in ["/", "/c/prod/locks?q=a%20b"] {
            assert!(is_own(own), "{own}");
        }
        for other in [
            "",
            "c",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie:x",
            "/a b",
            "/ä",
        ] {
            assert!(!is_own(other), "{other}");
        }
    }
}
