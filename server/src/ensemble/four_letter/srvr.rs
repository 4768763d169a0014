//! `srvr`, the only word that every server answers unless told not to: it names the version.

use std::time::Duration;

use tokio::time::timeout;

use super::FourLetterWords;
use crate::ensemble::ConnectString;

/// How long one server may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The version of the first server that tells it, as `3.8.0`; `None` where none does.
pub async fn server_version(connect: &ConnectString) -> Option<String> {
    for server in connect.servers().filter(|server| !server.tls) {
        let words = FourLetterWords { host: &server.host, port: server.port };
        let mut version = None;
        let asking = words.ask("srvr", 1, |line| version = version.take().or_else(|| version_in(line)));
        if let (Ok(Ok(())), Some(version)) = (timeout(PATIENCE, asking).await, version) {
            return Some(version);
        }
    }
    None
}

fn version_in(line: &str) -> Option<String> {
    let rest = line.strip_prefix("Zookeeper version: ")?;
    let version = rest.split(['-', ',', ' ']).next()?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::fixtures;

    #[test]
    fn the_version_is_found_in_every_recorded_answer() {
        for (name, version) in [
            ("zk-3.4.14/4lw-srvr.txt", "3.4.14"),
            ("zk-3.8.0/4lw-srvr.txt", "3.8.0"),
            ("zk-3.9.3/4lw-srvr.txt", "3.9.3"),
            ("zk-3.8.0-ensemble/server1-follower-4lw-srvr.txt", "3.8.0"),
            ("zk-3.8.0-ensemble/server2-follower-4lw-srvr.txt", "3.8.0"),
            ("zk-3.8.0-ensemble/server3-leader-4lw-srvr.txt", "3.8.0"),
        ] {
            assert_eq!(fixtures::text(name).lines().find_map(version_in).as_deref(), Some(version), "{name}");
        }
        assert_eq!(version_in("srvr is not executed because it is not in the whitelist."), None);
    }
}
