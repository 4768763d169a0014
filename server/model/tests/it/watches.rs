//! What the servers' watches tell of a lock, and what a roster that is older than the tree does not.

use std::sync::Arc;

use zooscope_model::{Revision, Roster};
use zooscope_protocol::recipe::DeclaredKind;
use zooscope_protocol::{SessionId, Severity};

use crate::built::{Built, at, guid, hex, watches};
use crate::declared::{declaration, declarations};
use crate::findings::{all, child, one, told};

/// The revision with two answers of the servers, a few seconds apart.
fn polled(revision: &Revision, rosters: [Roster; 2]) -> Revision {
    rosters.into_iter().fold(revision.with_roster(Arc::default(), revision.at), |now, roster| {
        let at = roster.at;
        now.with_roster(Arc::new(roster), at)
    })
}

/// The same answer twice.
fn twice(revision: &Revision, lock: &str, watched: &[(&str, &[i64])]) -> Revision {
    polled(revision, [2, 5].map(|seconds| watches(revision, lock, seconds, watched)))
}

#[test]
fn a_waiter_that_watches_nothing_never_wakes() {
    let mut built = Built::default();
    built.kazoo("/l", &[1, 2, 3]);
    let now = built.revision();
    let (first, second) = (child(&built, "/l", 0), child(&built, "/l", 1));
    let healthy: &[(&str, &[i64])] = &[(&first, &[2]), (&second, &[3])];
    assert_eq!(all(&twice(&now, "/l", healthy)), []);
    let silent: &[(&str, &[i64])] = &[(&first, &[2])];
    let finding = told(&twice(&now, "/l", silent), "never_wakes");
    assert_eq!((finding.severity, finding.members), (Severity::Critical, vec![at(&child(&built, "/l", 2))]));

    let once = polled(&now, [watches(&now, "/l", 2, healthy), watches(&now, "/l", 5, silent)]);
    assert_eq!(all(&once), [], "one answer may be a moment's");
    let partial = [2, 5].map(|seconds| {
        let mut roster = watches(&now, "/l", seconds, silent);
        roster.watches.values_mut().for_each(|told| told.complete = false);
        roster
    });
    assert_eq!(all(&polled(&now, partial)), [], "a server that did not answer may know more");
}

#[test]
fn what_wakes_the_waiters_of_a_declared_lock_is_not_known() {
    let mut built = Built::default();
    built.kazoo("/l", &[1, 2, 3]);
    let ours = declaration("ours", "/l", DeclaredKind::Mutex, r".*__(?<sequence>\d{10})");
    let now = built.revision();
    let declared = now.with_declarations(declarations([ours]), now.at);
    let silent = child(&built, "/l", 0);
    let silent: &[(&str, &[i64])] = &[(&silent, &[2])];
    told(&twice(&now, "/l", silent), "never_wakes");
    assert_eq!(all(&twice(&declared, "/l", silent)), []);
}

#[test]
fn a_waiter_whose_predecessor_is_gone_is_told() {
    let mut built = Built::default();
    built.kazoo("/l", &[1, 2]);
    let gone = format!("/l/{}__lock__0000000000", hex(4_711));
    let now = twice(&built.revision(), "/l", &[(&gone, &[2])]);
    assert!(told(&now, "predecessor_gone").sentence.contains(&hex(4_711)));
}

#[test]
fn a_reader_that_watches_a_writer_behind_it_is_told() {
    let mut built = Built::default();
    let name = |kind: &str, place: u32| format!("/l/{}__{kind}__{place:010}", hex(place + 1));
    built.own(&name("lock", 0), 1);
    built.own(&name("rlock", 1), 2);
    built.own(&name("lock", 2), 3);
    let now = built.revision();
    let (writer, reader, later) = (name("lock", 0), name("rlock", 1), name("lock", 2));
    assert_eq!(all(&twice(&now, "/l", &[(&writer, &[2]), (&reader, &[3])])), []);
    let stuck = twice(&now, "/l", &[(&later, &[2]), (&reader, &[3])]);
    assert!(told(&stuck, "watches_later").sentence.contains("kazoo before 2.9"));
}

#[test]
fn a_session_that_watches_and_has_no_znode_is_a_phantom() {
    let mut built = Built::default();
    built.kazoo("/l", &[1, 2]);
    let now = built.revision();
    let first = child(&built, "/l", 0);
    let watched: &[(&str, &[i64])] = &[(&first, &[2, 9])];
    let finding = told(&twice(&now, "/l", watched), "phantom_waiter");
    assert!(finding.sentence.contains(&SessionId(9).to_string()));
    assert_eq!(finding.severity, Severity::Info);
    assert!(finding.sentence.contains("most likely it gave up after a time-out"), "{}", finding.sentence);
    let once = polled(&now, [watches(&now, "/l", 2, &[(&first, &[2])]), watches(&now, "/l", 5, watched)]);
    assert_eq!(one(&once, "phantom_waiter"), None);
}

#[test]
fn many_that_watch_one_znode_are_a_herd() {
    let mut built = Built::default();
    let sessions: Vec<i64> = (1..=40).collect();
    built.kazoo("/l", &sessions);
    let now = built.revision();
    let first = child(&built, "/l", 0);
    let herd = |count: usize| one(&twice(&now, "/l", &[(&first, &sessions[1..=count])]), "herd");
    assert_eq!(herd(10), None);
    assert!(herd(30).unwrap().sentence.starts_with("30 sessions watch "));
}

/// The contenders' names in the order in which they came.
fn named(built: &Built, directory: &str, places: usize) -> Vec<String> {
    (0..places).map(|place| child(built, directory, place)).collect()
}

#[test]
fn a_waiter_whose_predecessor_left_since_the_servers_were_asked_is_not_suspect() {
    let mut built = Built::default();
    built.kazoo("/l", &[1, 2, 3]);
    let [first, second, third] = named(&built, "/l", 3).try_into().unwrap();
    let now = twice(&built.revision(), "/l", &[(&first, &[2]), (&second, &[3])]);
    assert_eq!(all(&now), []);
    // Session 2 times out. Session 3 wakes and watches the first; the servers are asked five seconds later.
    built.delete(&second);
    let after = built.after(&now);
    assert_eq!(all(&after), []);
    // One answer that was on its way when it left is not enough, and the next tells what session 3 watches now.
    let late = after.with_roster(Arc::new(watches(&after, "/l", 8, &[(&second, &[3])])), after.at);
    assert_eq!(all(&late), []);
    let told = late.with_roster(Arc::new(watches(&late, "/l", 13, &[(&first, &[3])])), late.at);
    assert_eq!((all(&told), one(&told, "never_wakes")), (vec![], None));
    assert!(third.starts_with("/l/"));
}

#[test]
fn a_curator_reader_whose_first_writer_has_released_is_not_suspect() {
    let mut built = Built::default();
    let name = |kind: &str, place: u32| format!("/l/_c_{}-__{kind}__{place:010}", guid(place));
    let (writer, next, reader) = (name("WRIT", 0), name("WRIT", 1), name("READ", 2));
    built.own(&writer, 1);
    built.own(&next, 2);
    built.own(&reader, 3);
    let now = twice(&built.revision(), "/l", &[(&writer, &[2, 3])]);
    assert_eq!(all(&now), []);
    built.delete(&writer);
    assert_eq!(all(&built.after(&now)), []);
}

#[test]
fn an_answer_that_is_told_twice_is_one_answer() {
    let mut built = Built::default();
    built.kazoo("/l", &[1, 2]);
    let now = built.revision();
    let [first, second] = [2, 5].map(|seconds| Arc::new(watches(&now, "/l", seconds, &[])));
    let once = now.with_roster(first.clone(), first.at).with_roster(first.clone(), first.at);
    assert_eq!(one(&once, "never_wakes"), None);
    let both = once.with_roster(second.clone(), second.at);
    let again = both.with_roster(second.clone(), second.at);
    assert_eq!(
        (told(&both, "never_wakes"), told(&again, "never_wakes").severity),
        (told(&again, "never_wakes"), Severity::Critical)
    );
}

#[test]
fn who_waits_by_a_watch_that_no_server_lists_is_not_suspect() {
    // Mesos watches the children of its directory; a hand-written lock may do so too, or ask again.
    for (path, name) in
        [("/mesos", "json.info_"), ("/jobs", "writelock_"), ("/app/lock", "lock-"), ("/_zklocking/a", "ex")]
    {
        let mut built = Built::default();
        for place in 0..3 {
            built.own(&format!("{path}/{name}{place:010}"), place + 1);
        }
        let now = built.revision();
        assert_eq!(zooscope_model::project::lock(&now, &at(path), 9).unwrap().waiters.len(), 2, "{path}");
        assert_eq!(all(&twice(&now, path, &[])), [], "{path}");
    }
}

#[test]
fn whoever_looks_on_by_design_is_no_phantom() {
    let mut built = Built::default();
    built.create("/controller", 1, br#"{"version":1,"brokerid":1}"#);
    built.dir("/controller_epoch");
    assert_eq!(all(&twice(&built.revision(), "/controller", &[("/controller", &[2])])), []);
    let mut built = Built::default();
    built.dir("/hbase/hbaseid");
    built.own("/hbase/rs/h,1,2", 1);
    assert_eq!(all(&twice(&built.revision(), "/hbase/rs", &[("/hbase/rs/h,1,2", &[5])])), []);
    let mut built = Built::default();
    built.semaphore("/s", &[1, 2], &[3, 4]);
    let (lease, first) = (child(&built, "/s", 0), child(&built, "/s-__lock__", 0));
    let now = twice(&built.revision(), "/s", &[(&lease, &[9]), (&first, &[4, 8])]);
    assert!(
        told(&now, "phantom_waiter").sentence.contains(&SessionId(8).to_string()),
        "a lease is no place in a line"
    );
}
