//! Every recipe that nobody recorded, drawn from its layout: who holds, who waits for whom, and what is refused.

use zooscope_model::project;
use zooscope_protocol::Confidence::{Certain, Likely};
use zooscope_protocol::{LockKind, MemberState};

use crate::drawn::Drawn;

#[test]
fn kazoo_lease_tells_its_end_and_stays_when_it_has_passed() {
    let lease = |end| {
        let holder = format!(r#"/l/lease_holder = {{"version": 1, "holder": "h", "end": "{end}"}}"#);
        Drawn::tree(&holder).is_lock("/l", "kazoo.NonBlockingLease", Certain, "lease_holder |")
    };
    let ended = lease("1970-01-01T00:00:01");
    assert_eq!((ended.kind, ended.findings[0].code.as_str()), (LockKind::Lease, "lease_ended"));
    assert_eq!((ended.held_by, ended.holders[0].state, ended.held_since), (0, MemberState::Present, None));
    assert_eq!(ended.holders[0].identity.as_deref(), Some("h"));
    let runs = lease("1970-01-01T00:00:02");
    assert_eq!((runs.findings[0].code.as_str(), runs.held_by), ("lease_runs", 1));
    assert_eq!(runs.holders[0].state, MemberState::Holding);
    let root = r#"/lease_holder = {"version": 1, "holder": "h", "end": "1970-01-01T00:00:02"}"#;
    Drawn::tree(root).is_lock("/", "kazoo.NonBlockingLease", Certain, "lease_holder |");
}

#[test]
fn curator_double_barrier_of_a_flink_job_is_none() {
    Drawn::tree("/jobs = \u{0}\n/jobs/a/{a} @1\n/jobs/a/{b} @2\n/jobs/a/other").is_nothing();
    Drawn::tree("/d/{a} @1\n/d/ready").is_lock("/d", "curator.DistributedDoubleBarrier", Certain, "{a} |");
}

#[test]
fn what_flink_locks_is_no_barrier() {
    // A Java object begins with these bytes.
    let flink = |data: &[u8]| {
        let mut built = crate::built::Built::default();
        built.create("/flink/c/jobgraphs/j", 0, data);
        built.create(&format!("/flink/c/jobgraphs/j/locks/{}", crate::built::guid(1)), 1, b"10.0.0.1");
        built
    };
    Drawn(flink(&[0xac, 0xed, 0, 5]).revision()).is_nothing();
    // It is read again when the data around it changes.
    let mut built = flink(b"");
    let before = built.revision();
    assert_eq!(Drawn(built.revision()).locks().len(), 1);
    let path = crate::built::at("/flink/c/jobgraphs/j");
    let mut record = built.tree.get(&path).unwrap().record().clone();
    record.data = std::sync::Arc::from(&[0xac, 0xed, 0, 5][..]);
    built.tree.put(&path, record);
    let after = Drawn(built.after(&before));
    assert_eq!(after.locks().len(), 0);
}

#[test]
fn directories_that_are_only_called_like_a_semaphore_s_are_none() {
    let path = "/app/locks";
    let mutex = Drawn::tree(
        "/app/locks/_c_{a}-lock-0000000000 @1\n/app/locks/_c_{b}-lock-0000000001 @2\n/app/leases/foo = x",
    );
    let stands = "_c_{a}-lock-0000000000 | _c_{b}-lock-0000000001>_c_{a}-lock-0000000000";
    let names = "curator.InterProcessMutex or curator.LeaderSelector or zookeeper-client.Lock";
    mutex.is_lock(path, names, Certain, stands);
    let written = Drawn::tree("/app/locks/lock-0000000000 @1\n/app/leases/foo = x");
    written.is_lock(path, "zookeeper-client.Lock or php-zookeeper-recipes.Lock", Likely, "lock-0000000000 |");
    let names = "curator.InterProcessSemaphoreV2 or curator.InterProcessSemaphoreMutex";
    // Between the first place in the queue and its lease is an instant; what stays so may be a mutex.
    let first = Drawn::tree("/s/locks/_c_{a}-lock-0000000000 @1\n/s/leases");
    first.is_lock("/s", names, Likely, "| _c_{a}-lock-0000000000>leases");
    // What is a semaphore stays one with a child too many, for its inner lock must be left alone.
    let spoilt = Drawn::tree(
        "/s/locks/_c_{a}-lock-0000000000 @1\n/s/leases/_c_{b}-lease-0000000000 @2\n/s/leases/note",
    );
    let lock = spoilt.is_lock("/s", names, Likely, "_c_{b}-lease-0000000000 | _c_{a}-lock-0000000000>leases");
    assert_eq!(lock.capacity, None, "no lease is pending");
    Drawn::tree("/q/entries/note\n/q/taken/_c_{a}-lock-0000000000 @1").is_lock(
        "/q/taken",
        "curator.InterProcessMutex or curator.LeaderSelector or zookeeper-client.Lock",
        Certain,
        "_c_{a}-lock-0000000000 |",
    );
    Drawn::tree("/x = 3\n/x/file\n/x-__lock__/{A}__lock__0000000000 @1").is_lock(
        "/x-__lock__",
        "kazoo.Lock or kazoo.Election or kazoo.WriteLock",
        Certain,
        "{A}__lock__0000000000 |",
    );
}

#[test]
fn aiozk_lock() {
    let lock = Drawn::tree("/l/lock-{A}-0000000001 @1\n/l/lock-{B}-0000000000 @2");
    let stands = "lock-{B}-0000000000 | lock-{A}-0000000001>lock-{B}-0000000000";
    lock.is_lock("/l", "aiozk.Lock", Certain, stands);
}

#[test]
fn aiozk_shared_lock() {
    let lock = Drawn::tree(
        "/l/read-{A}-0000000000 @1
         /l/write-{B}-0000000001 @2
         /l/read-{B}-0000000002 @3",
    );
    let stands = "read-{A}-0000000000 | write-{B}-0000000001>read-{A}-0000000000 read-{B}-0000000002>write-{B}-0000000001";
    assert_eq!(lock.is_lock("/l", "aiozk.SharedLock", Certain, stands).kind, LockKind::ReadWrite);
}

#[test]
fn aiozk_election_lease_and_party() {
    let election = Drawn::tree("/e/candidate-{A}-0000000000 @1\n/e/candidate-{B}-0000000001 @2");
    let stands = "candidate-{A}-0000000000 | candidate-{B}-0000000001>candidate-{A}-0000000000";
    election.is_lock("/e", "aiozk.LeaderElection", Certain, stands);
    let lease = Drawn::tree("/l/lease-{A}-0000000000 @1 = 1795473142.5\n/l/lease-{B}-0000000001 @2");
    let lease = lease.is_lock("/l", "aiozk.Lease", Certain, "lease-{A}-0000000000 lease-{B}-0000000001 |");
    assert_eq!((lease.kind, lease.holders[0].identity.as_deref()), (LockKind::Lease, None));
    let party = Drawn::tree("/p/me-{A}-0000000000 @1");
    assert_eq!(party.is_lock("/p", "aiozk.Party", Likely, "me-{A}-0000000000 |").kind, LockKind::Group);
}

#[test]
fn aiozk_double_barrier_fills_until_its_sentinel_is_there() {
    let filling = Drawn::tree("/d/worker-{A}-0000000000 @1");
    filling.is_lock("/d", "aiozk.DoubleBarrier", Likely, "| worker-{A}-0000000000>sentinel");
    let full = Drawn::tree("/d/worker-{A}-0000000000 @1\n/d/sentinel");
    full.is_lock("/d", "aiozk.DoubleBarrier", Certain, "worker-{A}-0000000000 |");
}

#[test]
fn zookeeper_crate_latch() {
    let latch = Drawn::tree("/l/latch-x-0000000000 @1\n/l/latch-y-0000000001 @2");
    let stands = "latch-x-0000000000 | latch-y-0000000001>latch-x-0000000000";
    latch.is_lock("/l", "zookeeper-crate.LeaderLatch", Likely, stands);
}

#[test]
fn ruby_locks() {
    let path = "/_zklocking/a__b";
    let lock = Drawn::tree("/_zklocking/a__b/ex0000000000 @1\n/_zklocking/a__b/ex0000000001 @2");
    lock.is_lock(path, "zk-ruby.ExclusiveLocker", Likely, "ex0000000000 | ex0000000001>ex0000000000");
    let shared = Drawn::tree(
        "/_zklocking/a__b/sh0000000000 @1
         /_zklocking/a__b/sh0000000001 @2
         /_zklocking/a__b/ex0000000002 @3
         /_zklocking/a__b/sh0000000003 @4",
    );
    let stands = "sh0000000000 sh0000000001 | ex0000000002>sh0000000001 sh0000000003>ex0000000002";
    shared.is_lock(path, "zk-ruby.SharedLocker or zk-ruby.ExclusiveLocker", Likely, stands);
}

#[test]
fn ruby_semaphore_does_not_say_who_waits() {
    let semaphore = Drawn::tree("/_zksemaphore/s/sem0000000000 @1\n/_zksemaphore/s/sem0000000001 @2");
    let stands = "sem0000000000 sem0000000001 |";
    let lock = semaphore.is_lock("/_zksemaphore/s", "zk-ruby.Semaphore", Likely, stands);
    assert_eq!((lock.capacity, lock.holders[0].state), (None, MemberState::Present));
}

#[test]
fn ruby_election_and_queue() {
    let election = Drawn::tree(
        "/_zkelection/e/ballot0000000000 @1
         /_zkelection/e/ballot0000000001 @2
         /_zkelection/e/leader_ack @1",
    );
    let stands = "ballot0000000000 | ballot0000000001>ballot0000000000";
    election.is_lock("/_zkelection/e", "zk-ruby.Election", Likely, stands);
    let queue = Drawn::tree("/_zkqueues/q/message0000000000 = x\n/_zkqueues/q/message0000000001 = y");
    queue.is_queue("/_zkqueues/q", "zk-ruby.MessageQueue", Likely, 2);
    Drawn::tree("/log/message0000000000 = x").is_nothing();
}

#[test]
fn php_lock_and_symfony_lock() {
    let php = Drawn::tree("/l/lock-0000000000 @1\n/l/lock-0000000001 @2");
    let stands = "lock-0000000000 | lock-0000000001>lock-0000000000";
    php.is_lock("/l", "zookeeper-client.Lock or php-zookeeper-recipes.Lock", Likely, stands);
    let symfony = Drawn::tree("/invoice @1 = MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    let lock = symfony.is_lock("/invoice", "symfony.ZookeeperStore", Likely, "invoice |");
    assert_eq!(lock.holders[0].identity, None, "a token names nobody");
    let two = Drawn::tree(
        "/s/a @1 = MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=
         /s/b @2 = MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    );
    assert_eq!(two.locks().iter().map(|lock| lock.path.as_str()).collect::<Vec<_>>(), ["/s/a", "/s/b"]);
}

#[test]
fn master_of_the_example() {
    let tree = "/master @1 = client-7\n/workers/worker-0000000000 @1\n/tasks/task-0000000000 = x";
    Drawn::tree(tree).is_lock("/master", "npm-zookeeper.Master", Likely, "master |");
    Drawn::tree("/master @1 = client-7").is_nothing();
}

#[test]
fn solr_election_with_two_of_one_number() {
    let election = Drawn::tree(
        "/overseer_elect/election/3-10.0.0.3:8983_solr-n_0000000001 @3
         /overseer_elect/election/1-10.0.0.1:8983_solr-n_0000000000 @1
         /overseer_elect/election/2-10.0.0.2:8983_solr-n_0000000001 @2
         /overseer_elect/leader @1",
    );
    let (first, second, third) = (
        "1-10.0.0.1:8983_solr-n_0000000000",
        "2-10.0.0.2:8983_solr-n_0000000001",
        "3-10.0.0.3:8983_solr-n_0000000001",
    );
    let stands = format!("{first} | {second}>{first} {third}>{second}");
    let lock = election.is_lock("/overseer_elect/election", "solr.LeaderElector", Certain, &stands);
    assert_eq!(lock.holders[0].identity.as_deref(), Some("10.0.0.1:8983_solr"));
    assert!(lock.hands_off.is_some());
    let shard =
        Drawn::tree("/collections/c/leader_elect/s1/election/1-n1:8983_solr-core_node3-n_0000000000 @1");
    let path = "/collections/c/leader_elect/s1/election";
    let lock = shard.is_lock(path, "solr.LeaderElector", Certain, "1-n1:8983_solr-core_node3-n_0000000000 |");
    assert_eq!(lock.holders[0].identity.as_deref(), Some("n1:8983_solr-core_node3"));
}

#[test]
fn solr_queues() {
    let state = Drawn::tree("/overseer/queue/qn-0000000000 = {}\n/overseer/queue/qn-0000000001 = {}");
    state.is_queue("/overseer/queue", "solr.OverseerQueue", Certain, 2);
    let tasks = Drawn::tree(
        "/overseer/collection-queue-work/qnr-0000000000 @1
         /overseer/collection-queue-work/qn-0000000000 = {}",
    );
    tasks.is_queue("/overseer/collection-queue-work", "solr.OverseerTaskQueue", Certain, 1);
}

#[test]
fn yarn_fencing_lock_that_stayed() {
    let tree = Drawn::tree("/rmstore/ZKRMStateRoot/RM_ZK_FENCING_LOCK");
    let path = "/rmstore/ZKRMStateRoot/RM_ZK_FENCING_LOCK";
    tree.is_lock(path, "yarn.ZKRMStateStore", Certain, "RM_ZK_FENCING_LOCK |");
}

#[test]
fn hive_locks_all_hold() {
    let tree = Drawn::tree(
        "/hive_zookeeper_namespace/db/t/ds=1
         /hive_zookeeper_namespace/db/t/LOCK-SHARED-0000000000 = hive_1:1795473142000:IMPLICIT:select * from t:10.0.0.5
         /hive_zookeeper_namespace/db/t/LOCK-SHARED-0000000001 @2 = hive_2:1795473143000:IMPLICIT:select 1:10.0.0.6",
    );
    let stands = "LOCK-SHARED-0000000000 LOCK-SHARED-0000000001 |";
    let lock =
        tree.is_lock("/hive_zookeeper_namespace/db/t", "hive.ZooKeeperHiveLockManager", Certain, stands);
    assert_eq!(lock.kind, LockKind::ReadWrite);
    assert_eq!(lock.holders[0].session, None, "it outlives its server");
    let identity = "10.0.0.5, query hive_1 (IMPLICIT): select * from t";
    assert_eq!(lock.holders[0].identity.as_deref(), Some(identity));
}

#[test]
fn hbase_table_lock_master_and_servers() {
    let table = Drawn::tree(
        "/hbase/table-lock/t/read-0000000000 @1
         /hbase/table-lock/t/write-0000000001 @2",
    );
    let stands = "read-0000000000 | write-0000000001>read-0000000000";
    table.is_lock("/hbase/table-lock/t", "hbase.TableLockManager", Certain, stands);
    let master = Drawn::tree("/hbase/master @1\n/hbase/hbaseid = x");
    master.is_lock("/hbase/master", "hbase.ActiveMasterManager", Certain, "master |");
    let servers = Drawn::tree("/hbase/hbaseid = x\n/hbase/rs/host-1,16020,1795473142000 @1");
    servers.is_lock("/hbase/rs", "hbase.RegionServers", Certain, "host-1,16020,1795473142000 |");
}

#[test]
fn kafka_controller_and_brokers() {
    let controller = Drawn::tree(
        r#"/kafka/controller @1 = {"version":1,"brokerid":7,"timestamp":"1795473142000"}
           /kafka/controller_epoch = 3
           /kafka/config/changes/config_change_0000000000 = {"version":2}
           /kafka/config/changes/config_change_0000000001 = {"version":2}"#,
    );
    let lock = controller.is_lock("/kafka/controller", "kafka.Controller", Certain, "controller |");
    assert_eq!(lock.holders[0].identity.as_deref(), Some("broker 7"));
    let brokers = Drawn::tree(r#"/brokers/ids/7 @1 = {"host":"kafka-7","port":9092}"#);
    let lock = brokers.is_lock("/brokers/ids", "kafka.Brokers", Certain, "7 |");
    assert_eq!(lock.holders[0].identity.as_deref(), Some("7 (kafka-7:9092)"));
}

#[test]
fn mesos_master() {
    let tree = Drawn::tree(
        r#"/mesos/json.info_0000000003 @2 = {"hostname":"m2","pid":"master@10.0.0.2:5050"}
           /mesos/json.info_0000000001 @1 = {"hostname":"m1","pid":"master@10.0.0.1:5050"}
           /mesos/log_replicas/0000000000 @1"#,
    );
    // The replicas of its log are members, and its masters are beside their directory.
    let locks = tree.locks();
    assert_eq!(locks.len(), 1);
    assert_eq!(locks[0].recipe.to_string(), "mesos.MasterContender");
    assert_eq!(locks[0].holders[0].identity.as_deref(), Some("master@10.0.0.1:5050"));
    assert_eq!((locks[0].blocked, locks[0].findings.len()), (1, 0));
}

#[test]
fn what_any_program_may_have_named_so_is_likely() {
    let info = Drawn::tree("/app/cache/info_0000000000 @1\n/app/cache/info_0000000001 @2");
    let stands = "info_0000000000 | info_0000000001>info_0000000000";
    assert_eq!(info.is_lock("/app/cache", "mesos.MasterContender", Likely, stands).hands_off, None);
    let master = Drawn::tree("/app/cache/info_0000000000 @1 = master@10.0.0.1:5050");
    assert!(
        master
            .is_lock("/app/cache", "mesos.MasterContender", Certain, "info_0000000000 |")
            .hands_off
            .is_some()
    );
    let candidates = Drawn::tree("/app/nodes/n_0000000000 @1\n/app/nodes/n_0000000001 @2");
    let names = "zookeeper.LeaderElectionSupport or zookeeper-docs.LeaderElection";
    candidates.is_lock("/app/nodes", names, Likely, "n_0000000000 | n_0000000001>n_0000000000");
}

#[test]
fn systems_that_use_curator_are_named_with_it() {
    for (path, recipe) in [
        ("/storm/leader-lock", "storm.LeaderElector or curator.LeaderLatch"),
        ("/flink/default/latch", "flink.LeaderElection or curator.LeaderLatch"),
        ("/flink/default/leaderlatch/dispatcher", "flink.LeaderElection or curator.LeaderLatch"),
        ("/druid/coordinator/_COORDINATOR", "druid.LeaderSelector or curator.LeaderLatch"),
        ("/druid/overlord/_OVERLORD", "druid.LeaderSelector or curator.LeaderLatch"),
        ("/spark/leader_election", "spark.LeaderElection or curator.LeaderLatch"),
    ] {
        let tree = format!("{path}/_c_{{a}}-latch-0000000000 @1 = host-1:6627\n/storm/supervisors\n");
        let tree = Drawn::tree(&tree);
        let lock = tree.is_lock(path, recipe, Certain, "_c_{a}-latch-0000000000 |");
        assert_eq!((lock.kind, lock.hands_off.is_some()), (LockKind::Election, true), "{path}");
    }
    for (path, kind, recipe) in [
        ("/nifi/leaders/Primary Node", "lock-", "nifi.LeaderElection or curator.LeaderSelector"),
        ("/oozie/locks/job-1", "lock-", "oozie.ZKLocksService or curator.InterProcessMutex"),
        ("/oozie/locks/job-1", "__WRIT__", "oozie.ZKLocksService or curator.InterProcessReadWriteLock"),
    ] {
        let tree = Drawn::tree(&format!("{path}/_c_{{a}}-{kind}0000000000 @1"));
        let lock = tree.is_lock(path, recipe, Certain, &format!("_c_{{a}}-{kind}0000000000 |"));
        assert!(lock.hands_off.is_some(), "{path}");
    }
    // Another's names that only look like a system's.
    let shop = Drawn::tree("/shop/leader-lock/_c_{a}-latch-0000000000 @1");
    let names = "storm.LeaderElector or curator.LeaderLatch";
    let lock = shop.is_lock("/shop/leader-lock", names, Likely, "_c_{a}-latch-0000000000 |");
    assert_eq!(lock.hands_off, None);
    let unified = Drawn::tree("/unified/leaders/x/_c_{a}-lock-0000000000 @1");
    let names = "curator.InterProcessMutex or curator.LeaderSelector or zookeeper-client.Lock";
    unified.is_lock("/unified/leaders/x", names, Certain, "_c_{a}-lock-0000000000 |");
    let plain = Drawn::tree("/app/leader/_c_{a}-latch-0000000000 @1");
    let names = "curator.LeaderLatch or zookeeper-client.Lock";
    assert_eq!(plain.is_lock("/app/leader", names, Certain, "_c_{a}-latch-0000000000 |").hands_off, None);
}

#[test]
fn bookkeeper_auditor_and_locks_on_ledgers() {
    let base = "/ledgers/underreplication";
    let auditor = Drawn::tree(
        "/ledgers/underreplication/auditorelection/V_0000000000 @1 = bookieId: \"10.0.0.1:3181\"
         /ledgers/underreplication/auditorelection/V_0000000001 @2",
    );
    let path = format!("{base}/auditorelection");
    auditor.is_lock(&path, "bookkeeper.AuditorElector", Certain, "V_0000000000 | V_0000000001>V_0000000000");
    let locks = Drawn::tree(
        "/ledgers/underreplication/ledgers/0000/0000/0000/0000/urL0000000123
         /ledgers/underreplication/locks/urL9000000123 @1
         /ledgers/underreplication/locks/urL0000000123 @2",
    );
    let path = format!("{base}/locks");
    let lock =
        locks.is_lock(&path, "bookkeeper.UnderreplicationLocks", Certain, "urL9000000123 urL0000000123 |");
    assert_eq!(lock.holders[0].sequence, None, "it is the id of a ledger");
}

#[test]
fn pulsar_accumulo_vitess_and_helix() {
    let pulsar = Drawn::tree(r#"/loadbalance/leader @1 = {"serviceUrl":"http://broker-1:8080"}"#);
    let lock = pulsar.is_lock("/loadbalance/leader", "pulsar.LeaderElectionService", Certain, "leader |");
    assert_eq!(lock.holders[0].identity.as_deref(), Some("http://broker-1:8080"));
    let accumulo = Drawn::tree(
        "/accumulo/i/managers/lock/zlock#{a}#0000000000 @1
         /accumulo/i/managers/lock/zlock#{b}#0000000001 @2",
    );
    let stands = "zlock#{a}#0000000000 | zlock#{b}#0000000001>zlock#{a}#0000000000";
    accumulo.is_lock("/accumulo/i/managers/lock", "accumulo.ServiceLock", Certain, stands);
    let vitess = Drawn::tree(
        r#"/vitess/global/keyspaces/k/locks/0000000000 @1 = {"Action":"Reshard","HostName":"h","UserName":"u"}"#,
    );
    let path = "/vitess/global/keyspaces/k/locks";
    let lock = vitess.is_lock(path, "vitess.Lock", Certain, "0000000000 |");
    assert_eq!(lock.holders[0].identity.as_deref(), Some("u@h"));
    let helix = Drawn::tree(r#"/pinot/CONTROLLER/LEADER @1 = {"id":"ctrl-1_9000"}"#);
    helix.is_lock("/pinot/CONTROLLER/LEADER", "helix.Controller", Certain, "LEADER |");
    let instances = Drawn::tree("/pinot/LIVEINSTANCES/Server_1 @1");
    instances.is_lock("/pinot/LIVEINSTANCES", "helix.LiveInstances", Certain, "Server_1 |");
}

#[test]
fn dubbo_registry_is_a_group() {
    let tree = Drawn::tree("/dubbo/com.x.Orders/providers/dubbo%3A%2F%2F10.0.0.1%3A20880 @1");
    let path = "/dubbo/com.x.Orders/providers";
    let lock = tree.is_lock(path, "dubbo.Registry", Certain, "dubbo%3A%2F%2F10.0.0.1%3A20880 |");
    assert_eq!(lock.kind, LockKind::Group);
}

#[test]
fn a_delay_that_is_long_past_does_not_make_ids_of_the_times() {
    let framed = "= \u{0}\u{1}\u{0}\u{1}\u{1}\u{0}\u{0}\u{0}\u{1}x\u{2}";
    let queue = |fields: [&str; 2]| {
        let items = fields
            .iter()
            .enumerate()
            .map(|(number, field)| format!("/q/queue-|{field}|{number:010} {framed}"));
        Drawn::tree(&items.collect::<Vec<_>>().join("\n"))
    };
    let delay = queue(["19A00000000", "00001388"]);
    delay.is_queue("/q", "curator.DistributedDelayQueue", Certain, 2);
    let items = project::items(&delay.0, &crate::built::at("/q"), 0, 9).unwrap();
    let due: Vec<_> = items.iter().map(|item| item.not_before.unwrap().0).collect();
    assert_eq!(due, [5_000, 0x19A_0000_0000], "the one that is due is taken first");
    queue(["DEADBEEF", "00001388"]).is_queue("/q", "curator.DistributedIdQueue", Certain, 2);
    queue(["19A00000000", "order"]).is_queue("/q", "curator.DistributedIdQueue", Certain, 2);
}

#[test]
fn curator_shard_of_a_queue() {
    let queue =
        Drawn::tree("/q/queue-{a}/queue-0000000000 = \u{0}\u{1}\u{0}\u{1}\u{1}\u{0}\u{0}\u{0}\u{1}x\u{2}");
    let path = "/q/queue-129fe62a-2e13-4a62-aa42-cdf1a4d5a9f5";
    queue.is_queue(path, "curator.QueueSharder or curator.DistributedQueue", Certain, 1);
}

#[test]
fn hand_written_locks_are_likely_by_what_a_name_says() {
    let lock = Drawn::tree("/jobs/writelock_0000000000 @1\n/jobs/writelock_0000000001 @2");
    let stands = "writelock_0000000000 | writelock_0000000001>writelock_0000000000";
    lock.is_lock("/jobs", "zookeeper-docs.Lock", Likely, stands);
    let bare = Drawn::tree("/app/locks/orders/0000000000 @1");
    bare.is_lock("/app/locks/orders", "zookeeper-docs.Lock", Likely, "0000000000 |");
    let election = Drawn::tree("/app/leader/guid-7-0000000000 @1");
    election.is_lock("/app/leader", "zookeeper-docs.LeaderElection", Likely, "guid-7-0000000000 |");
    let shared = Drawn::tree("/l/read-0000000000 @1\n/l/write-0000000001 @2");
    let stands = "read-0000000000 | write-0000000001>read-0000000000";
    shared.is_lock("/l", "zookeeper-docs.SharedLock", Likely, stands);
}

#[test]
fn a_sequence_that_is_no_lock_is_not_shown_as_one() {
    for tree in [
        // Kafka, Debezium, Mesos, any application's log: persistent, or without a word of locks.
        "/config/changes/config_change_0000000000 = {}\n/config/changes/config_change_0000000001 = {}",
        "/app/log/record-0000000000 = x\n/app/log/record-0000000001 = y",
        "/app/locks/lock-0000000000 = x",
        "/mesos/log_replicas/0000000000 @1\n/mesos/log_replicas/0000000001 @2",
        // Membership.
        "/hiveserver2/serverUri=h1:10001;version=2;sequence=0000000000 @1
         /hiveserver2/serverUri=h2:10001;version=2;sequence=0000000001 @2",
        "/service/users/member_0000000000 @1\n/service/users/member_0000000001 @2",
        "/leader/member_0000000000 @1\n/leader/member_0000000001 @2",
        "/workers/worker-0000000000 @1",
        // ClickHouse's blocks.
        "/ch/temp/abandonable_lock-0000000000 @1",
        "/ch/block_numbers/202601/block-0000000000 @1",
        // A lock directory with something else in it.
        "/locks/x/0000000000 @1\n/locks/x/config",
        // BookKeeper's queue of ledgers, whose digits are ids.
        "/ledgers/underreplication/ledgers/0000/0000/0000/0000/urL0000000123",
        // One service, however many its znodes are.
        "/services/orders/a @1\n/services/orders/b @1",
        // A znode like a system's own, without what is around it.
        "/x/controller @1\n/x/leader @1\n/x/master @1\n/x/sub/y",
    ] {
        Drawn::tree(tree).is_nothing();
    }
}
