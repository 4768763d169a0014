//! The four-letter word `srvr`, the only one that every server answers unless told not to: it names the version.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::ConnectString;

/// How long one server may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest answer that is read.
const MAX_ANSWER: u64 = 16 * 1024;

/// The version of the first server that tells it, as `3.8.0`; `None` where none does.
pub async fn server_version(connect: &ConnectString) -> Option<String> {
    for (host, port) in connect.plain_hosts() {
        if let Ok(Some(answer)) = timeout(PATIENCE, ask(host, port)).await
            && let Some(version) = version_in(&answer)
        {
            return Some(version);
        }
    }
    None
}

async fn ask(host: &str, port: u16) -> Option<String> {
    let mut stream = TcpStream::connect((host, port)).await.ok()?;
    stream.write_all(b"srvr").await.ok()?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await.ok()?;
    String::from_utf8(answer).ok()
}

fn version_in(answer: &str) -> Option<String> {
    let rest = answer.lines().find_map(|line| line.strip_prefix("Zookeeper version: "))?;
    let version = rest.split(['-', ',', ' ']).next()?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_the_answer() {
        let answer = "Zookeeper version: 3.8.0-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f, built on 2022-02-25\nLatency: 0\n";
        assert_eq!(version_in(answer).as_deref(), Some("3.8.0"));
        assert_eq!(version_in("srvr is not executed because it is not in the whitelist."), None);
    }
}
