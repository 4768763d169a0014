//! Declared recipes: what is refused, what is recognised, and that the laws hold with them too.

use std::sync::Arc;

use proptest::prelude::*;
use zooscope_model::{
    Catalog, Declarations, Declared, Record, Revision, Tree, diff, known_recipes, plan, project,
};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::recipe::{DeclaredKind, IdentityDecoder, KnownKind};
use zooscope_protocol::{
    Action, Confidence, Declaration, LockKind, MemberState, Mode, QueueKind, RefusalCode, Stat, Status, Step,
    Target, Timestamp, ZnodePath, Zxid,
};

use crate::laws::{apply, change};
use crate::recorded::{Recorded, info};

pub(crate) fn declaration(name: &str, path: &str, kind: DeclaredKind, members: &str) -> Declaration {
    Declaration {
        name: name.to_owned(),
        path: path.to_owned(),
        kind,
        members: members.to_owned(),
        readers: None,
        persistent: false,
        capacity: None,
        identity: IdentityDecoder::Utf8,
        unique_names: false,
    }
}

pub(crate) fn declarations(all: impl IntoIterator<Item = Declaration>) -> Arc<Declarations> {
    let with = |declarations: Declarations, one| declarations.with(Declared::new(one).unwrap()).unwrap();
    Arc::new(all.into_iter().fold(Declarations::default(), with))
}

fn path(text: &str) -> ZnodePath {
    ZnodePath::parse(text).unwrap()
}

/// A tree of `(path, owner, data)`, each created in the transaction of its place in the list; an owner of 0 is none.
fn tree(znodes: &[(&str, i64, &str)]) -> Tree {
    let mut tree = Tree::default();
    for (number, (at, owner, data)) in znodes.iter().enumerate() {
        let czxid = i64::try_from(number).unwrap() + 1;
        let stat = Stat {
            czxid: Zxid(czxid),
            ctime: Timestamp(czxid * 1_000),
            ephemeral_owner: *owner,
            data_length: i32::try_from(data.len()).unwrap(),
            ..Stat::default()
        };
        tree.put(&path(at), Record { stat, data: Arc::from(data.as_bytes()), readable: true });
    }
    tree
}

fn revision(tree: Tree, declarations: Arc<Declarations>) -> Revision {
    let at = Timestamp(1_000_000);
    let first = Revision::first(info(Status::Scanning), at).with_declarations(declarations, at);
    first.next(tree, info(Status::Live), at)
}

fn names(members: &[zooscope_protocol::Member]) -> Vec<&str> {
    members.iter().map(|member| member.name.as_str()).collect()
}

#[test]
fn what_cannot_be_looked_for_is_refused_with_the_key_that_is_wrong() {
    type Change = fn(&mut Declaration);
    let cases: [(Change, &str); 20] = [
        (|d| d.name = String::new(), "name"),
        (|d| d.name = "a b".into(), "name"),
        (|d| d.name = "a".repeat(65), "name"),
        (|d| d.path = "app/locks".into(), "path"),
        (|d| d.path = "/app/**x".into(), "path"),
        (|d| d.path = "/app/".into(), "path"),
        (|d| d.members = "(".into(), "members"),
        (|d| d.members = "a)(b".into(), "members"),
        (|d| d.members = "(?=a)".into(), "members"),
        (|d| d.members = "a".repeat(600), "members"),
        (|d| d.members = r"\w{1000}\w{1000}".into(), "members"),
        (|d| d.members = "(?<priority>a)".into(), "members"),
        (|d| d.kind = DeclaredKind::PriorityQueue, "members"),
        (
            |d| {
                d.kind = DeclaredKind::PriorityQueue;
                d.members = r"(?<priority>\d+)".into();
            },
            "members",
        ),
        (|d| d.kind = DeclaredKind::ReadWrite, "readers"),
        (|d| d.readers = Some("r".into()), "readers"),
        (|d| d.kind = DeclaredKind::Semaphore, "capacity"),
        (
            |d| {
                d.kind = DeclaredKind::Semaphore;
                d.capacity = Some(0);
            },
            "capacity",
        ),
        (|d| d.capacity = Some(2), "capacity"),
        (|d| d.identity = IdentityDecoder::Json("owner".into()), "identity"),
    ];
    let right = declaration("a", "/app/*", DeclaredKind::Mutex, r"n-(?<sequence>\d+)");
    Declared::new(right.clone()).unwrap();
    for (change, key) in cases {
        let mut wrong = right.clone();
        change(&mut wrong);
        let error = Declared::new(wrong.clone()).expect_err(key);
        assert_eq!(error.key(), key, "{wrong:?}: {error}");
        assert!(error.to_string().len() > 20 && !error.to_string().contains('\n'), "{error}");
    }
    let twice = Declarations::default().with(Declared::new(right.clone()).unwrap()).unwrap();
    assert_eq!(twice.with(Declared::new(right).unwrap()).unwrap_err().key(), "name");
}

#[test]
fn a_mutex_stands_by_its_signed_numbers_and_tells_who_it_is() {
    let mutex = Declaration {
        identity: IdentityDecoder::Json("/owner/host".into()),
        ..declaration("orders", "/app/*/locks/*", DeclaredKind::Mutex, r"w-(?<sequence>-?\d+)")
    };
    let tree = tree(&[
        ("/app", 0, ""),
        ("/app/eu", 0, ""),
        ("/app/eu/locks", 0, ""),
        ("/app/eu/locks/a", 0, ""),
        ("/app/eu/locks/a/w-0000000002", 7, r#"{"owner": {"host": "h2"}}"#),
        ("/app/eu/locks/a/w--000000001", 8, r#"{"owner": {"host": "h1"}}"#),
        ("/app/eu/locks/a/w-99999999999", 9, "a number that ZooKeeper cannot give"),
        ("/app/eu/locks/b", 0, ""),
        ("/app/eu/locks/c", 0, ""),
        ("/app/eu/locks/c/other", 0, ""),
    ]);
    let revision = revision(tree, declarations([mutex]));
    let locks = project::lock_paths(&revision, "", LockSort::Path);
    assert_eq!(
        locks,
        [path("/app/eu/locks/a"), path("/app/eu/locks/b")],
        "the idle one too, the foreign one not"
    );
    let lock = project::lock(&revision, &locks[0], 10).unwrap();
    assert_eq!(lock.recipe.to_string(), "declared.orders");
    assert_eq!((lock.kind, lock.confidence), (LockKind::Mutex, Confidence::Declared));
    assert_eq!((lock.capacity, lock.held_by, lock.blocked), (Some(1), 1, 1));
    assert_eq!(names(&lock.holders), ["w--000000001"]);
    assert_eq!(lock.holders[0].identity.as_deref(), Some("h1"));
    assert_eq!(lock.waiters[0].waits_for.as_ref(), Some(&lock.holders[0].path));
    let foreign = lock.findings.iter().find(|finding| finding.code == "foreign_child").unwrap();
    assert!(
        foreign.sentence.contains("w-99999999999") && foreign.sentence.contains("`members`"),
        "{foreign:?}"
    );
    let because = project::lock_because(&revision, &locks[0]);
    assert!(because.starts_with("The configuration declares it as `orders`: "), "{because}");
    let idle = project::lock(&revision, &locks[1], 10).unwrap();
    assert_eq!((idle.held_by, idle.blocked), (0, 0));
}

#[test]
fn the_first_few_hold_a_semaphore_in_the_order_of_their_creation() {
    let semaphore = Declaration {
        capacity: Some(2),
        identity: IdentityDecoder::Hex,
        ..declaration("slots", "/slots", DeclaredKind::Semaphore, "[a-z]+")
    };
    let tree = tree(&[
        ("/slots", 0, ""),
        ("/slots/z", 1, "\u{1}\u{7f}"),
        ("/slots/c", 2, ""),
        ("/slots/b", 3, ""),
        ("/slots/a", 4, ""),
    ]);
    let revision = revision(tree, declarations([semaphore]));
    let lock = project::lock(&revision, &path("/slots"), 10).unwrap();
    assert_eq!((lock.capacity, lock.held_by, lock.blocked), (Some(2), 2, 2));
    assert_eq!((names(&lock.holders), names(&lock.waiters)), (vec!["z", "c"], vec!["b", "a"]));
    assert_eq!(lock.holders[0].identity.as_deref(), Some("017f"));
    assert_eq!((lock.holders[0].sequence, lock.holders[0].mode), (None, Mode::Lease));
    assert_eq!(lock.waiters[0].waits_for, Some(path("/slots")), "whichever of the two goes");
    assert_eq!(lock.waiters[1].waits_for, Some(path("/slots")));
}

#[test]
fn readers_and_writers_an_election_and_a_group_have_their_own_rules() {
    let all = declarations([
        Declaration {
            readers: Some("^r".into()),
            ..declaration("rw", "/rw", DeclaredKind::ReadWrite, r"[rw](?<sequence>\d+)")
        },
        declaration("lead", "/lead", DeclaredKind::Election, r"c(?<sequence>\d+)"),
        declaration("crew", "/crew", DeclaredKind::Group, ".*"),
    ]);
    let tree = tree(&[
        ("/rw", 0, ""),
        ("/rw/r0000000001", 1, ""),
        ("/rw/r0000000002", 2, ""),
        ("/rw/w0000000003", 3, ""),
        ("/rw/r0000000004", 4, ""),
        ("/lead", 0, ""),
        ("/lead/c0000000009", 1, ""),
        ("/crew", 0, ""),
        ("/crew/b", 1, ""),
        ("/crew/a", 2, ""),
    ]);
    let revision = revision(tree, all);
    let lock = |at: &str| project::lock(&revision, &path(at), 10).unwrap();
    let rw = lock("/rw");
    assert_eq!(names(&rw.holders), ["r0000000001", "r0000000002"]);
    assert_eq!(names(&rw.waiters), ["w0000000003", "r0000000004"]);
    assert_eq!((rw.waiters[0].mode, rw.waiters[1].mode), (Mode::Write, Mode::Read));
    assert_eq!((lock("/lead").kind, lock("/lead").holders[0].mode), (LockKind::Election, Mode::Candidate));
    let crew = lock("/crew");
    assert_eq!((crew.kind, names(&crew.holders)), (LockKind::Group, vec!["b", "a"]));
    assert!(crew.holders.iter().all(|member| member.state == MemberState::Present));
}

#[test]
fn queues_are_taken_from_by_number_and_by_priority() {
    let all = declarations([
        declaration("jobs", "/jobs", DeclaredKind::Queue, r"job-(?<sequence>\d+)"),
        declaration(
            "ranked",
            "/ranked",
            DeclaredKind::PriorityQueue,
            r"p(?<priority>-?\d+)-(?<sequence>\d+)",
        ),
        declaration("bare", "/bare", DeclaredKind::Queue, ".+"),
        declaration("deep", "/deep/**", DeclaredKind::Queue, "item-.*"),
    ]);
    let tree = tree(&[
        ("/jobs", 0, ""),
        ("/jobs/job-0000000002", 0, "two"),
        ("/jobs/job-0000000001", 0, "one"),
        ("/ranked", 0, ""),
        ("/ranked/p5-0000000001", 0, ""),
        ("/ranked/p-1-0000000002", 0, ""),
        ("/ranked/p5-0000000000", 0, ""),
        ("/bare", 0, ""),
        ("/bare/z", 0, ""),
        ("/bare/a", 0, ""),
        ("/deep", 0, ""),
        ("/deep/x", 0, ""),
        ("/deep/x/item-1", 0, ""),
    ]);
    let revision = revision(tree, all);
    let items = |at: &str| -> Vec<String> {
        let items = project::items(&revision, &path(at), 0, 10).unwrap();
        items.into_iter().map(|item| item.name).collect()
    };
    assert_eq!(items("/jobs"), ["job-0000000001", "job-0000000002"]);
    assert_eq!(items("/ranked"), ["p-1-0000000002", "p5-0000000000", "p5-0000000001"]);
    assert_eq!(items("/bare"), ["z", "a"]);
    let ranked = project::queue(&revision, &path("/ranked")).unwrap();
    assert_eq!(
        (ranked.kind, ranked.depth, ranked.confidence),
        (QueueKind::Priority, 3, Confidence::Declared)
    );
    assert_eq!(ranked.oldest, Some(Timestamp(7_000)), "the lowest number, not the first to be taken");
    assert_eq!(project::items(&revision, &path("/ranked"), 0, 1).unwrap()[0].priority, Some(-1));
    assert_eq!(project::queue(&revision, &path("/bare")).unwrap().oldest, Some(Timestamp(9_000)));
    let queues = project::queue_paths(&revision, "/deep", QueueSort::Path);
    assert_eq!(queues, [path("/deep/x")], "an item is no queue, a directory of other things neither");
}

#[test]
fn an_action_is_planned_only_where_the_declaration_makes_it_safe() {
    let numbered = |unique_names| Declaration {
        unique_names,
        ..declaration("n", "/l", DeclaredKind::Mutex, r"[a-z]+-(?<sequence>\d+)")
    };
    let lock = tree(&[("/l", 0, ""), ("/l/a-0000000001", 1, "me"), ("/l/b-0000000002", 2, "")]);
    let released = |declaration: Declaration, name: &str| {
        let revision = revision(lock.clone(), declarations([declaration]));
        let (path, stat) =
            (path(&format!("/l/{name}")), *revision.tree.get(&path(&format!("/l/{name}"))).unwrap().stat());
        let target = Target { path, czxid: stat.czxid, version: stat.version, session: stat.owner() };
        plan(&revision, "c", &Action::Release(target)).map_err(|refusal| refusal.code)
    };
    let delete = Step::Delete { path: path("/l/a-0000000001"), version: 0 };
    let pinned = released(numbered(false), "a-0000000001").unwrap();
    assert_eq!(pinned.steps, [Step::Pin { path: path("/l"), czxid: Zxid(1) }, delete.clone()]);
    assert_eq!(pinned.identities[0].identity.as_deref(), Some("me"));
    assert_eq!(released(numbered(true), "a-0000000001").unwrap().steps, [delete]);
    assert_eq!(released(numbered(false), "b-0000000002"), Err(RefusalCode::NotHolder));
    let nameless = declaration("n", "/l", DeclaredKind::Mutex, ".*");
    let shown = revision(lock.clone(), declarations([nameless.clone()]));
    let why = project::lock(&shown, &path("/l"), 1).unwrap().hands_off.unwrap();
    assert!(why.contains("unique_names"), "why it is off is told with the lock: {why}");
    assert_eq!(released(nameless, "a-0000000001"), Err(RefusalCode::NotAllowed));
    let group = declaration("n", "/l", DeclaredKind::Group, r".*-(?<sequence>\d+)");
    assert_eq!(released(group, "a-0000000001"), Err(RefusalCode::NotAllowed));

    let queue = tree(&[
        ("/l", 0, ""),
        ("/l/p7-0000000001", 0, ""),
        ("/l/p7-0000000002-x", 0, ""),
        ("/l/p7-3", 0, ""),
    ]);
    let requeued = |members: &str, name: &str| {
        let declared = declaration("q", "/l", DeclaredKind::PriorityQueue, members);
        let revision = revision(queue.clone(), declarations([declared]));
        let target = Target {
            path: path(&format!("/l/{name}")),
            czxid: revision.tree.get(&path(&format!("/l/{name}"))).unwrap().stat().czxid,
            version: 0,
            session: None,
        };
        plan(&revision, "c", &Action::Requeue(target.into())).map_err(|refusal| refusal.code)
    };
    let members = r"p(?<priority>\d)-(?<sequence>\d+)(-x)?";
    let moved = requeued(members, "p7-0000000001").unwrap();
    assert_eq!(moved.steps, [Step::Move { from: path("/l/p7-0000000001"), prefix: path("/l/p7-") }]);
    assert_eq!(requeued(members, "p7-0000000002-x"), Err(RefusalCode::NotAllowed), "not at the end");
    assert_eq!(requeued(members, "p7-3"), Err(RefusalCode::NotAllowed), "no number of ZooKeeper's");
}

#[test]
fn a_likely_lock_may_be_released_once_it_is_declared() {
    let recorded = Recorded::tree("rust-zookeeper-client-shared");
    let lock = project::lock_paths(&recorded.revision, "", LockSort::Path).remove(0);
    let before = project::lock(&recorded.revision, &lock, 10).unwrap();
    assert_eq!(before.confidence, Confidence::Likely);
    let holder = &before.holders[0];
    let target = Target {
        path: holder.path.clone(),
        czxid: holder.czxid,
        version: holder.version,
        session: holder.session,
    };
    let action = Action::Release(target);
    assert_eq!(plan(&recorded.revision, "c", &action).unwrap_err().code, RefusalCode::NotAllowed);
    let ours = declaration("ours", lock.as_str(), DeclaredKind::Mutex, r".*-(?<sequence>\d{10})");
    let declared = recorded.revision.with_declarations(declarations([ours]), recorded.revision.at);
    let after = project::lock(&declared, &lock, 10).unwrap();
    assert_eq!(after.confidence, Confidence::Declared);
    assert_eq!((&after.holders, &after.waiters), (&before.holders, &before.waiters));
    plan(&declared, "c", &action).unwrap();
    let again = declared.with_declarations(Arc::default(), declared.at);
    assert_eq!(project::lock(&again, &lock, 10).unwrap().confidence, Confidence::Likely);
}

#[test]
fn a_trial_tells_what_would_be_recognised_and_changes_nothing() {
    let recorded = Recorded::tree("kazoo-2.11-lock");
    let lock = project::lock_paths(&recorded.revision, "", LockSort::Path).remove(0);
    let parent = lock.parent().unwrap();
    let ours = declaration("ours", &format!("{parent}/*"), DeclaredKind::Mutex, r".*__(?<sequence>\d{10})");
    let trial =
        project::trial(&recorded.revision, Declared::new(ours).unwrap(), "as TOML".to_owned()).unwrap();
    assert_eq!((trial.paths, trial.recognised, trial.toml.as_str()), (1, 1, "as TOML"));
    let found = &trial.matches[0];
    assert_eq!((&found.path, found.members, found.others, found.waiting), (&lock, 3, 0, 2));
    assert_eq!(found.holders, project::lock(&recorded.revision, &lock, 10).unwrap().holders);
    assert_eq!(found.today.as_ref().unwrap().to_string(), "kazoo.Lock or kazoo.Election or kazoo.WriteLock");
    let none = declaration("none", "/nowhere/*", DeclaredKind::Mutex, ".*");
    let trial = project::trial(&recorded.revision, Declared::new(none).unwrap(), String::new()).unwrap();
    assert_eq!((trial.paths, trial.matches.len()), (0, 0));
}

#[test]
fn a_trial_warns_of_the_places_of_other_systems_whether_or_not_they_are_declared_today() {
    let znodes = [
        ("/kafka", 0, ""),
        ("/kafka/brokers", 0, ""),
        ("/kafka/brokers/ids", 0, ""),
        ("/kafka/brokers/ids/7", 1, "{}"),
        ("/kafka/locks", 0, ""),
        ("/kafka/locks/ids", 0, ""),
        ("/kafka/locks/ids/a", 2, ""),
    ];
    let brokers = || declaration("brokers", "/kafka/*/ids", DeclaredKind::Group, ".*");
    for declared in [Arc::default(), declarations([brokers()])] {
        let live = revision(tree(&znodes), declared);
        let trial = project::trial(&live, Declared::new(brokers()).unwrap(), String::new()).unwrap();
        assert_eq!((trial.paths, trial.protected), (2, 1), "{trial:?}");
        let (ids, ours) = (&trial.matches[0], &trial.matches[1]);
        assert_eq!((ids.path.as_str(), ours.path.as_str()), ("/kafka/brokers/ids", "/kafka/locks/ids"));
        assert!(ids.hands_off.as_ref().unwrap().contains("A broker of Kafka"), "{ids:?}");
        assert_eq!(ours.hands_off, None);
    }
}

#[test]
fn what_was_declared_and_is_empty_is_forgotten_with_its_declaration() {
    let mutex = declaration("m", "/l/*", DeclaredKind::Mutex, ".*");
    let live = revision(tree(&[("/l", 0, ""), ("/l/a", 0, "")]), declarations([mutex]));
    assert_eq!(project::lock_paths(&live, "", LockSort::Path), [path("/l/a")]);
    let without = live.with_declarations(Arc::default(), live.at);
    assert!(project::lock_paths(&without, "", LockSort::Path).is_empty());
}

#[test]
fn every_recipe_that_is_recognised_is_told_among_the_known() {
    let known = known_recipes();
    for file in Recorded::files() {
        for folder in ["trees", "not-locks"] {
            if !std::fs::exists(format!("{}/tests/fixtures/{folder}/{file}.json", env!("CARGO_MANIFEST_DIR")))
                .unwrap()
            {
                continue;
            }
            let recorded = if folder == "trees" { Recorded::tree(&file) } else { Recorded::not_lock(&file) };
            let revision = &recorded.revision;
            let locks = project::lock_paths(revision, "", LockSort::Path).into_iter().map(|path| {
                let lock = project::lock(revision, &path, 0).unwrap();
                (lock.recipe, KnownKind::Lock(lock.kind), lock.confidence)
            });
            let queues = project::queue_paths(revision, "", QueueSort::Path).into_iter().map(|path| {
                let queue = project::queue(revision, &path).unwrap();
                (queue.recipe, KnownKind::Queue(queue.kind), queue.confidence)
            });
            for (recipe, kind, confidence) in locks.chain(queues) {
                let told = known.iter().any(|known| {
                    known.recipe == recipe && known.kind == kind && known.confidence <= confidence
                });
                assert!(told, "{file}: {recipe} ({kind:?}, {confidence:?}) has no line in recipe/known.rs");
            }
        }
    }
}

/// Declarations that are about the directories of arbitrary trees, and about names that libraries give too.
fn some() -> impl Strategy<Value = Arc<Declarations>> {
    let all = [
        declaration("mutex", "/s", DeclaredKind::Mutex, r".*-(?<sequence>-?\d+)"),
        declaration("idle", "/*", DeclaredKind::Mutex, "[a-z]{1,3}"),
        Declaration {
            capacity: Some(2),
            ..declaration("semaphore", "/**/locks", DeclaredKind::Semaphore, r".*(?<sequence>\d{10})")
        },
        Declaration {
            readers: Some("r".into()),
            ..declaration("rw", "/**/s*", DeclaredKind::ReadWrite, r".*(?<sequence>\d{3})")
        },
        declaration("election", "/a/**", DeclaredKind::Election, "n.*"),
        declaration("group", "/**/leases", DeclaredKind::Group, ".*"),
        declaration("queue", "/**/entries", DeclaredKind::Queue, "[a-z].*"),
        declaration("ranked", "/**", DeclaredKind::PriorityQueue, r".*(?<priority>\d)(?<sequence>\d)"),
    ];
    proptest::sample::subsequence(all.to_vec(), 0..=all.len()).prop_map(declarations)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn kept_by_changes_and_by_declarations_it_equals_what_is_made_from_scratch(
        steps in proptest::collection::vec((proptest::collection::vec(change(), 1..8), proptest::option::weighted(0.3, some())), 1..8),
        first in some(),
    ) {
        let mut tree = Tree::default();
        let mut revision = Revision::first(info(Status::Live), Timestamp(0)).with_declarations(first, Timestamp(0));
        for (batch, declarations) in steps {
            batch.iter().for_each(|change| apply(&mut tree, change));
            let before = revision.tree.clone();
            let kept = revision.catalog.update(&before, &tree, &diff(&before, &tree));
            revision = revision.next(tree.clone(), info(Status::Live), Timestamp(1));
            prop_assert_eq!(&kept, &revision.catalog);
            if let Some(declarations) = declarations {
                revision = revision.with_declarations(declarations, Timestamp(2));
            }
            prop_assert_eq!(&revision.catalog, &Catalog::of_declared(&tree, revision.declarations().clone()));
        }
    }

    #[test]
    fn every_declared_lock_and_queue_can_be_shown_and_counts_agree(
        changes in proptest::collection::vec(change(), 0..40),
        declarations in some(),
    ) {
        let mut tree = Tree::default();
        changes.iter().for_each(|change| apply(&mut tree, change));
        let revision = revision(tree, declarations);
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
        for declaration in revision.declarations().iter() {
            let trial = project::trial(&revision, Declared::new(declaration.clone()).unwrap(), String::new()).unwrap();
            prop_assert!(trial.recognised <= trial.paths);
        }
        zooscope_model::deadlocks(&revision);
    }
}
