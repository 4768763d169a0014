//! Declared recipes: layouts that a configuration tells, and how one is tried before it is kept.

use serde::{Deserialize, Serialize};

use crate::{Confidence, LockKind, Member, QueueKind, Recipe, ZnodePath};

/// A layout of an organisation's own: a `[[recipe]]` of the configuration, or the body of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Its name, 1 to 64 letters, digits, `-`, `_` and `.`; the recipe is called `declared.NAME`.
    pub name: String,
    /// Which directories: a path in which `*` stands for one segment (or a part of one) and `**` for any number.
    pub path: String,
    /// What a directory is.
    pub kind: DeclaredKind,
    /// A regular expression that the whole name of a member matches. The group `sequence` is the number that they stand by,
    /// the group `priority` the number before it in a priority queue; without a number they stand in the order of creation.
    pub members: String,
    /// Of a read/write lock: which of the members ask to read, as a regular expression on the name.
    #[serde(default)]
    pub readers: Option<String>,
    /// Whether the members of a lock are persistent. Items of queues always are.
    #[serde(default)]
    pub persistent: bool,
    /// Of a semaphore: how many may hold at once.
    #[serde(default)]
    pub capacity: Option<u32>,
    /// How a member's data names who it is.
    #[serde(default)]
    pub identity: IdentityDecoder,
    /// Whether a name is never given twice (it carries a UUID, say). When not, the directory is pinned during a release.
    #[serde(default)]
    pub unique_names: bool,
}

/// What a declared directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclaredKind {
    /// One line, the first holds.
    Mutex,
    /// One line of readers and writers.
    ReadWrite,
    /// One line, the first `capacity` hold.
    Semaphore,
    /// One line, the first leads.
    Election,
    /// Members, none before another.
    Group,
    /// Items, first come, first served.
    Queue,
    /// Items by priority, the smaller the sooner.
    PriorityQueue,
}

/// How a member's data names who it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityDecoder {
    /// It does not.
    None,
    /// The data is the name, as UTF-8.
    #[default]
    Utf8,
    /// The data is JSON, and the name is where this JSON pointer (RFC 6901) leads: `/owner/host`.
    Json(String),
    /// The data is a number of bytes, shown in hexadecimal.
    Hex,
}

/// What a declaration would recognise now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// How many directories match the path.
    pub paths: u32,
    /// How many of them have at least one member, or are empty.
    pub recognised: u32,
    /// How many of them are another system's own, where nothing is ever done while they are not declared.
    pub protected: u32,
    /// The first few of them.
    pub matches: Vec<TrialMatch>,
    /// The declaration as it is written in the configuration, as TOML.
    pub toml: String,
}

/// One directory that a declaration matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialMatch {
    /// Where it is.
    pub path: ZnodePath,
    /// How many of its children are members.
    pub members: u32,
    /// How many are not.
    pub others: u32,
    /// Who would hold, at most 3; empty for a queue.
    pub holders: Vec<Member>,
    /// How many would wait, or how deep the queue would be.
    pub waiting: u32,
    /// What it is recognised as without the declaration.
    pub today: Option<Recipe>,
    /// Why nothing is ever done there while it is not declared, as a whole sentence.
    pub hands_off: Option<String>,
}

/// One recipe that the console knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownRecipe {
    /// The libraries and classes.
    pub recipe: Recipe,
    /// What it is, a kind of lock or of queue.
    pub kind: KnownKind,
    /// The most certain that it is recognised.
    pub confidence: Confidence,
    /// The layout, in a sentence.
    pub layout: String,
}

/// What a recipe makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownKind {
    /// A lock of this kind.
    Lock(LockKind),
    /// A queue of this kind.
    Queue(QueueKind),
}
