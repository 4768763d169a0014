//! `connections` (`Commands.ConsCommand`, 3.5 to 3.9): the connections on the plain port, and those on the port for TLS.

use serde::Deserialize;
use zooscope_protocol::SessionId;

use crate::ensemble::told::{Link, address, word};

/// The answer.
#[derive(Debug, Deserialize)]
pub(super) struct Connections {
    connections: Vec<Connection>,
    #[serde(default)]
    secure_connections: Option<Vec<Connection>>,
}

/// What `ServerCnxn.getConnectionInfo(false)` tells of a connection.
#[derive(Debug, Deserialize)]
struct Connection {
    remote_socket_address: Option<String>,
    session_id: Option<i64>,
    session_timeout: Option<u32>,
    last_operation: Option<String>,
}

impl Connections {
    /// The connections that have a session.
    pub(super) fn links(self) -> Vec<Link> {
        let secure = self.secure_connections.unwrap_or_default();
        self.connections.into_iter().chain(secure).filter_map(Connection::link).collect()
    }
}

impl Connection {
    fn link(self) -> Option<Link> {
        Some(Link {
            session: self.session_id.filter(|id| *id != 0).map(SessionId)?,
            client: address(&self.remote_socket_address?)?,
            timeout_ms: self.session_timeout,
            last_operation: self.last_operation.as_deref().and_then(word),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::fixtures;

    fn told(text: &str) -> Vec<String> {
        let connections: Connections = serde_json::from_str(text).unwrap();
        let line = |link: Link| {
            let timeout = link.timeout_ms.unwrap_or_default();
            format!("{} {} {timeout} {}", link.session, link.client, link.last_operation.unwrap_or_default())
        };
        let mut told: Vec<_> = connections.links().into_iter().map(line).collect();
        told.sort();
        told
    }

    #[test]
    fn every_recorded_answer_is_read() {
        assert_eq!(
            told(&fixtures::text("zk-3.8.0/admin-connections.json")),
            [
                "0x010000097ebb0146 127.0.0.1:45664 20000 GETC",
                "0x010000097ebb0147 127.0.0.1:45678 10000 GETC",
                "0x010000097ebb0148 127.0.0.1:45694 10000 GETD",
                "0x010000097ebb0149 127.0.0.1:45710 10000 GETC",
            ]
        );
        let newer = told(&fixtures::text("zk-3.9.3/admin-connections.json"));
        assert_eq!(newer.len(), 4);
        assert_eq!(newer[0], "0x01000008cb940004 127.0.0.1:49736 20000 GETC");
        assert_eq!(
            told(&fixtures::text("zk-3.8.0/ipv6-admin-connections.json")),
            ["0x0100003d69640000 [::1]:48548 5000 GETC"]
        );
        for (server, expected) in [
            ("server1-follower", "0x01000025fb8e0000 127.0.0.1:50306 10000 GETC"),
            ("server2-follower", "0x02000025fb8e0000 127.0.0.1:40152 10000 GETD"),
            ("server3-leader", "0x03000025fba20000 127.0.0.1:41918 10000 GETD"),
        ] {
            let name = format!("zk-3.8.0-ensemble/{server}-admin-connections.json");
            assert_eq!(told(&fixtures::text(&name)), [expected]);
        }
    }

    #[test]
    fn connections_over_tls_count_and_negative_ids_are_right() {
        let text = r#"{"connections": [{"remote_socket_address": "10.0.0.1:1", "session_id": 0}],
            "secure_connections": [{"remote_socket_address": "/10.0.0.2:7", "session_id": -72057594037927935,
            "session_timeout": 4000, "last_operation": "PING"}], "command": "connections", "error": null}"#;
        assert_eq!(told(text), ["0xff00000000000001 10.0.0.2:7 4000 PING"]);
    }
}
