//! The recipes that are recognised without being declared, as they are told to a person: one line for each name that a
//! recogniser gives, in the order in which they are tried.

use zooscope_protocol::Confidence::{self, Certain, Likely};
use zooscope_protocol::LockKind::{Barrier, Election, Group, Lease, Mutex, ReadWrite, Semaphore};
use zooscope_protocol::QueueKind::{DeadLetter, Delay, Fifo, Id, Locking, Priority};
use zooscope_protocol::recipe::KnownKind::{self, Lock, Queue};
use zooscope_protocol::recipe::KnownRecipe;

use super::named;

/// A line: the names as the recognition gives them, the kind, the most certain that it is, the layout.
type Line = (&'static [&'static str], KnownKind, Confidence, &'static str);

#[rustfmt::skip]
static KNOWN: &[Line] = &[
    (&["kazoo.Semaphore"], Lock(Semaphore), Certain, "`<32 hex>` ephemeral for each holder, the directory's data their greatest number; waiters in `<directory>-__lock__`."),
    (&["kazoo.LockingQueue"], Queue(Locking), Certain, "`entries/entry-<priority>-<seq>` persistent, and `taken/<same name>` ephemeral while it is worked on."),
    (&["curator.InterProcessSemaphoreV2", "curator.InterProcessSemaphoreMutex"], Lock(Semaphore), Certain, "`leases/_c_<uuid>-lease-<seq>` for each holder; waiters in `locks/_c_<uuid>-lock-<seq>`."),
    (&["kazoo.NonBlockingLease"], Lock(Lease), Certain, "`lease_holder` persistent, data JSON with the holder and the end: whoever it names holds until then."),
    (&["kazoo.MultiNonBlockingLease", "kazoo.NonBlockingLease"], Lock(Lease), Certain, "`<place, 0 and up>/lease_holder` persistent, data JSON with the holder and the end: each place is a lease."),
    (&["solr.LeaderElector"], Lock(Election), Certain, "`election/<session>-<node>-n_<seq>` ephemeral: the lowest number leads."),
    (&["solr.OverseerTaskQueue"], Queue(Fifo), Certain, "`collection-queue-work/qn-<seq>` persistent, and `qnr-<same number>` ephemeral where its sender waits for the answer."),
    (&["solr.OverseerQueue"], Queue(Fifo), Certain, "`qn-<seq>` persistent, below `overseer`."),
    (&["clickhouse.ReplicationQueue"], Queue(Fifo), Certain, "`replicas/<replica>/queue/queue-<seq>` persistent, data that begins with `format version: `."),
    (&["clickhouse.DDLWorker"], Queue(Fifo), Certain, "`task_queue/ddl/query-<seq>` persistent, data that begins with `version: `."),
    (&["clickhouse.LeaderElection"], Lock(Election), Certain, "`leader_election/leader_election-<seq>` ephemeral: the lowest number leads."),
    (&["hadoop.ActiveStandbyElector"], Lock(Election), Certain, "`ActiveStandbyElectorLock` ephemeral, data a protocol buffer with the node: whoever made it is active."),
    (&["yarn.ZKRMStateStore"], Lock(Mutex), Certain, "`ZKRMStateRoot/RM_ZK_FENCING_LOCK`, made and deleted in one transaction around each change."),
    (&["hive.ZooKeeperHiveLockManager"], Lock(ReadWrite), Certain, "`LOCK-<SHARED, EXCLUSIVE or SEMI_SHARED>-<seq>` below a database, a table or a partition: all that are there hold."),
    (&["hbase.TableLockManager"], Lock(ReadWrite), Certain, "`table-lock/<table>/read-<seq>` and `write-<seq>` ephemeral, in one line."),
    (&["hbase.ActiveMasterManager"], Lock(Election), Certain, "`master` ephemeral beside `hbaseid`: whoever made it is active."),
    (&["hbase.RegionServers"], Lock(Group), Certain, "`rs/<host>,<port>,<start>` ephemeral, beside `hbaseid`."),
    (&["kafka.Controller"], Lock(Election), Certain, "`controller` ephemeral beside `controller_epoch`, data JSON with the broker: whoever made it is the controller."),
    (&["kafka.Brokers"], Lock(Group), Certain, "`brokers/ids/<id>` ephemeral, data JSON with host and port."),
    (&["mesos.MasterContender"], Lock(Election), Certain, "`info_<seq>` or `json.info_<seq>` ephemeral: the lowest number leads."),
    (&["storm.LeaderElector", "curator.LeaderLatch"], Lock(Election), Certain, "`leader-lock/_c_<uuid>-latch-<seq>` ephemeral: the lowest number leads."),
    (&["flink.LeaderElection", "curator.LeaderLatch"], Lock(Election), Certain, "`_c_<uuid>-latch-<seq>` ephemeral in Flink's `latch` or below `leaderlatch`: the lowest number leads."),
    (&["druid.LeaderSelector", "curator.LeaderLatch"], Lock(Election), Certain, "`_c_<uuid>-latch-<seq>` ephemeral in `_COORDINATOR` or `_OVERLORD`: the lowest number leads."),
    (&["spark.LeaderElection", "curator.LeaderLatch"], Lock(Election), Certain, "`spark/leader_election/_c_<uuid>-latch-<seq>` ephemeral: the lowest number leads."),
    (&["nifi.LeaderElection", "curator.LeaderSelector"], Lock(Election), Certain, "`leaders/<role>/_c_<uuid>-lock-<seq>` ephemeral below a directory of NiFi: the lowest number has the role."),
    (&["oozie.ZKLocksService", "curator.InterProcessMutex"], Lock(Mutex), Certain, "`locks/<job>/_c_<uuid>-lock-<seq>` ephemeral below `oozie`: the lowest number holds."),
    (&["oozie.ZKLocksService", "curator.InterProcessReadWriteLock"], Lock(ReadWrite), Certain, "`locks/<job>/_c_<uuid>-__READ__<seq>` and `_c_<uuid>-__WRIT__<seq>` ephemeral below `oozie`, in one line."),
    (&["bookkeeper.AuditorElector"], Lock(Election), Certain, "`auditorelection/V_<seq>` ephemeral: the lowest number is the auditor."),
    (&["bookkeeper.UnderreplicationLocks"], Lock(Group), Certain, "`underreplication/locks/urL<ledger>` ephemeral while a worker copies the ledger."),
    (&["pulsar.LeaderElectionService"], Lock(Election), Certain, "`loadbalance/leader` ephemeral, data JSON with the address: whoever made it leads."),
    (&["accumulo.ServiceLock"], Lock(Election), Certain, "`zlock#<uuid>#<seq>` ephemeral: the lowest number is the active server."),
    (&["vitess.Lock"], Lock(Mutex), Certain, "`locks/<seq>` ephemeral, data JSON with a `HostName`: the lowest number holds."),
    (&["patroni.Leader"], Lock(Election), Certain, "`leader` ephemeral beside `members` and `initialize`, data the member's name: whoever made it is the primary."),
    (&["patroni.Members"], Lock(Group), Certain, "`members/<name>` ephemeral, beside `initialize`."),
    (&["helix.Controller"], Lock(Election), Certain, "`CONTROLLER/LEADER` ephemeral, data JSON: whoever made it leads."),
    (&["helix.LiveInstances"], Lock(Group), Certain, "`LIVEINSTANCES/<instance>` ephemeral."),
    (&["dubbo.Registry"], Lock(Group), Certain, "`dubbo/<interface>/providers/<URL>` and `consumers/<URL>` ephemeral."),
    (&["kazoo.DoubleBarrier"], Lock(Barrier), Certain, "`<32 hex>` ephemeral for each participant, and `ready` once there are enough, which all wait for."),
    (&["curator.DistributedDoubleBarrier"], Lock(Barrier), Certain, "`<uuid>` ephemeral for each participant, and `ready` once there are enough, which all wait for."),
    (&["aiozk.DoubleBarrier"], Lock(Barrier), Certain, "`worker-<32 hex>-<seq>` ephemeral for each participant, and `sentinel` once there are enough, which all wait for."),
    (&["kazoo.SetPartitioner"], Lock(Group), Certain, "`party/<32 hex>-<identifier>` ephemeral for each member, beside `locks` with a lock for each item."),
    (&["kazoo.Party"], Lock(Group), Certain, "`<32 hex>__party__` ephemeral."),
    (&["kazoo.ShallowParty"], Lock(Group), Certain, "`<32 hex>-<identifier>` ephemeral, data the same identifier."),
    (&["kazoo.ReadLock", "kazoo.WriteLock"], Lock(ReadWrite), Certain, "Writers `<32 hex>__lock__<seq>` and readers `<32 hex>__rlock__<seq>` in one line."),
    (&["kazoo.Lock", "kazoo.Election", "kazoo.WriteLock"], Lock(Mutex), Certain, "`<32 hex>__lock__<seq>`: the lowest number holds."),
    (&["curator.InterProcessReadWriteLock"], Lock(ReadWrite), Certain, "`_c_<uuid>-__READ__<seq>` and `_c_<uuid>-__WRIT__<seq>` ephemeral, in one line."),
    (&["curator.InterProcessMutex", "go-zookeeper.Lock", "zookeeper-client.Lock"], Lock(Mutex), Likely, "`…lock-<seq>` ephemeral of several libraries in one directory: the lowest number holds."),
    (&["curator.InterProcessMutex", "curator.LeaderSelector", "zookeeper-client.Lock"], Lock(Mutex), Certain, "`_c_<uuid>-lock-<seq>` ephemeral: the lowest number holds."),
    (&["curator.LeaderLatch", "zookeeper-client.Lock"], Lock(Election), Certain, "`_c_<uuid>-latch-<seq>` ephemeral: the lowest number leads."),
    (&["go-zookeeper.Lock"], Lock(Mutex), Certain, "`_c_<32 hex>-lock-<seq>` ephemeral: the lowest number of all children holds."),
    (&["zookeeper.WriteLock"], Lock(Mutex), Certain, "`x-<session, decimal>-<seq>` ephemeral, data the bytes 12 34: the lowest number holds."),
    (&["zookeeper.LeaderElectionSupport", "zookeeper-docs.LeaderElection"], Lock(Election), Likely, "`n_<seq>` ephemeral, data the host name: the lowest number leads."),
    (&["zookeeper-c.zoo_lock"], Lock(Mutex), Certain, "`x-<session, 16 hex digits>-<seq>` ephemeral: the lowest number holds."),
    (&["aiozk.Lock"], Lock(Mutex), Certain, "`lock-<32 hex>-<seq>` ephemeral: the lowest number holds."),
    (&["aiozk.SharedLock"], Lock(ReadWrite), Certain, "`read-<32 hex>-<seq>` and `write-<32 hex>-<seq>` ephemeral, in one line."),
    (&["aiozk.LeaderElection"], Lock(Election), Certain, "`candidate-<32 hex>-<seq>` ephemeral: the lowest number leads."),
    (&["aiozk.Lease"], Lock(Lease), Certain, "`lease-<32 hex>-<seq>` ephemeral, data its end: all that are there hold."),
    (&["aiozk.Party"], Lock(Group), Likely, "`<name>-<32 hex>-<seq>` ephemeral."),
    (&["zookeeper-crate.LeaderLatch"], Lock(Election), Likely, "`latch-<id>-<seq>` ephemeral: the lowest number leads."),
    (&["zk-ruby.ExclusiveLocker"], Lock(Mutex), Likely, "`ex<seq>` ephemeral: the lowest number holds."),
    (&["zk-ruby.SharedLocker", "zk-ruby.ExclusiveLocker"], Lock(ReadWrite), Likely, "`sh<seq>` and `ex<seq>` ephemeral, in one line."),
    (&["zk-ruby.Semaphore"], Lock(Semaphore), Likely, "`sem<seq>` ephemeral; how many of them hold is stored nowhere."),
    (&["zk-ruby.Election"], Lock(Election), Likely, "`ballot<seq>` ephemeral, and `leader_ack` once the leader is at work: the lowest number leads."),
    (&["zookeeper-client.Lock", "php-zookeeper-recipes.Lock"], Lock(Mutex), Likely, "`n-<seq>`, `lock-<seq>` or `<anything>-lock-<seq>` ephemeral: the lowest number holds."),
    (&["kazoo.Queue"], Queue(Priority), Certain, "`entry-<priority>-<seq>` persistent."),
    (&["curator.DistributedIdQueue"], Queue(Id), Certain, "`queue-|<id>|<seq>` persistent, data framed."),
    (&["curator.DistributedPriorityQueue"], Queue(Priority), Certain, "`queue-<sign><8 hex digits><seq>` persistent, data framed."),
    (&["curator.DistributedDelayQueue"], Queue(Delay), Certain, "`queue-|<time, hex>|<seq>` persistent, data framed."),
    (&["curator.QueueSharder", "curator.DistributedQueue"], Queue(Fifo), Certain, "`queue-<uuid>/queue-<seq>` persistent, data framed: each directory is a shard."),
    (&["curator.DistributedQueue"], Queue(Fifo), Certain, "`queue-<seq>` persistent, data framed by ItemSerializer; with a lock path, `<lock path>/<same name>` while it is worked on."),
    (&["curator.SimpleDistributedQueue", "zookeeper.DistributedQueue", "zookeeper-c.queue", "zookeeper-crate.queue"], Queue(Fifo), Certain, "`qn-<seq>` persistent."),
    (&["zk-ruby.MessageQueue"], Queue(Fifo), Likely, "`_zkqueues/<queue>/message<seq>` persistent."),
    (&["zooscope.DeadLetters"], Queue(DeadLetter), Certain, "`letter-<8 digits>-<19 digits>` persistent, with `origin` below it: what this console has set aside."),
    (&["symfony.ZookeeperStore"], Lock(Mutex), Likely, "One ephemeral znode, data a token of 32 bytes in base64: whoever made it holds."),
    (&["npm-zookeeper.Master"], Lock(Election), Likely, "`master` ephemeral beside `workers` and `tasks`: whoever made it leads."),
    (&["zookeeper-docs.SharedLock"], Lock(ReadWrite), Likely, "`read-<seq>` and `write-<seq>` ephemeral, and nothing else, in one line."),
    (&["zookeeper-docs.Lock"], Lock(Mutex), Likely, "`<anything><seq>` ephemeral, and nothing else, where a name says that it is a lock: the lowest number holds."),
    (&["zookeeper-docs.LeaderElection"], Lock(Election), Likely, "`<anything><seq>` ephemeral, and nothing else, where a name says that it is an election: the lowest number leads."),
    (&["curator.GroupMember", "zookeeper-docs.GroupMembership"], Lock(Group), Likely, "Ephemeral children without a number, and nothing else, of two sessions at least."),
];

/// The recipes that are recognised without being declared.
pub fn known_recipes() -> Vec<KnownRecipe> {
    let told = |(names, kind, confidence, layout): &Line| KnownRecipe {
        recipe: named(names),
        kind: *kind,
        confidence: *confidence,
        layout: (*layout).to_owned(),
    };
    KNOWN.iter().map(told).collect()
}
