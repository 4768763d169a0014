//! `cons`: one line a connection, as `ServerCnxn.dumpConnectionInfo` (3.4 to 3.9) writes it. A connection that has no session yet
//! has only counters; the one that asks is such a one, so that an answer is never empty.

use crate::ensemble::told::{Link, address, word};

/// An answer while it is read.
#[derive(Debug, Default)]
pub(super) struct Connections {
    links: Vec<Link>,
    any: bool,
}

impl Connections {
    /// Takes the next line in.
    pub(super) fn line(&mut self, line: &str) {
        if let Some(connection) = connection(line) {
            self.any = true;
            self.links.extend(connection);
        }
    }

    /// The connections with a session; `None` where no line was one of a connection.
    pub(super) fn finish(self) -> Option<Vec<Link>> {
        self.any.then_some(self.links)
    }
}

/// Reads ` /ADDRESS[OPS](queued=…,sid=0x…,lop=…,to=…,…)`. `None` for another line, `Some(None)` for a connection without a
/// session.
fn connection(line: &str) -> Option<Option<Link>> {
    let line = line.trim();
    let (head, fields) = line.strip_suffix(')')?.rsplit_once("](")?;
    // An IPv6 address has brackets of its own; those of the operations are the last.
    let (client, _) = head.rsplit_once('[')?;
    let client = address(client)?;
    let field = |name: &str| {
        let named = |field: &'_ &str| field.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
        fields.split(',').find(named).map(|field| &field[name.len() + 1..])
    };
    field("queued")?;
    let Some(session) = field("sid").and_then(|sid| sid.parse().ok()) else { return Some(None) };
    Some(Some(Link {
        session,
        client,
        timeout_ms: field("to").and_then(|timeout| timeout.parse().ok()),
        last_operation: field("lop").and_then(word),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::fixtures;

    fn read(text: &str) -> Option<Vec<Link>> {
        let mut connections = Connections::default();
        text.lines().for_each(|line| connections.line(line));
        connections.finish()
    }

    fn told(name: &str) -> Vec<String> {
        let links = read(&fixtures::text(name)).expect(name);
        let mut told: Vec<_> = links
            .into_iter()
            .map(|link| {
                let (timeout, operation) =
                    (link.timeout_ms.unwrap(), link.last_operation.unwrap_or_default());
                format!("{:x} {} {timeout} {operation}", link.session.0, link.client)
            })
            .collect();
        told.sort();
        told
    }

    #[test]
    fn every_recorded_answer_is_read() {
        assert_eq!(
            told("zk-3.4.14/4lw-cons.txt"),
            [
                "1000038be680000 127.0.0.1:33528 20000 GETC",
                "1000038be680001 127.0.0.1:33544 10000 GETC",
                "1000038be680002 127.0.0.1:33560 10000 GETD",
                "1000038be680003 127.0.0.1:33572 10000 GETC",
            ]
        );
        assert_eq!(
            told("zk-3.8.0/4lw-cons.txt"),
            [
                "10000097ebb0146 127.0.0.1:45664 20000 GETC",
                "10000097ebb0147 127.0.0.1:45678 10000 GETC",
                "10000097ebb0148 127.0.0.1:45694 10000 GETD",
                "10000097ebb0149 127.0.0.1:45710 10000 GETC",
            ]
        );
        assert_eq!(
            told("zk-3.9.3/4lw-cons.txt"),
            [
                "1000008cb940004 127.0.0.1:49736 20000 GETC",
                "1000008cb940005 127.0.0.1:49758 10000 GETC",
                "1000008cb940006 127.0.0.1:49768 10000 GETD",
                "1000008cb940007 127.0.0.1:55780 10000 GETC",
            ]
        );
        assert_eq!(told("zk-3.8.0/ipv6-4lw-cons.txt"), ["100003d69640000 [::1]:48548 5000 GETC"]);
        for (server, expected) in [
            ("server1-follower", "1000025fb8e0000 127.0.0.1:50306 10000 GETC"),
            ("server2-follower", "2000025fb8e0000 127.0.0.1:40152 10000 GETD"),
            ("server3-leader", "3000025fba20000 127.0.0.1:41918 10000 GETD"),
        ] {
            assert_eq!(told(&format!("zk-3.8.0-ensemble/{server}-4lw-cons.txt")), [expected]);
        }
    }

    #[test]
    fn a_session_of_a_high_server_id_is_a_negative_number() {
        let line = " /10.0.0.1:1[1](queued=0,recved=1,sent=1,sid=0xff00012345670000,lop=PING,est=1,to=4000)";
        let links = read(line).unwrap();
        assert_eq!(links[0].session.to_string(), "0xff00012345670000");
        assert!(links[0].session.0 < 0);
    }

    #[test]
    fn what_is_no_connection_is_left_out() {
        assert_eq!(read(" /127.0.0.1:1[0](queued=0,recved=1,sent=0)\n\n"), Some(Vec::new()));
        for text in ["", "](", "[](sid=0x1)", "x[1](queued=0,sid=0x1)", "/1.2.3.4:5[1](sid=0x1)", "é[é](é)"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
