//! Forced releases of every recipe of kazoo while real clients hold and wait: whoever was foretold acquires within two seconds,
//! nobody hangs, and the old holder goes on to believe what the plan said it would.

use harness::{State, eventually, zookeeper};
use serde_json::json;
use zooscope_protocol::{Action, Outcome, RefusalCode};

use crate::agreement::{LIMIT, agree};
use crate::catalogue_kazoo::stage;
use crate::foretold::{codes, target};

#[tokio::test]
async fn a_lock_goes_down_its_line_and_the_old_holder_lets_go_too_late() {
    let Some(stage) = stage().await else { return };
    stage.down_the_line("/freed/lock", "Lock").await;
}

#[tokio::test]
async fn the_writer_waits_for_the_last_reader_and_readers_come_together() {
    let Some(stage) = stage().await else { return };
    stage.readers_and_writers().await;
}

#[tokio::test]
async fn a_lease_of_a_semaphore_goes_to_the_next() {
    let Some(stage) = stage().await else { return };
    let path = "/freed/semaphore";
    let names = stage.make(path, &["Semaphore"; 4], json!({"leases": 2})).await;
    for name in &names[..2] {
        stage.peer.hold(name).await;
    }
    let observer = stage.observer().await;
    for (ahead, name) in names[2..].iter().enumerate() {
        stage.peer.acquire(name).await;
        zookeeper::members(&observer, "/freed/semaphore-__lock__", ahead + 1).await;
    }
    let lock = agree(stage.console(), &stage.peer, path).await.lock;
    let inner = stage.console().plan(&Action::Release(target(&lock.waiters[0].member))).await.unwrap_err();
    assert!(inner.detail.contains("inner lock"), "{}", inner.detail);
    let old = &lock.holders[0].member.identity.clone().unwrap();
    stage.freed(path, 0).await;
    stage.late(path, old).await;
    let lock = agree(stage.console(), &stage.peer, path).await.lock;
    assert_eq!((lock.held_by, lock.blocked), (2, 1), "as many hold as may");
    let old = &lock.holders[0].member.identity.clone().unwrap();
    stage.freed(path, 0).await;
    stage.late(path, old).await;
    for name in names.iter().filter(|name| *name != old) {
        stage.peer.release(name).await.unwrap();
    }
}

#[tokio::test]
async fn an_election_has_a_second_leader_and_the_first_leads_on() {
    let Some(stage) = stage().await else { return };
    let path = "/freed/election";
    let names = stage.line_up(path, &["Election"; 3], json!({})).await;
    stage.freed(path, 0).await;
    stage.late(path, &names[0]).await;
    stage.freed(path, 0).await;
    stage.late(path, &names[1]).await;
    stage.peer.release(&names[2]).await.unwrap();
}

#[tokio::test]
async fn a_lease_goes_to_whoever_asks_next() {
    let Some(stage) = stage().await else { return };
    let peer = &stage.peer;
    for (path, kind, place) in [
        ("/freed/lease", "NonBlockingLease", "/freed/lease"),
        ("/freed/leases", "MultiNonBlockingLease", "/freed/leases/0"),
    ] {
        let names = stage.make(path, &[kind; 3], json!({"seconds": 600, "count": 1})).await;
        for name in &names[..2] {
            peer.acquire(name).await;
        }
        let lock = stage.stands(place, &[&names[0]], &[]).await.lock;
        let (plan, executed) = stage.act(&Action::Release(target(&lock.holders[0].member))).await;
        assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
        assert_eq!(codes(&plan), ["old_holder_not_told", "persistent_holder", "nobody_waits"]);
        assert_eq!(plan.confirm.expected, "lease_holder");
        assert_eq!(peer.report().await.object(&names[2]).unwrap().state, State::Idle);
        peer.acquire(&names[2]).await;
        let report = peer.report().await;
        assert_eq!(report.object(&names[2]).unwrap().says, Some(true), "{path}: whoever asks next gets it");
        assert_eq!(report.object(&names[0]).unwrap().says, Some(true), "{path}: the old holder believes on");
        stage.stands(place, &[&names[2]], &[]).await;
    }
}

#[tokio::test]
async fn a_persistent_lock_is_released_though_its_maker_is_gone() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/freed/persistent", &stage.peer);
    for (name, ephemeral) in [("freed-persistent", false), ("freed-heir", true)] {
        peer.client(name).await;
        peer.make(name, name, "Lock", path, json!({"ephemeral": ephemeral})).await;
    }
    peer.hold("freed-persistent").await;
    peer.acquire("freed-heir").await;
    let lock = stage.stands(path, &["freed-persistent"], &["freed-heir"]).await.lock;
    peer.ask(json!({"do": "end", "client": "freed-persistent"})).await;
    let (plan, executed) = stage.act(&Action::Release(target(&lock.holders[0].member))).await;
    assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
    assert!(codes(&plan).contains(&"persistent_holder"));
    peer.until("freed-heir", State::Holding).await;
    peer.release("freed-heir").await.unwrap();
}

#[tokio::test]
async fn everything_that_a_session_holds_goes_at_once() {
    let Some(stage) = stage().await else { return };
    let peer = &stage.peer;
    peer.client("hoarder").await;
    let kinds = ["Lock", "WriteLock", "Semaphore", "Election"];
    let paths = kinds.map(|kind| format!("/evicted/{kind}"));
    for (kind, path) in kinds.iter().zip(&paths) {
        for client in ["hoarder", "heir"].map(|who| format!("{who}{path}")) {
            let owner = if client.starts_with("hoarder") { "hoarder".to_owned() } else { client.clone() };
            if owner == client {
                peer.client(&client).await;
            }
            peer.make(&owner, &client, kind, path, json!({"leases": 1, "identifier": client})).await;
            if owner == client { peer.acquire(&client).await } else { peer.hold(&client).await }
        }
    }
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    for path in &paths {
        eventually(&format!("one waits at {path}"), LIMIT, async || match stage.console().lock(path).await {
            Some(lock) if lock.lock.blocked == 1 => Ok(()),
            other => Err(other.map(|lock| lock.lock.blocked)),
        })
        .await;
    }
    let plan = stage.evicted(&paths, "hoarder/evicted/Lock").await;
    assert_eq!((plan.deleted().count(), plan.excluded.len()), (4, 0));
    assert_eq!(plan.subject.as_str(), "/evicted/Election");
    for path in &paths {
        stage.late(path, &format!("hoarder{path}")).await;
    }
    let nothing = stage.console().plan(&plan.action).await.unwrap_err();
    assert_eq!(nothing.code, RefusalCode::NotHolder);
}
