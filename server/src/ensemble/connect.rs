//! The connect string: `HOST:PORT[,HOST:PORT…][/chroot]`, as ZooKeeper's own clients write it.

use std::fmt;

use zooscope_protocol::{PathError, ZnodePath};

/// Where an ensemble is, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectString {
    servers: Vec<Server>,
    chroot: ZnodePath,
}

/// One server of an ensemble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its host: a name or an address, without brackets.
    pub host: String,
    /// Its port for clients.
    pub port: u16,
    /// Whether it speaks TLS there.
    pub tls: bool,
}

/// Why a text is not a connect string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectStringError {
    /// Nothing is named.
    #[error("it names no server; write HOST:PORT, as 10.0.0.1:2181")]
    Empty,
    /// One of the servers has no name.
    #[error("`{0}` names no host; write HOST:PORT, as 10.0.0.1:2181")]
    Host(String),
    /// The port is not a number from 1 to 65535.
    #[error("`{0}` has no port from 1 to 65535")]
    Port(String),
    /// A host name has characters that no host name has.
    #[error("`{0}` is no host name")]
    Name(String),
    /// The chroot is not a path.
    #[error("the chroot `{0}` is no znode path: {1}")]
    Chroot(String, PathError),
}

impl ConnectString {
    /// ZooKeeper's own default port.
    const PORT: u16 = 2181;

    /// Parses a connect string. A server may carry `tcp://` or `tcp+tls://`. Errors: see [`ConnectStringError`].
    pub fn parse(text: &str) -> Result<Self, ConnectStringError> {
        let start = text.rfind("://").map_or(0, |at| at + 3);
        let (servers, chroot) = match text[start..].find('/') {
            Some(at) => text.split_at(start + at),
            None => (text, "/"),
        };
        let chroot =
            ZnodePath::parse(chroot).map_err(|error| ConnectStringError::Chroot(chroot.to_owned(), error))?;
        if servers.trim().is_empty() {
            return Err(ConnectStringError::Empty);
        }
        let servers = servers.split(',').map(Server::parse).collect::<Result<_, _>>()?;
        Ok(Self { servers, chroot })
    }

    /// The path that this console sees as `/`.
    pub fn chroot(&self) -> &ZnodePath {
        &self.chroot
    }

    /// The servers, in the order in which they are named.
    pub fn servers(&self) -> impl ExactSizeIterator<Item = &Server> {
        self.servers.iter()
    }
}

impl Server {
    /// The host as it is written before a port: an IPv6 address is in brackets.
    pub fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }

    fn parse(text: &str) -> Result<Self, ConnectStringError> {
        let text = text.trim();
        let (tls, address) = match text.split_once("://") {
            Some(("tcp+tls", rest)) => (true, rest),
            Some(("tcp", rest)) => (false, rest),
            Some(_) => return Err(ConnectStringError::Name(text.to_owned())),
            None => (false, text),
        };
        let (name, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((name, "")) => (name, None),
            Some((name, port)) => (name, Some(port.strip_prefix(':').unwrap_or_default())),
            None => match address.split_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (address, None),
            },
        };
        if name.is_empty() {
            return Err(ConnectStringError::Host(text.to_owned()));
        }
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
        if !name.chars().all(named) {
            return Err(ConnectStringError::Name(text.to_owned()));
        }
        let port = match port {
            None => ConnectString::PORT,
            Some(port) => match port.parse() {
                Ok(port @ 1..) => port,
                _ => return Err(ConnectStringError::Port(text.to_owned())),
            },
        };
        Ok(Self { host: name.to_owned(), port, tls })
    }
}

impl fmt::Display for ConnectString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, server) in self.servers.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let scheme = if server.tls { "tcp+tls://" } else { "" };
            write!(f, "{comma}{scheme}{server}")?;
        }
        if self.chroot.is_root() { Ok(()) } else { write!(f, "{}", self.chroot) }
    }
}

impl fmt::Display for Server {
    /// `HOST:PORT`, whether it speaks TLS or not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.bracketed(), self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connect_string_is_written_as_it_was_meant() {
        for (text, canonical) in [
            ("localhost", "localhost:2181"),
            ("a:1,b:2/app/x", "a:1,b:2/app/x"),
            ("tcp+tls://a:1,b:2", "tcp+tls://a:1,b:2"),
            ("[::1]:2181/chroot", "[::1]:2181/chroot"),
            ("10.0.0.1:2181/", "10.0.0.1:2181"),
        ] {
            assert_eq!(ConnectString::parse(text).map(|c| c.to_string()).as_deref(), Ok(canonical), "{text}");
        }
    }

    #[test]
    fn a_wrong_connect_string_says_what_is_wrong() {
        for (text, says) in [
            ("", "names no server"),
            ("/app", "names no server"),
            (":2181", "names no host"),
            ("a:0", "no port"),
            ("a:x", "no port"),
            ("a:70000", "no port"),
            ("a b:1", "no host name"),
            ("a:1,,b:2", "names no host"),
            ("http://a:1", "no host name"),
            ("a:1/x/../y", "chroot"),
            ("a:1//", "chroot"),
        ] {
            let error = ConnectString::parse(text).expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
