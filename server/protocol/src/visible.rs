//! How a text of strangers is shown to people: what cannot be seen, and what makes other text look different, is written out.

/// Whether a character is written out: a control character, one that turns the direction of text, one without width, one
/// that is drawn as nothing. Line ends and tabs are text.
pub fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\r' | '\t' => false,
        c if c.is_control() => true,
        // A soft hyphen, joiners, fillers.
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
        | '\u{ffa0}' => true,
        // Marks of Arabic, Syriac and Mongolian that belong to no letter.
        '\u{600}'..='\u{605}'
        | '\u{61c}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'
        | '\u{891}'
        | '\u{8e2}'
        | '\u{180b}'..='\u{180f}' => true,
        // No width, or another direction.
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => true,
        // Braille that is blank, variation selectors, annotations, tags, musical beams, parts of shorthand and hieroglyphs.
        '\u{2800}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}' => true,
        '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' => true,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// The text with every character that is hidden as `\u{202e}`.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_in_a_name() {
        assert_eq!(visible("a\u{202e}b\u{1b}c\n"), "a\\u{202e}b\\u{1b}c\n");
        assert_eq!(visible("pay\u{200b}ments"), "pay\\u{200b}ments");
        assert_eq!(visible("b\u{fc}ro \u{90ae}\u{4ef6} \u{1f512}"), "b\u{fc}ro \u{90ae}\u{4ef6} \u{1f512}");
        let twice = visible(&visible("a\u{feff}\u{7f}"));
        assert_eq!(twice, visible("a\u{feff}\u{7f}"), "what is written out stays");
    }
}
