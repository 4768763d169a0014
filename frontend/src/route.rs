//! Where the operator is: every screen, its filter and its order have an address that can be sent to a colleague.

pub mod sign_in;

/// A screen of one cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// What is wrong, first.
    Overview,
    /// All locks.
    Locks,
    /// One lock, by its path.
    Lock(String),
    /// All queues.
    Queues,
    /// One queue, by its path.
    Queue(String),
    /// Who waits for whom.
    Waits,
    /// All sessions.
    Sessions,
    /// One session, by its id: `0x10000a1b2c30001`.
    Session(String),
    /// What is wrong.
    Findings,
    /// What is looked for, and how to declare more.
    Recipes,
    /// The tree, with the znode that is looked at.
    Tree(Option<String>),
    /// What happened.
    Events,
    /// What waits for another person.
    Approvals,
    /// What was done with the console, with the action that is looked at, by its id.
    Audit(Option<String>),
}

impl Page {
    /// The part of the address that names the screen.
    pub fn segment(&self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Locks => "locks",
            Self::Lock(_) => "lock",
            Self::Queues => "queues",
            Self::Queue(_) => "queue",
            Self::Waits => "waits",
            Self::Sessions => "sessions",
            Self::Session(_) => "session",
            Self::Findings => "findings",
            Self::Recipes => "recipes",
            Self::Tree(_) => "tree",
            Self::Events => "events",
            Self::Approvals => "approvals",
            Self::Audit(_) => "audit",
        }
    }

    /// The one thing that the address names, after the key under which it does.
    pub fn names(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Lock(path) | Self::Queue(path) | Self::Tree(Some(path)) => Some(("path", path)),
            Self::Session(id) | Self::Audit(Some(id)) => Some(("id", id)),
            Self::Overview
            | Self::Locks
            | Self::Queues
            | Self::Waits
            | Self::Sessions
            | Self::Findings
            | Self::Recipes
            | Self::Tree(None)
            | Self::Events
            | Self::Approvals
            | Self::Audit(None) => None,
        }
    }

    /// The screen that stays when the one thing that is named is closed.
    pub fn whole(self) -> Self {
        match self {
            Self::Lock(_) => Self::Locks,
            Self::Queue(_) => Self::Queues,
            Self::Session(_) => Self::Sessions,
            Self::Tree(_) => Self::Tree(None),
            Self::Audit(_) => Self::Audit(None),
            other => other,
        }
    }
}

/// An address of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the cluster.
    pub cluster: String,
    /// The screen.
    pub page: Page,
    /// The rest of the query, in its order: filters, sort.
    pub query: Vec<(String, String)>,
}

impl Place {
    /// The address of a screen without filters.
    pub fn new(cluster: &str, page: Page) -> Self {
        Self { cluster: cluster.to_owned(), page, query: Vec::new() }
    }

    /// Reads an address: the path and the query (with or without `?`) of a URL. `None` for what is no screen.
    pub fn parse(path: &str, query: &str) -> Option<Self> {
        let mut segments = path.trim_matches('/').split('/');
        let (Some("c"), Some(cluster)) = (segments.next(), segments.next()) else { return None };
        let screen = segments.next().unwrap_or("overview");
        if cluster.is_empty() || segments.next().is_some() {
            return None;
        }
        let mut pairs = pairs(query);
        let mut take = |name: &str| {
            let at = pairs.iter().position(|(key, _)| key == name)?;
            Some(pairs.remove(at).1)
        };
        let page = match screen {
            "overview" => Page::Overview,
            "locks" => Page::Locks,
            "lock" => Page::Lock(take("path")?),
            "queues" => Page::Queues,
            "queue" => Page::Queue(take("path")?),
            "waits" => Page::Waits,
            "sessions" => Page::Sessions,
            "session" => Page::Session(take("id")?),
            "findings" => Page::Findings,
            "recipes" => Page::Recipes,
            "tree" => Page::Tree(take("path")),
            "events" => Page::Events,
            "approvals" => Page::Approvals,
            "audit" => Page::Audit(take("id")),
            _ => return None,
        };
        Some(Self { cluster: decode(cluster), page, query: pairs })
    }

    /// Writes the address.
    pub fn href(&self) -> String {
        let mut text = format!("/c/{}/{}", encode(&self.cluster, false), self.page.segment());
        let names = self.page.names();
        let rest = self.query.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        for (index, (key, value)) in names.into_iter().chain(rest).enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.push_str(&encode(key, false));
            text.push('=');
            text.push_str(&encode(value, true));
        }
        text
    }

    /// The value of a query key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The same place with a query key set, or taken away when the value is empty.
    pub fn with(mut self, key: &str, value: &str) -> Self {
        let at = self.query.iter().position(|(known, _)| known == key);
        match (at, value.is_empty()) {
            (Some(at), true) => drop(self.query.remove(at)),
            (Some(at), false) => value.clone_into(&mut self.query[at].1),
            (None, true) => {}
            (None, false) => self.query.push((key.to_owned(), value.to_owned())),
        }
        self
    }
}

pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(k, v)| (decode(k), decode(v)))
        .collect()
}

/// Percent-encodes a text. Slashes stay readable in a query, where they are allowed.
pub fn encode(text: &str, keep_slashes: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte as char),
            b'/' | b':' | b'*' if keep_slashes => encoded.push(byte as char),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Undoes [`encode`]; `+` is a space, as forms write it. A broken escape stays as it is.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let value = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        match value.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_an_address_that_leads_back() {
        let pages = [
            Page::Overview,
            Page::Locks,
            Page::Lock("/app/locks/büro & co".to_owned()),
            Page::Queues,
            Page::Queue("/jobs/a+b=c?d#e%20".to_owned()),
            Page::Waits,
            Page::Sessions,
            Page::Session("0x10000a1b2c30001".to_owned()),
            Page::Findings,
            Page::Recipes,
            Page::Tree(None),
            Page::Tree(Some("/".to_owned())),
            Page::Events,
            Page::Approvals,
        ];
        for page in pages {
            let place =
                Place::new("prod eu/1", page).with("q", "path:/a/** type:deleted").with("sort", "held");
            let href = place.href();
            let (path, query) = href.split_once('?').unwrap_or((&href, ""));
            assert_eq!(Place::parse(path, query), Some(place));
        }
    }

    #[test]
    fn slashes_stay_readable() {
        let place = Place::new("eu", Page::Lock("/app/locks".to_owned()));
        assert_eq!(place.href(), "/c/eu/lock?path=/app/locks");
    }

    #[test]
    fn what_is_no_screen_is_nowhere() {
        for path in [
            "/",
            "/c",
            "/c/",
            "/c/eu/nothing",
            "/c/eu/locks/more",
            "/x/eu/locks",
            "/c/eu/lock",
            "/c/eu/session",
        ] {
            assert_eq!(Place::parse(path, ""), None, "{path}");
        }
        assert_eq!(Place::parse("/c/eu", ""), Some(Place::new("eu", Page::Overview)));
    }

    #[test]
    fn an_empty_value_takes_the_key_away() {
        let place = Place::new("eu", Page::Locks).with("q", "a").with("q", "");
        assert_eq!(place.href(), "/c/eu/locks");
    }

    #[test]
    fn a_broken_escape_is_kept() {
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("a%20b+c"), "a b c");
    }
}
