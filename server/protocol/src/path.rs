//! The path of a znode, parsed once and valid ever after.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The absolute path of a znode, as ZooKeeper's `PathUtils.validatePath` (3.8) accepts it: it starts with `/`, has no
/// empty, `.` or `..` segment, no trailing `/` but for the root itself, and no control character.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ZnodePath(Arc<str>);

/// Why a text is not the path of a znode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The text is empty or does not begin with a slash.
    #[error("a znode path starts with '/'")]
    NotAbsolute,
    /// A slash follows a slash, or ends the path.
    #[error("a znode path has no empty segment and no '/' at its end")]
    EmptySegment,
    /// A segment is `.` or `..`; ZooKeeper has no relative paths.
    #[error("a znode path has no '.' or '..' segment")]
    Relative,
    /// A character that ZooKeeper refuses: NUL, a control character, a surrogate's neighbour or a private one.
    #[error("a znode path has no control or private-use character")]
    Character,
    /// More bytes than any path that one request to ZooKeeper could carry.
    #[error("a znode path is at most {} bytes long", ZnodePath::MAX_BYTES)]
    TooLong,
}

impl ZnodePath {
    /// The longest path that is accepted, in bytes. ZooKeeper's own limit is that of a request, 1 MiB.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// The root, `/`.
    pub fn root() -> Self {
        Self(Arc::from("/"))
    }

    /// Parses a path. Errors: see [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > Self::MAX_BYTES {
            return Err(PathError::TooLong);
        }
        let Some(rest) = text.strip_prefix('/') else {
            return Err(PathError::NotAbsolute);
        };
        if !rest.is_empty() {
            rest.split('/').try_for_each(check_segment)?;
        }
        Ok(Self(Arc::from(text)))
    }

    /// The path of the child called `name`. Errors: see [`PathError`].
    pub fn child(&self, name: &str) -> Result<Self, PathError> {
        if name.contains('/') {
            return Err(PathError::EmptySegment);
        }
        check_segment(name)?;
        let mut text = String::with_capacity(self.0.len() + 1 + name.len());
        if !self.is_root() {
            text.push_str(&self.0);
        }
        text.push('/');
        text.push_str(name);
        if text.len() > Self::MAX_BYTES {
            return Err(PathError::TooLong);
        }
        Ok(Self(Arc::from(text)))
    }

    /// Whether a text can be the last segment of a path.
    pub fn is_name(text: &str) -> bool {
        !text.contains('/') && check_segment(text).is_ok()
    }

    /// The text, with its leading slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// The last segment; empty for the root.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The path of the parent; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        match self.0.rfind('/') {
            Some(0) | None => Some(Self::root()),
            Some(at) => Some(Self(Arc::from(&self.0[..at]))),
        }
    }

    /// The segments from the root down; none for the root itself.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }

    /// The number of segments; 0 for the root.
    pub fn depth(&self) -> usize {
        self.segments().count()
    }

    /// Whether this is `ancestor` or lies below it.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        ancestor.is_root()
            || self.0.strip_prefix(&*ancestor.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn check_segment(segment: &str) -> Result<(), PathError> {
    match segment {
        "" => Err(PathError::EmptySegment),
        "." | ".." => Err(PathError::Relative),
        // Almost every name is of these, and there may be a million of them.
        _ if segment.bytes().all(|byte| matches!(byte, b' '..=b'~')) => Ok(()),
        _ if segment.chars().any(refused) => Err(PathError::Character),
        _ => Ok(()),
    }
}

/// The characters that ZooKeeper's `PathUtils.validatePath` refuses.
fn refused(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}')
}

impl fmt::Display for ZnodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ZnodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::str::FromStr for ZnodePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

impl Serialize for ZnodePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ZnodePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_refused_for_its_reason() {
        let cases = [
            ("", PathError::NotAbsolute),
            ("locks", PathError::NotAbsolute),
            ("/locks/", PathError::EmptySegment),
            ("//locks", PathError::EmptySegment),
            ("/a/../b", PathError::Relative),
            ("/a/.", PathError::Relative),
            ("/a\0b", PathError::Character),
            ("/a\u{85}", PathError::Character),
            ("/\u{e000}", PathError::Character),
        ];
        for (text, why) in cases {
            assert_eq!(ZnodePath::parse(text), Err(why), "{text:?}");
        }
        assert_eq!(ZnodePath::parse(&"/a".repeat(40_000)), Err(PathError::TooLong));
    }

    #[test]
    fn a_path_knows_its_family() {
        let path = ZnodePath::parse("/app/locks/billing").unwrap();
        assert_eq!(path.name(), "billing");
        assert_eq!(path.parent().unwrap().as_str(), "/app/locks");
        assert_eq!(path.depth(), 3);
        assert_eq!(ZnodePath::parse("/app").unwrap().parent(), Some(ZnodePath::root()));
        assert_eq!(ZnodePath::root().parent(), None);
        assert_eq!(ZnodePath::root().child("app").unwrap().as_str(), "/app");
        assert!(path.is_within(&ZnodePath::parse("/app/locks").unwrap()));
        assert!(path.is_within(&ZnodePath::root()));
        assert!(!path.is_within(&ZnodePath::parse("/app/lock").unwrap()));
        assert_eq!(path.child("a/b"), Err(PathError::EmptySegment));
    }
}
