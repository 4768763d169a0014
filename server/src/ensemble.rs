//! ZooKeeper, as the rest of the server sees it. No type of `zookeeper_client` leaves this module.

pub mod access;
mod admin;
mod connect;
#[cfg(test)]
mod fixtures;
mod four_letter;
mod relay;
mod session;
pub mod told;

pub use access::Access;
pub use admin::{AdminClient, AdminServer};
pub use connect::{ConnectString, ConnectStringError, Server};
pub use four_letter::{FourLetterWords, server_version};
pub use session::{CommitError, Connection, Read, Reading, Session, Watch, WatchEvent, Write};

use std::sync::Arc;

use zookeeper_client as zk;

/// Why ZooKeeper did not do what was asked, in the terms that callers decide by.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// There is no such znode.
    #[error("there is no such znode")]
    NoNode,
    /// The znode exists already.
    #[error("the znode exists already")]
    NodeExists,
    /// The ACL does not allow it.
    #[error("the ACL does not allow it")]
    NoAuth,
    /// The data version is another one.
    #[error("the data version is another one")]
    BadVersion,
    /// The znode has children.
    #[error("the znode has children")]
    NotEmpty,
    /// The parent is ephemeral and cannot have children.
    #[error("an ephemeral znode cannot have children")]
    Childless,
    /// The server has lost its quorum and cannot write.
    #[error("the server is read-only")]
    ReadOnly,
    /// The server does not know this request: it is older than 3.6.
    #[error("the server is older than ZooKeeper 3.6, which has no multi-read and no recursive watch")]
    Unsupported,
    /// The session is over; a new one is needed.
    #[error("the session has ended")]
    SessionEnded,
    /// The credentials were refused.
    #[error("ZooKeeper refused the credentials")]
    AuthFailed,
    /// No server answered; what was asked for may have been done or not.
    #[error("no answer from ZooKeeper")]
    NoAnswer,
    /// Anything else.
    #[error("ZooKeeper could not do it")]
    Other(#[source] Arc<zk::Error>),
}

impl Error {
    /// Whether nothing was changed for certain: the server looked at the request and said no.
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::NoAnswer | Self::SessionEnded | Self::Other(_))
    }
}

impl From<zk::Error> for Error {
    fn from(error: zk::Error) -> Self {
        match error {
            zk::Error::NoNode => Self::NoNode,
            zk::Error::NodeExists => Self::NodeExists,
            zk::Error::NoAuth => Self::NoAuth,
            zk::Error::BadVersion => Self::BadVersion,
            zk::Error::NotEmpty => Self::NotEmpty,
            zk::Error::NoChildrenForEphemerals => Self::Childless,
            zk::Error::NotReadOnly => Self::ReadOnly,
            zk::Error::Unimplemented => Self::Unsupported,
            zk::Error::SessionExpired | zk::Error::ClientClosed => Self::SessionEnded,
            zk::Error::AuthFailed => Self::AuthFailed,
            zk::Error::ConnectionLoss | zk::Error::Timeout | zk::Error::NoHosts | zk::Error::SessionMoved => {
                Self::NoAnswer
            }
            other => Self::Other(Arc::new(other)),
        }
    }
}
