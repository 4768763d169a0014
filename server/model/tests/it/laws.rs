//! Laws on arbitrary trees: what is kept by changes equals what is made from scratch, in whatever order things came.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use zooscope_model::{Catalog, DifferenceKind, Put, Record, Revision, Tree, diff, project};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::{Delta, LockKind, Member, SessionId, Stat, Status, Timestamp, View, ZnodePath, Zxid};

use crate::built::Built;
use crate::recorded::info;

const UUIDS: [&str; 3] = [
    "0ce3bb87-0cf9-4763-bb37-1e94d0ab7deb",
    "eeb9107a-a40e-4e47-bc83-510c11afbfa4",
    "3e99de5a-6a44-4a37-b8a3-ffb1190076aa",
];

/// Names that say what is around them.
const SINGLES: [&str; 19] = [
    "ready",
    "sentinel",
    "leader_ack",
    "lease_holder",
    "party",
    "controller",
    "controller_epoch",
    "leader",
    "members",
    "initialize",
    "master",
    "hbaseid",
    "workers",
    "tasks",
    "rs",
    "ActiveStandbyElectorLock",
    "election",
    "leader-lock",
    "supervisors",
];

/// A name as some library gives it, or any other.
fn name() -> impl Strategy<Value = String> {
    let numbered = (0..3_usize, -2..6_i32).prop_flat_map(|(uuid, number)| {
        let guid = UUIDS[uuid];
        let hex = guid.replace('-', "");
        prop_oneof![
            Just(format!("{hex}__lock__{number:010}")),
            Just(format!("{hex}__rlock__{number:010}")),
            Just(format!("_c_{guid}-lock-{number:010}")),
            Just(format!("_c_{guid}-latch-{number:010}")),
            Just(format!("_c_{guid}-lease-{number:010}")),
            Just(format!("_c_{guid}-__READ__{number:010}")),
            Just(format!("_c_{guid}-__WRIT__{number:010}")),
            Just(format!("_c_{hex}-lock-{number:010}")),
            Just(format!("entry-{:03}-{number:010}", number.unsigned_abs() * 50)),
            Just(format!("queue-{number:010}")),
            Just(format!("queue-|x{uuid}|{number:010}")),
            Just(format!("queue-|0000138{uuid}|{number:010}")),
            Just(format!("queue-{number:010}{:010}", uuid)),
            Just(format!("lock-{number:010}")),
            Just(format!("mine-lock-{number:010}")),
            Just(format!("queue-|1A20A70803{uuid}|{number:010}")),
            Just(format!("queue-10000000{uuid}{number:010}")),
            Just(format!("qn-{number:010}")),
            Just(format!("n_{number:010}")),
            Just(format!("n-{number:010}")),
            Just(format!("x-{uuid}-{number:010}")),
            Just(format!("{hex}__party__")),
            Just(format!("{hex}-2")),
            Just(format!("lock-{hex}-{number:010}")),
            Just(format!("read-{hex}-{number:010}")),
            Just(format!("write-{hex}-{number:010}")),
            Just(format!("candidate-{hex}-{number:010}")),
            Just(format!("lease-{hex}-{number:010}")),
            Just(format!("worker-{hex}-{number:010}")),
            Just(format!("me-{hex}-{number:010}")),
            Just(format!("latch-x-{number:010}")),
            Just(format!("ex{number:010}")),
            Just(format!("sh{number:010}")),
            Just(format!("sem{number:010}")),
            Just(format!("ballot{number:010}")),
            Just(format!("message{number:010}")),
            Just(format!("qnr-{number:010}")),
            Just(format!("{uuid}-n{uuid}:8983_solr-n_{number:010}")),
            Just(format!("query-{number:010}")),
            Just(format!("leader_election-{number:010}")),
            Just(format!("LOCK-SHARED-{number:010}")),
            Just(format!("LOCK-EXCLUSIVE-{number:010}")),
            Just(format!("read-{number:010}")),
            Just(format!("write-{number:010}")),
            Just(format!("json.info_{number:010}")),
            Just(format!("V_{number:010}")),
            Just(format!("urL{number:010}")),
            Just(format!("zlock#{guid}#{number:010}")),
            Just(format!("{number:010}")),
            Just(format!("member_{number:010}")),
            Just(format!("mylock_{number:010}")),
            Just(guid.to_owned()),
            Just(hex),
        ]
        .boxed()
    });
    let directory = prop_oneof![
        Just("leases"),
        Just("locks"),
        Just("entries"),
        Just("taken"),
        Just("s"),
        Just("s-__lock__"),
        Just("s-locks"),
        Just("a")
    ];
    let single = proptest::sample::select(&SINGLES);
    prop_oneof![6 => numbered, 3 => directory.prop_map(str::to_owned), 2 => single.prop_map(str::to_owned), 1 => "[a-z!~é]{1,3}"]
}

pub(crate) fn path() -> impl Strategy<Value = ZnodePath> {
    let directories = prop_oneof![
        Just("s"),
        Just("s-__lock__"),
        Just("s-locks"),
        Just("a"),
        Just("locks"),
        Just("leases"),
        Just("entries"),
        Just("taken"),
        Just("party"),
        Just("members"),
        Just("rs"),
        Just("election"),
        Just("leader-lock"),
    ];
    (proptest::collection::vec(directories, 0..3), name()).prop_map(|(directories, name)| {
        let text: String =
            directories.iter().chain([&name.as_str()]).map(|segment| format!("/{segment}")).collect();
        ZnodePath::parse(&text).unwrap()
    })
}

prop_compose! {
    fn record()(
        czxid in 1..50_i64,
        owner in prop_oneof![3 => 1..4_i64, 1 => Just(0_i64)],
        data in prop_oneof![Just(b"".to_vec()), Just(b"2".to_vec()), Just(b"\x00\x01\x00\x01\x01\x00\x00\x00\x01a\x02".to_vec()), Just(vec![0x12, 0x34]), Just(vec![0xac, 0xed]), Just(b"format version: 4".to_vec()), Just(b"version: 1".to_vec()), Just(br#"{"version": 1, "holder": "h", "end": "2026-11-23T22:04:55"}"#.to_vec()), Just(b"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_vec())],
        readable in prop_oneof![9 => Just(true), 1 => Just(false)],
    ) -> Record {
        let stat = Stat {
            czxid: Zxid(czxid),
            ctime: Timestamp(czxid),
            ephemeral_owner: owner,
            data_length: i32::try_from(data.len()).unwrap(),
            ..Stat::default()
        };
        Record { stat, data: Arc::from(data), readable }
    }
}

/// Something that happens to a tree.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Put(ZnodePath, Record),
    Remove(ZnodePath),
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        5 => (path(), record()).prop_map(|(path, record)| Change::Put(path, record)),
        1 => path().prop_map(Change::Remove),
    ]
}

pub(crate) fn directory() -> Record {
    Record { stat: Stat { czxid: Zxid(1), ..Stat::default() }, data: Arc::from([]), readable: true }
}

pub(crate) fn apply(tree: &mut Tree, change: &Change) {
    match change {
        Change::Remove(path) => {
            tree.remove(path);
        }
        Change::Put(path, record) => {
            let mut missing: Vec<ZnodePath> = std::iter::successors(path.parent(), ZnodePath::parent)
                .take_while(|parent| tree.get(parent).is_none())
                .collect();
            while let Some(parent) = missing.pop() {
                assert_eq!(tree.put(&parent, directory()), Put::Created);
            }
            tree.put(path, record.clone());
        }
    }
}

pub(crate) fn views(path: &ZnodePath) -> Vec<View> {
    let query = String::new;
    vec![
        View::Status,
        View::Overview,
        View::Locks { query: query(), sort: LockSort::Blocked, limit: 50 },
        View::Queues { query: query(), sort: QueueSort::Oldest, limit: 50 },
        View::Lock { path: path.clone() },
        View::Queue { path: path.clone(), start: 0, limit: 50 },
        View::Children { path: path.clone(), query: query(), start: 0, limit: 50 },
        View::Node { path: path.clone() },
        View::Sessions { query: query(), limit: 50 },
        View::Sessions { query: "s".to_owned(), limit: 2 },
        View::Session { session: SessionId(1) },
        View::Waits,
        View::Findings { code: None, limit: 50 },
    ]
}

/// Whether somebody is stuck for ever, found slowly: sessions that can go on leave what they hold and wait for, until none can.
fn some_are_stuck(revision: &Revision) -> bool {
    let paths = project::lock_paths(revision, "", LockSort::Path);
    let locks: Vec<_> = paths.iter().map(|path| project::lock(revision, path, usize::MAX).unwrap()).collect();
    let sessions =
        |members: &[Member]| members.iter().filter_map(|member| member.session).collect::<BTreeSet<_>>();
    let mut stuck: BTreeSet<SessionId> = locks.iter().flat_map(|lock| sessions(&lock.waiters)).collect();
    loop {
        let blocked = |session: &SessionId| {
            locks.iter().filter(|lock| sessions(&lock.waiters).contains(session)).any(|lock| {
                let holders = sessions(&lock.holders);
                if lock.kind == LockKind::Semaphore {
                    !holders.is_empty() && !holders.contains(session) && holders.is_subset(&stuck)
                } else {
                    holders.iter().any(|holder| holder != session && stuck.contains(holder))
                }
            })
        };
        let left: BTreeSet<SessionId> = stuck.iter().copied().filter(blocked).collect();
        if left.len() == stuck.len() {
            return !stuck.is_empty();
        }
        stuck = left;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn kept_by_changes_it_equals_what_is_made_from_scratch(batches in proptest::collection::vec(proptest::collection::vec(change(), 1..8), 1..8)) {
        let mut tree = Tree::default();
        let mut catalog = Catalog::of(&tree);
        for batch in &batches {
            let before = tree.clone();
            batch.iter().for_each(|change| apply(&mut tree, change));
            let differences = diff(&before, &tree);
            catalog = catalog.update(&before, &tree, &differences);
            prop_assert_eq!(&catalog, &Catalog::of(&tree));
        }
    }

    #[test]
    fn deadlocks_are_those_that_are_found_by_taking_away_whoever_can_go_on(contenders in proptest::collection::vec((0..4_usize, 1..6_i64), 0..24), semaphore in proptest::collection::vec(1..6_i64, 0..3), queued in proptest::collection::vec(1..6_i64, 0..3)) {
        let mut built = Built::default();
        if !semaphore.is_empty() {
            built.semaphore("/s", &semaphore, &queued);
        }
        for lock in 0..4 {
            let line: Vec<i64> = contenders.iter().filter(|(at, _)| *at == lock).map(|(_, session)| *session).collect();
            built.kazoo(&format!("/l/{lock}"), &line);
        }
        let revision = built.revision();
        prop_assert_eq!(!zooscope_model::deadlocks(&revision).is_empty(), some_are_stuck(&revision));
    }

    #[test]
    fn the_order_in_which_znodes_came_does_not_matter(puts in proptest::collection::btree_map(path(), record(), 0..40), seed in any::<u64>()) {
        let mut forward = Tree::default();
        puts.iter().for_each(|(path, record)| apply(&mut forward, &Change::Put(path.clone(), record.clone())));
        // Znodes are put parents first; beyond that in an order that the seed chooses.
        let mut shuffled: Vec<_> = puts.iter().collect();
        shuffled.sort_by_key(|(path, _)| {
            let mixed = path.as_str().bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
            (path.depth(), mixed)
        });
        let mut other = Tree::default();
        shuffled.into_iter().for_each(|(path, record)| apply(&mut other, &Change::Put(path.clone(), record.clone())));
        prop_assert_eq!(Catalog::of(&forward), Catalog::of(&other));
    }

    #[test]
    fn a_difference_is_what_differs(changes in proptest::collection::vec(change(), 0..30), later in proptest::collection::vec(change(), 0..10)) {
        let mut before = Tree::default();
        changes.iter().for_each(|change| apply(&mut before, change));
        let mut after = before.clone();
        later.iter().for_each(|change| apply(&mut after, change));
        let differences = diff(&before, &after);
        for (path, znode) in after.walk() {
            let expected = match before.get(&path) {
                None => Some(DifferenceKind::Created),
                Some(was) if was.record() != znode.record() => Some(DifferenceKind::Changed),
                Some(_) => None,
            };
            let told = differences.iter().filter(|difference| difference.path == path).map(|d| d.kind).collect::<Vec<_>>();
            prop_assert_eq!(told, expected.into_iter().collect::<Vec<_>>(), "{}", path);
        }
        let gone = before.walk().filter(|(path, _)| after.get(path).is_none()).count();
        prop_assert_eq!(differences.iter().filter(|d| d.kind == DifferenceKind::Deleted).count(), gone);
        prop_assert_eq!(after.len(), after.walk().count() as u64);
    }

    #[test]
    fn what_is_sent_of_a_change_makes_each_view_what_it_is(changes in proptest::collection::vec(change(), 0..40), later in proptest::collection::vec(change(), 1..10), at in path()) {
        let mut tree = Tree::default();
        changes.iter().for_each(|change| apply(&mut tree, change));
        let before = Revision::first(info(Status::Scanning), Timestamp(0)).next(tree.clone(), info(Status::Live), Timestamp(1_000));
        later.iter().for_each(|change| apply(&mut tree, change));
        let after = before.next(tree, info(Status::Live), Timestamp(2_000));
        let locks = project::lock_paths(&after, "", LockSort::Path).into_iter().map(|path| View::Lock { path });
        let queues = project::queue_paths(&after, "", QueueSort::Path).into_iter().map(|path| View::Queue { path, start: 0, limit: 1_000 });
        for view in views(&at).into_iter().chain(locks).chain(queues) {
            let (was, is) = (project(&before, &view), project(&after, &view));
            let mut shown = was.clone();
            if let Some(delta) = Delta::between(&was, &is) {
                prop_assert!(shown.apply(delta).is_ok());
            }
            prop_assert_eq!(&shown, &is, "{:?}", view);
        }
    }

    #[test]
    fn every_view_of_every_tree_can_be_shown_and_counts_agree(changes in proptest::collection::vec(change(), 0..40), at in path()) {
        let mut tree = Tree::default();
        changes.iter().for_each(|change| apply(&mut tree, change));
        let first = Revision::first(info(Status::Scanning), Timestamp(0));
        let revision = first.next(tree.clone(), info(Status::Live), Timestamp(1_000));
        for view in views(&at).iter().chain(&views(&at.parent().unwrap())) {
            project(&revision, view);
        }
        for path in project::lock_paths(&revision, "", LockSort::Path) {
            let lock = project::lock(&revision, &path, usize::MAX).unwrap();
            prop_assert_eq!(lock.held_by as usize, lock.holders.len(), "holders of {}", &path);
            prop_assert_eq!(lock.blocked as usize, lock.waiters.len(), "waiters of {}", &path);
        }
        for path in project::queue_paths(&revision, "", QueueSort::Path) {
            let queue = project::queue(&revision, &path).unwrap();
            let items = project::items(&revision, &path, 0, usize::MAX).unwrap();
            prop_assert_eq!(queue.depth as usize, items.len(), "items of {}", &path);
            prop_assert!(items.windows(2).all(|pair| pair[0].order(&pair[1]).is_lt()), "{}", &path);
        }
        let ephemeral = tree.walk().filter(|(_, znode)| znode.stat().owner().is_some()).count();
        let sessions = project::sessions(&revision, "", usize::MAX);
        let owned: u32 = sessions.rows.iter().map(|session| session.ephemerals).sum();
        prop_assert_eq!(owned as usize, ephemeral, "each ephemeral znode belongs to one session");
        for session in &sessions.rows {
            let detail = project::session(&revision, session.session);
            prop_assert_eq!(detail.ephemerals.len(), session.ephemerals as usize);
            prop_assert_eq!(detail.session.as_deref(), Some(session));
        }
        let again = first.next(tree.clone(), info(Status::Live), Timestamp(1_000));
        for view in views(&at) {
            prop_assert_eq!(project(&again, &view), project(&revision, &view), "the same tree gives the same answer");
        }
        let later = revision.tick(Timestamp(2_000));
        for deadlock in later.iter().flat_map(zooscope_model::deadlocks) {
            prop_assert!(deadlock.confirmed, "nothing changed for a second");
            let chain = &deadlock.members;
            prop_assert!(chain.len() > 1);
            for (one, next) in chain.iter().zip(chain.iter().cycle().skip(1)) {
                prop_assert_eq!(&one.waits_for, &next.holds, "each holds what the one before it waits for");
                let lock = project::lock(&revision, &next.holds, usize::MAX).unwrap();
                prop_assert!(lock.holders.iter().any(|holder| holder.session == Some(next.session)));
                prop_assert!(lock.behind >= lock.blocked);
            }
        }
    }
}
