//! Declared recipes: layouts of an organisation's own, checked and ready to be looked for.
//!
//! Whether a directory is declared follows from its path alone, and whether a child is a member from its name alone; so both
//! are known without a look around, and one change costs the same whatever else is declared.

mod pattern;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use zooscope_protocol::recipe::{DeclaredKind, IdentityDecoder};
use zooscope_protocol::{Declaration, Mode, Recipe, ZnodePath};

use pattern::Reached;
pub use pattern::{Pattern, PatternError};

use crate::census::{Family, Place, Shape, Sighting, sequence};
use crate::line::shown;
use crate::tree::{Name, Tree, Znode};

/// One declaration, checked.
pub struct Declared {
    declaration: Declaration,
    path: Pattern,
    members: Regex,
    readers: Option<Regex>,
    sequence: bool,
}

/// The declarations in force, in their order: the first that is about a directory names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declarations(Vec<Arc<Declared>>);

/// Why a declaration is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeclaredError {
    /// The name is none.
    #[error("write 1 to 64 letters, digits, '-', '_' and '.'")]
    Name,
    /// Two have one name.
    #[error("there is a recipe of this name already; give each its own")]
    NameTaken,
    /// There are more than are looked for.
    #[error("at most {} recipes are declared", Declarations::MOST)]
    TooMany,
    /// The path is no pattern.
    #[error("{0}")]
    Path(#[from] PatternError),
    /// What should be a regular expression is none.
    #[error("this is no regular expression that the console can use: {why}")]
    Regex {
        /// The key.
        key: &'static str,
        /// What the compiler of regular expressions says.
        why: String,
    },
    /// A regular expression is too long or grows too large.
    #[error(
        "the regular expression is too large; write at most {} characters, and small repetitions",
        Declared::REGEX_CHARS
    )]
    LargeRegex {
        /// The key.
        key: &'static str,
    },
    /// A group of the members' expression that this kind needs is missing.
    #[error("a {kind} needs the group `(?<{group}>…)` in the regular expression: {why}")]
    NoGroup {
        /// The kind.
        kind: &'static str,
        /// The group.
        group: &'static str,
        /// What for.
        why: &'static str,
    },
    /// A group that this kind has no use for, so something else was meant.
    #[error("only a priority_queue has priorities; leave the group `priority` out, or declare that kind")]
    NoPriorities,
    /// A read/write lock whose readers cannot be told.
    #[error(
        "a read_write lock needs it: write a regular expression that the names of readers match, and those of writers do not"
    )]
    NoReaders,
    /// Readers of something that has none.
    #[error("only a read_write lock has readers; leave it out, or declare that kind")]
    Readers,
    /// A semaphore without its number.
    #[error("a semaphore needs it: write how many may hold at once, 1 to {}", Declared::CAPACITY)]
    NoCapacity,
    /// A capacity of something else.
    #[error("only a semaphore has a capacity; leave it out, or declare that kind")]
    Capacity,
    /// What should be a JSON pointer is none.
    #[error("a JSON pointer is empty or begins with '/', as `/owner/host`")]
    Pointer,
}

impl DeclaredError {
    /// The key that it is about.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Name | Self::NameTaken | Self::TooMany => "name",
            Self::Path(_) => "path",
            Self::Regex { key, .. } | Self::LargeRegex { key } => key,
            Self::NoGroup { .. } | Self::NoPriorities => "members",
            Self::NoReaders | Self::Readers => "readers",
            Self::NoCapacity | Self::Capacity => "capacity",
            Self::Pointer => "identity",
        }
    }
}

impl Declared {
    /// The most that may hold a semaphore at once.
    const CAPACITY: u32 = 1_000;
    const REGEX_CHARS: usize = 512;
    /// A regular expression may grow to so many bytes when it is compiled.
    const REGEX_BYTES: usize = 1 << 20;

    /// Checks a declaration. Errors: see [`DeclaredError`].
    pub fn new(declaration: Declaration) -> Result<Self, DeclaredError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !(1..=64).contains(&declaration.name.len()) || !declaration.name.chars().all(fits) {
            return Err(DeclaredError::Name);
        }
        let path = Pattern::parse(&declaration.path)?;
        regex("members", &declaration.members)?;
        let members = regex("members", &format!("^(?:{})$", declaration.members))?;
        let readers = declaration.readers.as_deref().map(|text| regex("readers", text)).transpose()?;
        let group = |name: &str| members.capture_names().flatten().any(|group| group == name);
        let (sequence, priority) = (group("sequence"), group("priority"));
        match (declaration.kind, priority) {
            (DeclaredKind::PriorityQueue, false) => {
                return Err(no_group("priority", "it is what items stand by"));
            }
            (DeclaredKind::PriorityQueue, true) if !sequence => {
                return Err(no_group("sequence", "items of one priority stand by it"));
            }
            (DeclaredKind::PriorityQueue, true) | (_, false) => {}
            (_, true) => return Err(DeclaredError::NoPriorities),
        }
        match (declaration.kind == DeclaredKind::ReadWrite, readers.is_some()) {
            (true, false) => return Err(DeclaredError::NoReaders),
            (false, true) => return Err(DeclaredError::Readers),
            _ => {}
        }
        match (declaration.kind == DeclaredKind::Semaphore, declaration.capacity) {
            (true, capacity) if !capacity.is_some_and(|places| (1..=Self::CAPACITY).contains(&places)) => {
                return Err(DeclaredError::NoCapacity);
            }
            (false, Some(_)) => return Err(DeclaredError::Capacity),
            _ => {}
        }
        if let IdentityDecoder::Json(pointer) = &declaration.identity
            && !(pointer.is_empty() || pointer.starts_with('/'))
        {
            return Err(DeclaredError::Pointer);
        }
        Ok(Self { declaration, path, members, readers, sequence })
    }

    /// What was declared.
    pub fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    /// The name of the recipe.
    pub(crate) fn recipe(&self) -> Recipe {
        Recipe::one(&format!("declared.{}", self.declaration.name))
    }

    /// Whether its members stand by a number in their names.
    pub(crate) fn is_numbered(&self) -> bool {
        self.sequence
    }

    /// Whether a name, within the life of its directory, is one znode's only: it is numbered, or said to be never given twice.
    pub(crate) fn is_nameable(&self) -> bool {
        self.sequence || self.declaration.unique_names
    }

    /// The family of its members.
    pub(crate) fn family(&self) -> Family {
        match self.declaration.kind {
            DeclaredKind::ReadWrite => Family::DeclaredShared,
            DeclaredKind::Queue => Family::DeclaredItem,
            DeclaredKind::PriorityQueue => Family::DeclaredPriorityItem,
            DeclaredKind::Mutex | DeclaredKind::Semaphore | DeclaredKind::Election | DeclaredKind::Group => {
                Family::DeclaredMember
            }
        }
    }

    /// What a child is, if its name is a member's. A number that ZooKeeper could not have given makes it none.
    pub(crate) fn classify(&self, name: &Name, znode: &Znode) -> Option<Sighting> {
        let groups = self.members.captures(name)?;
        let number = |group: &str| groups.name(group)?.as_str().parse().ok();
        let sequence = if self.sequence { i32::try_from(number("sequence")?).ok()? } else { 0 };
        let primary = match self.declaration.kind {
            DeclaredKind::PriorityQueue => number("priority")?,
            _ if self.sequence => 0_i64,
            _ => znode.stat().czxid.0,
        };
        let place = Place { primary, sequence, mode: self.mode(name), name: name.clone() };
        Some(Sighting { family: self.family(), shape: Shape::Plain, place, session: znode.stat().owner() })
    }

    /// What a member of this name asks for.
    fn mode(&self, name: &str) -> Mode {
        match self.declaration.kind {
            DeclaredKind::ReadWrite
                if self.readers.as_ref().is_some_and(|readers| readers.is_match(name)) =>
            {
                Mode::Read
            }
            DeclaredKind::ReadWrite => Mode::Write,
            DeclaredKind::Semaphore => Mode::Lease,
            DeclaredKind::Election => Mode::Candidate,
            _ => Mode::Exclusive,
        }
    }

    /// Who a member is, from its data.
    pub(crate) fn identity(&self, data: &[u8]) -> Option<String> {
        match &self.declaration.identity {
            IdentityDecoder::None => None,
            IdentityDecoder::Utf8 => crate::line::text(data).and_then(shown),
            IdentityDecoder::Json(pointer) => {
                let json: serde_json::Value = serde_json::from_slice(data).ok()?;
                match json.pointer(pointer)? {
                    serde_json::Value::String(text) => shown(text),
                    serde_json::Value::Null => None,
                    other => shown(&other.to_string()),
                }
            }
            IdentityDecoder::Hex => {
                // Two digits a byte; what is not shown need not be written.
                shown(&hex::encode(&data[..data.len().min(128)]))
            }
        }
    }

    /// What a new item's name begins with so that it is like this one, where ZooKeeper can append the number.
    pub(crate) fn prefix<'a>(&self, name: &'a str) -> Option<&'a str> {
        let groups = self.members.captures(name)?;
        let number = groups.name("sequence")?;
        (number.end() == name.len() && sequence::parse(number.as_str()).is_some())
            .then(|| &name[..number.start()])
    }
}

impl Declarations {
    /// The most that are in force at once.
    pub const MOST: usize = 100;

    /// One more. Errors: one of its name is there, or there are [`Self::MOST`].
    pub fn with(mut self, declared: Declared) -> Result<Self, DeclaredError> {
        if self.0.iter().any(|known| known.declaration.name == declared.declaration.name) {
            return Err(DeclaredError::NameTaken);
        }
        if self.0.len() >= Self::MOST {
            return Err(DeclaredError::TooMany);
        }
        self.0.push(Arc::new(declared));
        Ok(self)
    }

    /// What was declared, in its order.
    pub fn iter(&self) -> impl Iterator<Item = &Declaration> {
        self.0.iter().map(|declared| &declared.declaration)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The declaration that a directory is of. A member of a declared directory is none itself, though a pattern with `**` is
    /// about it too: without this each item of a queue would be an empty queue.
    pub(crate) fn of(&self, path: &ZnodePath) -> Option<&Arc<Declared>> {
        let matches = |declared: &&Arc<Declared>| declared.path.accepts(declared.path.reach(path).0);
        let found = self.0.iter().find(matches)?;
        let member = self.0.iter().any(|declared| {
            let parent = declared.path.reach(path).1;
            parent.is_some_and(|parent| declared.path.accepts(parent))
                && declared.members.is_match(path.name())
        });
        (!member).then_some(found)
    }

    /// The directories of a tree that are declared. It enters no subtree in which there can be none.
    pub(crate) fn directories(&self, tree: &Tree) -> BTreeSet<ZnodePath> {
        let mut found = BTreeSet::new();
        let start: Vec<Reached> = self.0.iter().map(|declared| declared.path.root()).collect();
        let mut open = vec![(ZnodePath::root(), tree.root(), start)];
        while let Some((path, znode, reached)) = open.pop() {
            for (name, child) in znode.children() {
                let next: Vec<Reached> = self
                    .0
                    .iter()
                    .zip(&reached)
                    .map(|(declared, reached)| declared.path.step(*reached, name))
                    .collect();
                if next.iter().all(|reached| reached.is_nowhere()) {
                    continue;
                }
                if let Ok(path) = path.child(name) {
                    open.push((path, child, next));
                }
            }
            let matches =
                self.0.iter().zip(&reached).any(|(declared, reached)| declared.path.accepts(*reached));
            if matches && self.of(&path).is_some() {
                found.insert(path);
            }
        }
        found
    }
}

fn no_group(group: &'static str, why: &'static str) -> DeclaredError {
    DeclaredError::NoGroup { kind: "priority_queue", group, why }
}

fn regex(key: &'static str, text: &str) -> Result<Regex, DeclaredError> {
    if text.chars().count() > Declared::REGEX_CHARS + "^(?:)$".len() {
        return Err(DeclaredError::LargeRegex { key });
    }
    RegexBuilder::new(text).size_limit(Declared::REGEX_BYTES).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => DeclaredError::LargeRegex { key },
        // The compiler draws an arrow below the place over several lines; the last says what is wrong.
        error => {
            let text = error.to_string();
            let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            DeclaredError::Regex { key, why }
        }
    })
}

/// Two are equal when the same was declared: all else follows from that.
impl PartialEq for Declared {
    fn eq(&self, other: &Self) -> bool {
        self.declaration == other.declaration
    }
}

impl Eq for Declared {}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.declaration, f)
    }
}
