//! What is wrong: each kind appears where it should and nowhere else.

use std::sync::Arc;

use zooscope_model::{Revision, project};
use zooscope_protocol::{About, Finding, Peer, Severity, Timestamp};

use crate::built::{Built, at, guid, hex, later, peer};
use crate::recorded::Recorded;

pub(crate) fn all(revision: &Revision) -> Vec<Finding> {
    project::findings(revision, None, usize::MAX).rows
}

/// The finding of a code, if there is one; never two.
pub(crate) fn one(revision: &Revision, code: &str) -> Option<Finding> {
    let mut found = project::findings(revision, Some(code), usize::MAX).rows;
    assert!(found.len() < 2, "{found:?}");
    found.pop()
}

pub(crate) fn told(revision: &Revision, code: &str) -> Finding {
    one(revision, code).unwrap_or_else(|| panic!("{code} is not among {:?}", all(revision)))
}

pub(crate) fn child(built: &Built, directory: &str, place: usize) -> String {
    let znode = built.tree.get(&at(directory)).unwrap();
    let mut names: Vec<_> = znode.children().map(|(name, child)| (child.stat().czxid, name)).collect();
    names.sort_unstable();
    format!("{directory}/{}", names[place].1)
}

#[test]
fn no_recorded_tree_is_told_to_be_worse_than_it_is() {
    // What is broken by design, and how.
    let broken = [
        ("curator-5.7-mutex-deadlock", "deadlock"),
        ("curator-5.7-mutex-same-session", "self_wait"),
        ("kazoo-2.11-lock-nonephemeral", "persistent_contender"),
        ("kazoo-2.11-lock-self-deadlock", "self_wait"),
    ];
    for file in Recorded::files() {
        let revision = Recorded::named(&file).revision;
        let seconds = later_if_it_ticks(revision);
        let codes: Vec<String> = all(&seconds)
            .into_iter()
            // How long its clients waited until it was recorded says nothing of a recipe.
            .filter(|finding| finding.severity > Severity::Info && finding.code != "waiting_long")
            .map(|finding| finding.code)
            .collect();
        let expected: Vec<&str> =
            broken.iter().filter(|(name, _)| *name == file).map(|(_, code)| *code).collect();
        assert_eq!(codes, expected, "{file}: {:?}", all(&seconds));
    }
}

/// Lets so many contenders of kazoo's come to a lock and go.
fn turn_over(built: &mut Built, lock: &str, times: u32) {
    for object in 0..times {
        let name = format!("{lock}/{}__lock__{object:010}", hex(0xffff_0000 + object));
        built.own(&name, 99);
        built.delete(&name);
    }
}

/// The revision a few seconds later, where time has something to tell.
fn later_if_it_ticks(revision: Revision) -> Revision {
    project::findings(&revision, None, 0);
    match revision.tick(Timestamp(revision.at.0 + 1_000)) {
        Some(next) => next,
        None => revision,
    }
}

#[test]
fn a_lock_that_is_held_beyond_the_threshold_while_others_wait_is_told_in_steps() {
    let mut built = Built::default();
    built.kazoo("/l", &[1]);
    let alone = built.revision();
    assert_eq!(alone.tick(Timestamp(alone.at.0 + 900_000)).map(|later| all(&later)), None, "nobody waits");
    turn_over(&mut built, "/m", 10);
    built.kazoo("/m", &[1, 2]);
    let now = built.revision();
    let severity = |seconds: i64| {
        let later = now.tick(Timestamp(now.at.0 + seconds * 1_000)).unwrap();
        one(&later, "held_long").map(|finding| finding.severity)
    };
    assert_eq!(severity(50), None);
    assert_eq!(severity(65), Some(Severity::Info));
    assert_eq!(severity(305), Some(Severity::Warn));
    assert_eq!(severity(605), Some(Severity::Critical));
    let sentences = [100, 101]
        .map(|seconds| told(&now.tick(Timestamp(now.at.0 + seconds * 1_000)).unwrap(), "held_long").sentence);
    assert_eq!(sentences[0], sentences[1], "it does not change every second");
    assert!(sentences[0].contains("queued at"), "nobody saw it acquire: {}", sentences[0]);
}

#[test]
fn a_contender_that_waits_beyond_the_threshold_is_told_and_a_candidate_is_not() {
    let mut built = Built::default();
    turn_over(&mut built, "/l", 10);
    built.kazoo("/l", &[1, 2]);
    for place in 0..2 {
        built.own(&format!("/e/n_{place:010}"), 3 + place);
    }
    let now = built.revision();
    assert_eq!(one(&now.tick(Timestamp(now.at.0 + 5_000)).unwrap(), "waiting_long"), None);
    let later = now.tick(Timestamp(now.at.0 + 40_000)).unwrap();
    let finding = told(&later, "waiting_long");
    assert_eq!((finding.severity, &finding.about), (Severity::Warn, &About::Lock(at("/l"))));
    assert!(finding.sentence.contains("0x0000000000000002"));
    assert_eq!(project::lock(&later, &at("/l"), 1).unwrap().findings, [finding]);
}

#[test]
fn a_place_that_kazoo_left_behind_is_told_from_two_locks_of_one_session() {
    let mut built = Built::default();
    built.kazoo("/two", &[1, 1]);
    assert_eq!(told(&built.revision(), "self_wait").severity, Severity::Warn);
    assert_eq!(one(&built.revision(), "leaked_contender"), None);
    let mut built = Built::default();
    built.own(&format!("/leak/{}__lock__0000000000", hex(5)), 1);
    built.own(&format!("/leak/{}__lock__0000000001", hex(5)), 1);
    assert_eq!(told(&built.revision(), "leaked_contender").severity, Severity::Critical);
    assert_eq!(one(&built.revision(), "self_wait"), None);
    let mut built = Built::default();
    built.own(&format!("/wait/{}__lock__0000000000", hex(1)), 1);
    built.own(&format!("/wait/{}__lock__0000000001", hex(5)), 2);
    built.own(&format!("/wait/{}__lock__0000000002", hex(5)), 2);
    assert_eq!(told(&built.revision(), "leaked_contender").severity, Severity::Warn);
    built.delete(&format!("/wait/{}__lock__0000000002", hex(5)));
    built.own(&format!("/wait/{}__lock__0000000003", hex(6)), 2);
    assert_eq!(all(&built.revision()), [], "two threads wait");
}

#[test]
fn a_leader_that_leads_for_long_is_no_alarm_though_its_layout_serves_a_mutex_too() {
    let mut built = Built::default();
    for place in 0..2 {
        built.own(
            &format!("/accumulo/i/managers/lock/zlock#{}#{place:010}", guid(place)),
            i64::from(place) + 1,
        );
    }
    assert_eq!(all(&built.revision().tick(Timestamp(built.now().0 + 700_000)).unwrap()), []);
    for contend in [Built::kazoo, Built::curator] {
        let mut built = Built::default();
        contend(&mut built, "/l", &[1, 2]);
        let told = all(&built.revision().tick(Timestamp(built.now().0 + 700_000)).unwrap());
        assert_eq!(told.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Warn; 2]);
        assert!(
            told.iter().all(|finding| finding
                .sentence
                .ends_with("If this is an election, that is as it should be."))
        );
    }
    // Where contenders come and go it is a lock; where they did so long ago it says nothing.
    let mut built = Built::default();
    turn_over(&mut built, "/l", 10);
    built.kazoo("/l", &[1, 2]);
    let after = |seconds: i64| {
        told(&built.revision().tick(Timestamp(built.now().0 + seconds * 1_000)).unwrap(), "held_long")
    };
    assert_eq!((after(700).severity, after(40_000).severity), (Severity::Critical, Severity::Warn));
    assert!(after(700).sentence.ends_with("and others wait for it."));
}

#[test]
fn a_holder_without_a_connection_is_told_with_when_it_ends() {
    let mut built = Built::default();
    built.kazoo("/l", &[1, 2]);
    let now = built.revision();
    let with = |connected| {
        let told = Peer { connected, expires: Some(Timestamp(0)), ..Peer::default() };
        one(&now.with_roster(Arc::new(peer(1, told)), now.at), "holder_disconnected")
    };
    assert_eq!((with(None), with(Some(true))), (None, None));
    let finding = with(Some(false)).unwrap();
    assert_eq!(finding.severity, Severity::Info);
    assert!(finding.sentence.contains("1970-01-01 00:00:00 UTC"), "{}", finding.sentence);
}

#[test]
fn directories_that_nobody_wants_any_more_are_told_once_with_their_number() {
    let mut built = Built::default();
    for lock in 0..60 {
        built.kazoo(&format!("/locks/{lock:03}"), &[1]);
    }
    for lock in 0..55 {
        let name = child(&built, &format!("/locks/{lock:03}"), 0);
        built.delete(&name);
    }
    built.kazoo("/locks/100", &[1, 2]);
    assert_eq!(one(&built.revision(), "left_over_directories"), None, "they are not old");
    built.pass(2 * 86_400);
    let now = built.revision();
    let finding = told(&now, "left_over_directories");
    assert_eq!((finding.severity, &finding.about), (Severity::Info, &About::Directory(at("/locks"))));
    assert!(finding.sentence.starts_with("55 directories here"), "{}", finding.sentence);
    for lock in 0..60 {
        built.dir(&format!("/plain/{lock:03}"));
    }
    built.pass(2 * 86_400);
    assert!(one(&built.revision(), "left_over_directories").is_some(), "and plain directories are not");
}

fn frame(text: &str) -> Vec<u8> {
    let mut data = vec![0, 1, 0, 1, 1, 0, 0, 0, u8::try_from(text.len()).unwrap()];
    data.extend(text.bytes());
    data.push(2);
    data
}

fn put(built: &mut Built, number: u32, text: &str) {
    built.create(&format!("/q/queue-{number:010}"), 0, &frame(text));
}

#[test]
fn a_queue_from_which_nothing_leaves_has_no_consumer() {
    let mut built = Built::default();
    (0..3).for_each(|number| put(&mut built, number, "job"));
    let still = later(built.revision(), 290);
    assert_eq!(one(&still, "no_consumer"), None);
    let still = later(still, 15);
    let finding = told(&still, "no_consumer");
    assert!(finding.sentence.contains("queue-0000000000"));
    assert_eq!(told(&later(still, 1), "no_consumer"), finding, "it does not change every second");

    let mut moving = later(built.revision(), 290);
    built.delete("/q/queue-0000000000");
    moving = moving.next(built.tree.clone(), moving.info.clone(), moving.at);
    assert_eq!(one(&later(moving, 60), "no_consumer"), None, "one was taken a minute ago");
}

#[test]
fn an_item_that_stays_first_while_others_leave_is_stuck() {
    let mut built = Built::default();
    (0..3).for_each(|number| put(&mut built, number, "job"));
    let mut now = later(built.revision(), 200);
    assert_eq!(one(&later(now, 200), "stuck_head"), None, "the others stay too");
    now = later(built.revision(), 200);
    built.delete("/q/queue-0000000001");
    now = now.next(built.tree.clone(), now.info.clone(), now.at);
    let now = later(now, 110);
    assert!(told(&now, "stuck_head").sentence.starts_with("queue-0000000000 is first"));
}

#[test]
fn an_item_that_is_first_because_it_is_worked_on_is_not_stuck() {
    let mut built = Built::default();
    (0..3).for_each(|number| built.create(&format!("/q/entries/entry-100-{number:010}"), 0, b"x"));
    built.own("/q/taken/entry-100-0000000000", 7);
    let now = later(built.revision(), 100);
    built.delete("/q/entries/entry-100-0000000001");
    let now = later(now.next(built.tree.clone(), now.info.clone(), now.at), 310);
    assert_eq!(one(&now, "stuck_head"), None);
    built.delete("/q/taken/entry-100-0000000000");
    let now = now.next(built.tree.clone(), now.info.clone(), now.at);
    assert!(one(&now, "stuck_head").is_some(), "its consumer has gone and it is first still");
}

#[test]
fn what_waits_in_clickhouse_is_told_with_what_clickhouse_is_to_be_asked() {
    let mut built = Built::default();
    built.create("/clickhouse/task_queue/ddl/query-0000000000", 0, b"version: 1\nquery: x");
    built.dir("/clickhouse/task_queue/ddl/query-0000000000/finished/host1");
    assert_eq!(all(&later(built.revision(), 400)), [], "it is done, and cleared later");
    let mut built = Built::default();
    for number in 0..3 {
        built.create(&format!("/t/replicas/r/queue/queue-{number:010}"), 0, b"format version: 4\nmerge");
    }
    let now = later(built.revision(), 100);
    built.delete("/t/replicas/r/queue/queue-0000000001");
    let now = later(now.next(built.tree.clone(), now.info.clone(), now.at), 350);
    for code in ["no_consumer", "stuck_head"] {
        let finding = told(&now, code);
        assert_eq!(finding.severity, Severity::Info);
        assert!(finding.sentence.contains("Use SYSTEM SYNC REPLICA"), "{}", finding.sentence);
        assert!(
            !finding.sentence.contains("Start a consumer") && !finding.sentence.contains("put it at the end")
        );
    }
}

#[test]
fn a_mark_without_its_item_is_told_when_it_stays() {
    let mut built = Built::default();
    (0..2).for_each(|number| put(&mut built, number, "job"));
    built.own("/q-locks/queue-0000000000", 7);
    let now = built.revision();
    let queue = project::queue(&now, &at("/q")).unwrap();
    assert_eq!((queue.in_flight, queue.consumers), (Some(1), Some(1)));
    // Curator's consumer deletes the item, and then its mark.
    built.delete("/q/queue-0000000000");
    let gone = now.next(built.tree.clone(), now.info.clone(), now.at);
    assert_eq!(one(&later(now, 9), "taken_orphan"), None);
    assert_eq!((one(&gone, "taken_orphan"), one(&later(gone, 4), "taken_orphan")), (None, None));
    let gone = built.revision();
    let gone = later(gone, 5);
    assert_eq!(told(&gone, "taken_orphan").members, [at("/q-locks/queue-0000000000")]);
    built.delete("/q-locks/queue-0000000000");
    built.own("/q-locks/queue-0000000000", 8);
    let another = gone.next(built.tree.clone(), gone.info.clone(), gone.at);
    assert_eq!(one(&another, "taken_orphan"), None, "it is another mark");
    // An empty directory of such a name may be the mutex of somebody else.
    built.delete("/q-locks/queue-0000000000");
    let queue = project::queue(&built.revision(), &at("/q")).unwrap();
    assert_eq!((queue.in_flight, queue.consumers), (None, None));
}

#[test]
fn hive_s_locks_are_persistent_by_right() {
    let mut built = Built::default();
    let data = b"hive_1:1795473142000:IMPLICIT:select 1:10.0.0.5";
    built.create("/hive_zookeeper_namespace/db/t/LOCK-SHARED-0000000000", 0, data);
    assert_eq!(
        project::lock(&built.revision(), &at("/hive_zookeeper_namespace/db/t"), 9).unwrap().held_by,
        1
    );
    assert_eq!(all(&built.revision()), []);
}

#[test]
fn an_item_that_is_put_back_again_and_again_goes_round() {
    // Six a second come and go; what differs is whether the data do.
    let race = |text: fn(u32) -> String| {
        let mut built = Built::default();
        put(&mut built, 0, &text(0));
        let mut now = built.revision();
        for number in 1..=180 {
            put(&mut built, number, &text(number));
            built.delete(&format!("/q/queue-{:010}", number - 1));
            if number % 6 == 0 {
                let time = Timestamp(now.at.0 + 1_000);
                now = now.next(built.tree.clone(), now.info.clone(), time).tick(time).unwrap();
            }
        }
        one(&now, "poison_loop")
    };
    assert!(race(|_| "poison".to_owned()).is_some());
    assert_eq!(race(|number| format!("job {number}")), None);
}

#[test]
fn an_item_that_is_taken_by_a_session_without_a_connection_is_told() {
    let mut built = Built::default();
    built.create("/q/entries/entry-100-0000000000", 0, b"job");
    built.own("/q/taken/entry-100-0000000000", 7);
    let now = built.revision();
    let with = |connected, last: &str, seconds: i64| {
        let told = Peer { connected, last_operation: Some(last.to_owned()), ..Peer::default() };
        let time = Timestamp(now.at.0 + seconds * 1_000);
        one(&now.with_roster(Arc::new(peer(7, told)), time), "taken_idle")
    };
    assert_eq!(with(Some(true), "PING", 10), None);
    assert_eq!(with(Some(true), "GETD", 400), None);
    assert!(with(Some(true), "PING", 400).unwrap().sentence.contains("nothing but pings"));
    assert!(with(Some(false), "PING", 10).unwrap().sentence.contains("no connection"));
}

#[test]
fn a_name_that_grows_is_told() {
    let mut built = Built::default();
    put(&mut built, 0, "job");
    assert_eq!(all(&built.revision()), []);
    built.create("/q/queue-00000000010000000002", 0, &frame("job"));
    let finding = told(&built.revision(), "growing_name");
    assert!(finding.sentence.contains("CURATOR-56"));
    assert_eq!(one(&built.revision(), "foreign_child"), None, "it is told once");
    built.delete("/q/queue-0000000000");
    assert_eq!(told(&built.revision(), "growing_name"), finding, "though no other item is left");
    assert_eq!(project::queue(&built.revision(), &at("/q")).unwrap().depth, 0);
}

#[test]
fn a_semaphore_that_gives_no_lease_again_is_wedged() {
    let recorded = Recorded::tree("curator-5.7-semaphore-wedged");
    let now = later(recorded.revision, 115);
    assert_eq!(one(&now, "wedged_semaphore"), None, "it may be about to");
    let now = later(now, 10);
    assert_eq!(told(&now, "wedged_semaphore").severity, Severity::Critical);
    for file in ["curator-5.7-semaphore", "curator-5.7-semaphore-mutex", "curator-5.7-semaphore-sharedcount"]
    {
        assert_eq!(one(&later(Recorded::tree(file).revision, 130), "wedged_semaphore"), None, "{file}");
    }
}

#[test]
fn a_semaphore_that_works_is_not_wedged_however_long_its_leases_are_held() {
    let mut built = Built::default();
    built.own(&format!("/s/leases/_c_{}-lease-0000000000", guid(1)), 1);
    built.own(&format!("/s/leases/_c_{}-lease-0000000001", guid(2)), 2);
    built.own(&format!("/s/locks/_c_{}-lock-0000000000", guid(3)), 3);
    built.own(&format!("/s/leases/_c_{}-lease-0000000002", guid(4)), 3);
    let now = later(built.revision(), 200);
    assert_eq!(one(&now, "wedged_semaphore"), None);
    // One gives its lease back, and the one that waits goes on.
    built.delete(&format!("/s/leases/_c_{}-lease-0000000000", guid(1)));
    let given = now.next(built.tree.clone(), now.info.clone(), now.at);
    built.delete(&format!("/s/locks/_c_{}-lock-0000000000", guid(3)));
    let granted = given.next(built.tree.clone(), given.info.clone(), given.at);
    assert!(granted.tick(Timestamp(granted.at.0 + 200_000)).is_none_or(|later| all(&later).is_empty()));
}

#[test]
fn the_counts_tell_of_all_findings_whatever_the_filter() {
    let mut built = Built::default();
    built.kazoo("/a", &[1, 1]);
    built.kazoo("/b", &[2, 2]);
    let list = project::findings(&built.revision(), Some("none"), 9);
    assert_eq!((list.total, list.rows.len(), list.counts[0].count), (0, 0, 2));
    let overview = project::overview(&built.revision());
    assert_eq!((overview.findings.len(), overview.finding_counts), (2, list.counts));
}

#[test]
fn numbers_near_their_end_are_told_of_what_the_directory_is() {
    let mut built = Built::default();
    built.kazoo("/l", &[1]);
    built.dir("/plain");
    for path in ["/l", "/plain"] {
        let mut record = built.tree.get(&at(path)).unwrap().record().clone();
        record.stat.cversion = 2_100_000_000;
        record.stat.num_children = 2_100_000_000;
        built.tree.put(&at(path), record);
    }
    let abouts: Vec<About> = all(&built.revision()).into_iter().map(|finding| finding.about).collect();
    assert_eq!(abouts, [About::Lock(at("/l")), About::Directory(at("/plain"))]);
}

#[test]
fn a_queue_that_grows_beyond_what_clients_can_list_is_told_with_when() {
    let mut built = Built::default();
    let put = |built: &mut Built, number: u32| built.create(&format!("/q/entry-100-{number:010}"), 0, b"job");
    (0..130_000).for_each(|number| put(&mut built, number));
    let mut now = built.revision();
    let still = later(now, 2);
    assert!(!told(&still, "list_size").sentence.contains("At the rate"), "it does not grow");
    now = still;
    for second in 0..3 {
        (0..20).for_each(|more| put(&mut built, 130_000 + second * 20 + more));
        let time = Timestamp(now.at.0 + 1_000);
        now = now.next(built.tree.clone(), now.info.clone(), time).tick(time).unwrap();
    }
    let finding = told(&now, "list_size");
    assert_eq!((finding.severity, finding.about), (Severity::Warn, About::Queue(at("/q"))));
    assert!(finding.sentence.ends_with("that is reached within an hour."), "{}", finding.sentence);
}
