//! The filter of the event feed: `path:/jobs/** type:deleted mail`.
//!
//! Terms are separated by spaces and all must hold; several `type:` terms mean any of them. A word without a key must
//! occur in the path or the note, in any case. Gaps always pass: they say what is not known.

use zooscope_protocol::{Event, EventKind, ZnodePath};

/// A filter, read from what the operator typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    paths: Vec<String>,
    kinds: Vec<EventKind>,
    words: Vec<String>,
    /// The terms that mean nothing, for the operator to see.
    pub unknown: Vec<String>,
}

/// The word for a kind of event in the filter and in the feed.
pub fn kind_word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Created => "created",
        EventKind::Deleted => "deleted",
        EventKind::DataChanged => "changed",
        EventKind::Gap => "gap",
        EventKind::Status => "status",
        EventKind::Action => "action",
    }
}

/// The kinds that a filter can name.
pub const KINDS: [EventKind; 5] =
    [EventKind::Created, EventKind::Deleted, EventKind::DataChanged, EventKind::Status, EventKind::Action];

impl Filter {
    /// Reads a filter. It never fails: a term that means nothing is listed in `unknown` and ignored.
    pub fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        for term in text.split_whitespace() {
            match term.split_once(':') {
                Some(("path", pattern)) if pattern.starts_with('/') => filter.paths.push(pattern.to_owned()),
                Some(("type", word)) => match KINDS.into_iter().find(|kind| kind_word(*kind) == word) {
                    Some(kind) => filter.kinds.push(kind),
                    None => filter.unknown.push(term.to_owned()),
                },
                Some(("path", _)) => filter.unknown.push(term.to_owned()),
                Some(_) | None => filter.words.push(term.to_lowercase()),
            }
        }
        filter
    }

    /// Whether an event passes.
    pub fn accepts(&self, event: &Event) -> bool {
        if event.kind == EventKind::Gap {
            return true;
        }
        let path = event.path.as_ref().map_or("", |path| path.as_str());
        let note = event.note.as_deref().unwrap_or_default();
        let says = |word: &String| path.to_lowercase().contains(word) || note.to_lowercase().contains(word);
        (self.kinds.is_empty() || self.kinds.contains(&event.kind))
            && self.paths.iter().all(|pattern| matches(pattern, path))
            && self.words.iter().all(says)
    }

    /// The deepest znode that all events that pass are at or below: what the server can filter by.
    pub fn root(&self) -> Option<ZnodePath> {
        let pattern = self.paths.first()?;
        let literal: Vec<&str> =
            pattern.split('/').filter(|s| !s.is_empty()).take_while(|s| !s.contains('*')).collect();
        if literal.is_empty() {
            return None;
        }
        ZnodePath::parse(&format!("/{}", literal.join("/"))).ok()
    }
}

/// Whether a path matches a pattern: `*` is any text within a segment, `**` any number of segments. A pattern without a
/// star means the znode itself and all below it.
fn matches(pattern: &str, path: &str) -> bool {
    let wanted: Vec<&str> = pattern.split('/').filter(|s| !s.is_empty()).collect();
    let given: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    if pattern.contains('*') { segments(&wanted, &given) } else { given.starts_with(&wanted) }
}

fn segments(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((&"**", rest)), None) => segments(rest, path),
        (Some((&"**", rest)), Some((_, deeper))) => segments(rest, path) || segments(pattern, deeper),
        (Some(_), None) => false,
        (Some((glob, rest)), Some((name, deeper))) => segment(glob, name) && segments(rest, deeper),
    }
}

fn segment(glob: &str, name: &str) -> bool {
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::Timestamp;

    use super::*;

    fn event(kind: EventKind, path: &str) -> Event {
        let path = ZnodePath::parse(path).ok();
        Event { seq: 1, at: Timestamp(0), kind, path, zxid: None, note: Some("Outcome done".to_owned()) }
    }

    #[test]
    fn a_pattern_without_a_star_means_all_below() {
        assert!(matches("/jobs", "/jobs"));
        assert!(matches("/jobs/", "/jobs/mail/item-1"));
        assert!(!matches("/jobs", "/jobsite"));
        assert!(matches("/", "/anything"));
    }

    #[test]
    fn stars_stay_within_segments_and_double_stars_do_not() {
        assert!(matches("/jobs/*/item-*", "/jobs/mail/item-7"));
        assert!(!matches("/jobs/*", "/jobs/mail/item-7"));
        assert!(matches("/jobs/**", "/jobs"));
        assert!(matches("/**/item-*7", "/jobs/mail/item-17"));
        assert!(!matches("/**/item-*7", "/jobs/mail/item-18"));
        assert!(matches("/a*b*c", "/aXbYc"));
        assert!(!matches("/ab*b", "/ab"));
    }

    #[test]
    fn terms_are_joined_and_kinds_are_alternatives() {
        let filter = Filter::parse("path:/jobs/** type:deleted type:created MAIL");
        assert!(filter.accepts(&event(EventKind::Deleted, "/jobs/mail/1")));
        assert!(filter.accepts(&event(EventKind::Created, "/jobs/mail/1")));
        assert!(!filter.accepts(&event(EventKind::DataChanged, "/jobs/mail/1")));
        assert!(!filter.accepts(&event(EventKind::Deleted, "/jobs/thumbs/1")));
        assert!(!filter.accepts(&event(EventKind::Deleted, "/mail")));
        assert!(Filter::parse("outcome").accepts(&event(EventKind::Action, "/a")));
    }

    #[test]
    fn a_gap_always_passes() {
        let gap = event(EventKind::Gap, "");
        assert!(Filter::parse("path:/jobs type:deleted mail").accepts(&gap));
    }

    #[test]
    fn what_means_nothing_is_said() {
        let filter = Filter::parse("type:exploded path:jobs");
        assert_eq!(filter.unknown, ["type:exploded", "path:jobs"]);
        assert!(filter.accepts(&event(EventKind::Created, "/a")));
    }

    #[test]
    fn the_server_filters_by_the_literal_beginning() {
        let root = |text: &str| Filter::parse(text).root().map(|path| path.to_string());
        assert_eq!(root("path:/jobs/ma*/x"), Some("/jobs".to_owned()));
        assert_eq!(root("path:/**"), None);
        assert_eq!(root("mail"), None);
    }
}
