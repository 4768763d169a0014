//! What `make bench` measures, in small: that it works at all, with bounds that a busy machine does not break.

use std::time::Duration;

use harness::presence::Missing;
use harness::scale::grove::{Budget, Grove, ROOT, Shape};
use harness::scale::{caches, crowd, latency, memory, polite, rate, rescan, scan};
use harness::scene::Scene;

use crate::agreement::there;

const LIMIT: Duration = Duration::from_secs(60);

/// A server with so many directories of so many znodes of 64 bytes.
async fn grove(directories: usize, each: usize) -> Option<Grove> {
    match Grove::plant(Shape { directories, each, bytes: 64 }, 512).await {
        Ok(grove) => Some(grove),
        Err(error) => {
            Missing::new(error.to_string(), "ZooKeeper and Java are what is measured against").skip();
            None
        }
    }
}

#[tokio::test]
async fn after_a_lost_session_exactly_what_differs_is_told_and_no_other_screen_moves() {
    let Some(grove) = grove(20, 300).await else { return };
    let rescanned = rescan::measure(&grove, LIMIT).await;
    assert_eq!(rescanned.told, Some(rescan::DIFFER), "{rescanned:?}");
    assert!(rescanned.changed.iter().all(|frames| *frames == 1), "one frame for each change: {rescanned:?}");
    assert!(
        rescanned.unchanged.iter().all(|frames| *frames == 0),
        "none for what is the same: {rescanned:?}"
    );
}

#[tokio::test]
async fn memory_is_given_back_when_the_tree_shrinks() {
    let Some(grove) = grove(60, 1_000).await else { return };
    let console = grove.console(Budget::Off).await;
    let Some(empty) = console.resident_kib() else { return };
    console.live(LIMIT).await;
    let full = memory::settled(&console, LIMIT).await.unwrap_or_default() / 1_024;
    grove.fell(10).await;
    // With the 60 directories and their parent there are the root and the three of ZooKeeper itself.
    memory::mirrors(&console, 60 * 10 + 60 + 1 + 4, LIMIT).await;
    harness::eventually("more than half of it is given back", LIMIT, async || {
        let now = console.resident_kib().unwrap_or_default();
        if now <= full - full.saturating_sub(empty) / 2 { Ok(()) } else { Err((empty, full, now)) }
    })
    .await;
}

#[tokio::test]
async fn a_change_is_on_a_screen_soon_after_a_bare_watch_has_heard_of_it() {
    let Some(scene) = Scene::start().await else { return };
    let every = Duration::from_millis(10);
    let found = latency::measure(&scene.zookeeper.connect(), &scene.console, 200, every).await;
    assert_eq!((found.frame.count(), found.watch.count()), (200, 200));
    // What waited for the next second's heartbeat would take 500 ms.
    assert!(found.frame.percent(50.0) < Duration::from_millis(250), "{:?}", found.frame.percent(50.0));
}

#[tokio::test]
async fn as_fast_as_one_server_commits_the_mirror_follows() {
    let Some(scene) = Scene::start().await else { return };
    let found = rate::measure(&scene.zookeeper.connect(), &scene.console, Duration::from_secs(6)).await;
    assert!(found.per_second > 100.0, "{found:?}");
    assert!(found.lag.percent(50.0) < Duration::from_secs(2), "{:?}", found.lag.percent(50.0));
}

#[tokio::test]
async fn every_browser_of_a_crowd_is_right_at_the_end_and_one_that_does_not_read_slows_nobody() {
    let Some(scene) = Scene::start().await else { return };
    let span = Duration::from_secs(6);
    let found = crowd::measure(&scene.zookeeper.connect(), &scene.console, 60, 300, span).await;
    assert!(found.right.is_some(), "{} of 60 are right: {found:?}", found.agree);
    assert!(found.lag.count() > 0);
    assert!(found.lag.percent(50.0) < Duration::from_secs(2), "{:?}", found.lag.percent(50.0));
}

#[tokio::test]
async fn beside_a_scan_another_client_is_answered() {
    let Some(grove) = grove(20, 1_000).await else { return };
    let found = polite::measure(&grove, Duration::from_secs(2)).await;
    assert!(
        found.beside.count() > 20 && found.alone.count() > 20,
        "{} {}",
        found.beside.count(),
        found.alone.count()
    );
    let (alone, beside) = (found.alone.percent(50.0), found.beside.percent(50.0));
    assert!(beside < alone * 10 + Duration::from_millis(50), "{beside:?} beside a scan, {alone:?} alone");
}

#[tokio::test]
async fn the_caches_of_the_libraries_read_what_the_console_reads() {
    let Some(grove) = grove(5, 200).await else { return };
    let connect = grove.zookeeper.connect();
    let Some(curator) = there(caches::curator(&connect, ROOT).await) else { return };
    let Some(kazoo) = there(caches::kazoo(&connect, ROOT).await) else { return };
    assert_eq!((curator.znodes, kazoo.znodes), (1_006, 1_006));
    let scanned = scan::scan(&grove, Budget::Off, LIMIT).await;
    assert!(scanned.scan < scanned.took, "{scanned:?}");
    memory::mirrors(&scanned.console, 1_006 + 4, LIMIT).await;
}
