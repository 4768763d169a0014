//! Who may ask: a request names a host of this console, and one that changes something comes from this console's own page.
//!
//! A page elsewhere that has its name resolve to 127.0.0.1 is stopped by the check of `Host`; a page elsewhere that posts
//! here, by `Sec-Fetch-Site`, `Origin` and a header that it cannot set.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use zooscope_protocol::{RefusalCode, api};

use super::Problem;
use crate::app::App;

/// The names of loopback.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Refuses what comes from elsewhere.
pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    match admit(&app.config.listen.allowed_hosts, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn admit(allowed: &[String], request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let foreign = |detail: &str| Err(Problem::new(RefusalCode::ForeignRequest, detail));
    let authority = match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => only(headers, header::HOST.as_str()),
    };
    let Some(host) = authority else {
        return foreign("the request names no single Host");
    };
    if !host_allowed(allowed, host) {
        return foreign(
            "the request's Host is none of this console's; see `allowed_hosts` in the configuration",
        );
    }
    let origin = only(headers, "origin").map(|origin| same_origin(origin, host));
    let upgrade = headers.contains_key(header::UPGRADE);
    if upgrade {
        return match origin {
            Some(true) => Ok(()),
            _ => foreign("a stream is opened from this console's own page, or with its Origin"),
        };
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let fetched = only(headers, "sec-fetch-site").map(|site| site == "same-origin");
    if fetched == Some(false) || origin == Some(false) || (fetched, origin) == (None, None) {
        return foreign("a change is asked for from this console's own page, or with its Origin");
    }
    if only(headers, api::HEADER) != Some("1") {
        return foreign("a change is asked for with the header `X-Zooscope: 1`");
    }
    Ok(())
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Whether a host, with any port (a tunnel's near end has its own), is one of this console's.
fn host_allowed(allowed: &[String], host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    LOOPBACK.iter().any(|known| name.eq_ignore_ascii_case(known))
        || allowed.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn same_origin(origin: &str, host: &str) -> bool {
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(method: &str, headers: &[(&str, &str)]) -> Request {
        let builder = axum::http::Request::builder().method(method).uri("/api/v1/clusters");
        let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        builder.body(Body::empty()).unwrap()
    }

    #[test]
    fn a_host_that_is_not_ours_is_refused() {
        let allowed = ["ops.example".to_owned()];
        for host in ["localhost:9180", "127.0.0.1:1", "[::1]:9180", "LOCALHOST", "ops.example:443"] {
            assert!(admit(&allowed, &request("GET", &[("host", host)])).is_ok(), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.",
            "user@localhost",
            "localhost:",
            "[::ffff:127.0.0.1]",
            "",
        ] {
            assert!(admit(&allowed, &request("GET", &[("host", host)])).is_err(), "{host}");
        }
        assert!(admit(&allowed, &request("GET", &[])).is_err());
        assert!(admit(&allowed, &request("GET", &[("host", "localhost"), ("host", "localhost")])).is_err());
    }

    #[test]
    fn a_change_comes_from_our_own_page() {
        let host = ("host", "localhost:9180");
        let ours = ("origin", "http://localhost:9180");
        let mark = ("x-zooscope", "1");
        let cases: [(&[(&str, &str)], bool); 8] = [
            (&[host, ours, mark], true),
            (&[host, ("sec-fetch-site", "same-origin"), mark], true),
            (&[host, ours], false),
            (&[host, mark], false),
            (&[host, ("origin", "http://evil.example"), mark], false),
            (&[host, ("origin", "http://localhost:9181"), mark], false),
            (&[host, ("sec-fetch-site", "cross-site"), ours, mark], false),
            (&[host, ours, ("x-zooscope", "2")], false),
        ];
        for (headers, admitted) in cases {
            assert_eq!(admit(&[], &request("POST", headers)).is_ok(), admitted, "{headers:?}");
        }
    }

    #[test]
    fn a_stream_needs_an_origin() {
        let host = ("host", "localhost:9180");
        let upgrade = ("upgrade", "websocket");
        assert!(admit(&[], &request("GET", &[host, upgrade])).is_err());
        assert!(admit(&[], &request("GET", &[host, upgrade, ("origin", "http://localhost:9180")])).is_ok());
        assert!(admit(&[], &request("GET", &[host, upgrade, ("origin", "null")])).is_err());
    }
}
