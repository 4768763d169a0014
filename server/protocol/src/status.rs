//! How a cluster's mirror stands.

use serde::{Deserialize, Serialize};

use crate::{RevisionId, SessionId, Timestamp};

/// One cluster, as the top bar shows it. Its age (`stale_ms`) is not here: it comes with each heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterInfo {
    /// The name that it was given.
    pub name: String,
    /// The connect string, without credentials.
    pub connect: String,
    /// How its mirror stands.
    pub status: Status,
    /// The version of the server that the console is connected to, where it says so.
    pub server_version: Option<String>,
    /// The console's own session.
    pub session: Option<SessionId>,
    /// How many znodes the mirror holds, or the scan has read so far.
    pub znodes: u64,
    /// How many znodes the scan expects, by what the server says of the tree; 0 when unknown.
    pub expected: u64,
    /// The revision that this was read from.
    pub revision: RevisionId,
    /// When it came into this status.
    pub since: Timestamp,
    /// What went wrong last, as a sentence that says what to do.
    pub error: Option<String>,
    /// What the cluster is to those who operate it.
    pub environment: Environment,
}

/// What a cluster is to those who operate it, as the configuration says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Environment {
    /// A label, as `production`; `None` where it was given none.
    pub label: Option<String>,
    /// The colour of the label.
    pub colour: Colour,
    /// Whether a mistake is dear here: then a reason and what is typed are demanded even of an administrator.
    pub production: bool,
}

/// The colour of an environment's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// None.
    #[default]
    Grey,
    /// For production.
    Red,
    /// For what comes before it.
    Orange,
    /// For what is tried.
    Yellow,
    /// For what may break.
    Green,
    /// For what is elsewhere.
    Blue,
    /// For what is none of these.
    Violet,
}

/// How a mirror stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// No session yet.
    #[default]
    Connecting,
    /// The first scan runs: there is nothing to show yet.
    Scanning,
    /// The mirror follows every change.
    Live,
    /// The connection is lost or a rescan runs: what is shown may be old.
    Stale,
    /// Connected to a server that cannot write, for it has lost its quorum.
    ReadOnly,
    /// It cannot work as configured: authentication or the chroot is wrong.
    Failed,
}

impl Status {
    /// Whether an operator may act on what is shown.
    pub fn may_act(self) -> bool {
        self == Self::Live
    }
}
