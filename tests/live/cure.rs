//! The two known cures, on real clients that are really stuck: each is offered when its finding stands and not before, and whoever
//! was foretold goes on.

use std::time::Duration;

use harness::scene::Scene;
use harness::zookeeper::{Options, options};
use harness::{Console, Peer, State, eventually, zookeeper};
use serde_json::json;
use zookeeper_client::{Acls, CreateMode, EventType};
use zooscope_protocol::ladder::Rung;
use zooscope_protocol::{Action, Outcome, RefusalCode};

use crate::agreement::{LIMIT, there};
use crate::foretold::{codes, target};
use crate::stage::Stage;
use crate::{catalogue_curator, catalogue_kazoo};

/// What cures a lock, once something does.
async fn cured(stage: &Stage, path: &str, limit: Duration) -> Rung {
    eventually(&format!("a cure of {path} is offered"), limit, async || {
        let cures = stage.console().lock(path).await.and_then(|lock| lock.cures).unwrap_or_default();
        cures.into_iter().next().ok_or(())
    })
    .await
}

/// A stage of its own, where a semaphore is said to be wedged after seconds, not minutes.
async fn impatient() -> Option<Stage> {
    let mut scene = Scene::start_on(Options { admin_server: true, ..options() }).await?;
    let connect = scene.zookeeper.connect();
    let peer = there(Peer::curator(&connect).await)?;
    scene.console = Console::configured(&connect, "[thresholds]\nwedged_s = 3\n", &[]).await;
    scene.console.live(Duration::from_secs(20)).await;
    Some(Stage { scene, peer })
}

#[tokio::test]
async fn a_wedged_semaphore_gives_leases_again() {
    let Some(stage) = &impatient().await else { return };
    let (path, peer) = ("/cured/semaphore", &stage.peer);
    let names = stage.make(path, &["InterProcessSemaphoreV2"; 3], json!({"leases": 1})).await;
    catalogue_curator::queue_up(stage, path, &names, 1).await;
    let lock = stage.agreed(path).await.lock;
    // What must never be done, done by somebody else: the first place in the inner lock is deleted.
    let observer = stage.observer().await;
    let session = lock.waiters[0].member.session;
    let places = zookeeper::members(&observer, &format!("{path}/locks"), 2).await;
    for place in places {
        let place = format!("{path}/locks/{place}");
        let owner = observer.check_stat(&place).await.unwrap().map(|stat| stat.ephemeral_owner);
        if owner == session.map(|session| session.0) {
            observer.delete(&place, None).await.unwrap();
        }
    }
    zookeeper::members(&observer, &format!("{path}/leases"), 3).await;
    peer.release(&names[0]).await.unwrap();
    zookeeper::members(&observer, &format!("{path}/leases"), 2).await;
    let cure = cured(stage, path, Duration::from_secs(15)).await;
    for name in &names[1..] {
        assert_eq!(peer.report().await.object(name).unwrap().state, State::Waiting, "it is wedged");
    }
    let (plan, executed) = stage.act(&Action::Cure(cure.target.unwrap())).await;
    assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
    assert_eq!(codes(&plan), ["cure", "no_undo", "counts_again", "queues_again"]);
    // One of them acquires, gives back, and the other does.
    let first = eventually("one goes on", LIMIT, async || {
        let report = peer.report().await;
        let holds = |name: &&String| report.object(name).unwrap().state == State::Holding;
        names[1..].iter().find(holds).cloned().ok_or(())
    })
    .await;
    peer.release(&first).await.unwrap();
    let second = names[1..].iter().find(|name| **name != first).unwrap();
    peer.until(second, State::Holding).await;
    stage.agreed(path).await;
    peer.release(second).await.unwrap();
}

#[tokio::test]
async fn a_reader_that_waits_for_a_later_writer_goes_on() {
    let Some(stage) = catalogue_kazoo::stage().await else { return };
    let (path, peer) = ("/cured/readers", &stage.peer);
    // A reader as kazoo before 2.9 leaves it: it stands first, and watches the writer that waits for it.
    let reader = stage.observer().await;
    zookeeper::put(&reader, path, b"").await;
    let place = format!("{path}/{}__rlock__", "5e".repeat(16));
    let mode = CreateMode::EphemeralSequential.with_acls(Acls::anyone_all());
    let (_, sequence) = reader.create(&place, b"old reader", &mode).await.unwrap();
    let names = stage.make(path, &["WriteLock"], json!({})).await;
    peer.acquire(&names[0]).await;
    let observer = stage.observer().await;
    let members = zookeeper::members(&observer, path, 2).await;
    let writer = members.iter().find(|name| name.contains("__lock__")).unwrap();
    let (_, _, watcher) = reader.get_and_watch_data(&format!("{path}/{writer}")).await.unwrap();

    let lock = eventually("the writer waits", LIMIT, async || match stage.console().lock(path).await {
        Some(lock) if lock.lock.blocked == 1 => Ok(lock.lock),
        other => Err(other.map(|lock| lock.lock.blocked)),
    })
    .await;
    let waiting = &lock.waiters[0].member;
    let early = stage.console().plan(&Action::Release(target(waiting))).await.unwrap_err();
    assert_eq!(early.code, RefusalCode::NotHolder, "a waiter is never released");
    let cure = cured(stage, path, Duration::from_secs(20)).await;
    assert!(cure.offered && cure.why.contains("kazoo before 2.9"), "{cure:?}");
    let found = stage.console().lock(path).await.unwrap().lock.findings;
    assert!(found.iter().any(|finding| finding.code == "watches_later"), "{found:?}");
    let (plan, executed) = stage.act(&Action::Cure(cure.target.unwrap())).await;
    assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
    assert_eq!(codes(&plan), ["cure", "no_undo", "reader_goes_on", "queues_again"]);
    let woken = tokio::time::timeout(LIMIT, watcher.changed()).await.expect("the reader wakes");
    assert_eq!(woken.event_type, EventType::NodeDeleted);
    // The writer was not told; when the reader is done it wakes, and queues again.
    assert_eq!(peer.report().await.object(&names[0]).unwrap().state, State::Waiting);
    reader.delete(&format!("{place}{sequence}"), None).await.unwrap();
    peer.until(&names[0], State::Holding).await;
    peer.release(&names[0]).await.unwrap();
}
