//! What a server tells of its sessions, in the same words whichever way it was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv6Addr, SocketAddr};

use zooscope_protocol::{SessionId, ZnodePath};

/// One connection of a server with a session on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The session.
    pub session: SessionId,
    /// The address of the client, as `10.2.0.7:51234` or `[::1]:51234`.
    pub client: String,
    /// The time-out that was agreed upon, in milliseconds.
    pub timeout_ms: Option<u32>,
    /// The last operation that it sent, as the server names it.
    pub last_operation: Option<String>,
}

/// What a server knows of all sessions of the ensemble.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dump {
    /// When each session ends unless it is heard from before, in milliseconds by a clock of the server whose zero is not
    /// known. Only the leader and a server that stands alone tell it.
    pub expiries: BTreeMap<SessionId, i64>,
    /// The time-outs, which followers tell in place of the expiries.
    pub timeouts: BTreeMap<SessionId, u32>,
    /// The connections of this server, where the answer carries them.
    pub links: Option<Vec<Link>>,
}

/// Who watches which znode, for the paths that were asked for.
pub type Watchers = BTreeMap<ZnodePath, BTreeSet<SessionId>>;

/// The locks whose watches are wanted, of all those that a server tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The chroot of the console: servers tell paths from the root of the ensemble.
    pub chroot: ZnodePath,
    /// The locks, as the console names them.
    pub locks: Vec<ZnodePath>,
}

/// Why a server did not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// It does not allow the question.
    #[error("is not allowed")]
    NotAllowed,
    /// It has no quorum, or starts.
    #[error("is not answered while the server does not serve")]
    NotServing,
    /// Nobody answers there.
    #[error("found nobody who answers")]
    Unreachable,
    /// It did not answer in time.
    #[error("was not answered in time")]
    Late,
    /// The answer was longer than so many MiB and was not read to its end.
    #[error("was answered with more than {0} MiB, which was not read")]
    TooLong(u64),
    /// What came back is no answer of ZooKeeper.
    #[error("was answered with what no ZooKeeper says")]
    Unreadable,
    /// The server has so many watches that the question was not asked.
    #[error("was not asked, for the server has {0} watches and would take long to list them")]
    TooMany(u64),
}

impl Scope {
    /// What kazoo's semaphore appends to its path for the lock of its waiters (kazoo 2.11, `Semaphore.__init__`).
    const WAITERS: &str = "-__lock__";

    /// The console's name of a path that a server told, if it is in one of the locks: at the lock, below it, or in the directory
    /// beside it where its waiters queue.
    pub fn keep(&self, told: &str) -> Option<ZnodePath> {
        let path = if self.chroot.is_root() {
            told
        } else {
            match told.strip_prefix(self.chroot.as_str())? {
                "" => "/",
                rest => rest,
            }
        };
        let within = |lock: &ZnodePath| in_directories_of(lock, path);
        if self.locks.iter().any(within) { ZnodePath::parse(path).ok() } else { None }
    }
}

/// Whether a path is in the directories of a lock.
pub fn in_directories_of(lock: &ZnodePath, path: &str) -> bool {
    let below = |rest: &str| rest.is_empty() || rest.starts_with('/');
    let rest = if lock.is_root() { Some("") } else { path.strip_prefix(lock.as_str()) };
    rest.is_some_and(|rest| below(rest) || rest.strip_prefix(Scope::WAITERS).is_some_and(below))
}

/// The longest address and the longest name of an operation that are kept.
const MAX_TEXT: usize = 300;

/// An address as Java writes it, in the usual way: `/127.0.0.1:1`, `localhost/127.0.0.1:1`, `/[0:0:0:0:0:0:0:1]:1`, and
/// without brackets before JDK 14.
pub(super) fn address(text: &str) -> Option<String> {
    let text = text.rsplit('/').next()?.trim();
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.to_string());
    }
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let (bare, zone) = bare.split_once('%').map_or((bare, None), |(bare, zone)| (bare, Some(zone)));
    if let (Ok(address), true) = (bare.parse::<Ipv6Addr>(), zone.is_none_or(is_word)) {
        let zone = zone.map(|zone| format!("%{zone}")).unwrap_or_default();
        return Some(format!("[{address}{zone}]:{port}"));
    }
    is_word(host).then(|| format!("{host}:{port}"))
}

/// A short text of printable characters, as the name of an operation is; `None` for anything else.
pub(super) fn word(text: &str) -> Option<String> {
    is_word(text).then(|| text.to_owned())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_TEXT && text.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_in_one_way() {
        for (java, usual) in [
            ("/127.0.0.1:45678", Some("127.0.0.1:45678")),
            ("localhost/127.0.0.1:1", Some("127.0.0.1:1")),
            ("/[0:0:0:0:0:0:0:1]:48548", Some("[::1]:48548")),
            ("/0:0:0:0:0:0:0:1:48548", Some("[::1]:48548")),
            ("[fe80:0:0:0:0:0:0:1%eth0]:7", Some("[fe80::1%eth0]:7")),
            ("worker-7.example:7", Some("worker-7.example:7")),
            ("", None),
            (":", None),
            ("null", None),
            ("host:x", None),
            ("a b:1", None),
        ] {
            assert_eq!(address(java).as_deref(), usual, "{java}");
        }
    }

    #[test]
    fn a_scope_keeps_what_is_in_its_locks_and_nothing_beside() {
        let path = |text: &str| ZnodePath::parse(text).unwrap();
        let scope = Scope { chroot: ZnodePath::root(), locks: vec![path("/l/a"), path("/s")] };
        for kept in ["/l/a", "/l/a/x", "/s-__lock__/y", "/s-__lock__", "/s/leases/z"] {
            assert_eq!(scope.keep(kept), Some(path(kept)), "{kept}");
        }
        for dropped in ["/l", "/l/ab", "/", "/s-__lock__2", "/s2", "l/a", "/l/a//b", ""] {
            assert_eq!(scope.keep(dropped), None, "{dropped}");
        }
        let scope = Scope { chroot: path("/app"), locks: vec![path("/l")] };
        assert_eq!(scope.keep("/app/l/x"), Some(path("/l/x")));
        assert_eq!(scope.keep("/l/x"), None);
        assert_eq!(scope.keep("/app"), None);
        assert_eq!(scope.keep("/apple/l/x"), None);
    }
}
