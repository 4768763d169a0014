//! What is wrong, in a sentence.

use serde::{Deserialize, Serialize};

use crate::{SessionId, ZnodePath};

/// One thing that an operator should know about a lock or a queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// A stable code in lower case with underscores, as `foreign_child`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The whole sentence, with its evidence.
    pub sentence: String,
    /// What it is about: where to look.
    pub about: About,
    /// The znodes that are the evidence, at most a few.
    pub members: Vec<ZnodePath>,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A lock, by its path.
    Lock(ZnodePath),
    /// A queue, by its path.
    Queue(ZnodePath),
    /// A directory that is neither.
    Directory(ZnodePath),
    /// Sessions that wait for each other.
    Sessions(Vec<SessionId>),
}

/// How many findings there are of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FindingCount {
    /// The code that they share.
    pub code: String,
    /// The worst of them.
    pub severity: Severity,
    /// How many.
    pub count: u32,
}

impl About {
    /// The path that it names, if it names one.
    pub fn path(&self) -> Option<&ZnodePath> {
        match self {
            Self::Lock(path) | Self::Queue(path) | Self::Directory(path) => Some(path),
            Self::Sessions(_) => None,
        }
    }
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth looking at.
    Warn,
    /// Somebody waits who will wait for ever, or work is being lost.
    Critical,
}
