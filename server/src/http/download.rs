//! A file that a browser keeps and does not show: whatever is in it, it is nothing of this site.

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};

/// The longest name of a file, in characters.
const LONGEST: usize = 120;

/// What a browser that shows it all the same may do with it: nothing, as somebody else.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

/// Answers with a file of this name and media type.
pub(super) fn file(name: &str, media_type: &'static str, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// `attachment` with a name that is one of a file and of nothing else: no folder, no device, nothing hidden, no end of the header.
fn disposition(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .take(LONGEST)
        .collect();
    let plain = plain.trim_start_matches(['.', '-']);
    let plain = if plain.is_empty() { "file" } else { plain };
    // Letters, digits and three signs, which stand for themselves in both forms.
    let text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{plain}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_file_and_nothing_else() {
        for (name, kept) in [
            ("audit-20261125.csv", "audit-20261125.csv"),
            ("a\r\nSet-Cookie: x=1", "a__Set-Cookie__x_1"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..\\..\\windows", "_.._windows"),
            (".bashrc", "bashrc"),
            ("-rf", "rf"),
            ("a\"; filename=\"b.exe", "a___filename__b.exe"),
            ("gpj\u{202e}exe.txt", "gpj_exe.txt"),
            ("%2e%2e%2f", "_2e_2e_2f"),
            ("b\u{fc}ro\0", "b_ro_"),
            ("", "file"),
            ("..", "file"),
        ] {
            let text = disposition(name).to_str().unwrap().to_owned();
            assert_eq!(text, format!("attachment; filename=\"{kept}\"; filename*=UTF-8''{kept}"), "{name:?}");
        }
        assert!(disposition(&"x".repeat(10_000)).len() < 2 * LONGEST + 60);
    }

    #[test]
    fn what_is_shown_all_the_same_can_do_nothing() {
        let response = file("a.html", "application/octet-stream", Body::from("<script>alert(1)</script>"));
        let header = |name: header::HeaderName| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header(header::CONTENT_TYPE), "application/octet-stream");
        assert!(header(header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    }
}
