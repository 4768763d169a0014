//! What a library writes into a contender's znode, as a text that is safe to show.

use crate::census::Family;

/// The most characters of an identity that are shown.
const MOST: usize = 200;

/// The data decoded: UTF-8, trimmed, control characters escaped, cut; `None` where there is none or it is no text.
pub(crate) fn identity(family: Family, data: &[u8]) -> Option<String> {
    // Java's WriteLock writes two bytes into every znode that say nothing.
    if family == Family::ApacheLock && data == [0x12, 0x34] {
        return None;
    }
    let mut text = text(data)?.trim();
    // kazoo's semaphore hands its inner lock the `repr` of the identifier's bytes.
    if family == Family::KazooLock
        && let Some(inner) = text.strip_prefix("b'").and_then(|text| text.strip_suffix('\''))
    {
        text = inner.trim();
    }
    shown(text)
}

/// The data as text, if it is some.
pub(crate) fn text(data: &[u8]) -> Option<&str> {
    match std::str::from_utf8(data) {
        Ok(text) => Some(text),
        // The mirror cuts long data; what is cut in the middle of a character is text all the same.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(data.get(..error.valid_up_to())?).ok()
        }
        Err(_) => None,
    }
}

/// A text as it is safe to show: trimmed, control characters escaped, cut; `None` for an empty one.
pub(crate) fn shown(text: &str) -> Option<String> {
    let mut shown = String::new();
    let mut length = 0;
    for c in text.trim().chars() {
        let escaped = c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let width = if escaped { c.escape_unicode().count() } else { 1 };
        if length + width > MOST {
            break;
        }
        length += width;
        if escaped {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_shown_as_it_is_meant() {
        let cases: [(&[u8], Option<&str>); 6] = [
            (b"", None),
            (b"  worker-1\n", Some("worker-1")),
            (b"b'host-C'", Some("host-C")),
            (b"b''", None),
            (b"a\x1b[31m", Some("a\\u{1b}[31m")),
            (b"\xff\xfe", None),
        ];
        for (data, shown) in cases {
            assert_eq!(identity(Family::KazooLock, data).as_deref(), shown, "{data:?}");
        }
        assert_eq!(identity(Family::CuratorLock, b"b'host-C'").as_deref(), Some("b'host-C'"));
        assert_eq!(identity(Family::ApacheLock, &[0x12, 0x34]), None);
        assert_eq!(identity(Family::CuratorLock, "é".repeat(300).as_bytes()).unwrap().chars().count(), 200);
        assert_eq!(identity(Family::CuratorLock, &"aé".as_bytes()[..2]).as_deref(), Some("a"));
    }
}
