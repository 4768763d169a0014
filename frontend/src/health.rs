//! How current the screen is, in one word for the whole way from the socket to ZooKeeper.

/// How much the operator may trust what is shown, from the socket to ZooKeeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// The browser has no network.
    Offline,
    /// The console is not reached yet.
    Connecting,
    /// The console was lost; it was last heard so many milliseconds ago.
    Lost(u64),
    /// The console connects to ZooKeeper.
    Reaching,
    /// The first scan: read so far, expected (0 when unknown).
    Scanning(u64, u64),
    /// All is current; ZooKeeper answered so many milliseconds ago.
    Live(u64),
    /// The console lost ZooKeeper so many milliseconds ago, or reads everything again.
    Stale(Option<u64>),
    /// ZooKeeper has no quorum to write.
    ReadOnly,
    /// It cannot work; why.
    Failed(String),
}
