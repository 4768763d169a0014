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

/// Where the OpenID provider says that somebody is signed out.
const BACK_CHANNEL: &str = "/oidc/backchannel";

/// Refuses what comes from elsewhere.
pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    match admit(&app.config.listen.allowed_hosts, app.gate.secure(), &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn admit(allowed: &[String], secure: bool, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let foreign = |detail: &str| Err(Problem::new(RefusalCode::ForeignRequest, detail));
    let no_host = |detail: &str| Err(Problem::new(RefusalCode::ForeignHost, detail));
    let Some(host) = only(headers, header::HOST.as_str()) else {
        return no_host("the request names no single Host");
    };
    // A request may name its host twice; a proxy may look at the one and this console at the other.
    if request.uri().authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(host)) {
        return no_host("the request names two hosts");
    }
    if !host_allowed(allowed, host) {
        return no_host(
            "the request's Host is none of this console's; see `allowed_hosts` in the configuration",
        );
    }
    let origins = headers.get_all("origin").iter().count();
    let origin = (origins > 0)
        .then(|| only(headers, "origin").is_some_and(|origin| same_origin(origin, host, secure)));
    // What a program bears no page elsewhere can make a browser send.
    let program = headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(header::COOKIE);
    let upgrade = headers.contains_key(header::UPGRADE);
    if upgrade {
        return match origin {
            Some(true) => Ok(()),
            None if program => Ok(()),
            _ => foreign("a stream is opened from this console's own page, or with its Origin"),
        };
    }
    // What the OpenID provider itself sends is believed for its signature alone, and a browser has nothing to give with it.
    let provider = request.uri().path() == BACK_CHANNEL;
    if provider || matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let sites = headers.get_all("sec-fetch-site").iter().count();
    let fetched = (sites > 0).then(|| only(headers, "sec-fetch-site") == Some("same-origin"));
    let unsaid = (fetched, origin) == (None, None) && !program;
    if fetched == Some(false) || origin == Some(false) || unsaid {
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

fn same_origin(origin: &str, host: &str, secure: bool) -> bool {
    let rest = origin.strip_prefix(if secure { "https://" } else { "http://" });
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
        for host in [
            "localhost:9180",
            "127.0.0.1:1",
            "[::1]:9180",
            "[::1]",
            "LOCALHOST",
            "ops.example:443",
            "OPS.example",
            "ops.example",
        ] {
            assert!(admit(&allowed, false, &request("GET", &[("host", host)])).is_ok(), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "evil.example:9180",
            "localhost.",
            "ops.example.",
            "localhost.evil.example",
            "user@localhost",
            "ops.example@evil.example",
            "localhost:",
            "localhost:x",
            "localhost:9180:1",
            "localhost#evil",
            "localhost/evil",
            "localhost,evil.example",
            "localhost evil.example",
            "[::ffff:127.0.0.1]",
            "[::ffff:127.0.0.1]:9180",
            "[::1",
            "::1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0.0.0.0",
            "",
        ] {
            let problem = admit(&allowed, false, &request("GET", &[("host", host)]));
            assert_eq!(
                problem.map_err(|problem| problem.code()).err(),
                Some(RefusalCode::ForeignHost),
                "{host}"
            );
        }
        // What a proxy says of the host is not looked at.
        let told = [("host", "evil.example"), ("x-forwarded-host", "localhost")];
        assert!(admit(&allowed, false, &request("GET", &told)).is_err());
        assert!(admit(&allowed, false, &request("GET", &[])).is_err());
        let twice = [("host", "localhost"), ("host", "localhost")];
        assert!(admit(&allowed, false, &request("GET", &twice)).is_err());
        let absolute = |uri: &str| {
            let request = axum::http::Request::builder().uri(uri).header("host", "localhost:9180");
            admit(&allowed, false, &request.body(Body::empty()).unwrap())
        };
        assert!(absolute("http://localhost:9180/api/v1/clusters").is_ok());
        assert!(absolute("http://evil.example/api/v1/clusters").is_err());
        assert!(absolute("http://ops.example/api/v1/clusters").is_err(), "both are ours, and they differ");
    }

    #[test]
    fn a_change_comes_from_our_own_page() {
        let host = ("host", "localhost:9180");
        let sites = [None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none")];
        let origins = [
            None,
            Some("http://localhost:9180"),
            Some("http://localhost:9181"),
            Some("https://localhost:9180"),
            Some("http://sub.localhost:9180"),
            Some("http://evil.example"),
            Some("null"),
        ];
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            for site in sites {
                for origin in origins {
                    for mark in [None, Some("1"), Some("2")] {
                        let mut headers = vec![host];
                        headers.extend(site.map(|site| ("sec-fetch-site", site)));
                        headers.extend(origin.map(|origin| ("origin", origin)));
                        headers.extend(mark.map(|mark| ("x-zooscope", mark)));
                        let said = site == Some("same-origin") || origin == Some("http://localhost:9180");
                        let unsaid = |said: Option<&str>, ours| said.is_none() || said == Some(ours);
                        let ours = unsaid(site, "same-origin") && unsaid(origin, "http://localhost:9180");
                        let expected = said && ours && mark == Some("1");
                        let admitted = admit(&[], false, &request(method, &headers)).is_ok();
                        assert_eq!(admitted, expected, "{method} {headers:?}");
                    }
                }
            }
        }
        let twice = [
            host,
            ("origin", "http://localhost:9180"),
            ("origin", "http://evil.example"),
            ("x-zooscope", "1"),
        ];
        assert!(admit(&[], false, &request("POST", &twice)).is_err());
        let twice =
            [host, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site"), ("x-zooscope", "1")];
        assert!(admit(&[], false, &request("POST", &twice)).is_err());
    }

    #[test]
    fn under_tls_our_own_page_comes_by_tls() {
        let host = ("host", "localhost:9180");
        let mark = ("x-zooscope", "1");
        assert!(
            admit(&[], true, &request("POST", &[host, ("origin", "https://localhost:9180"), mark])).is_ok()
        );
        assert!(
            admit(&[], true, &request("POST", &[host, ("origin", "http://localhost:9180"), mark])).is_err()
        );
    }

    #[test]
    fn a_program_with_a_token_needs_no_origin() {
        let (host, mark) = (("host", "localhost"), ("x-zooscope", "1"));
        let (token, cookie) = (("authorization", "Bearer x"), ("cookie", "zooscope=x"));
        assert!(admit(&[], false, &request("POST", &[host, token, mark])).is_ok());
        assert!(admit(&[], false, &request("POST", &[host, token])).is_err());
        assert!(admit(&[], false, &request("POST", &[host, token, mark, cookie])).is_err());
        assert!(
            admit(&[], false, &request("POST", &[host, token, mark, ("origin", "http://evil.example")]))
                .is_err()
        );
        let cross = [host, token, mark, ("sec-fetch-site", "cross-site")];
        assert!(admit(&[], false, &request("POST", &cross)).is_err());
        assert!(admit(&[], false, &request("GET", &[host, token, ("upgrade", "websocket")])).is_ok());
    }

    #[test]
    fn a_stream_needs_an_origin() {
        let host = ("host", "localhost:9180");
        let upgrade = ("upgrade", "websocket");
        assert!(admit(&[], false, &request("GET", &[host, upgrade])).is_err());
        assert!(
            admit(&[], false, &request("GET", &[host, upgrade, ("origin", "http://localhost:9180")])).is_ok()
        );
        assert!(admit(&[], false, &request("GET", &[host, upgrade, ("origin", "null")])).is_err());
    }
}
