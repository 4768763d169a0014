//! The site: files that the bundler made, within the binary. Their names carry a hash of their content, so a browser keeps
//! them for ever; the page itself is asked for anew each time.

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

/// What `make site` leaves. A build without it serves a page that says so.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

const PAGE: &str = "index.html";
const NO_SITE: &str = "<!doctype html><title>Zooscope</title><p>This build has no site in it: run <code>make site</code>, then build \
     the server again. The API works: <a href=\"/api/v1/clusters\">/api/v1/clusters</a>.";

/// Answers with a file, or with the page for every address that one of its screens may have.
pub(super) async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let screen = path.is_empty() || path == PAGE || path == "login" || path.starts_with("c/");
    if screen {
        return match file(PAGE, &headers) {
            Some(response) => response,
            None => Html(NO_SITE).into_response(),
        };
    }
    file(path, &headers).unwrap_or_else(|| (StatusCode::NOT_FOUND, "There is no such page.").into_response())
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let original = Site::get(path)?;
    let etag = format!("\"{}\"", hex::encode(&original.metadata.sha256_hash()[..16]));
    let cache = if path == PAGE { "no-cache" } else { "public, max-age=31536000, immutable" };
    let cached = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag.as_str());
    let mut response = if cached {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let accepted =
            headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (encoding, body) = encoded(path, accepted).unwrap_or((None, original.data));
        let mut response = body.into_owned().into_response();
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        if let Some(encoding) = encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let kept = response.headers_mut();
    kept.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    kept.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        kept.insert(header::ETAG, etag);
    }
    Some(response)
}

/// The best of the encodings that the browser accepts and the bundler made.
fn encoded(path: &str, accepted: &str) -> Option<(Option<&'static str>, std::borrow::Cow<'static, [u8]>)> {
    let accepts =
        |name: &str| accepted.split(',').any(|item| item.split(';').next().map(str::trim) == Some(name));
    let best = |name: &'static str, suffix: &str| {
        let file = Site::get(&format!("{path}{suffix}")).filter(|_| accepts(name))?;
        Some((Some(name), file.data))
    };
    best("br", ".br").or_else(|| best("gzip", ".gz"))
}
