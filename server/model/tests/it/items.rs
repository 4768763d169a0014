//! Actions on items, on recorded queues: what would be done, and what is refused with which code.

use zooscope_model::{Record, Revision, Tree, plan, project};
use zooscope_protocol::action::{Batch, DeadLetter, Due, GiveBack, Place, Put, Requeue, Return};
use zooscope_protocol::{
    Action, Bytes, Item, Peer, Plan, Refusal, RefusalCode, SessionId, Step, Target, Timestamp, ZnodePath,
    Zxid,
};

use crate::built::{at, peer};
use crate::recorded::{Recorded, info};

pub(crate) fn item(revision: &Revision, queue: &str, index: usize) -> Item {
    project::items(revision, &at(queue), index, 1).unwrap().remove(0)
}

pub(crate) fn target(item: &Item) -> Target {
    Target { path: item.path.clone(), czxid: item.czxid, version: item.version, session: None }
}

pub(crate) fn ask(revision: &Revision, action: &Action) -> Result<Plan, RefusalCode> {
    plan(revision, "demo", action).map_err(|refusal: Refusal| refusal.code)
}

fn requeue(
    revision: &Revision,
    queue: &str,
    index: usize,
    with: impl Fn(&mut Requeue),
) -> Result<Plan, RefusalCode> {
    let mut requeue = Requeue::from(target(&item(revision, queue, index)));
    with(&mut requeue);
    ask(revision, &Action::Requeue(requeue))
}

fn head(revision: &Revision, queue: &str, index: usize) -> Result<Step, RefusalCode> {
    requeue(revision, queue, index, |requeue| requeue.to = Place::Head)
        .map(|plan| plan.steps.last().unwrap().clone())
}

fn prefix(plan: &Plan) -> &str {
    plan.steps
        .iter()
        .rev()
        .find_map(|step| match step {
            Step::Move { prefix, .. } | Step::Create { prefix, .. } => Some(prefix.name()),
            _ => None,
        })
        .unwrap()
}

fn codes(clauses: &[zooscope_protocol::Clause]) -> Vec<&str> {
    clauses.iter().map(|clause| clause.code.as_str()).collect()
}

/// A revision with one more znode.
fn with(revision: &Revision, path: &str, czxid: i64, data: &[u8]) -> Revision {
    let mut tree: Tree = revision.tree.clone();
    let mut stat = zooscope_protocol::Stat::default();
    (stat.czxid, stat.data_length) = (Zxid(czxid), i32::try_from(data.len()).unwrap());
    tree.put(&at(path), Record { stat, data: data.into(), readable: true });
    revision.next(tree, info(zooscope_protocol::Status::Live), revision.at)
}

#[test]
fn the_head_is_a_lower_number_where_one_is_free_and_a_lower_priority_elsewhere() {
    let kazoo = Recorded::tree("kazoo-2.11-queue").revision;
    let queue = "/r/kazoo-2.11/queue";
    // The first has another priority, so the item gets one below it.
    let Step::Move { prefix, .. } = head(&kazoo, queue, 2).unwrap() else { panic!("a number is given") };
    assert_eq!(prefix.name(), "entry-049-");
    assert_eq!(head(&kazoo, queue, 0), Err(RefusalCode::NotAllowed), "it is the first");
    // Among those of one priority it gets the number before the first.
    let more = with(&kazoo, "/r/kazoo-2.11/queue/entry-050-0000000007", 900, b"x");
    let Step::Rename { path, .. } = head(&more, queue, 1).unwrap() else { panic!("a free number") };
    assert_eq!(path.name(), "entry-050-0000000000");

    let curator = Recorded::tree("curator-5.7-priority-queue").revision;
    let Step::Move { prefix, .. } = head(&curator, "/r/curator-5.7/pqueue", 3).unwrap() else { panic!() };
    assert_eq!(prefix.name(), "queue-0FFFFFFFC");
    let delay = Recorded::tree("curator-5.7-delay-queue").revision;
    let Step::Move { prefix, .. } = head(&delay, "/r/curator-5.7/dqueue", 2).unwrap() else { panic!() };
    assert_eq!(prefix.name(), "queue-|1A20A70803D|");
    // No number is lower than 0.
    for (file, queue) in [
        ("curator-5.7-queue", "/r/curator-5.7/queue"),
        ("curator-5.7-id-queue", "/r/curator-5.7/idqueue"),
        ("curator-5.7-simple-queue", "/r/curator-5.7/simple-queue"),
    ] {
        assert_eq!(head(&Recorded::tree(file).revision, queue, 2), Err(RefusalCode::NotAllowed), "{file}");
    }
}

#[test]
fn the_head_of_a_queue_that_has_moved_on_is_the_number_before_its_first() {
    for (file, queue, name) in [
        ("curator-5.7-queue", "/r/curator-5.7/queue", "queue-0000000000"),
        ("curator-5.7-id-queue", "/r/curator-5.7/idqueue", "queue-|order-17|0000000000"),
        ("curator-5.7-simple-queue", "/r/curator-5.7/simple-queue", "qn-0000000000"),
    ] {
        let recorded = Recorded::tree(file).revision;
        let first = item(&recorded, queue, 0).path;
        let mut tree = recorded.tree.clone();
        assert!(tree.remove(&first));
        let moved = recorded.next(tree, recorded.info.clone(), recorded.at);
        let plan = requeue(&moved, queue, 1, |requeue| requeue.to = Place::Head).unwrap();
        let Some(Step::Rename { path, .. }) = plan.steps.last() else { panic!("{file}: {:?}", plan.steps) };
        assert_eq!(path.name(), name, "{file}");
        assert!(codes(&plan.guards).contains(&"name_is_free"), "{file}");
        assert_eq!(codes(&plan.effects)[0], "goes_to_head");
    }
}

#[test]
fn a_name_that_is_tried_at_the_head_must_not_be_taken_either() {
    let recorded = Recorded::tree("kazoo-2.11-locking-queue").revision;
    let queue = "/r/kazoo-2.11/lqueue";
    let plan = requeue(&recorded, queue, 1, |requeue| requeue.to = Place::Head).unwrap();
    let tried: Vec<&str> = plan
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::TryLock { path } => Some(path.as_str()),
            _ => None,
        })
        .collect();
    let taken = "/r/kazoo-2.11/lqueue/taken";
    assert_eq!(tried, [format!("{taken}/entry-010-0000000002"), format!("{taken}/entry-010-0000000000")]);
}

#[test]
fn a_priority_and_a_time_are_written_as_their_recipes_do() {
    let kazoo = Recorded::tree("kazoo-2.11-queue").revision;
    let priority = |revision: &Revision, queue: &str, priority: i32| {
        requeue(revision, queue, 0, |requeue| requeue.priority = Some(priority))
            .map(|plan| prefix(&plan).to_owned())
    };
    assert_eq!(priority(&kazoo, "/r/kazoo-2.11/queue", 7).as_deref(), Ok("entry-007-"));
    assert_eq!(priority(&kazoo, "/r/kazoo-2.11/queue", 1000), Err(RefusalCode::BadRequest));
    assert_eq!(priority(&kazoo, "/r/kazoo-2.11/queue", -1), Err(RefusalCode::BadRequest));
    let curator = Recorded::tree("curator-5.7-priority-queue").revision;
    for (number, name) in [
        (-3, "queue-0FFFFFFFD"),
        (0, "queue-100000000"),
        (1000, "queue-1000003E8"),
        (i32::MIN, "queue-080000000"),
    ] {
        assert_eq!(priority(&curator, "/r/curator-5.7/pqueue", number).as_deref(), Ok(name));
    }
    let simple = Recorded::tree("curator-5.7-simple-queue").revision;
    assert_eq!(priority(&simple, "/r/curator-5.7/simple-queue", 1), Err(RefusalCode::NotAllowed));

    let delay = Recorded::tree("curator-5.7-delay-queue").revision;
    let due = |time: i64| {
        requeue(&delay, "/r/curator-5.7/dqueue", 2, |requeue| {
            requeue.not_before = Some(Due::At(Timestamp(time)));
        })
        .map(|plan| prefix(&plan).to_owned())
    };
    assert_eq!(due(1_795_471_474_750).as_deref(), Ok("queue-|1A20A70803E|"));
    assert_eq!(due(0), Err(RefusalCode::BadRequest));
    let early = |revision: &Revision, queue: &str| {
        requeue(revision, queue, 0, |requeue| requeue.not_before = Some(Due::Now)).unwrap_err()
    };
    assert_eq!(early(&kazoo, "/r/kazoo-2.11/queue"), RefusalCode::NotAllowed);
    let both = requeue(&kazoo, "/r/kazoo-2.11/queue", 2, |requeue| {
        (requeue.to, requeue.priority) = (Place::Head, Some(1));
    });
    assert_eq!(both, Err(RefusalCode::BadRequest));
}

fn give_back(
    revision: &Revision,
    queue: &str,
    index: usize,
    to: Return,
    force: bool,
) -> Result<Plan, RefusalCode> {
    let target = target(&item(revision, queue, index));
    ask(revision, &Action::GiveBack(GiveBack { target, to, force }))
}

#[test]
fn what_a_consumer_has_is_given_back_only_when_it_is_gone_or_by_force() {
    for (file, queue, mark, session) in [
        (
            "kazoo-2.11-locking-queue",
            "/r/kazoo-2.11/lqueue",
            "/r/kazoo-2.11/lqueue/taken/entry-010-0000000001",
            0x0100_0009_7ebb_004d,
        ),
        (
            "curator-5.7-queue-lockpath",
            "/r/curator-5.7/queue-locked",
            "/r/curator-5.7/queue-locked-locks/queue-0000000000",
            0x0100_0009_7ebb_00e4,
        ),
    ] {
        let recorded = Recorded::tree(file).revision;
        let ask = |revision: &Revision, to, force| give_back(revision, queue, 0, to, force);
        assert_eq!(ask(&recorded, Return::Same, false), Err(RefusalCode::OwnerAlive), "{file}: nobody knows");
        assert_eq!(give_back(&recorded, queue, 1, Return::Same, true), Err(RefusalCode::NotTaken), "{file}");
        let told = |connected| {
            let mut roster = peer(session, Peer { connected: Some(connected), ..Peer::default() });
            roster.at = recorded.at;
            recorded.with_roster(roster.into(), recorded.at)
        };
        assert_eq!(ask(&told(true), Return::Same, false), Err(RefusalCode::OwnerAlive), "{file}: it lives");
        let plan = ask(&told(false), Return::Same, false).unwrap();
        let item = item(&recorded, queue, 0).path;
        assert_eq!(
            plan.steps,
            [
                Step::Touch { path: at(mark), version: 0 },
                Step::Check { path: item.clone(), version: 0 },
                Step::Delete { path: at(mark), version: 0 },
            ],
            "{file}"
        );
        assert!(codes(&plan.guards).contains(&"owner_gone"), "{file}");
        assert!(codes(&plan.warnings).contains(&"no_undo"), "{file}");
        assert_eq!(plan.confirm.expected, SessionId(session).last8());
        assert_eq!(plan.identities.len(), 2, "the item and the mark: {file}");

        let forced = ask(&told(true), Return::Tail, true).unwrap();
        let [Step::Touch { .. }, Step::Move { from, .. }, Step::Delete { .. }] = forced.steps.as_slice()
        else {
            panic!("{file}: {:?}", forced.steps)
        };
        assert_eq!(*from, item);
        assert!(codes(&forced.warnings).contains(&"worked_on_twice"), "{file}");
        // What was told long ago is not believed.
        let stale = told(false);
        let later = stale.next(stale.tree.clone(), stale.info.clone(), Timestamp(stale.at.0 + 60_000));
        assert_eq!(ask(&later, Return::Same, false), Err(RefusalCode::OwnerAlive), "{file}");
    }
    let flat = Recorded::tree("curator-5.7-queue").revision;
    assert_eq!(give_back(&flat, "/r/curator-5.7/queue", 0, Return::Same, true), Err(RefusalCode::NotAllowed));
}

#[test]
fn a_new_item_is_named_and_framed_as_its_recipe_does() {
    let put = |file: &str, queue: &str, with: fn(&mut Put)| {
        let mut put =
            Put { queue: at(queue), data: Bytes(b"hi".to_vec()), priority: None, not_before: None, id: None };
        with(&mut put);
        ask(&Recorded::tree(file).revision, &Action::Put(put)).map(|plan| {
            let Some(Step::Create { prefix, data, .. }) = plan.steps.last() else {
                panic!("{:?}", plan.steps)
            };
            (prefix.as_str().to_owned(), data.0.clone())
        })
    };
    let framed = b"\0\x01\0\x01\x01\0\0\0\x02hi\x02".to_vec();
    let path = |text: &str| text.to_owned();
    for (file, queue, with, expected) in [
        (
            "kazoo-2.11-queue",
            "/r/kazoo-2.11/queue",
            (|_| ()) as fn(&mut Put),
            (path("/r/kazoo-2.11/queue/entry-100-"), b"hi".to_vec()),
        ),
        (
            "kazoo-2.11-locking-queue",
            "/r/kazoo-2.11/lqueue",
            |put| put.priority = Some(5),
            (path("/r/kazoo-2.11/lqueue/entries/entry-005-"), b"hi".to_vec()),
        ),
        (
            "curator-5.7-queue",
            "/r/curator-5.7/queue",
            |_| (),
            (path("/r/curator-5.7/queue/queue-"), framed.clone()),
        ),
        (
            "curator-5.7-id-queue",
            "/r/curator-5.7/idqueue",
            |put| put.id = Some("a/b|c".into()),
            (path("/r/curator-5.7/idqueue/queue-|a_b_c|"), framed.clone()),
        ),
        (
            "curator-5.7-priority-queue",
            "/r/curator-5.7/pqueue",
            |put| put.priority = Some(-3),
            (path("/r/curator-5.7/pqueue/queue-0FFFFFFFD"), framed.clone()),
        ),
        (
            "curator-5.7-delay-queue",
            "/r/curator-5.7/dqueue",
            |put| put.not_before = Some(Due::At(Timestamp(1_795_471_474_750))),
            (path("/r/curator-5.7/dqueue/queue-|1A20A70803E|"), framed.clone()),
        ),
        (
            "curator-5.7-simple-queue",
            "/r/curator-5.7/simple-queue",
            |_| (),
            (path("/r/curator-5.7/simple-queue/qn-"), b"hi".to_vec()),
        ),
    ] {
        assert_eq!(put(file, queue, with), Ok(expected), "{file}");
    }
    assert_eq!(put("curator-5.7-id-queue", "/r/curator-5.7/idqueue", |_| ()), Err(RefusalCode::BadRequest));
    let large =
        put("curator-5.7-queue", "/r/curator-5.7/queue", |put| put.data.0 = vec![0; Put::MAX_DATA + 1]);
    assert_eq!(large, Err(RefusalCode::BadRequest));
    assert_eq!(put("curator-5.7-queue", "/r/nowhere", |_| ()), Err(RefusalCode::NoQueue));
    // Recorded items show that the frame is Curator's own.
    let recorded = Recorded::tree("curator-5.7-queue").revision;
    let znode = recorded.tree.get(&at("/r/curator-5.7/queue/queue-0000000000")).unwrap();
    assert_eq!(znode.data(), b"\0\x01\0\x01\x01\0\0\0\x08item-one\x02");
}

#[test]
fn several_are_done_in_one_transaction_each_as_by_itself() {
    let recorded = Recorded::tree("kazoo-2.11-queue").revision;
    let queue = "/r/kazoo-2.11/queue";
    let items = project::items(&recorded, &at(queue), 0, 9).unwrap();
    let batch = |actions: Vec<Action>| ask(&recorded, &Action::Batch(Batch { actions }));
    let letter = |item: &Item| Action::DeadLetter(DeadLetter { target: target(item), to: None });
    let plan = batch(items.iter().map(letter).collect()).unwrap();
    assert_eq!(plan.identities.len(), 3);
    let directories = plan.steps.iter().filter(|step| matches!(step, Step::Directory { .. })).count();
    assert_eq!((directories, plan.steps.len()), (1, 1 + 3 * 2), "the directory is made once");
    assert_eq!(plan.subject, at(queue));
    assert_eq!(plan.confirm.expected, "3");

    let tail = |item: &Item| Action::Requeue(target(item).into());
    assert_eq!(batch(Vec::new()), Err(RefusalCode::BadRequest));
    assert_eq!(batch(vec![tail(&items[0]), tail(&items[0])]), Err(RefusalCode::BadRequest), "twice the same");
    assert_eq!(batch(vec![tail(&items[0]), letter(&items[1])]), Err(RefusalCode::BadRequest), "two kinds");
    let first = Action::Requeue(Requeue { to: Place::Head, ..target(&items[2]).into() });
    assert_eq!(batch(vec![first]), Err(RefusalCode::BadRequest));
    let nested = Action::Batch(Batch { actions: vec![tail(&items[0])] });
    assert_eq!(batch(vec![nested]), Err(RefusalCode::BadRequest));
    let mut gone = items[1].clone();
    gone.czxid = Zxid(1);
    assert_eq!(batch(vec![tail(&items[0]), tail(&gone)]), Err(RefusalCode::Changed));
    let many = (0..=Batch::MOST).map(|_| tail(&items[0])).collect();
    assert_eq!(batch(many), Err(RefusalCode::BadRequest));
}

#[test]
fn systems_and_what_only_looks_like_a_queue_are_left_alone_by_every_action() {
    let recorded = Recorded::not_lock("clickhouse-replicated").revision;
    let queue = "/clickhouse/task_queue/ddl";
    let target = target(&item(&recorded, queue, 0));
    for action in [
        Action::Requeue(target.clone().into()),
        Action::DeadLetter(DeadLetter { target: target.clone(), to: None }),
        Action::Delete(target.clone()),
        Action::GiveBack(GiveBack { target: target.clone(), to: Return::Same, force: true }),
        Action::Put(Put {
            queue: at(queue),
            data: Bytes::default(),
            priority: None,
            not_before: None,
            id: None,
        }),
    ] {
        assert_eq!(ask(&recorded, &action), Err(RefusalCode::NotAllowed), "{}", action.name());
    }
    assert_eq!(target.path.parent(), ZnodePath::parse(queue).ok());
}
