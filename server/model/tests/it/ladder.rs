//! What can be done about who holds: the rungs, the cures, and everything that one session holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use zooscope_model::{Revision, Roster, plan, project};
use zooscope_protocol::action::Owner;
use zooscope_protocol::ladder::{Deed, Ladder, Rung};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::{
    Action, Clause, Confidence, Lock, LockKind, MemberState, Peer, Plan, Refusal, RefusalCode, SessionId,
    Step, Target, Timestamp, ZnodePath,
};

use crate::built::{Built, at, guid, hex, later, peer, watches};
use crate::recorded::Recorded;

fn the_lock(revision: &Revision) -> Lock {
    let paths = project::lock_paths(revision, "", LockSort::Path);
    project::lock(revision, &paths[0], usize::MAX).unwrap()
}

fn ladder(revision: &Revision, lock: &ZnodePath) -> Ladder {
    project::ladders(revision, lock).0.swap_remove(0)
}

fn rung(revision: &Revision, lock: &ZnodePath, deed: Deed) -> Rung {
    let ladder = ladder(revision, lock);
    let deeds: Vec<Deed> = ladder.rungs.iter().map(|rung| rung.deed).collect();
    assert_eq!(deeds, [Deed::Revoke, Deed::Stop, Deed::Release], "the gentlest first");
    ladder.rungs.into_iter().find(|rung| rung.deed == deed).unwrap()
}

fn target(revision: &Revision, path: &str) -> Target {
    let stat = revision.tree.get(&at(path)).unwrap().stat();
    Target { path: at(path), czxid: stat.czxid, version: stat.version, session: stat.owner() }
}

fn release(revision: &Revision, path: &str) -> Result<Plan, Refusal> {
    plan(revision, "c", &Action::Release(target(revision, path)))
}

fn evict(revision: &Revision, session: i64) -> Result<Plan, Refusal> {
    plan(revision, "c", &Action::Evict(Owner { session: SessionId(session) }))
}

fn codes(clauses: &[Clause]) -> Vec<&str> {
    clauses.iter().map(|clause| clause.code.as_str()).collect()
}

fn with(revision: &Revision, roster: Roster) -> Revision {
    let at = roster.at;
    revision.with_roster(Arc::new(roster), at)
}

#[test]
fn who_listens_is_asked_and_who_does_not_is_not() {
    let revision = Recorded::tree("curator-5.7-mutex-revocable").revision;
    let lock = the_lock(&revision);
    let (path, holder) = (&lock.path, &lock.holders[0]);
    let own = holder.session.unwrap().0;
    // Nobody told who watches what.
    let asked = rung(&revision, path, Deed::Revoke);
    assert!(asked.offered && asked.why.contains("do not tell who watches what"), "{asked:?}");

    let told = |sessions: &[i64]| {
        with(&revision, watches(&revision, path.as_str(), 5, &[(holder.path.as_str(), sessions)]))
    };
    let listens = told(&[own, 7]);
    let asked = rung(&listens, path, Deed::Revoke);
    assert!(asked.offered && !asked.why.contains("Nothing shows"), "{asked:?}");
    let planned = plan(&listens, "c", &Action::Revoke(asked.target.unwrap())).unwrap();
    assert_eq!(planned.steps, [Step::Ask { path: holder.path.clone(), version: 0 }]);
    assert_eq!(codes(&planned.warnings), [""; 0]);
    assert_eq!(codes(&planned.effects), ["asked", "watched_for"]);
    assert_eq!(planned.confirm.expected, holder.session.unwrap().last8());
    assert_eq!(planned.deleted().count(), 0, "nothing is deleted by asking");

    let deaf = rung(&told(&[7]), path, Deed::Revoke);
    assert_eq!((deaf.offered, deaf.code, deaf.target), (false, Some(RefusalCode::NotAllowed), None));
    assert!(deaf.why.contains("does not watch its own znode"), "{}", deaf.why);
    // A server that did not answer may know more, and so may one that was asked before the holder came.
    let mut partial = watches(&revision, path.as_str(), 5, &[]);
    partial.watches.values_mut().for_each(|told| told.complete = false);
    assert!(rung(&with(&revision, partial), path, Deed::Revoke).offered);
    let early = watches(&revision, path.as_str(), -100_000, &[]);
    assert!(rung(&with(&revision, early), path, Deed::Revoke).offered);

    let waiter = plan(&listens, "c", &Action::Revoke(target(&listens, lock.waiters[0].path.as_str())));
    assert_eq!(waiter.unwrap_err().code, RefusalCode::NotHolder);
}

#[test]
fn who_was_asked_before_can_be_asked_again_and_whoever_wrote_data_never() {
    let mut built = Built::default();
    let name = |place: u32| format!("/l/_c_{}-lock-{place:010}", guid(place));
    built.create(&name(0), 1, b"__REVOKE__");
    let now = built.revision();
    let planned = plan(&now, "c", &Action::Revoke(target(&now, &name(0)))).unwrap();
    assert_eq!(codes(&planned.warnings), ["listener_unknown", "asked_before"]);

    let mut built = Built::default();
    built.create(&name(0), 1, b"10.0.0.7");
    let now = built.revision();
    let refused = plan(&now, "c", &Action::Revoke(target(&now, &name(0)))).unwrap_err();
    assert!(refused.detail.contains("has data"), "{}", refused.detail);
}

#[test]
fn only_mutexes_of_curators_are_asked() {
    for file in [
        "curator-5.7-leader-latch",
        "curator-5.7-leader-selector",
        "curator-5.7-semaphore",
        "curator-5.7-semaphore-mutex",
        "kazoo-2.11-lock",
        "kazoo-2.11-rwlock",
        "kazoo-2.11-semaphore",
        "kazoo-2.11-nonblocking-lease",
        "go-zookeeper-lock",
        "zk-recipes-write-lock",
        "rust-zookeeper-client-curator-latch",
    ] {
        let revision = Recorded::tree(file).revision;
        let lock = the_lock(&revision);
        let asked = rung(&revision, &lock.path, Deed::Revoke);
        assert_eq!((asked.offered, asked.code), (false, Some(RefusalCode::NotAllowed)), "{file}");
    }
    let latch = the_lock(&Recorded::tree("curator-5.7-leader-latch").revision).path;
    let why = rung(&Recorded::tree("curator-5.7-leader-latch").revision, &latch, Deed::Revoke).why;
    assert!(why.contains("nobody would ever lead again"), "{why}");
}

#[test]
fn the_client_to_stop_is_told_with_what_goes_with_it() {
    let mut built = Built::default();
    built.curator("/l", &[1, 2]);
    built.own("/elsewhere/a", 1);
    let now = built.revision();
    let stop = rung(&now, &at("/l"), Deed::Stop);
    assert!(stop.offered && stop.why.contains("No server tells"), "{}", stop.why);
    assert_eq!((stop.ephemerals, stop.client.clone()), (2, None));

    let there = Peer {
        client: Some("10.2.0.7:51234".into()),
        server: Some("zk1:2181".into()),
        timeout_ms: Some(4_000),
        expires: Some(Timestamp(now.at.0 + 3_000)),
        connected: Some(true),
        ..Peer::default()
    };
    let stop = rung(&with(&now, peer(1, there.clone())), &at("/l"), Deed::Stop);
    assert_eq!((stop.client.as_deref(), stop.server.as_deref()), (Some("10.2.0.7:51234"), Some("zk1:2181")));
    assert_eq!(stop.expires, None, "what is heard from does not run out");
    assert!(stop.why.contains("10.2.0.7:51234") && stop.why.contains("4 s"), "{}", stop.why);

    let lost = Peer { client: None, server: None, connected: Some(false), ..there };
    let stop = rung(&with(&now, peer(1, lost.clone())), &at("/l"), Deed::Stop);
    assert_eq!(stop.expires, lost.expires);
    assert!(stop.why.contains("Waiting may be enough"), "{}", stop.why);

    let revision = Recorded::tree("kazoo-2.11-lock-nonephemeral").revision;
    let stop = rung(&revision, &the_lock(&revision).path, Deed::Stop);
    assert_eq!((stop.offered, stop.code), (false, Some(RefusalCode::NotAllowed)));
}

#[test]
fn each_library_is_told_by_its_own_words() {
    for (file, belief, later) in [
        ("kazoo-2.11-lock", "`is_acquired` stays true", "release() later, it returns True"),
        ("kazoo-2.11-election", "the leader's function runs on", "release() later, it returns True"),
        ("kazoo-2.11-rwlock", "`is_acquired` stays true", "release() later, it returns True"),
        ("kazoo-2.11-semaphore", "it has its lease", "gives nobody's lease back"),
        ("curator-5.7-mutex", "`isAcquiredInThisProcess` stays true", "release() later, it succeeds"),
        ("curator-5.7-rwlock", "`isAcquiredInThisProcess` stays true", "release() later, it succeeds"),
        ("curator-5.7-semaphore", "treat its lease as held", "`Lease.getData` fails"),
        ("curator-5.7-leader-latch", "`hasLeadership` stays true", "close() later, it succeeds"),
        ("curator-5.7-leader-selector", "`takeLeadership` runs on", "release() later, it succeeds"),
        ("go-zookeeper-lock", "as if it held", "ErrDeadlock"),
        ("zk-recipes-write-lock", "`isOwner` stays true", "unlock() later, it succeeds"),
        ("rust-zookeeper-client-curator-lock", "guarded writes fail", "release() later"),
    ] {
        let revision = Recorded::tree(file).revision;
        let holder = &the_lock(&revision).holders[0];
        let planned = release(&revision, holder.path.as_str()).unwrap();
        assert_eq!(codes(&planned.warnings), ["old_holder_not_told", "no_undo"], "{file}");
        assert!(planned.warnings[0].sentence.contains(belief), "{file}: {}", planned.warnings[0].sentence);
        let told = planned.effects.iter().find(|clause| clause.code == "old_release").unwrap();
        assert!(told.sentence.contains(later), "{file}: {}", told.sentence);
    }
}

#[test]
fn whatever_is_no_holder_is_refused_with_a_reason_of_its_own() {
    let refused = |file: &str, path: &str| {
        let revision = Recorded::tree(file).revision;
        release(&revision, path).map(|plan| plan.steps).unwrap_err().detail
    };
    let waiter = |file: &str| {
        let revision = Recorded::tree(file).revision;
        let waiter = the_lock(&revision).waiters.pop().unwrap();
        release(&revision, waiter.path.as_str()).unwrap_err().detail
    };
    for (told, word) in [
        (waiter("go-zookeeper-lock"), "phantom holder"),
        (waiter("zk-recipes-write-lock"), "hangs for ever"),
        (waiter("kazoo-2.11-lock"), "queues again at the tail"),
        (waiter("curator-5.7-mutex"), "retry policy"),
        (waiter("curator-5.7-leader-latch"), "joins again at the tail"),
        (waiter("zk-recipes-election"), "never leads"),
        (waiter("kazoo-2.11-semaphore"), "inner lock"),
        (refused("kazoo-2.11-double-barrier-ready", "/r/kazoo-2.11/double-barrier/ready"), "tells everybody"),
        (refused("curator-5.7-semaphore-wedged", "/r/curator-5.7/wedge/leases"), "directory"),
        (refused("curator-5.7-semaphore-wedged", "/r/curator-5.7/wedge/locks"), "directory"),
        (refused("kazoo-2.11-lock", "/r/kazoo-2.11/lock"), "directory"),
        (refused("kazoo-2.11-locking-queue", "/r/kazoo-2.11/lqueue/taken"), "directory"),
        (refused("curator-5.7-group-member", "/r/curator-5.7/group/member-A"), "make it again"),
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    // A child that is no contender, where the library would not know what to make of it.
    let mut built = Built::default();
    built.curator("/l", &[1, 2]);
    built.dir("/l/0-note");
    let now = built.revision();
    let holder = project::lock(&now, &at("/l"), 1).unwrap().holders.remove(0);
    let detail = release(&now, holder.path.as_str()).unwrap_err().detail;
    assert!(detail.contains("`0-note` is in this lock"), "{detail}");
    assert_eq!(release(&now, "/l/0-note").unwrap_err().code, RefusalCode::NoLock);
}

#[test]
fn nothing_is_offered_for_what_is_likely_or_a_part_of_a_system() {
    for file in Recorded::files() {
        let revision = Recorded::named(&file).revision;
        for path in project::lock_paths(&revision, "", LockSort::Path) {
            let lock = project::lock(&revision, &path, usize::MAX).unwrap();
            let (ladders, cures) = project::ladders(&revision, &path);
            assert_eq!(cures, [], "{file}: nothing is stuck at a glance");
            let holders: BTreeSet<&ZnodePath> = lock.holders.iter().map(|holder| &holder.path).collect();
            assert_eq!(ladders.iter().map(|ladder| &ladder.path).collect::<BTreeSet<_>>(), holders, "{file}");
            let off = lock.confidence == Confidence::Likely
                || lock.hands_off.is_some()
                || lock.kind == LockKind::Group;
            for rung in ladders.iter().flat_map(|ladder| &ladder.rungs) {
                assert!(rung.why.ends_with('.') || !rung.offered, "{file}: {}", rung.why);
                assert_eq!(rung.offered, rung.code.is_none(), "{file}");
                if rung.deed == Deed::Release {
                    assert_eq!(rung.offered, !off, "{file} {path}: {}", rung.why);
                    assert_eq!(rung.target.is_some(), rung.offered);
                }
                assert!(rung.deed != Deed::Revoke || !off || !rung.offered, "{file}");
            }
        }
    }
}

#[test]
fn everything_that_a_session_holds_is_released_at_once() {
    let mut built = Built::default();
    built.kazoo("/a/one", &[1, 2]);
    built.kazoo("/a/two", &[1]);
    built.curator("/a/three", &[1, 3, 1]);
    built.semaphore("/a/four", &[1, 1, 4], &[5, 6, 7]);
    built.kazoo("/a/five", &[8, 1]);
    built.own("/a/six/lock-0000000001", 1);
    built.own("/a/other", 1);
    let now = built.revision();
    let planned = evict(&now, 1).unwrap();
    assert_eq!(planned.subject, at("/a/four"));
    let deleted: BTreeSet<&str> = planned
        .deleted()
        .map(|znode| znode.path.parent().unwrap())
        .map(|path| match path.as_str() {
            "/a/one" => "one",
            "/a/two" => "two",
            "/a/three" => "three",
            "/a/four" => "four",
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(deleted.len(), 4);
    assert_eq!(planned.deleted().count(), 5, "two leases, and only the first place in `three`");
    assert!(planned.identities.iter().all(|znode| znode.session == Some(SessionId(1))));
    let pins = planned.steps.iter().filter(|step| matches!(step, Step::Pin { .. })).count();
    let touches = planned.steps.iter().filter(|step| matches!(step, Step::Touch { .. })).count();
    assert_eq!((pins, touches), (2, 2));
    let first_delete = planned.steps.iter().position(|step| matches!(step, Step::Delete { .. })).unwrap();
    assert_eq!(first_delete, 4, "what pins comes before what is done in one transaction");
    // What only looks like a lock is told, and left.
    let [left] = planned.excluded.as_slice() else { panic!("{:?}", planned.excluded) };
    assert_eq!((left.path.as_str(), left.code), ("/a/six/lock-0000000001", RefusalCode::NotAllowed));
    assert!(codes(&planned.warnings).contains(&"left_alone"));
    let next = |lock: &str| {
        let here =
            planned.effects.iter().filter(|clause| clause.sentence.starts_with(&format!("At `/a/{lock}`")));
        here.filter(|clause| clause.code != "old_release")
            .map(|clause| clause.code.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(next("one"), ["next_holder"]);
    assert_eq!(next("two"), ["nobody_waits"]);
    assert_eq!(next("three"), ["next_holder", "still_waiting"]);
    assert_eq!(next("four"), ["next_holder", "next_holder", "still_waiting"]);
    assert_eq!(planned.confirm.expected, SessionId(1).last8());

    assert_eq!(evict(&now, 9).unwrap_err().code, RefusalCode::NotHolder);
    assert_eq!(evict(&now, 6).unwrap_err().code, RefusalCode::NotHolder, "it only waits");
    // It gave one back, so another plan is made.
    built.delete(planned.identities[0].path.as_str());
    let after = evict(&built.after(&now), 1).unwrap();
    assert_ne!(after.digest, planned.digest);
}

#[test]
fn more_than_one_transaction_carries_is_refused() {
    let mut built = Built::default();
    for lock in 0..1_001 {
        built.curator(&format!("/many/{lock:04}"), &[1]);
    }
    let refused = evict(&built.revision(), 1).unwrap_err();
    assert_eq!(refused.code, RefusalCode::DataTooLarge);
    assert!(refused.detail.contains("1001"), "{}", refused.detail);
    let mut built = Built::default();
    let long = "x".repeat(2_000);
    for lock in 0..600 {
        built.curator(&format!("/many/{lock:04}{long}"), &[1]);
    }
    assert_eq!(evict(&built.revision(), 1).unwrap_err().code, RefusalCode::DataTooLarge);
}

#[test]
fn a_wedged_semaphore_is_cured_of_the_lease_that_is_surely_pending() {
    let revision = Recorded::tree("curator-5.7-semaphore-wedged").revision;
    let lock = the_lock(&revision).path;
    let pending = the_lock(&revision).waiters.remove(0);
    assert_eq!(pending.state, MemberState::Pending);
    let cure =
        |revision: &Revision| plan(revision, "c", &Action::Cure(target(revision, pending.path.as_str())));
    assert_eq!(cure(&revision).unwrap_err().code, RefusalCode::NotAllowed, "it may be about to acquire");
    let now = later(revision, 125);
    let (_, cures) = project::ladders(&now, &lock);
    let [offered] = cures.as_slice() else { panic!("{cures:?}") };
    assert!(offered.offered && offered.deed == Deed::Cure);
    assert_eq!(offered.target.as_ref().unwrap().path, pending.path);
    let planned = cure(&now).unwrap();
    assert_eq!(planned.steps, [Step::Delete { path: pending.path.clone(), version: 0 }]);
    assert_eq!(codes(&planned.effects), ["counts_again", "queues_again"]);
    // Who stands as a holder may be pending too.
    let holder = the_lock(&now).holders.remove(0);
    let planned = release(&now, holder.path.as_str()).unwrap();
    assert!(codes(&planned.warnings).contains(&"cure_first"), "{:?}", planned.warnings);
    assert_eq!(
        plan(&now, "c", &Action::Cure(target(&now, holder.path.as_str()))).unwrap_err().code,
        RefusalCode::NotAllowed
    );
    assert_eq!(release(&now, pending.path.as_str()).unwrap_err().code, RefusalCode::NotHolder);
}

#[test]
fn a_reader_of_old_kazoo_that_watches_a_later_writer_is_cured_of_that_writer() {
    let mut built = Built::default();
    let name = |kind: &str, place: u32| format!("/l/{}__{kind}__{place:010}", hex(place + 1));
    built.own(&name("rlock", 1), 2);
    built.own(&name("lock", 2), 3);
    let (reader, writer) = (name("rlock", 1), name("lock", 2));
    let now = built.revision();
    let polled = |watched: &[(&str, &[i64])]| {
        let first = with(&now, watches(&now, "/l", 2, watched));
        with(&first, watches(&now, "/l", 5, watched))
    };
    let healthy = polled(&[(&reader, &[3])]);
    assert_eq!(project::ladders(&healthy, &at("/l")).1, []);
    assert_eq!(
        plan(&healthy, "c", &Action::Cure(target(&now, &writer))).unwrap_err().code,
        RefusalCode::NotAllowed
    );

    let stuck = polled(&[(&reader, &[3]), (&writer, &[2])]);
    let found = project::findings(&stuck, Some("watches_later"), 9).rows;
    assert_eq!(found[0].members, [at(&reader), at(&writer)], "by the layout the reader holds: {found:?}");
    let (_, cures) = project::ladders(&stuck, &at("/l"));
    assert_eq!(cures[0].target, Some(target(&now, &writer)));
    let planned = plan(&stuck, "c", &Action::Cure(target(&now, &writer))).unwrap();
    assert!(
        matches!(planned.steps.as_slice(), [Step::Pin { .. }, Step::Delete { path, .. }] if path.as_str() == writer)
    );
    assert_eq!(codes(&planned.effects), ["reader_goes_on", "queues_again"]);
    assert_eq!(
        plan(&stuck, "c", &Action::Cure(target(&now, &reader))).unwrap_err().code,
        RefusalCode::NotAllowed
    );
    // A session of many threads may watch the writer for another contender of its own.
    built.own(&name("lock", 3), 2);
    let several = built.after(&now);
    let first = with(&several, watches(&several, "/l", 2, &[(&writer, &[2])]));
    let several = with(&first, watches(&several, "/l", 5, &[(&writer, &[2])]));
    assert_eq!(project::ladders(&several, &at("/l")).1, []);
}

#[test]
fn readers_behind_a_released_writer_acquire_together() {
    let mut built = Built::default();
    let name = |kind: &str, place: u32| format!("/l/{}__{kind}__{place:010}", hex(place + 1));
    built.own(&name("lock", 0), 1);
    for place in 1..=5 {
        built.own(&name("rlock", place), i64::from(place) + 1);
    }
    built.own(&name("lock", 6), 7);
    let now = built.revision();
    let planned = release(&now, &name("lock", 0)).unwrap();
    let effects = codes(&planned.effects);
    assert_eq!(
        effects,
        [
            "next_holder",
            "next_holder",
            "next_holder",
            "more_next_holders",
            "still_waiting",
            "old_release",
            "session_lives"
        ]
    );
    assert!(planned.effects[3].sentence.starts_with("2 more"));
    assert!(planned.effects[4].sentence.starts_with("1 contender"));
}
