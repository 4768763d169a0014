//! What is wrong, in a sentence.

use serde::{Deserialize, Serialize};

use crate::ZnodePath;

/// One thing that an operator should know about a lock or a queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// A stable code in lower case with underscores, as `foreign_child`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The whole sentence, with its evidence.
    pub sentence: String,
    /// The znodes that it is about.
    pub members: Vec<ZnodePath>,
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
