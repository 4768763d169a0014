//! Plans on recorded trees: what would be done, and what is refused with which code.

use zooscope_model::{Tree, plan, project};
use zooscope_protocol::{Action, Lock, Member, Plan, RefusalCode, Step, Target, ZnodePath, Zxid};

use crate::built::{Built, at, guid};
use crate::recorded::Recorded;

fn target(member: &Member) -> Target {
    Target {
        path: member.path.clone(),
        czxid: member.czxid,
        version: member.version,
        session: member.session,
    }
}

fn release(recorded: &Recorded, member: &Member) -> Result<Plan, RefusalCode> {
    plan(&recorded.revision, "demo", &Action::Release(target(member))).map_err(|refusal| refusal.code)
}

fn requeue(recorded: &Recorded, queue: &str, item: usize) -> Result<Plan, RefusalCode> {
    let queue = ZnodePath::parse(queue).unwrap();
    let item = &project::items(&recorded.revision, &queue, item, 1).unwrap()[0];
    let target = Target { path: item.path.clone(), czxid: item.czxid, version: item.version, session: None };
    plan(&recorded.revision, "demo", &Action::Requeue(target.into())).map_err(|refusal| refusal.code)
}

fn the_lock(recorded: &Recorded) -> Lock {
    let paths = project::lock_paths(&recorded.revision, "", zooscope_protocol::lock::LockSort::Path);
    project::lock(&recorded.revision, &paths[0], usize::MAX).unwrap()
}

fn codes(clauses: &[zooscope_protocol::Clause]) -> Vec<&str> {
    clauses.iter().map(|clause| clause.code.as_str()).collect()
}

#[test]
fn a_kazoo_lock_is_released_with_its_directory_pinned() {
    let recorded = Recorded::tree("kazoo-2.11-lock");
    let lock = the_lock(&recorded);
    let holder = &lock.holders[0];
    let plan = release(&recorded, holder).unwrap();
    let parent = recorded.revision.tree.get(&lock.path).unwrap().stat().czxid;
    assert_eq!(
        plan.steps,
        [
            Step::Pin { path: lock.path.clone(), czxid: parent },
            Step::Delete { path: holder.path.clone(), version: 0 }
        ]
    );
    assert_eq!(plan.confirm.expected, holder.session.unwrap().last8());
    assert_eq!(codes(&plan.warnings), ["old_holder_not_told", "no_undo"]);
    assert_eq!(codes(&plan.effects), ["next_holder", "still_waiting", "old_release", "session_lives"]);
    assert!(plan.effects[0].sentence.contains(&lock.waiters[0].session.unwrap().to_string()));
    assert_eq!(plan.digest.len(), 64);
}

#[test]
fn names_with_a_uuid_need_no_pin() {
    for file in [
        "curator-5.7-mutex",
        "curator-5.7-rwlock",
        "curator-5.7-leader-latch",
        "curator-5.7-semaphore",
        "go-zookeeper-lock",
        "rust-zookeeper-client-curator-lock",
    ] {
        let recorded = Recorded::tree(file);
        let holder = &the_lock(&recorded).holders[0];
        let plan = release(&recorded, holder).unwrap();
        assert_eq!(
            plan.steps,
            [Step::Delete { path: holder.path.clone(), version: holder.version }],
            "{file}"
        );
    }
}

#[test]
fn a_kazoo_lease_is_touched_first() {
    let recorded = Recorded::tree("kazoo-2.11-semaphore");
    let holder = &the_lock(&recorded).holders[0];
    let plan = release(&recorded, holder).unwrap();
    assert!(matches!(plan.steps.as_slice(), [Step::Touch { .. }, Step::Delete { .. }]));
}

#[test]
fn a_release_of_a_reader_says_that_the_writer_still_waits_for_the_other() {
    let recorded = Recorded::tree("kazoo-2.11-rwlock");
    let plan = release(&recorded, &the_lock(&recorded).holders[0]).unwrap();
    assert_eq!(codes(&plan.effects), ["next_still_waits", "still_waiting", "old_release", "session_lives"]);
}

#[test]
fn a_reader_that_waits_for_a_writer_goes_on_beside_the_readers_that_remain() {
    // Curator's downgrade: the writer reads already, and another session waits to read.
    let mut built = Built::default();
    built.own(&format!("/l/_c_{}-__WRIT__0000000001", guid(1)), 1);
    built.own(&format!("/l/_c_{}-__READ__0000000002", guid(2)), 1);
    built.own(&format!("/l/_c_{}-__READ__0000000003", guid(3)), 2);
    let revision = built.revision();
    let lock = project::lock(&revision, &at("/l"), 9).unwrap();
    let writer = lock.holders.iter().find(|holder| holder.name.contains("__WRIT__")).unwrap();
    let plan = plan(&revision, "demo", &Action::Release(target(writer))).unwrap();
    assert_eq!(plan.effects[0].code, "next_holder", "{:?}", plan.effects);
}

#[test]
fn waiters_pending_leases_and_inner_locks_are_refused() {
    for (file, code) in [
        ("kazoo-2.11-lock", RefusalCode::NotHolder),
        ("curator-5.7-mutex", RefusalCode::NotHolder),
        ("curator-5.7-leader-latch", RefusalCode::NotHolder),
        ("curator-5.7-rwlock", RefusalCode::NotHolder),
        ("curator-5.7-semaphore", RefusalCode::NotHolder),
        ("kazoo-2.11-semaphore", RefusalCode::NotAllowed),
    ] {
        let recorded = Recorded::tree(file);
        assert_eq!(release(&recorded, &the_lock(&recorded).waiters[0]), Err(code), "{file}");
    }
    let recorded = Recorded::tree("curator-5.7-semaphore");
    let inner = the_lock(&recorded).waiters.pop().unwrap();
    assert!(inner.path.as_str().contains("/locks/"));
    assert_eq!(release(&recorded, &inner), Err(RefusalCode::NotAllowed));
}

#[test]
fn what_is_not_what_was_seen_is_refused() {
    let recorded = Recorded::tree("curator-5.7-mutex");
    let holder = the_lock(&recorded).holders.remove(0);
    let changes: [fn(&mut Member); 4] = [
        |member| member.czxid = Zxid(1),
        |member| member.version = 1,
        |member| member.session = None,
        |member| member.path = ZnodePath::parse("/nowhere").unwrap(),
    ];
    for change in changes {
        let mut other = holder.clone();
        change(&mut other);
        assert_eq!(release(&recorded, &other), Err(RefusalCode::Changed));
    }
    let mut directory = holder.clone();
    directory.path = the_lock(&recorded).path;
    let stat = recorded.revision.tree.get(&directory.path).unwrap().stat();
    (directory.czxid, directory.version, directory.session) = (stat.czxid, stat.version, None);
    assert_eq!(release(&recorded, &directory), Err(RefusalCode::NotAllowed));
}

#[test]
fn the_digest_is_of_what_is_done_not_of_what_is_told() {
    let recorded = Recorded::tree("curator-5.7-mutex");
    let lock = the_lock(&recorded);
    let before = release(&recorded, &lock.holders[0]).unwrap();
    let mut tree: Tree = recorded.revision.tree.clone();
    assert!(tree.remove(&lock.waiters[1].path));
    let revision = recorded.revision.next(tree, recorded.revision.info.clone(), recorded.revision.at);
    let after = plan(&revision, "demo", &before.action).unwrap();
    assert_ne!(before.effects, after.effects);
    assert_eq!(before.digest, after.digest);
    assert_ne!(before.digest, plan(&revision, "other", &before.action).unwrap().digest);
}

#[test]
fn an_item_keeps_its_priority_time_or_id_and_its_name_never_grows() {
    for (file, queue, item, base) in [
        ("kazoo-2.11-queue", "/r/kazoo-2.11/queue", 0, "entry-050-"),
        ("curator-5.7-queue", "/r/curator-5.7/queue", 0, "queue-"),
        ("curator-5.7-id-queue", "/r/curator-5.7/idqueue", 0, "queue-|order-17|"),
        ("curator-5.7-priority-queue", "/r/curator-5.7/pqueue", 2, "queue-100000005"),
        ("curator-5.7-delay-queue", "/r/curator-5.7/dqueue", 2, "queue-|1A20AA772A6|"),
        ("curator-5.7-simple-queue", "/r/curator-5.7/simple-queue", 0, "qn-"),
    ] {
        let recorded = Recorded::tree(file);
        let plan = requeue(&recorded, queue, item).unwrap();
        let Some(Step::Move { prefix, .. }) = plan.steps.last() else { panic!("{file}: {:?}", plan.steps) };
        assert_eq!(prefix.name(), base, "{file}");
    }
}

#[test]
fn an_item_that_a_consumer_may_take_is_tried_first_and_one_that_is_taken_is_refused() {
    let recorded = Recorded::tree("kazoo-2.11-locking-queue");
    let queue = ZnodePath::parse("/r/kazoo-2.11/lqueue").unwrap();
    let items = project::items(&recorded.revision, &queue, 0, 9).unwrap();
    for (index, item) in items.iter().enumerate() {
        let planned = requeue(&recorded, queue.as_str(), index);
        if item.taken_by.is_some() {
            assert_eq!(planned, Err(RefusalCode::Taken));
        } else {
            let steps = planned.unwrap().steps;
            let Step::TryLock { path } = &steps[0] else { panic!("{steps:?}") };
            assert_eq!(path.as_str(), format!("/r/kazoo-2.11/lqueue/taken/{}", item.name));
        }
    }
    let recorded = Recorded::tree("curator-5.7-queue-lockpath");
    assert_eq!(requeue(&recorded, "/r/curator-5.7/queue-locked", 0), Err(RefusalCode::Taken));
    let steps = requeue(&recorded, "/r/curator-5.7/queue-locked", 1).unwrap().steps;
    assert!(matches!(&steps[0], Step::TryLock { path } if path.as_str().contains("queue-locked-locks")));
}

#[test]
fn a_holder_is_no_item_and_an_item_no_holder() {
    let locks = Recorded::tree("curator-5.7-mutex");
    let holder = target(&the_lock(&locks).holders[0]);
    let refused = plan(&locks.revision, "demo", &Action::Requeue(holder.into())).unwrap_err();
    assert_eq!(refused.code, RefusalCode::NotItem);
    let queues = Recorded::tree("curator-5.7-queue");
    let action = requeue(&queues, "/r/curator-5.7/queue", 0).unwrap().action;
    let refused =
        plan(&queues.revision, "demo", &Action::Release(action.target().unwrap().clone())).unwrap_err();
    assert_eq!(refused.code, RefusalCode::NoLock);
}

#[test]
fn what_only_looks_like_a_lock_is_not_released() {
    for file in ["rust-zookeeper-client-shared", "rust-zookeeper-client-custom"] {
        let recorded = Recorded::tree(file);
        let lock = the_lock(&recorded);
        if lock.confidence == zooscope_protocol::Confidence::Likely {
            assert_eq!(release(&recorded, &lock.holders[0]), Err(RefusalCode::NotAllowed), "{file}");
        }
    }
    let recorded = Recorded::tree("rust-zookeeper-client-shared");
    assert_eq!(the_lock(&recorded).confidence, zooscope_protocol::Confidence::Likely);
}
