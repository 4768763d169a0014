//! Every recorded tree is a test by itself: what the clients said of themselves against what is recognised.

use crate::recorded::Recorded;
use zooscope_model::project;
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::{Item, Lock, LockKind, Member, MemberState, Queue, QueueKind, ZnodePath};

/// All locks with all their members, by path.
fn locks(recorded: &Recorded) -> Vec<Lock> {
    let revision = &recorded.revision;
    let paths = project::lock_paths(revision, "", LockSort::Path);
    paths.iter().map(|path| project::lock(revision, path, usize::MAX).unwrap()).collect()
}

fn queues(recorded: &Recorded) -> Vec<Queue> {
    let revision = &recorded.revision;
    let paths = project::queue_paths(revision, "", QueueSort::Path);
    paths.iter().map(|path| project::queue(revision, path).unwrap()).collect()
}

fn items(recorded: &Recorded, queue: &Queue) -> Vec<Item> {
    project::items(&recorded.revision, &queue.path, 0, usize::MAX).unwrap()
}

fn paths<'a>(members: impl IntoIterator<Item = &'a Member>) -> Vec<&'a ZnodePath> {
    members.into_iter().map(|member| &member.path).collect()
}

/// Locks of one kind and recipe whose holders and waiters are those that the clients reported, in their order.
fn is_lock(name: &str, kind: LockKind, recipe: &str) -> Recorded {
    let recorded = Recorded::tree(name);
    let locks = locks(&recorded);
    assert_eq!(queues(&recorded), [], "no queue is here");
    for lock in &locks {
        assert_eq!(lock.kind, kind, "{}", lock.path);
        assert!(lock.recipe.0.iter().any(|name| name == recipe), "{}: {}", lock.path, lock.recipe);
        assert_eq!(lock.held_by as usize, lock.holders.len());
        assert_eq!(lock.blocked as usize, lock.waiters.len());
        for pair in [&lock.holders, &lock.waiters].iter().flat_map(|members| members.windows(2)) {
            let pending = pair[0].state == MemberState::Pending;
            assert!(pending || pair[0].order(&pair[1]).is_lt(), "{} before {}", pair[0].name, pair[1].name);
        }
        assert!(lock.holders.iter().all(|holder| holder.waits_for.is_none()));
        assert!(lock.waiters.iter().all(|waiter| waiter.waits_for.is_some()));
        let first = lock.holders.first().map(|holder| holder.created);
        assert_eq!((lock.held_since, lock.held_seen), (first, false), "nobody was seen to acquire");
    }
    let held = paths(locks.iter().flat_map(|lock| &lock.holders));
    let waiting = paths(locks.iter().flat_map(|lock| &lock.waiters));
    recorded.expects("holders", &held);
    recorded.expects("waiters", &waiting);
    recorded
}

/// One queue of a kind and recipe with the depth and the order that the clients reported.
fn is_queue(name: &str, kind: QueueKind, recipe: &str) -> (Recorded, Queue) {
    let recorded = Recorded::tree(name);
    assert_eq!(locks(&recorded), [], "no lock is here");
    let [queue] = queues(&recorded).try_into().unwrap();
    assert_eq!(queue.kind, kind);
    assert!(queue.recipe.0.iter().any(|name| name == recipe), "{}", queue.recipe);
    let items = items(&recorded, &queue);
    assert_eq!(u64::from(queue.depth), recorded.expected["depth"].as_u64().unwrap());
    assert_eq!(queue.depth as usize, items.len());
    assert!(items.windows(2).all(|pair| pair[0].order(&pair[1]).is_lt()));
    if !recorded.expected["order"].is_null() {
        recorded.expects_in_order("order", &items.iter().map(|item| &item.path).collect::<Vec<_>>());
    }
    let after_first = project::items_after(&recorded.revision, &queue.path, Some(&items[0].name), 9).unwrap();
    assert_eq!(after_first, items[1..]);
    (recorded, queue)
}

/// Nothing that a person could act on is recognised.
fn is_neither(recorded: &Recorded) {
    assert_eq!(locks(recorded), []);
    assert_eq!(queues(recorded), []);
}

macro_rules! locks_of {
    ($($test:ident: $file:literal, $kind:ident, $recipe:literal;)*) => {
        $(#[test]
        fn $test() {
            is_lock($file, LockKind::$kind, $recipe);
        })*
    };
}

locks_of! {
    kazoo_lock: "kazoo-2.11-lock", Mutex, "kazoo.Lock";
    kazoo_lock_that_is_idle: "kazoo-2.11-lock-idle", Mutex, "kazoo.Lock";
    kazoo_election: "kazoo-2.11-election", Mutex, "kazoo.Election";
    kazoo_read_write: "kazoo-2.11-rwlock", ReadWrite, "kazoo.ReadLock";
    kazoo_read_write_with_a_writer: "kazoo-2.11-rwlock-writer-holds", ReadWrite, "kazoo.ReadLock";
    curator_mutex: "curator-5.7-mutex", Mutex, "curator.InterProcessMutex";
    curator_mutex_entered_again: "curator-5.7-mutex-reentrant", Mutex, "curator.InterProcessMutex";
    curator_mutex_that_may_be_revoked: "curator-5.7-mutex-revocable", Mutex, "curator.InterProcessMutex";
    curator_multi_lock: "curator-5.7-multilock", Mutex, "curator.InterProcessMutex";
    curator_leader_selector: "curator-5.7-leader-selector", Mutex, "curator.LeaderSelector";
    curator_leader_latch: "curator-5.7-leader-latch", Election, "curator.LeaderLatch";
    curator_read_write: "curator-5.7-rwlock", ReadWrite, "curator.InterProcessReadWriteLock";
    curator_read_write_downgraded: "curator-5.7-rwlock-downgrade", ReadWrite, "curator.InterProcessReadWriteLock";
    go_zookeeper: "go-zookeeper-lock", Mutex, "go-zookeeper.Lock";
    zookeeper_write_lock: "zk-recipes-write-lock", Mutex, "zookeeper.WriteLock";
    zookeeper_election: "zk-recipes-election", Election, "zookeeper.LeaderElectionSupport";
    zookeeper_client_as_curator: "rust-zookeeper-client-curator-lock", Mutex, "zookeeper-client.Lock";
    zookeeper_client_as_latch: "rust-zookeeper-client-curator-latch", Election, "curator.LeaderLatch";
    zookeeper_client_shared: "rust-zookeeper-client-shared", Mutex, "zookeeper-client.Lock";
    zookeeper_client_custom: "rust-zookeeper-client-custom", Mutex, "zookeeper-client.Lock";
}

#[test]
fn kazoo_lock_without_a_session_is_told() {
    let recorded = is_lock("kazoo-2.11-lock-nonephemeral", LockKind::Mutex, "kazoo.Lock");
    let [lock] = locks(&recorded).try_into().unwrap();
    assert_eq!(lock.holders[0].session, None);
    assert_eq!(lock.findings[0].code, "persistent_contender");
}

#[test]
fn kazoo_lock_that_waits_for_itself_is_told_and_is_no_deadlock() {
    let recorded = is_lock("kazoo-2.11-lock-self-deadlock", LockKind::Mutex, "kazoo.Lock");
    let [lock] = locks(&recorded).try_into().unwrap();
    assert_eq!(lock.findings[0].code, "self_wait");
    assert_eq!(zooscope_model::deadlocks(&recorded.revision), []);
}

#[test]
fn curator_contenders_of_one_session_are_no_deadlock() {
    let recorded = is_lock("curator-5.7-mutex-same-session", LockKind::Mutex, "curator.InterProcessMutex");
    assert_eq!(zooscope_model::deadlocks(&recorded.revision), []);
}

#[test]
fn curator_deadlock_of_two_sessions_is_found_with_its_circle() {
    let recorded = is_lock("curator-5.7-mutex-deadlock", LockKind::Mutex, "curator.InterProcessMutex");
    let [deadlock] = zooscope_model::deadlocks(&recorded.revision).try_into().unwrap();
    let [first, second] = deadlock.members.try_into().unwrap();
    assert_ne!(first.session, second.session);
    assert_eq!((&first.holds, &first.waits_for), (&second.waits_for, &second.holds));
    let held = project::lock(&recorded.revision, &first.holds, 9).unwrap();
    assert_eq!(held.holders[0].session, Some(first.session));
}

#[test]
fn kazoo_semaphore() {
    let recorded = is_lock("kazoo-2.11-semaphore", LockKind::Semaphore, "kazoo.Semaphore");
    let [lock] = locks(&recorded).try_into().unwrap();
    assert_eq!(lock.capacity, Some(2));
    assert_eq!(lock.waiters[0].waits_for.as_ref(), Some(&lock.path), "the first watches the leases");
    assert_eq!(lock.waiters[1].waits_for.as_ref(), Some(&lock.waiters[0].path));
}

macro_rules! curator_semaphores {
    ($($test:ident: $file:literal;)*) => {
        $(#[test]
        fn $test() {
            let recorded = is_lock($file, LockKind::Semaphore, "curator.InterProcessSemaphoreV2");
            let [lock] = locks(&recorded).try_into().unwrap();
            assert_eq!(lock.capacity.map(u64::from), recorded.expected["max_leases"].as_u64());
            assert_eq!(lock.waiters[0].state, MemberState::Pending);
        })*
    };
}

curator_semaphores! {
    curator_semaphore: "curator-5.7-semaphore";
    curator_semaphore_of_one: "curator-5.7-semaphore-mutex";
    curator_semaphore_with_a_shared_count: "curator-5.7-semaphore-sharedcount";
}

#[test]
fn curator_semaphore_that_is_wedged_is_a_semaphore() {
    // That it is wedged shows in time only; the tree of one moment looks like a holder and a waiter.
    let [lock] = locks(&Recorded::tree("curator-5.7-semaphore-wedged")).try_into().unwrap();
    assert_eq!(lock.kind, LockKind::Semaphore);
    assert_eq!(lock.held_by + lock.blocked, 2);
}

macro_rules! queues_of {
    ($($test:ident: $file:literal, $kind:ident, $recipe:literal;)*) => {
        $(#[test]
        fn $test() {
            is_queue($file, QueueKind::$kind, $recipe);
        })*
    };
}

queues_of! {
    curator_queue: "curator-5.7-queue", Fifo, "curator.DistributedQueue";
    curator_id_queue: "curator-5.7-id-queue", Id, "curator.DistributedIdQueue";
    curator_simple_queue: "curator-5.7-simple-queue", Fifo, "curator.SimpleDistributedQueue";
    zookeeper_queue: "zk-recipes-queue", Fifo, "zookeeper.DistributedQueue";
}

#[test]
fn kazoo_queue() {
    let (recorded, queue) = is_queue("kazoo-2.11-queue", QueueKind::Priority, "kazoo.Queue");
    let priorities: Vec<_> = items(&recorded, &queue).iter().map(|item| item.priority).collect();
    assert_eq!(priorities, [Some(50), Some(100), Some(100)]);
}

#[test]
fn curator_priority_queue() {
    let (recorded, queue) =
        is_queue("curator-5.7-priority-queue", QueueKind::Priority, "curator.DistributedPriorityQueue");
    let items = items(&recorded, &queue);
    let priorities: Vec<_> = items.iter().map(|item| item.priority).collect();
    assert_eq!(priorities, [Some(-3), Some(0), Some(5), Some(1000)]);
    let payloads: Vec<_> = items.iter().map(|item| item.preview.text().unwrap().to_owned()).collect();
    recorded.expects_texts("order_payload", &payloads);
}

#[test]
fn curator_delay_queue_is_taken_by_time() {
    let recorded = Recorded::tree("curator-5.7-delay-queue");
    let [queue] = queues(&recorded).try_into().unwrap();
    assert_eq!(queue.kind, QueueKind::Delay);
    let items = items(&recorded, &queue);
    assert!(items.windows(2).all(|pair| pair[0].not_before < pair[1].not_before));
    // The fixture lists its items by name, newest time last; consumers take the earliest first.
    let mut times: Vec<i64> = recorded.expected["epochs_ms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|time| time.as_i64().unwrap())
        .collect();
    times.sort_unstable();
    assert_eq!(items.iter().map(|item| item.not_before.unwrap().0).collect::<Vec<_>>(), times);
}

#[test]
fn curator_queue_with_a_lock_path_shows_what_is_being_processed() {
    let recorded = Recorded::tree("curator-5.7-queue-lockpath");
    let [queue] = queues(&recorded).try_into().unwrap();
    assert_eq!((queue.depth, queue.in_flight, queue.consumers), (3, Some(1), Some(1)));
    let taken: Vec<_> = items(&recorded, &queue)
        .into_iter()
        .filter(|item| item.taken_by.is_some())
        .map(|item| item.path)
        .collect();
    assert_eq!(taken[0].as_str(), recorded.expected["in_process"][0]["entry"].as_str().unwrap());
    assert_eq!(taken.len(), 1);
    assert_eq!(locks(&recorded), [], "the lock path is no lock of its own");
}

#[test]
fn kazoo_locking_queue_shows_what_is_taken() {
    let recorded = Recorded::tree("kazoo-2.11-locking-queue");
    let [queue] = queues(&recorded).try_into().unwrap();
    assert_eq!(queue.kind, QueueKind::Locking);
    assert_eq!((queue.depth, queue.in_flight, queue.consumers), (3, Some(1), Some(1)));
    let items = items(&recorded, &queue);
    let taken: Vec<_> = items.iter().filter(|item| item.taken_by.is_some()).collect();
    assert_eq!(taken[0].path.as_str(), recorded.expected["taken"][0]["entry"].as_str().unwrap());
    assert_eq!(taken.len(), 1);
}

#[test]
fn the_locks_of_a_set_partitioner_are_locks_and_its_party_is_none() {
    let recorded = Recorded::tree("kazoo-2.11-set-partitioner");
    assert!(locks(&recorded).iter().all(|lock| lock.path.parent().unwrap().name() == "locks"));
    assert_eq!(locks(&recorded).len(), 3);
    assert_eq!(queues(&recorded), []);
}

macro_rules! neither {
    ($($test:ident: $read:ident($file:literal);)*) => {
        $(#[test]
        fn $test() {
            is_neither(&Recorded::$read($file));
        })*
    };
}

neither! {
    curator_barrier: tree("curator-5.7-barrier");
    curator_double_barrier_that_fills: tree("curator-5.7-double-barrier-entering");
    curator_double_barrier_that_is_full: tree("curator-5.7-double-barrier-ready");
    curator_group_member: tree("curator-5.7-group-member");
    hadoop_elector: tree("hadoop-active-standby-elector");
    kazoo_barrier: tree("kazoo-2.11-barrier");
    kazoo_double_barrier_that_fills: tree("kazoo-2.11-double-barrier-entering");
    kazoo_double_barrier_that_is_full: tree("kazoo-2.11-double-barrier-ready");
    kazoo_lease: tree("kazoo-2.11-nonblocking-lease");
    kazoo_leases: tree("kazoo-2.11-multi-nonblocking-lease");
    kazoo_party: tree("kazoo-2.11-party");
    kazoo_shallow_party: tree("kazoo-2.11-shallow-party");
    patroni: tree("patroni");
    clickhouse_replication: not_lock("clickhouse-replicated");
    curator_service_discovery: not_lock("curator-5.4-service-discovery");
    curator_persistent_node: not_lock("curator-5.7-persistent-node");
    curator_shared_count: not_lock("curator-5.7-shared-count");
    kazoo_counter: not_lock("kazoo-2.11-counter");
}

#[test]
fn every_recorded_tree_has_a_test() {
    let source = include_str!("fixtures.rs");
    for file in Recorded::files() {
        assert!(source.contains(&format!("\"{file}\"")), "{file} has no test");
    }
}

#[test]
fn a_lock_between_two_holders_and_a_drained_queue_stay_in_sight_while_their_directories_do() {
    for (file, path) in
        [("kazoo-2.11-lock", "/r/kazoo-2.11/lock"), ("curator-5.7-queue", "/r/curator-5.7/queue")]
    {
        let Recorded { revision, .. } = Recorded::tree(file);
        let path = ZnodePath::parse(path).unwrap();
        let before = (project::lock(&revision, &path, 9), project::queue(&revision, &path));
        let mut tree = revision.tree.clone();
        let children: Vec<String> =
            tree.get(&path).unwrap().children().map(|(name, _)| name.to_owned()).collect();
        children.iter().for_each(|name| assert!(tree.remove(&path.child(name).unwrap())));
        let idle = revision.next(tree.clone(), revision.info.clone(), revision.at);
        match before {
            (Some(lock), None) => {
                let now = project::lock(&idle, &path, 9).unwrap();
                assert_eq!((now.kind, now.recipe), (lock.kind, lock.recipe));
                assert_eq!((now.held_by, now.blocked, now.held_since), (0, 0, None));
                assert_eq!(project::lock_paths(&idle, "", LockSort::Blocked), std::slice::from_ref(&path));
            }
            (None, Some(queue)) => {
                let now = project::queue(&idle, &path).unwrap();
                assert_eq!((now.kind, now.recipe, now.depth), (queue.kind, queue.recipe, 0));
                assert_eq!(project::items(&idle, &path, 0, 9).unwrap(), []);
            }
            other => panic!("{other:?}"),
        }
        assert!(tree.remove(&path));
        let gone = idle.next(tree, revision.info.clone(), revision.at);
        assert_eq!(project::lock(&gone, &path, 9), None);
        assert_eq!(project::queue(&gone, &path), None);
    }
}
