//! The ladder of a lock: what can be done about each who holds it, the gentlest first; and what cures a lock that is stuck for
//! a reason that is known.

use serde::{Deserialize, Serialize};

use crate::{RefusalCode, Target, Timestamp, ZnodePath};

/// What can be done about one who holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// The holder's znode.
    pub path: ZnodePath,
    /// The gentlest first: to ask, to stop the client, to release by force.
    pub rungs: Vec<Rung>,
}

/// One thing that can be done, or why it cannot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// What.
    pub deed: Deed,
    /// Whether the console offers it; of [`Deed::Stop`], whether there is a session to be stopped.
    pub offered: bool,
    /// What it does and what it needs; where it is not offered, why not. Whole sentences.
    pub why: String,
    /// Where it is not offered, why in a word.
    pub code: Option<RefusalCode>,
    /// The znode that the action is about, where one is offered.
    pub target: Option<Target>,
    /// Of [`Deed::Stop`]: the address of the client, where a server told it.
    pub client: Option<String>,
    /// Of [`Deed::Stop`]: the server that the client is connected to, as `HOST:PORT`.
    pub server: Option<String>,
    /// Of [`Deed::Stop`]: when the session ends by itself; only where the client has no connection any more.
    pub expires: Option<Timestamp>,
    /// Of [`Deed::Stop`]: how many ephemeral znodes go with the session.
    pub ephemerals: u32,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Ask the program to let go: the action `revoke`.
    Revoke,
    /// Stop the client, or wait until its session ends. It is told and no action of the console's.
    Stop,
    /// Delete the holder's znode: the action `release`.
    Release,
    /// Delete the one znode that lets a stuck lock go on: the action `cure`.
    Cure,
}

impl Rung {
    /// A thing that is offered.
    pub fn offered(deed: Deed, why: impl Into<String>, target: Option<Target>) -> Self {
        Self {
            deed,
            offered: true,
            why: why.into(),
            code: None,
            target,
            client: None,
            server: None,
            expires: None,
            ephemerals: 0,
        }
    }

    /// A thing that is not.
    pub fn refused(deed: Deed, why: impl Into<String>, code: RefusalCode) -> Self {
        Self { offered: false, code: Some(code), ..Self::offered(deed, why, None) }
    }
}
