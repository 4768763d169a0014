//! Which directories a declaration is about: a path in which `*` stands for one segment or a part of one, and `**` for any
//! number of segments.
//!
//! A pattern is matched segment by segment, with the set of places in it that may have been reached as the bits of one
//! number: a path costs its depth whatever stars there are, and a walk knows which subtrees it need not enter.

use zooscope_protocol::{PathError, ZnodePath};

/// A path with stars: `*` stands for one segment or a part of one, `**` for any number of segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// `**`.
    Any,
    /// The text between the stars; without a star, one text that is the whole name.
    Like(Vec<String>),
}

/// Where in a pattern the segments of a path so far may have led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached(u64);

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is no path.
    #[error("{0}; write a path from the root, as `/app/locks/*`")]
    Path(#[from] PathError),
    /// There are two stars beside another character.
    #[error("`**` stands for whole segments, so a segment has nothing beside it; write `/**/` or one `*`")]
    Stars,
    /// It has more segments than any declaration needs.
    #[error("a pattern has at most {} segments", Pattern::SEGMENTS)]
    Long,
}

impl Pattern {
    /// The most segments.
    const SEGMENTS: usize = 32;

    /// Parses a pattern. Errors: see [`PatternError`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        // A star is a character that a path may have, so a pattern is a path before anything else.
        let path = ZnodePath::parse(text)?;
        let segment = |text: &str| match text {
            "**" => Ok(Segment::Any),
            text if text.contains("**") => Err(PatternError::Stars),
            text => Ok(Segment::Like(text.split('*').map(str::to_owned).collect())),
        };
        let segments = path.segments().map(segment).collect::<Result<Vec<_>, _>>()?;
        if segments.len() > Self::SEGMENTS {
            return Err(PatternError::Long);
        }
        Ok(Self { segments })
    }

    /// Whether a path matches.
    pub fn matches(&self, path: &ZnodePath) -> bool {
        self.accepts(self.reach(path).0)
    }

    /// What the root reaches.
    pub(crate) fn root(&self) -> Reached {
        self.past_any(1)
    }

    /// What one more segment reaches.
    pub(crate) fn step(&self, reached: Reached, name: &str) -> Reached {
        let next = self.segments.iter().enumerate().fold(0, |next, (at, segment)| {
            let here = 1 << at;
            match segment {
                _ if reached.0 & here == 0 => next,
                Segment::Any => next | here,
                Segment::Like(parts) if like(parts, name) => next | here << 1,
                Segment::Like(_) => next,
            }
        });
        self.past_any(next)
    }

    /// Whether a path that reached this matches.
    pub(crate) fn accepts(&self, reached: Reached) -> bool {
        reached.0 & (1 << self.segments.len()) != 0
    }

    /// What a path reaches, and what its parent does. The root has no parent.
    pub(crate) fn reach(&self, path: &ZnodePath) -> (Reached, Option<Reached>) {
        path.segments().fold((self.root(), None), |(reached, _), name| {
            let next = if reached.is_nowhere() { reached } else { self.step(reached, name) };
            (next, Some(reached))
        })
    }

    /// `**` stands for no segment, too.
    fn past_any(&self, reached: u64) -> Reached {
        let past = self.segments.iter().enumerate().fold(reached, |reached, (at, segment)| {
            let here = reached & (1 << at);
            if *segment == Segment::Any { reached | here << 1 } else { reached }
        });
        Reached(past)
    }
}

impl Reached {
    /// Whether no path that begins so can match.
    pub(crate) fn is_nowhere(self) -> bool {
        self.0 == 0
    }
}

/// Whether a name begins and ends with the outer parts and has the others between them, in their order. The first place where a
/// part is found leaves the most room for those after it, so none is ever looked for twice.
fn like(parts: &[String], name: &str) -> bool {
    let (Some((first, rest)), Some(last)) = (parts.split_first(), parts.last()) else {
        return false;
    };
    if rest.is_empty() {
        return name == first;
    }
    let inner = name.strip_prefix(first.as_str()).and_then(|name| name.strip_suffix(last.as_str()));
    let Some(mut inner) = inner else {
        return false;
    };
    rest[..rest.len() - 1].iter().all(|part| match inner.split_once(part.as_str()) {
        Some((_, after)) => {
            inner = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let pattern = Pattern::parse(pattern).unwrap();
        pattern.accepts(pattern.reach(&ZnodePath::parse(path).unwrap()).0)
    }

    #[test]
    fn a_star_stays_in_its_segment_and_two_stars_do_not() {
        for (pattern, path, expected) in [
            ("/app/locks", "/app/locks", true),
            ("/app/locks", "/app/locks/a", false),
            ("/app/locks", "/app", false),
            ("/app/*", "/app/a", true),
            ("/app/*", "/app", false),
            ("/app/*", "/app/a/b", false),
            ("/app/lock-*", "/app/lock-", true),
            ("/app/lock-*-x", "/app/lock-x", false),
            ("/app/*a*b*", "/app/xaxbx", true),
            ("/app/*a*b*", "/app/xbxax", false),
            ("/app/aba*aba", "/app/ababa", false),
            ("/app/**", "/app", true),
            ("/app/**", "/app/a/b/c", true),
            ("/app/**", "/apps/a", false),
            ("/**/locks/*", "/locks/a", true),
            ("/**/locks/*", "/a/b/locks/c", true),
            ("/**/locks/*", "/a/b/locks", false),
            ("/**/locks/**/x", "/a/locks/b/locks/x", true),
            ("/**/locks/**/x", "/a/locks/b/y", false),
            ("/", "/", true),
            ("/", "/a", false),
            ("/**", "/", true),
            ("/é*", "/éa", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_walk_knows_where_nothing_can_match() {
        let pattern = Pattern::parse("/app/*/locks").unwrap();
        assert!(pattern.step(pattern.root(), "other").is_nowhere());
        let app = pattern.step(pattern.root(), "app");
        assert!(!app.is_nowhere());
        let locks = pattern.step(pattern.step(app, "a"), "locks");
        assert!(pattern.accepts(locks));
        assert!(pattern.step(locks, "below").is_nowhere());
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        assert_eq!(Pattern::parse("app"), Err(PathError::NotAbsolute.into()));
        assert_eq!(Pattern::parse("/app/"), Err(PathError::EmptySegment.into()));
        assert_eq!(Pattern::parse("/app/a**"), Err(PatternError::Stars));
        assert_eq!(Pattern::parse("/app/***"), Err(PatternError::Stars));
        assert_eq!(Pattern::parse(&"/a".repeat(33)), Err(PatternError::Long));
        assert!(Pattern::parse(&"/**".repeat(32)).is_ok());
    }
}
