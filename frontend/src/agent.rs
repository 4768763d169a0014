//! What a browser says of itself, in the few words that tell one from another.

/// The browsers by what their agent says, the first that is found: others say `Chrome` and `Safari` too.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Headless Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("curl/", "curl"),
];
/// The systems, the first that is found.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// `Chrome 156 on Linux` of a browser that is known; otherwise what it says, as it is.
pub fn program(agent: &str) -> String {
    let known = BROWSERS.iter().find_map(|(token, name)| {
        let version = agent.split_once(token)?.1;
        let major: String = version.chars().take_while(char::is_ascii_digit).collect();
        Some(format!("{name} {major}"))
    });
    let system = SYSTEMS.iter().find(|(token, _)| agent.contains(token)).map(|(_, name)| *name);
    match (known, system) {
        (Some(known), Some(system)) => format!("{} on {system}", known.trim_end()),
        (Some(known), None) => known.trim_end().to_owned(),
        (None, _) => agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_in_a_few_words() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        for (agent, told) in [
            (chrome, "Chrome 156 on Linux"),
            (safari, "Safari 19 on iOS"),
            (
                "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox 140 on Windows",
            ),
            ("curl/8.5.0", "curl 8"),
            ("a script of ours", "a script of ours"),
            ("Chrome/", "Chrome"),
        ] {
            assert_eq!(program(agent), told);
        }
    }
}
