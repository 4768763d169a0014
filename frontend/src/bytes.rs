//! What a znode's data may be, and ways to show it.

pub use zooscope_protocol::visible::visible as visible_text;

/// A way to show bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As UTF-8.
    Text,
    /// As JSON, indented.
    Json,
    /// Sixteen bytes a line, with their offset and their characters.
    Hex,
    /// As base64, 76 characters a line.
    Base64,
}

impl Format {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Hex, Self::Base64];

    /// The name in the address and on the button.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "JSON",
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }

    /// The format that says most about these bytes.
    pub fn guess(data: &[u8]) -> Self {
        match std::str::from_utf8(data) {
            Ok(text) if json(text).is_some() && text.trim_start().starts_with(['{', '[']) => Self::Json,
            Ok(text) if !text.chars().any(unprintable) => Self::Text,
            Ok(_) | Err(_) => Self::Hex,
        }
    }

    /// The bytes in this format; `None` when they are not of it.
    pub fn render(self, data: &[u8]) -> Option<String> {
        match self {
            Self::Text => std::str::from_utf8(data).ok().map(visible_text),
            Self::Json => std::str::from_utf8(data).ok().and_then(json),
            Self::Hex => Some(hex(data)),
            Self::Base64 => Some(base64(data)),
        }
    }
}

fn unprintable(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

fn json(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    serde_json::to_string_pretty(&value).ok().map(|text| visible_text(&text))
}

fn hex(data: &[u8]) -> String {
    let mut text = String::with_capacity(data.len() * 5);
    for (index, line) in data.chunks(16).enumerate() {
        text.push_str(&format!("{:06x}  ", index * 16));
        for column in 0..16 {
            match line.get(column) {
                Some(byte) => text.push_str(&format!("{byte:02x} ")),
                None => text.push_str("   "),
            }
            if column == 7 {
                text.push(' ');
            }
        }
        text.push(' ');
        let shown = |byte: &u8| if (0x20..0x7f).contains(byte) { *byte as char } else { '·' };
        text.extend(line.iter().map(shown));
        text.push('\n');
    }
    text
}

fn base64(data: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(data.len() * 4 / 3 + data.len() / 57 + 4);
    for (index, group) in data.chunks(3).enumerate() {
        if index > 0 && index % 19 == 0 {
            text.push('\n');
        }
        let word =
            group.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for position in 0..4 {
            let digit = (word >> (18 - 6 * position) & 63) as usize;
            text.push(if position <= group.len() { DIGITS[digit] as char } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guess_follows_the_bytes() {
        assert_eq!(Format::guess(b"{\"a\": 1}"), Format::Json);
        assert_eq!(Format::guess(b"10.2.0.7"), Format::Text);
        assert_eq!(Format::guess(b"42"), Format::Text);
        assert_eq!(Format::guess(&[0xff, 0x00]), Format::Hex);
        assert_eq!(Format::guess(b"a\0b"), Format::Hex);
        assert_eq!(Format::guess(b""), Format::Text);
    }

    #[test]
    fn hex_shows_offset_and_characters() {
        let text = Format::Hex.render(b"0123456789abcdef\xff").expect("always");
        assert_eq!(
            text,
            "000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n\
             000010  ff                                                ·\n"
        );
    }

    #[test]
    fn base64_is_padded_and_broken_into_lines() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foo"), "Zm9v");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        assert_eq!(base64(&[0xff; 58]).lines().map(str::len).collect::<Vec<_>>(), [76, 4]);
    }

    #[test]
    fn data_cannot_pretend_to_be_something_else() {
        assert_eq!(visible_text("a\u{202e}b\u{1b}c\n"), "a\\u{202e}b\\u{1b}c\n");
        assert_eq!(Format::Json.render(b"not json"), None);
        assert_eq!(Format::Text.render(&[0xff]), None);
    }
}
