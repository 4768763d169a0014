//! The recipes that are recognised without being declared, as they are told to a person: one line each.

use zooscope_protocol::Confidence::{self, Certain, Likely};
use zooscope_protocol::LockKind::{Election, Mutex, ReadWrite, Semaphore};
use zooscope_protocol::QueueKind::{Delay, Fifo, Id, Locking, Priority};
use zooscope_protocol::recipe::KnownKind::{self, Lock, Queue};
use zooscope_protocol::recipe::KnownRecipe;

use super::named;

/// A line: the names as the recognition gives them, the kind, the most certain that it is, the layout.
type Line = (&'static [&'static str], KnownKind, Confidence, &'static str);

#[rustfmt::skip]
static KNOWN: &[Line] = &[
    (&["kazoo.Lock", "kazoo.Election"], Lock(Mutex), Certain, "`<32 hex>__lock__<seq>`: the lowest number holds."),
    (&["kazoo.ReadLock", "kazoo.WriteLock"], Lock(ReadWrite), Certain, "Writers `<32 hex>__lock__<seq>` and readers `<32 hex>__rlock__<seq>` in one line."),
    (&["kazoo.Semaphore"], Lock(Semaphore), Certain, "`<32 hex>` ephemeral for each holder, the directory's data their greatest number; waiters in `<directory>-__lock__`."),
    (&["curator.InterProcessMutex", "curator.LeaderSelector", "zookeeper-client.Lock"], Lock(Mutex), Certain, "`_c_<uuid>-lock-<seq>` ephemeral: the lowest number holds."),
    (&["curator.InterProcessReadWriteLock"], Lock(ReadWrite), Certain, "`_c_<uuid>-__READ__<seq>` and `_c_<uuid>-__WRIT__<seq>` ephemeral, in one line."),
    (&["curator.InterProcessSemaphoreV2", "curator.InterProcessSemaphoreMutex"], Lock(Semaphore), Certain, "`leases/_c_<uuid>-lease-<seq>` for each holder; waiters in `locks/_c_<uuid>-lock-<seq>`."),
    (&["curator.LeaderLatch", "zookeeper-client.Lock"], Lock(Election), Certain, "`_c_<uuid>-latch-<seq>` ephemeral: the lowest number leads."),
    (&["go-zookeeper.Lock"], Lock(Mutex), Certain, "`_c_<32 hex>-lock-<seq>` ephemeral: the lowest number of all children holds."),
    (&["zookeeper.WriteLock"], Lock(Mutex), Certain, "`x-<session, decimal>-<seq>` ephemeral, data the bytes 12 34: the lowest number holds."),
    (&["zookeeper.LeaderElectionSupport"], Lock(Election), Certain, "`n_<seq>` ephemeral, data the host name: the lowest number leads."),
    (&["zookeeper-c.zoo_lock"], Lock(Mutex), Certain, "`x-<session, 16 hex digits>-<seq>` ephemeral: the lowest number holds."),
    (&["zookeeper-client.Lock"], Lock(Mutex), Likely, "`n-<seq>`, `lock-<seq>` or `<anything>-lock-<seq>` ephemeral: the lowest number holds."),
    (&["kazoo.Queue"], Queue(Priority), Certain, "`entry-<priority>-<seq>` persistent."),
    (&["kazoo.LockingQueue"], Queue(Locking), Certain, "`entries/entry-<priority>-<seq>` persistent, and `taken/<same name>` ephemeral while it is worked on."),
    (&["curator.DistributedQueue"], Queue(Fifo), Certain, "`queue-<seq>` persistent, data framed by ItemSerializer; with a lock path, `<lock path>/<same name>` while it is worked on."),
    (&["curator.DistributedIdQueue"], Queue(Id), Certain, "`queue-|<id>|<seq>` persistent, data framed."),
    (&["curator.DistributedDelayQueue"], Queue(Delay), Certain, "`queue-|<time, hex>|<seq>` persistent, data framed."),
    (&["curator.DistributedPriorityQueue"], Queue(Priority), Certain, "`queue-<sign><8 hex digits><seq>` persistent, data framed."),
    (&["curator.SimpleDistributedQueue", "zookeeper.DistributedQueue", "zookeeper-c.queue"], Queue(Fifo), Certain, "`qn-<seq>` persistent."),
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
