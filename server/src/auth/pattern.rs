//! Patterns of paths: `*` stands for one segment or a part of one, `**` for any number of segments, none among them.

use std::fmt;

use zooscope_protocol::ZnodePath;

/// A pattern of paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    text: String,
    segments: Vec<String>,
}

impl Pattern {
    /// The longest pattern, in bytes.
    const LONGEST: usize = 1_024;

    /// Reads a pattern. Errors: a sentence that says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("`{text}` is no pattern of paths: {why}"));
        let Some(rest) = text.strip_prefix('/') else { return wrong("it begins with `/`, as /locks/**") };
        if text.len() > Self::LONGEST {
            return wrong("it is too long");
        }
        let segments: Vec<String> =
            if rest.is_empty() { Vec::new() } else { rest.split('/').map(str::to_owned).collect() };
        for segment in &segments {
            if segment.is_empty() || segment == "." || segment == ".." || segment.contains('\0') {
                return wrong("a segment is empty, `.` or `..`, so no path matches it");
            }
            if segment.contains("**") && segment != "**" {
                return wrong("`**` stands alone between slashes");
            }
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// Whether a path is one of these.
    pub fn matches(&self, path: &ZnodePath) -> bool {
        let segments: Vec<&str> = path.segments().collect();
        wild(&self.segments, &segments, |pattern| pattern == "**", |pattern, segment| name(pattern, segment))
    }

    /// How much of it is not left open, in bytes: the larger is the more specific.
    pub fn literal(&self) -> usize {
        self.segments
            .iter()
            .map(|segment| segment.chars().filter(|c| *c != '*').map(char::len_utf8).sum::<usize>())
            .sum()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Whether a name matches the pattern of one segment.
pub fn name(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    wild(&pattern, &name, |c| *c == '*', |c, other| c == other)
}

/// Matches with wildcards that stand for any number of items. It goes back to the last wildcard only, so it takes at most the
/// product of both lengths.
fn wild<P, T>(pattern: &[P], items: &[T], any: impl Fn(&P) -> bool, one: impl Fn(&P, &T) -> bool) -> bool {
    let (mut at, mut item, mut back) = (0, 0, None);
    while item < items.len() {
        if pattern.get(at).is_some_and(&any) {
            back = Some((at, item));
            at += 1;
        } else if pattern.get(at).is_some_and(|pattern| one(pattern, &items[item])) {
            at += 1;
            item += 1;
        } else if let Some((wildcard, taken)) = back {
            back = Some((wildcard, taken + 1));
            at = wildcard + 1;
            item = taken + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_segments() {
        for (pattern, path, matches) in [
            ("/a/b/**", "/a/b", true),
            ("/a/b/**", "/a/b/c/d", true),
            ("/a/b/**", "/a/bc", false),
            ("/a/*", "/a/b", true),
            ("/a/*", "/a", false),
            ("/a/*", "/a/b/c", false),
            ("/a/*-lock/**/x", "/a/my-lock/x", true),
            ("/a/*-lock/**/x", "/a/my-lock/1/2/x", true),
            ("/a/*-lock/**/x", "/a/my-lock/1/2/y", false),
            ("/**", "/", true),
            ("/**", "/anything/at/all", true),
            ("/", "/", true),
            ("/", "/a", false),
            ("/A", "/a", false),
            ("/**/secret/**", "/x/y/secret/z", true),
            ("/**/secret/**", "/x/y/secrets/z", false),
        ] {
            let path = ZnodePath::parse(path).unwrap();
            assert_eq!(Pattern::parse(pattern).unwrap().matches(&path), matches, "{pattern} {path}");
        }
        for wrong in ["", "a", "/a//b", "/a/../b", "/a/", "/a**/b", "/./b"] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_long_name_against_many_wildcards_ends() {
        let pattern = Pattern::parse(&format!("/{}b", "*a".repeat(200))).unwrap();
        let path = ZnodePath::parse(&format!("/{}", "a".repeat(20_000))).unwrap();
        assert!(!pattern.matches(&path));
    }
}
