//! The four-letter words: a word is sent to the client port, the server answers in lines and closes. Since 3.4.10 a server
//! answers only those of `4lw.commands.whitelist`, by default `srvr` alone.
//!
//! <https://zookeeper.apache.org/doc/r3.8.0/zookeeperAdmin.html#sc_4lw>

mod connections;
mod dump;
mod srvr;
mod watches;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub use srvr::server_version;

use super::told::{Dump, Link, Scope, Silence, Watchers};

/// The longest answer that is read, in MiB.
const MAX_MIB: u64 = 16;
/// The same for a list of all watches, of which only a few are kept.
const MAX_WATCHES_MIB: u64 = 64;
/// How many watches a server may have to be asked for a list of them.
pub(super) const MAX_WATCHES: u64 = 200_000;

/// A server that is asked by four-letter words.
#[derive(Debug, Clone, Copy)]
pub struct FourLetterWords<'a> {
    /// Its host.
    pub host: &'a str,
    /// Its client port.
    pub port: u16,
}

impl FourLetterWords<'_> {
    /// `cons`: the connections of this server.
    pub async fn connections(self) -> Result<Vec<Link>, Silence> {
        let mut connections = connections::Connections::default();
        self.ask("cons", MAX_MIB, |line| connections.line(line)).await?;
        connections.finish().ok_or(Silence::Unreadable)
    }

    /// `dump`: all sessions.
    pub async fn dump(self) -> Result<Dump, Silence> {
        let mut dump = dump::Dumping::default();
        self.ask("dump", MAX_MIB, |line| dump.line(line)).await?;
        dump.finish().ok_or(Silence::Unreadable)
    }

    /// `wchp`: who watches what on this server, of what is in scope. Before, `wchs` tells how much there is to list, where it
    /// is allowed.
    pub async fn watches(self, scope: &Scope) -> Result<Watchers, Silence> {
        let mut total = None;
        match self.ask("wchs", 1, |line| total = total.or(watches::total(line))).await {
            Ok(()) | Err(Silence::NotAllowed) => {}
            Err(silence) => return Err(silence),
        }
        if let Some(total) = total.filter(|total| *total > MAX_WATCHES) {
            return Err(Silence::TooMany(total));
        }
        let mut watches = watches::Watches::new(scope);
        self.ask("wchp", MAX_WATCHES_MIB, |line| watches.line(line)).await?;
        watches.finish().ok_or(Silence::Unreadable)
    }

    /// Sends a word and hands each line of the answer on; never more of it than one line is kept.
    async fn ask(self, word: &str, max_mib: u64, mut line: impl FnMut(&str)) -> Result<(), Silence> {
        let gone = |_| Silence::Unreachable;
        let mut stream = TcpStream::connect((self.host, self.port)).await.map_err(gone)?;
        stream.write_all(word.as_bytes()).await.map_err(gone)?;
        let mut answer = BufReader::new(stream.take(max_mib * 1024 * 1024));
        let mut bytes = Vec::new();
        let mut first = true;
        while answer.read_until(b'\n', &mut bytes).await.map_err(gone)? > 0 {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end_matches(['\n', '\r']);
            if std::mem::take(&mut first) {
                refusal(text).map_or(Ok(()), Err)?;
            }
            line(text);
            bytes.clear();
        }
        match (first, answer.into_inner().limit()) {
            (true, _) => Err(Silence::Unreachable),
            (_, 0) => Err(Silence::TooLong(max_mib)),
            _ => Ok(()),
        }
    }
}

/// What the first line of an answer refuses (`ServerCnxn.ZK_NOT_SERVING` and `NopCommand`, 3.8).
fn refusal(line: &str) -> Option<Silence> {
    if line.contains("is not executed because it is not in the whitelist") {
        Some(Silence::NotAllowed)
    } else if line.contains("is not currently serving requests") {
        Some(Silence::NotServing)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::net::TcpListener;
    use zooscope_protocol::ZnodePath;

    use super::*;
    use crate::ensemble::fixtures;

    /// Whether each word takes a text for its answer.
    fn taken_by(text: &str) -> (bool, bool, bool) {
        let scope = Scope { chroot: ZnodePath::root(), locks: vec![ZnodePath::root()] };
        let mut connections = connections::Connections::default();
        let mut dump = dump::Dumping::default();
        let mut watches = watches::Watches::new(&scope);
        for line in text.lines() {
            connections.line(line);
            dump.line(line);
            watches.line(line);
        }
        (connections.finish().is_some(), dump.finish().is_some(), watches.finish().is_some())
    }

    #[test]
    fn no_recorded_answer_is_taken_for_another() {
        for (name, text) in fixtures::all() {
            let (connections, dump, watches) = taken_by(&text);
            // `stat` lists the connections too, without their sessions.
            let listing = name.ends_with("4lw-cons.txt") || name.ends_with("4lw-stat.txt");
            assert_eq!(connections, listing, "{name}");
            assert_eq!(dump, name.ends_with("4lw-dump.txt"), "{name}");
            assert_eq!(watches, name.ends_with("4lw-wchp.txt") || text.trim().is_empty(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "(SessionTracker dump:\n|Connections dump:\n|\t0x[0-9a-f]{0,18}\n|\\PC{0,20}\n| expire at \\PC{0,30}:\n| /\\PC{0,9}\\[1\\]\\(queued=\\PC{0,20}\\)\n){0,20}") {
            taken_by(&text);
        }
    }

    /// A server that answers every question with the same bytes.
    async fn answering(answer: Vec<u8>) -> (String, u16) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut word = [0; 4];
                stream.read_exact(&mut word).await.ok();
                stream.write_all(&answer).await.ok();
            }
        });
        (address.ip().to_string(), address.port())
    }

    #[tokio::test]
    async fn what_no_zookeeper_says_is_no_answer() {
        for (answer, silence) in [
            (&b"dump is not executed because it is not in the whitelist.\n"[..], Silence::NotAllowed),
            (b"This ZooKeeper instance is not currently serving requests\n", Silence::NotServing),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", Silence::Unreadable),
            (b"\xff\xfe\x00\n\n\n", Silence::Unreadable),
            (b"", Silence::Unreachable),
        ] {
            let (host, port) = answering(answer.to_vec()).await;
            let words = FourLetterWords { host: &host, port };
            let scope = Scope { chroot: ZnodePath::root(), locks: Vec::new() };
            assert_eq!(words.connections().await, Err(silence));
            assert_eq!(words.dump().await, Err(silence));
            assert_eq!(words.watches(&scope).await, Err(silence));
        }
    }

    #[tokio::test]
    async fn an_answer_without_end_is_left() {
        let (host, port) = answering(vec![b'x'; 17 * 1024 * 1024]).await;
        let words = FourLetterWords { host: &host, port };
        assert_eq!(words.dump().await, Err(Silence::TooLong(MAX_MIB)));
    }
}
