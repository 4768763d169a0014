//! `configuration` (`ZooKeeperServerConf.toMap`, 3.5 to 3.9): which server this AdminServer belongs to. Several servers of one
//! host cannot all have port 8080.

use serde::Deserialize;

/// The answer.
#[derive(Debug, Deserialize)]
pub(super) struct Configuration {
    client_port: i32,
}

impl Configuration {
    /// The port for clients; -1 stands for none, where all clients come by TLS.
    pub(super) fn port(self) -> Option<u16> {
        u16::try_from(self.client_port).ok().filter(|port| *port > 0)
    }
}
