//! Who waits for whom, on trees where a known analyser was wrong, and on those that are larger than most.

use std::time::{Duration, Instant};

use zooscope_model::{Revision, deadlocks, project};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::view::{Deadlock, WaitGraph};
use zooscope_protocol::{About, MemberState, SessionId, Severity};

use crate::built::{Built, at, guid, hex, later};
use crate::recorded::Recorded;

fn graph(revision: &Revision) -> WaitGraph {
    project::waits(revision)
}

fn behind(revision: &Revision, session: i64) -> u32 {
    let graph = graph(revision);
    graph.sessions.iter().find(|node| node.session == SessionId(session)).unwrap().behind
}

/// The edges as waiter, blocker, whether the blocker holds, whether one of several is enough.
fn edges(graph: &WaitGraph) -> Vec<(i64, i64, bool, bool)> {
    let mut edges: Vec<_> =
        graph.edges.iter().map(|edge| (edge.waiter.0, edge.blocker.0, edge.held, edge.any)).collect();
    edges.sort_unstable();
    edges
}

fn circle(deadlock: &Deadlock) -> Vec<i64> {
    deadlock.members.iter().map(|member| member.session.0).collect()
}

fn abba() -> Built {
    let mut built = Built::default();
    built.kazoo("/l/a", &[1, 2]);
    built.kazoo("/l/b", &[2, 1]);
    built
}

// The regression table: where an analyser that took data for identity and a snapshot for the truth was wrong.

#[test]
fn kazoo_locks_without_identifiers_are_no_deadlock() {
    let mut built = Built::default();
    built.kazoo("/l/a", &[1, 2]);
    built.kazoo("/l/b", &[3, 4]);
    assert_eq!(deadlocks(&built.revision()), []);
    assert_eq!(edges(&graph(&built.revision())), [(2, 1, true, false), (4, 3, true, false)]);
}

#[test]
fn kazoo_locks_with_identifiers_are_held_by_the_lowest_number_not_the_lowest_uuid() {
    let mut built = Built::default();
    built.create(&format!("/l/{}__lock__0000000000", hex(0xffff)), 1, b"A");
    built.create(&format!("/l/{}__lock__0000000001", hex(0x1)), 2, b"B");
    let graph = graph(&built.revision());
    assert_eq!(edges(&graph), [(2, 1, true, false)]);
    let root = &graph.sessions[0];
    assert_eq!((root.identity.as_deref(), root.root, root.behind), (Some("A"), true, 1));
}

#[test]
fn curator_contenders_on_one_host_are_no_deadlock() {
    let mut built = Built::default();
    built.curator("/l/a", &[1, 2]);
    built.curator("/l/b", &[2, 3]);
    assert_eq!(deadlocks(&built.revision()), [], "all of them wrote the same address");
}

#[test]
fn a_semaphore_s_diamond_is_no_deadlock() {
    let mut built = Built::default();
    built.semaphore("/s", &[2, 3], &[1]);
    built.kazoo("/a", &[4, 2, 3]);
    assert_eq!(deadlocks(&built.revision()), [], "session 4 goes on");
    // Even where the one that waits for the semaphore holds the lock, one holder that goes on is enough.
    let mut built = Built::default();
    built.semaphore("/s", &[2, 3], &[1]);
    built.kazoo("/a", &[1, 2]);
    assert_eq!(deadlocks(&built.revision()), [], "session 3 gives its lease back");
}

#[test]
fn a_semaphore_all_of_whose_holders_wait_for_who_waits_for_it_is_a_deadlock() {
    let mut built = Built::default();
    built.semaphore("/s", &[2, 3], &[1]);
    built.kazoo("/a", &[1, 2, 3]);
    let [deadlock] = deadlocks(&built.revision()).try_into().unwrap();
    assert_eq!(circle(&deadlock).len(), 2);
    assert!(graph(&built.revision()).sessions.iter().all(|node| node.deadlocked));
}

#[test]
fn two_readers_both_hold() {
    let mut built = Built::default();
    for (place, session) in [1, 2].into_iter().enumerate() {
        built.own(&format!("/l/_c_{}-__READ__{place:010}", guid(place as u32)), session);
    }
    built.own(&format!("/l/_c_{}-__WRIT__0000000002", guid(7)), 3);
    let revision = built.revision();
    assert_eq!(project::lock(&revision, &at("/l"), 9).unwrap().held_by, 2);
    assert_eq!(edges(&graph(&revision)), [(3, 1, true, false), (3, 2, true, false)]);
    assert_eq!(deadlocks(&revision), []);
}

#[test]
fn two_readers_that_both_want_to_write_are_a_deadlock() {
    let mut built = Built::default();
    for session in [1, 2] {
        built.own(&format!("/l/_c_{}-__READ__{session:010}", guid(session)), session.into());
    }
    for session in [1, 2] {
        built.own(&format!("/l/_c_{}-__WRIT__{:010}", guid(session + 9), session + 9), session.into());
    }
    let now = built.revision();
    let [deadlock] = deadlocks(&now).try_into().unwrap();
    assert_eq!(circle(&deadlock), [1, 2]);
    // Without one of the readers the first writer waits for the other, behind which stands the second.
    assert_eq!(deadlock.victim, None);
    let finding = project::findings(&later(now, 1), Some("deadlock"), 9).rows.remove(0);
    assert!(
        finding.sentence.contains("frees one of them by itself; end one of the sessions"),
        "{}",
        finding.sentence
    );

    let mut released = built.clone();
    released.delete(&format!("/l/_c_{}-__READ__0000000001", guid(1)));
    let stuck = project::findings(&released.revision(), Some("self_wait"), 9).rows.remove(0);
    assert!(
        stuck.sentence.contains("behind _c_0000000a")
            && stuck.sentence.contains("of session 0x0000000000000001"),
        "{}",
        stuck.sentence
    );

    built.delete(&format!("/l/_c_{}-__READ__0000000001", guid(1)));
    built.delete(&format!("/l/_c_{}-__WRIT__0000000010", guid(10)));
    assert_eq!(deadlocks(&built.revision()), [], "session 1 has ended");
}

#[test]
fn a_semaphore_with_room_holds_up_nobody() {
    let mut built = Built::default();
    built.semaphore("/s", &[1, 9], &[2]);
    built.kazoo("/m", &[2, 1]);
    let full = built.revision();
    assert_eq!(deadlocks(&full), [], "session 9 may give its lease back");
    let lease = built.tree.get(&at("/s")).unwrap().children();
    let lease = lease
        .filter(|(_, znode)| znode.stat().owner() == Some(SessionId(9)))
        .map(|(name, _)| name.to_owned());
    let lease: Vec<String> = lease.collect();
    built.delete(&format!("/s/{}", lease[0]));
    let room = built.after(&full);
    assert_eq!(deadlocks(&room), [], "session 2 is about to take the place that is free");
    built.create("/s/11111111111111111111111111111111", 1, b"");
    assert_eq!(deadlocks(&built.after(&room)).len(), 1, "session 1 has both places now");
}

#[test]
fn a_circle_is_confirmed_when_it_has_stood_for_a_second() {
    let mut built = abba();
    let first = built.revision();
    assert!(!deadlocks(&first)[0].confirmed);
    built.dir("/elsewhere");
    let soon = |millis: i64| zooscope_protocol::Timestamp(first.at.0 + millis);
    let second = first.next(built.tree.clone(), first.info.clone(), soon(20));
    assert!(!deadlocks(&second)[0].confirmed, "both were of one moment");
    built.dir("/elsewhere/too");
    assert!(!deadlocks(&second.tick(soon(999)).unwrap())[0].confirmed);
    let third = second.next(built.tree.clone(), first.info.clone(), soon(1_000));
    assert!(deadlocks(&third)[0].confirmed);
}

#[test]
fn who_queued_for_a_semaphore_waits_since_then_though_its_lease_is_laid_down_now() {
    let mut built = Built::default();
    built.own(&format!("/s/leases/_c_{}-lease-0000000000", guid(1)), 1);
    built.own(&format!("/s/locks/_c_{}-lock-0000000001", guid(2)), 2);
    let queued = built.now();
    built.pass(3_600);
    built.own(&format!("/s/leases/_c_{}-lease-0000000001", guid(4)), 2);
    let now = built.revision();
    let lock = project::lock(&now, &at("/s"), 9).unwrap();
    assert_eq!((lock.waiters[0].state, lock.waiting_since), (MemberState::Pending, Some(queued)));
    assert_eq!(graph(&now).edges[0].since, queued);
    let finding = project::findings(&later(now, 1), Some("waiting_long"), 9).rows.remove(0);
    assert_eq!(finding.severity, Severity::Critical);
}

#[test]
fn a_curator_reader_of_its_writer_s_session_holds_beside_it() {
    let downgraded = |number: u32| {
        let mut built = Built::default();
        built.own(&format!("/l/_c_{}-__WRIT__0000000000", guid(1)), 1);
        built.own(&format!("/l/_c_{}-__WRIT__0000000001", guid(2)), 2);
        built.own(&format!("/l/_c_{}-__READ__{number:010}", guid(3)), 1);
        let now = built.revision();
        let lock = project::lock(&now, &at("/l"), 9).unwrap();
        (
            lock.held_by,
            lock.blocked,
            lock.findings.into_iter().map(|finding| (finding.code, finding.severity)).collect(),
        )
    };
    assert_eq!(downgraded(0), (2, 1, vec![]));
    assert_eq!(downgraded(2), (2, 1, vec![]));
}

#[test]
fn a_true_circle_is_found_confirmed_and_told_with_a_victim() {
    let built = abba();
    let first = built.revision();
    let [deadlock] = deadlocks(&first).try_into().unwrap();
    assert_eq!(circle(&deadlock), [1, 2]);
    assert_eq!((deadlock.confirmed, deadlock.since), (false, built.now()));
    assert_eq!(project::findings(&first, Some("deadlock"), 9).total, 0, "one moment is not enough");

    let second = later(first, 1);
    let [deadlock] = deadlocks(&second).try_into().unwrap();
    assert!(deadlock.confirmed, "nothing changed for a second");
    let findings = project::findings(&second, Some("deadlock"), 9);
    assert_eq!(findings.rows[0].severity, Severity::Critical);
    assert_eq!(findings.rows[0].about, About::Sessions(vec![SessionId(1), SessionId(2)]));
    assert!(
        findings.rows[0].sentence.contains("holds /l/a and waits for /l/b"),
        "{}",
        findings.rows[0].sentence
    );
    let victim = deadlock.victim.unwrap();
    assert!(findings.rows[0].members.contains(&victim.member));
    assert!(findings.rows[0].sentence.contains(&victim.sentence));
}

#[test]
fn a_circle_of_other_znodes_is_not_the_one_that_was_seen() {
    let mut built = abba();
    let first = built.revision();
    assert_eq!(deadlocks(&first).len(), 1);
    let name = built.tree.get(&at("/l/b")).unwrap().children().nth(1).unwrap().0.to_owned();
    built.delete(&format!("/l/b/{name}"));
    built.own(&format!("/l/b/{}__lock__0000000009", hex(99)), 1);
    let second = built.after(&first);
    assert!(!deadlocks(&second)[0].confirmed, "session 1 asked anew meanwhile");
    built.dir("/elsewhere");
    assert!(deadlocks(&built.after(&second))[0].confirmed);
}

#[test]
fn the_victim_is_the_one_with_the_fewest_behind_it() {
    let mut built = abba();
    built.own(&format!("/l/a/{}__lock__0000000002", hex(70)), 3);
    built.own(&format!("/l/a/{}__lock__0000000003", hex(71)), 4);
    let [deadlock] = deadlocks(&built.revision()).try_into().unwrap();
    let victim = deadlock.victim.unwrap();
    assert_eq!((victim.session, victim.behind), (SessionId(2), 1));
    assert_eq!(victim.lock, at("/l/b"));
    assert!(victim.sentence.contains(": 1 waits behind it, "), "{}", victim.sentence);
}

#[test]
fn a_circle_of_locks_that_may_not_be_released_has_no_victim() {
    let mut built = Built::default();
    for (lock, sessions) in [("/a", [1, 2]), ("/b", [2, 1])] {
        for (place, session) in sessions.into_iter().enumerate() {
            built.own(&format!("{lock}/n-{place:010}"), session);
        }
    }
    let [deadlock] = deadlocks(&built.revision()).try_into().unwrap();
    assert_eq!(deadlock.victim, None, "it only looks like a lock");
}

#[test]
fn recorded_circles_are_found_and_others_are_not() {
    for file in Recorded::files() {
        let circles = deadlocks(&Recorded::named(&file).revision).len();
        assert_eq!(
            circles,
            usize::from(file.contains("mutex-deadlock") || file.contains("deadlock3")),
            "{file}"
        );
    }
}

#[test]
fn who_is_behind_is_counted_all_the_way_down() {
    let mut built = Built::default();
    built.kazoo("/l/a", &[1, 2, 3]);
    built.kazoo("/l/b", &[3, 4, 5]);
    built.kazoo("/l/c", &[5, 6]);
    built.kazoo("/l/d", &[7, 8]);
    let revision = built.revision();
    // Behind a are 2 and 3, behind 3 at b are 4 and 5, behind 5 at c is 6.
    let lock = |path: &str| project::lock(&revision, &at(path), 1).unwrap();
    assert_eq!(
        [lock("/l/a"), lock("/l/b"), lock("/l/c"), lock("/l/d")].map(|lock| lock.behind),
        [5, 3, 1, 1]
    );
    assert_eq!(lock("/l/a").blocked, 2);
    assert_eq!([1, 2, 3, 4, 5, 6].map(|session| behind(&revision, session)), [5, 4, 3, 2, 1, 0]);
    let order = project::lock_paths(&revision, "", LockSort::Blocked);
    assert_eq!(order, ["/l/a", "/l/b", "/l/c", "/l/d"].map(at));
    let graph = graph(&revision);
    assert_eq!(graph.sessions[0].session, SessionId(1), "the root blocker of most comes first");
    let roots: Vec<i64> = graph.sessions.iter().filter(|node| node.root).map(|node| node.session.0).collect();
    assert_eq!(roots, [1, 7]);
    assert_eq!(project::overview(&revision).top_locks[0].path, at("/l/a"));
    // One that stands behind another has one edge, to that one.
    assert!(edges(&graph).contains(&(3, 2, false, false)) && !edges(&graph).contains(&(3, 1, true, false)));
}

#[test]
fn who_is_reached_in_two_ways_is_counted_once() {
    let mut built = Built::default();
    built.kazoo("/l/a", &[1, 2]);
    built.kazoo("/l/b", &[1, 2]);
    built.kazoo("/l/c", &[2, 3]);
    let revision = built.revision();
    assert_eq!(behind(&revision, 1), 3, "two contenders of session 2 and one of session 3");
    assert_eq!(behind(&revision, 2), 1);
    assert_eq!(deadlocks(&revision), []);
}

#[test]
fn in_a_circle_nobody_is_behind_itself() {
    let mut built = abba();
    built.own(&format!("/l/a/{}__lock__0000000002", hex(70)), 3);
    let revision = built.revision();
    assert_eq!([1, 2, 3].map(|session| behind(&revision, session)), [2, 2, 0]);
}

#[test]
fn a_session_has_its_locks_its_client_and_what_ends_with_it() {
    let mut built = Built::default();
    built.kazoo("/l/a", &[1, 2]);
    built.kazoo("/l/b", &[2, 3]);
    built.create("/party/member", 2, b"x");
    let told = zooscope_protocol::Peer { client: Some("10.0.0.9:4711".to_owned()), ..Default::default() };
    let revision = built.revision();
    let revision = revision.with_roster(std::sync::Arc::new(crate::built::peer(2, told)), revision.at);
    let detail = project::session(&revision, SessionId(2));
    let session = *detail.session.unwrap();
    assert_eq!((session.holds, session.waits), (vec![at("/l/b")], vec![at("/l/a")]));
    assert_eq!((session.ephemerals, session.behind), (3, 1));
    assert_eq!(session.peer.client.as_deref(), Some("10.0.0.9:4711"));
    assert_eq!((detail.holds.len(), detail.waits.len(), detail.ephemerals.len()), (1, 1, 3));
    assert_eq!(detail.holds[0].member.client.as_deref(), Some("10.0.0.9:4711"));
    let lock = project::lock(&revision, &at("/l/b"), 9).unwrap();
    assert_eq!(lock.holders[0].client.as_deref(), Some("10.0.0.9:4711"));

    let ids = |query: &str| {
        let list = project::sessions(&revision, query, 9);
        assert_eq!(list.total as usize, list.rows.len());
        list.rows.iter().map(|row| row.session.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(""), [1, 2, 3], "those that block the most first");
    assert_eq!((ids("10.0.0.9"), ids("/L/B"), ids("0x0000000000000003")), (vec![2], vec![2, 3], vec![3]));
    assert_eq!(project::session(&revision, SessionId(77)).session, None);
}

#[test]
fn a_contender_that_waits_with_a_pending_lease_is_one() {
    let recorded = Recorded::tree("curator-5.7-semaphore");
    let path = &project::lock_paths(&recorded.revision, "", LockSort::Path)[0];
    let lock = project::lock(&recorded.revision, path, 99).unwrap();
    let pending = lock.waiters[0].clone();
    assert_eq!(pending.state, MemberState::Pending);
    let detail = project::session(&recorded.revision, pending.session.unwrap());
    let waits: Vec<_> = detail.waits.iter().map(|stand| &stand.member.path).collect();
    assert_eq!(waits.iter().filter(|path| ***path == pending.path).count(), 1);
    let queued = lock.waiters.iter().filter(|waiter| waiter.session == pending.session).count();
    assert_eq!(waits.len(), queued);
}

#[test]
fn ten_thousand_locks_and_five_thousand_waiters_are_no_burden() {
    let mut built = Built::default();
    for lock in 0..5_000 {
        // Each holds one and waits for the next: the longest chain there is.
        built.kazoo(&format!("/chain/{lock:05}"), &[lock + 2, lock + 1]);
    }
    for lock in 0..5_000 {
        built.kazoo(&format!("/single/{lock:05}"), &[100_000 + lock, 200_000 + lock]);
    }
    let crowd: Vec<i64> = (300_000..305_001).collect();
    built.kazoo("/crowd", &crowd);
    let revision = built.revision();
    let start = Instant::now();
    let graph = graph(&revision);
    let took = start.elapsed();
    assert_eq!(graph.sessions.len(), WaitGraph::MAX_SESSIONS);
    assert_eq!(graph.left_out as usize, 5_001 + 10_000 + 5_001 - WaitGraph::MAX_SESSIONS);
    assert_eq!(behind(&revision, 5_001), 5_000, "the end of the chain");
    assert_eq!(project::lock(&revision, &at("/crowd"), 1).unwrap().behind, 5_000);
    assert_eq!(graph.deadlocks, []);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_circle_of_ten_thousand_is_found() {
    let mut built = Built::default();
    for lock in 0..10_000 {
        built.kazoo(&format!("/l/{lock:05}"), &[lock + 1, (lock + 1) % 10_000 + 1]);
    }
    let revision = built.revision();
    let start = Instant::now();
    let [deadlock] = deadlocks(&revision).try_into().unwrap();
    assert_eq!(deadlock.members.len(), 10_000);
    assert!(deadlock.victim.is_some());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}
