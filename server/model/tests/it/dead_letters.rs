//! What is set aside, and put back from there.

use zooscope_model::{Revision, project};
use zooscope_protocol::action::DeadLetter;
use zooscope_protocol::{Action, Item, Letter, Plan, QueueKind, RefusalCode, Step, Timestamp, Zxid};

use crate::built::{Built, at, hex};
use crate::items::{ask, item, target};
use crate::recorded::Recorded;

fn set_aside(revision: &Revision, item: &Item, to: Option<&str>) -> Result<Plan, RefusalCode> {
    let to = to.map(at);
    ask(revision, &Action::DeadLetter(DeadLetter { target: target(item), to }))
}

/// A queue from which an item was set aside, with what is kept of it.
fn letters(origin: &str, prefix: &str) -> Built {
    let mut built = Built::default();
    built.create("/app/q/entry-100-0000000004", 0, b"there");
    built.create("/app/q-dead-letter/letter-0badcafe-0000000000000000007", 0, b"poison");
    let letter = Letter {
        queue: at("/app/q"),
        origin: at(origin),
        prefix: at(prefix),
        czxid: Zxid(7),
        created: Timestamp(1),
        at: Timestamp(2),
        by: "ann".into(),
        reason: "it breaks the consumer".into(),
        audit_id: "00".into(),
    };
    let data = serde_json::to_vec(&letter).unwrap();
    built.create("/app/q-dead-letter/letter-0badcafe-0000000000000000007/origin", 0, &data);
    built
}

#[test]
fn an_item_is_set_aside_with_its_origin_and_put_back_from_there() {
    let recorded = Recorded::tree("kazoo-2.11-locking-queue").revision;
    let queue = at("/r/kazoo-2.11/lqueue");
    let free = item(&recorded, queue.as_str(), 1);
    let plan = set_aside(&recorded, &free, None).unwrap();
    let letter = at("/r/kazoo-2.11/lqueue-dead-letter/letter-3c962e1f-0000000000000000452");
    let entries = at("/r/kazoo-2.11/lqueue/entries");
    assert_eq!(
        plan.steps,
        [
            Step::TryLock { path: at("/r/kazoo-2.11/lqueue/taken/entry-010-0000000002") },
            Step::Directory { path: letter.parent().unwrap(), acl_of: entries.clone() },
            Step::Rename { from: free.path.clone(), path: letter.clone() },
            Step::Origin {
                path: letter.child("origin").unwrap(),
                of: free.path.clone(),
                queue: queue.clone(),
                prefix: entries.child("entry-010-").unwrap(),
            },
        ]
    );
    let taken = item(&recorded, queue.as_str(), 0);
    assert_eq!(set_aside(&recorded, &taken, None), Err(RefusalCode::Taken));
    let made = set_aside(&recorded, &free, Some("/dead/letters")).unwrap().steps.into_iter();
    let made: Vec<_> = made.filter(|step| matches!(step, Step::Directory { .. })).collect();
    let directory = |path| Step::Directory { path: at(path), acl_of: entries.clone() };
    assert_eq!(made, [directory("/dead"), directory("/dead/letters")], "each that is missing is told");
    for bad in
        ["/r/kazoo-2.11/lqueue/entries/dead", "/r/kazoo-2.11/lqueue", "/zookeeper/dead", "/zooscope/ops", "/"]
    {
        assert_eq!(set_aside(&recorded, &free, Some(bad)), Err(RefusalCode::NotAllowed), "{bad}");
    }
}

#[test]
fn what_was_set_aside_is_no_kazoo_queue_and_tells_where_it_came_from() {
    let revision = letters("/app/q/entry-100-0000000003", "/app/q/entry-100-").revision();
    let directory = at("/app/q-dead-letter");
    let queue = project::queue(&revision, &directory).unwrap();
    assert_eq!((queue.kind, queue.depth), (QueueKind::DeadLetter, 1));
    assert_eq!(queue.recipe.to_string(), "zooscope.DeadLetters");
    let letter = item(&revision, "/app/q-dead-letter", 0);
    assert_eq!(letter.preview.0, b"poison");
    assert_eq!(letter.sequence, None);
    let kept = letter.letter.clone().unwrap();
    assert_eq!(
        (kept.reason.as_str(), kept.origin.as_str()),
        ("it breaks the consumer", "/app/q/entry-100-0000000003")
    );

    let plan = ask(&revision, &Action::Replay(target(&letter))).unwrap();
    let origin = letter.path.child("origin").unwrap();
    assert_eq!(
        plan.steps,
        [
            Step::Delete { path: origin.clone(), version: 0 },
            Step::Move { from: letter.path.clone(), prefix: at("/app/q/entry-100-") },
        ]
    );
    assert!(plan.warnings[0].sentence.contains("it breaks the consumer"));
    let plan = ask(&revision, &Action::Delete(target(&letter))).unwrap();
    let deleted: Vec<_> = plan.deleted().map(|znode| znode.path.clone()).collect();
    assert_eq!(deleted, [letter.path.clone(), origin]);
    for action in [
        Action::Requeue(target(&letter).into()),
        Action::DeadLetter(DeadLetter { target: target(&letter), to: None }),
    ] {
        assert_eq!(ask(&revision, &action), Err(RefusalCode::NotAllowed));
    }
    let items = project::items(&revision, &at("/app/q"), 0, 9).unwrap();
    assert_eq!(
        ask(&revision, &Action::Replay(target(&items[0]))),
        Err(RefusalCode::NotAllowed),
        "it is no letter"
    );
}

#[test]
fn the_directory_of_the_dead_is_recognised_at_whatever_speed_it_is_read() {
    let mut built = Built::default();
    built.dir("/app/q-dead-letter");
    let empty = built.revision();
    built.create("/app/q-dead-letter/letter-0badcafe-0000000000000000007", 0, b"poison");
    let half = built.after(&empty);
    assert_eq!(item(&half, "/app/q-dead-letter", 0).letter, None);
    let whole = letters("/app/q/entry-100-0000000003", "/app/q/entry-100-").after(&half);
    assert!(item(&whole, "/app/q-dead-letter", 0).letter.is_some());
}

#[test]
fn an_origin_that_this_console_did_not_write_leads_nowhere() {
    for (origin, prefix) in [
        ("/app/q/entry-100-0000000003", "/elsewhere/entry-100-"),
        ("/elsewhere/entry-100-0000000003", "/elsewhere/entry-100-"),
        ("/app/q/entry-100-0000000003", "/app/q/other-"),
    ] {
        let revision = letters(origin, prefix).revision();
        let letter = item(&revision, "/app/q-dead-letter", 0);
        assert_eq!(
            ask(&revision, &Action::Replay(target(&letter))),
            Err(RefusalCode::NotAllowed),
            "{prefix}"
        );
    }
    let mut drained = letters("/app/q/entry-100-0000000003", "/app/q/entry-100-");
    drained.delete("/app/q/entry-100-0000000004");
    let revision = drained.revision();
    let letter = item(&revision, "/app/q-dead-letter", 0);
    assert!(ask(&revision, &Action::Replay(target(&letter))).is_ok(), "a drained queue takes it back");
    drained.delete("/app/q");
    let revision = drained.revision();
    assert_eq!(
        ask(&revision, &Action::Replay(target(&letter))),
        Err(RefusalCode::NotAllowed),
        "no queue, no way"
    );
}

#[test]
fn what_was_set_aside_never_goes_into_a_lock_that_nobody_holds() {
    let prefix = format!("/app/q/{}__lock__", hex(7));
    let mut built = letters(&format!("{prefix}0000000001"), &prefix);
    built.delete("/app/q/entry-100-0000000004");
    let contender = format!("/app/q/{}__lock__0000000002", hex(8));
    built.own(&contender, 5);
    let held = built.revision();
    assert_eq!(project::lock(&held, &at("/app/q"), 9).unwrap().held_by, 1);
    built.delete(&contender);
    let idle = built.after(&held);
    assert_eq!(project::lock(&idle, &at("/app/q"), 9).unwrap().held_by, 0);
    let letter = item(&idle, "/app/q-dead-letter", 0);
    assert_eq!(ask(&idle, &Action::Replay(target(&letter))), Err(RefusalCode::NotAllowed));
}
