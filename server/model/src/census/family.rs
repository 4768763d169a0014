//! The families of names that recipes give to the children of a directory.

use zooscope_protocol::{Mode, SessionId};

use crate::tree::{Name, Znode};

/// A family of names that one recipe gives to the children of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Family {
    /// `<32 hex>__lock__<seq>` and `<32 hex>__rlock__<seq>`, of kazoo.
    KazooLock,
    /// `<32 hex>`, ephemeral, of kazoo's semaphore.
    KazooLease,
    /// `entry-<3 digits>-<seq>`, persistent, of kazoo's queues.
    KazooEntry,
    /// The same name, ephemeral, where a consumer has taken the entry.
    KazooTaken,
    /// `_c_<uuid>-lock-<seq>`, ephemeral, of Curator.
    CuratorLock,
    /// `_c_<uuid>-__READ__<seq>` and `_c_<uuid>-__WRIT__<seq>`, ephemeral, of Curator.
    CuratorReadWrite,
    /// `_c_<uuid>-latch-<seq>`, ephemeral, of Curator.
    CuratorLatch,
    /// `_c_<uuid>-lease-<seq>`, ephemeral, of Curator.
    CuratorLease,
    /// `queue-<seq>` with or without an id, a time or a priority, persistent and framed, of Curator.
    CuratorItem,
    /// `queue-<seq><seq>` and longer, persistent and framed, where a consumer of Curator's put an item back under its whole name.
    CuratorGrown,
    /// The same name, ephemeral, in a queue's lock path.
    CuratorItemLock,
    /// `qn-<seq>`, persistent, of Curator and of ZooKeeper's own recipes.
    SimpleItem,
    /// `qnr-<seq>`, of Solr: its siblings are no work queue.
    SolrAnswer,
    /// `_c_<32 hex>-lock-<seq>`, ephemeral, of go-zookeeper.
    GoLock,
    /// `x-<session in decimal>-<seq>`, ephemeral, with the data `12 34`, of ZooKeeper's Java recipes.
    ApacheLock,
    /// `n_<seq>`, ephemeral, of ZooKeeper's Java recipes.
    ApacheCandidate,
    /// `x-<session in hex>-<seq>`, ephemeral, of ZooKeeper's C recipes.
    NativeLock,
    /// `n-<seq>`, `lock-<seq>` and `<anything>-lock-<seq>`, ephemeral, of zookeeper-client (Rust) among others.
    ClientLock,
    /// `<32 hex>__party__`, ephemeral, of kazoo.
    KazooParty,
    /// `<32 hex>-<identifier>`, ephemeral, with the identifier as its data, of kazoo.
    KazooShallow,
    /// `<uuid>`, ephemeral, of Curator's double barrier.
    CuratorParticipant,
    /// `lock-<32 hex>-<seq>`, ephemeral, of aiozk.
    AiozkLock,
    /// `read-<32 hex>-<seq>` and `write-<32 hex>-<seq>`, ephemeral, of aiozk.
    AiozkReadWrite,
    /// `candidate-<32 hex>-<seq>`, ephemeral, of aiozk.
    AiozkCandidate,
    /// `lease-<32 hex>-<seq>`, ephemeral, of aiozk.
    AiozkLease,
    /// `worker-<32 hex>-<seq>`, ephemeral, of aiozk's double barrier.
    AiozkWorker,
    /// `<any other label>-<32 hex>-<seq>`, ephemeral, of aiozk's party.
    AiozkMember,
    /// `latch-<id>-<seq>`, ephemeral, of the `zookeeper` crate.
    CrateLatch,
    /// `ex<seq>` and `sh<seq>`, ephemeral, of zk (Ruby).
    RubyLock,
    /// `sem<seq>`, ephemeral, of zk (Ruby).
    RubySemaphore,
    /// `ballot<seq>`, ephemeral, of zk (Ruby).
    RubyBallot,
    /// `message<seq>`, persistent, of zk (Ruby).
    RubyMessage,
    /// `<session in decimal>-<node>-n_<seq>`, ephemeral, of Solr.
    SolrCandidate,
    /// `queue-<seq>`, persistent, with data that tells a format's version, of ClickHouse.
    ClickhouseEntry,
    /// `query-<seq>`, persistent, with data that tells a version, of ClickHouse.
    ClickhouseQuery,
    /// `leader_election-<seq>`, ephemeral, of ClickHouse.
    ClickhouseCandidate,
    /// `LOCK-SHARED-<seq>` and the like, of Hive.
    HiveLock,
    /// `read-<seq>` and `write-<seq>`, ephemeral, of HBase and of the lock in ZooKeeper's documentation.
    SharedLock,
    /// `info_<seq>` and `json.info_<seq>`, ephemeral, of Mesos.
    MesosMaster,
    /// `V_<seq>`, ephemeral, of BookKeeper.
    BookkeeperVote,
    /// `urL<id of a ledger>`, ephemeral, of BookKeeper.
    LedgerLock,
    /// `zlock#<uuid>#<seq>`, ephemeral, of Accumulo.
    AccumuloLock,
    /// `<seq>` alone, ephemeral, of Vitess among others.
    BareLock,
    /// Ephemeral with a number and no name that is known.
    Sequential,
    /// Ephemeral without a number, and with no name that is known.
    Ephemeral,
    /// `letter-<8 digits of a hash>-<the item's czxid, 19 digits>`, persistent, of this console: items that were set aside.
    DeadLetter,
    /// Contenders of a declared recipe.
    DeclaredMember,
    /// Readers and writers of a declared recipe.
    DeclaredShared,
    /// Items of a declared queue.
    DeclaredItem,
    /// Items of a declared priority queue.
    DeclaredPriorityItem,
}

/// What else a name tells about an item of a Curator queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing.
    Plain,
    /// An id.
    Id,
    /// A time of this century before which it is not taken.
    Delay,
    /// A number that is written like a time and is none of this century: a delay from 1970 on, or an id.
    Hex,
    /// A priority.
    Priority,
}

/// Where a znode stands among its family. The order of the fields is the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The priority, the time in milliseconds, the transaction; whatever comes before the number.
    pub(crate) primary: i64,
    /// The number.
    pub(crate) sequence: i32,
    /// What it asks for: a writer stands before a reader with the same number.
    pub(crate) mode: Mode,
    /// Its name.
    pub(crate) name: Name,
}

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) family: Family,
    pub(crate) shape: Shape,
    pub(crate) place: Place,
    pub(crate) session: Option<SessionId>,
}

impl Family {
    /// Whether its members contend, so that it matters which session owns which.
    pub(crate) fn contends(self) -> bool {
        !matches!(
            self,
            Self::KazooEntry
                | Self::KazooTaken
                | Self::CuratorItem
                | Self::CuratorGrown
                | Self::CuratorItemLock
                | Self::SimpleItem
                | Self::SolrAnswer
                | Self::RubyMessage
                | Self::ClickhouseEntry
                | Self::ClickhouseQuery
                | Self::DeadLetter
                | Self::DeclaredItem
                | Self::DeclaredPriorityItem
        )
    }

    /// Whether its members stand in another order than the one in which they came.
    pub(crate) fn reorders(self) -> bool {
        matches!(self, Self::KazooEntry | Self::CuratorItem | Self::DeclaredPriorityItem)
    }

    /// Whether its members are told by a declaration.
    pub(crate) fn is_declared(self) -> bool {
        matches!(
            self,
            Self::DeclaredMember | Self::DeclaredShared | Self::DeclaredItem | Self::DeclaredPriorityItem
        )
    }

    /// Whether each waiter is known to watch the one before it, with a data or an exists watch: seen at run time, or read in the
    /// library's source. Others ask again, watch the children, or are not known.
    pub(crate) fn watches_predecessor(self) -> bool {
        matches!(
            self,
            Self::KazooLock
                | Self::CuratorLock
                | Self::CuratorReadWrite
                | Self::CuratorLatch
                | Self::GoLock
                | Self::ApacheLock
                | Self::NativeLock
                | Self::AiozkLock
                | Self::AiozkReadWrite
                | Self::AiozkCandidate
                | Self::SolrCandidate
                | Self::ClickhouseCandidate
        )
    }

    /// Whether it has readers and writers.
    pub(crate) fn shares(self) -> bool {
        matches!(
            self,
            Self::KazooLock
                | Self::CuratorReadWrite
                | Self::AiozkReadWrite
                | Self::RubyLock
                | Self::SharedLock
                | Self::DeclaredShared
        )
    }

    /// Whether its members have a number from ZooKeeper; when not, they stand in the order of their creation.
    pub(crate) fn numbered(self) -> bool {
        !matches!(
            self,
            Self::KazooLease
                | Self::KazooParty
                | Self::KazooShallow
                | Self::CuratorParticipant
                | Self::LedgerLock
                | Self::DeadLetter
                | Self::Ephemeral
        )
    }

    /// Whether directories of other things lie beside its members by right: tables below a database, partitions below a
    /// table, what a system keeps beside its masters.
    pub(crate) fn nests(self) -> bool {
        matches!(self, Self::HiveLock | Self::MesosMaster)
    }

    /// Whether a znode is as the recipe lays it down: a leader acknowledges with an ephemeral, a barrier opens for good.
    pub(crate) fn companion_fits(self, znode: &Znode) -> bool {
        znode.stat().owner().is_some() == (self == Self::RubyBallot)
    }

    /// A child that the recipe itself lays down beside the members.
    pub(crate) fn companion(self) -> Option<&'static str> {
        match self {
            Self::RubyBallot => Some("leader_ack"),
            Self::AiozkWorker => Some("sentinel"),
            Self::KazooLease | Self::CuratorParticipant => Some("ready"),
            _ => None,
        }
    }
}
