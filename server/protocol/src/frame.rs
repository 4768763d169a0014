//! The frames of the stream: subscriptions up, states and differences down. Actions never travel here.

use serde::{Deserialize, Serialize};

use crate::{Content, Delta, RefusalCode, RevisionId, Timestamp, View};

/// The number that a subscriber gives to one of its subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubscriptionId(pub u32);

/// From the browser to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Show this view from now on. An id in use is given to the new view.
    Subscribe {
        /// The subscriber's number for it.
        id: SubscriptionId,
        /// The name of the cluster.
        cluster: String,
        /// What to show.
        view: View,
    },
    /// Show it no more.
    Unsubscribe {
        /// Which.
        id: SubscriptionId,
    },
    /// The answer to a heartbeat, with the heartbeat's time.
    Pong {
        /// The time in the heartbeat.
        at: Timestamp,
    },
}

/// From the server to the browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame of a connection.
    Hello {
        /// The version of the server.
        version: String,
        /// The server's clock.
        at: Timestamp,
        /// The names of the clusters, in the order of the configuration.
        clusters: Vec<String>,
        /// Whether the server was started to act on nothing.
        read_only: bool,
    },
    /// A view, whole.
    Snapshot {
        /// Which subscription.
        id: SubscriptionId,
        /// The revision that it shows.
        revision: RevisionId,
        /// The view.
        content: Content,
    },
    /// What changed in a view.
    Delta {
        /// Which subscription.
        id: SubscriptionId,
        /// The revision of the frame before it in this subscription.
        from: RevisionId,
        /// The revision that it leads to.
        to: RevisionId,
        /// What changed.
        delta: Delta,
    },
    /// A frame was refused; the connection goes on.
    Refused {
        /// The subscription that it was about, if it could be read.
        id: Option<SubscriptionId>,
        /// Why, for programs.
        code: RefusalCode,
        /// Why, for people.
        detail: String,
    },
    /// Once a second: the connection lives, and so old is each cluster's mirror.
    Heartbeat {
        /// The server's clock.
        at: Timestamp,
        /// The clusters in the order of Hello.
        clusters: Vec<Pulse>,
        /// Another number than before when what `GET /session` or `GET /approvals` tells may have changed.
        notice: u64,
    },
    /// The server ends the connection.
    Bye {
        /// Why, for people.
        reason: String,
    },
}

/// How a cluster's mirror is at this second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// The newest revision.
    pub revision: RevisionId,
    /// How long ago ZooKeeper last answered, in milliseconds; `None` if it never did.
    pub stale_ms: Option<u64>,
}
