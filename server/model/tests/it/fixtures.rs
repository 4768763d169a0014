//! Every recorded tree is a test by itself: what the clients said of themselves against what is recognised.

use crate::recorded::Recorded;
use zooscope_model::project;
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::{Confidence, Item, Lock, LockKind, Member, MemberState, Queue, QueueKind, ZnodePath};

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
            assert!(pair[0].order(&pair[1]).is_lt(), "{} before {}", pair[0].name, pair[1].name);
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

/// The one group or barrier with the members that the clients told, all of them in this state.
fn is_together(name: &str, kind: LockKind, recipe: &str, key: &str, state: MemberState) -> Lock {
    let recorded = Recorded::tree(name);
    assert_eq!(queues(&recorded), []);
    let [lock] = locks(&recorded).try_into().unwrap();
    assert_eq!(lock.kind, kind);
    assert_eq!(lock.recipe.to_string(), recipe);
    let members: Vec<_> = lock.holders.iter().chain(&lock.waiters).collect();
    assert!(members.iter().all(|member| member.state == state), "{members:?}");
    recorded.expects(key, &paths(members));
    lock
}

macro_rules! groups_of {
    ($($test:ident: $file:literal, $recipe:literal;)*) => {
        $(#[test]
        fn $test() {
            let group = is_together($file, LockKind::Group, $recipe, "members", MemberState::Present);
            assert!(group.findings.is_empty());
        })*
    };
}

groups_of! {
    kazoo_party: "kazoo-2.11-party", "kazoo.Party";
    kazoo_shallow_party: "kazoo-2.11-shallow-party", "kazoo.ShallowParty";
    curator_group_member: "curator-5.7-group-member", "curator.GroupMember or zookeeper-docs.GroupMembership";
}

macro_rules! barriers_of {
    ($($test:ident: $filling:literal, $full:literal, $recipe:literal;)*) => {
        $(#[test]
        fn $test() {
            let lock = |file, state| is_together(file, LockKind::Barrier, $recipe, "participants", state);
            let filling = lock($filling, MemberState::Waiting);
            let ready = filling.path.child("ready").unwrap();
            assert!(filling.waiters.iter().all(|waiter| waiter.waits_for.as_ref() == Some(&ready)));
            assert_eq!((filling.held_by, filling.confidence), (0, Confidence::Likely));
            let full = lock($full, MemberState::Holding);
            assert_eq!((full.blocked, full.confidence), (0, Confidence::Certain));
            assert!(full.hands_off.is_some() && full.findings.is_empty());
        })*
    };
}

barriers_of! {
    kazoo_double_barrier: "kazoo-2.11-double-barrier-entering", "kazoo-2.11-double-barrier-ready", "kazoo.DoubleBarrier";
    curator_double_barrier: "curator-5.7-double-barrier-entering", "curator-5.7-double-barrier-ready", "curator.DistributedDoubleBarrier";
}

#[test]
fn the_locks_of_a_set_partitioner_are_locks_and_its_party_is_a_group() {
    let recorded = Recorded::tree("kazoo-2.11-set-partitioner");
    assert_eq!(queues(&recorded), []);
    let (groups, partitions): (Vec<_>, Vec<_>) =
        locks(&recorded).into_iter().partition(|lock| lock.kind == LockKind::Group);
    assert_eq!(groups[0].recipe.to_string(), "kazoo.SetPartitioner");
    assert_eq!((groups.len(), groups[0].holders.len(), partitions.len()), (1, 2, 3));
    for who in groups[0].holders.iter() {
        let name = who.identity.as_deref().unwrap().strip_prefix("worker-").unwrap();
        let mut held: Vec<_> = partitions
            .iter()
            .filter(|lock| lock.holders[0].session == who.session)
            .map(|lock| lock.path.name())
            .collect();
        held.sort_unstable();
        let expected = recorded.expected[name].as_array().unwrap().iter().map(|item| item.as_str().unwrap());
        assert_eq!(held, expected.collect::<Vec<_>>());
    }
}

#[test]
fn kazoo_lease_names_its_holder_and_its_end() {
    let recorded = Recorded::tree("kazoo-2.11-nonblocking-lease");
    let [lock] = locks(&recorded).try_into().unwrap();
    assert_eq!((lock.kind, lock.recipe.to_string().as_str()), (LockKind::Lease, "kazoo.NonBlockingLease"));
    assert_eq!(lock.holders[0].identity.as_deref(), recorded.expected["holder"].as_str());
    assert_eq!(lock.holders[0].session, None);
    let runs = &lock.findings[0];
    assert_eq!(runs.code, "lease_runs");
    assert!(runs.sentence.contains("2026-11-23 22:04:55 UTC"), "{}", runs.sentence);
}

#[test]
fn kazoo_leases_are_as_many_as_were_obtained() {
    let recorded = Recorded::tree("kazoo-2.11-multi-nonblocking-lease");
    let locks = locks(&recorded);
    let obtained =
        recorded.expected["obtained"].as_array().unwrap().iter().filter(|told| told.as_bool() == Some(true));
    assert_eq!(locks.len(), obtained.count());
    assert!(locks.iter().all(|lock| lock.recipe.0[0] == "kazoo.MultiNonBlockingLease" && lock.held_by == 1));
}

#[test]
fn hadoop_elector_is_left_alone() {
    let recorded = Recorded::tree("hadoop-active-standby-elector");
    let [lock] = locks(&recorded).try_into().unwrap();
    assert_eq!(
        (lock.kind, lock.recipe.to_string().as_str()),
        (LockKind::Election, "hadoop.ActiveStandbyElector")
    );
    recorded.expects("holders", &paths(&lock.holders));
    recorded.expects("waiters", &paths(&lock.waiters));
    assert_eq!(lock.holders[0].identity.as_deref(), Some("data-of-nn1:8020"));
    assert!(lock.hands_off.is_some());
}

#[test]
fn patroni_has_a_leader_and_members_and_is_left_alone() {
    let recorded = Recorded::tree("patroni");
    let [leader, members] = locks(&recorded).try_into().unwrap();
    assert_eq!((leader.kind, members.kind), (LockKind::Election, LockKind::Group));
    recorded.expects("holders", &paths(&leader.holders));
    recorded.expects("members", &paths(&members.holders));
    assert_eq!(leader.holders[0].identity.as_deref(), Some("pg0"));
    assert!(leader.hands_off.is_some() && members.hands_off.is_some());
}

#[test]
fn clickhouse_has_queues_and_an_election_and_is_left_alone() {
    let recorded = Recorded::not_lock("clickhouse-replicated");
    let [election] = locks(&recorded).try_into().unwrap();
    assert_eq!(election.recipe.to_string(), "clickhouse.LeaderElection");
    assert_eq!(election.holders[0].identity.as_deref(), Some("r1"));
    assert!(election.hands_off.is_some() && election.findings.is_empty());
    // The table's log, its blocks and its mutations are no queue that anybody consumes.
    let queues = queues(&recorded);
    let told: Vec<_> =
        queues.iter().map(|queue| (queue.path.as_str(), queue.recipe.to_string(), queue.depth)).collect();
    let depth =
        |replica: &str| u32::try_from(recorded.expected["queue_depth"][replica].as_u64().unwrap()).unwrap();
    let replication = || "clickhouse.ReplicationQueue".to_owned();
    assert_eq!(
        told,
        [
            ("/clickhouse/tables/01/t/replicas/r1/queue", replication(), depth("r1")),
            ("/clickhouse/tables/01/t/replicas/r2/queue", replication(), depth("r2")),
            ("/clickhouse/task_queue/ddl", "clickhouse.DDLWorker".to_owned(), 1),
        ]
    );
    assert!(queues.iter().all(|queue| queue.hands_off.is_some() && queue.findings.is_empty()));
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
    kazoo_barrier: tree("kazoo-2.11-barrier");
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
