//! Forced releases of every recipe of Curator while real clients hold and wait; and asking, which only who listens hears.

use std::time::{Duration, Instant};

use harness::{State, eventually, zookeeper};
use serde_json::json;
use zooscope_protocol::api::LockBody;
use zooscope_protocol::ladder::{Deed, Rung};
use zooscope_protocol::{Action, MemberState, Outcome, RefusalCode};

use crate::agreement::{LIMIT, agree};
use crate::catalogue_curator::{queue_up, stage};
use crate::foretold::{codes, target};
use crate::stage::Stage;

#[tokio::test]
async fn a_mutex_goes_down_its_line_and_the_old_holder_lets_go_too_late() {
    let Some(stage) = stage().await else { return };
    stage.down_the_line("/freed/mutex", "InterProcessMutex").await;
}

#[tokio::test]
async fn the_writer_waits_for_the_last_reader_and_readers_come_together() {
    let Some(stage) = stage().await else { return };
    stage.readers_and_writers().await;
}

#[tokio::test]
async fn leases_of_semaphores_go_to_the_next() {
    let Some(stage) = stage().await else { return };
    for (path, kind, leases) in [
        ("/freed/semaphore", "InterProcessSemaphoreV2", 2),
        ("/freed/semaphore-mutex", "InterProcessSemaphoreMutex", 1),
    ] {
        let names = stage.make(path, &[kind; 4], json!({"leases": leases})).await;
        queue_up(stage, path, &names, leases).await;
        let lock = stage.agreed(path).await.lock;
        for waiter in &lock.waiters {
            let refused = stage.console().plan(&Action::Release(target(&waiter.member))).await.unwrap_err();
            let inner = waiter.member.state == MemberState::Waiting;
            let code = if inner { RefusalCode::NotAllowed } else { RefusalCode::NotHolder };
            assert_eq!(refused.code, code, "{path}: {}", refused.detail);
        }
        stage.freed(path, 0).await;
        stage.late(path, &names[0]).await;
        let lock = agree(stage.console(), &stage.peer, path).await.lock;
        assert_eq!(lock.held_by as usize, leases, "as many hold as may");
        stage.freed(path, 0).await;
        stage.late(path, &names[1]).await;
        for name in &names[2..] {
            stage.peer.until(name, State::Holding).await;
            stage.peer.release(name).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_election_has_a_second_leader_and_the_first_leads_on() {
    let Some(stage) = stage().await else { return };
    for (path, kind) in [("/freed/latch", "LeaderLatch"), ("/freed/selector", "LeaderSelector")] {
        let names = stage.line_up(path, &[kind; 3], json!({})).await;
        let asked = rung(&stage.agreed(path).await, Deed::Revoke);
        assert!(!asked.offered, "{path}: {asked:?}");
        stage.freed(path, 0).await;
        stage.late(path, &names[0]).await;
        stage.freed(path, 0).await;
        stage.late(path, &names[1]).await;
        stage.peer.release(&names[2]).await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_of_several_is_released_in_all_its_places_at_once() {
    let Some(stage) = stage().await else { return };
    let paths = ["/freed/multi/a", "/freed/multi/b"];
    let names = stage.make("/freed/multi", &["InterProcessMultiLock"; 2], json!({"paths": paths})).await;
    let peer = &stage.peer;
    peer.acquire(&names[0]).await;
    let observer = stage.observer().await;
    for path in paths {
        zookeeper::members(&observer, path, 1).await;
        peer.until(&format!("{}@{path}", names[0]), State::Holding).await;
    }
    peer.acquire(&names[1]).await;
    zookeeper::members(&observer, paths[0], 2).await;
    eventually("the console sees it wait", LIMIT, async || match stage.console().lock(paths[0]).await {
        Some(lock) if lock.lock.blocked == 1 => Ok(()),
        other => Err(other.map(|lock| lock.lock.blocked)),
    })
    .await;
    let session = stage.console().lock(paths[0]).await.unwrap().lock.holders[0].member.session.unwrap();
    let (plan, executed) = stage.act(&Action::Evict(zooscope_protocol::action::Owner { session })).await;
    assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
    let said: Vec<&str> = codes(&plan);
    assert_eq!(
        said.iter().filter(|code| matches!(**code, "next_holder" | "nobody_waits")).count(),
        2,
        "{said:?}"
    );
    for path in paths {
        peer.until(&format!("{}@{path}", names[1]), State::Holding).await;
        assert_eq!(peer.report().await.object(&format!("{}@{path}", names[0])).unwrap().says, Some(true));
    }
    for name in &names {
        peer.release(name).await.unwrap();
    }
}

fn rung(lock: &LockBody, deed: Deed) -> Rung {
    let rungs = lock.ladders.as_ref().unwrap()[0].rungs.iter();
    rungs.clone().find(|rung| rung.deed == deed).unwrap().clone()
}

/// Two contenders of a mutex: one that is told so, and one that waits.
async fn pair(stage: &Stage, path: &str, holder: serde_json::Value) -> (LockBody, [String; 2]) {
    let names = [format!("{path}#holder"), format!("{path}#waiter")];
    let silent = holder["default_data"].as_str().map(str::to_owned);
    let client = serde_json::json!({"do": "client", "client": names[0], "default_data": silent});
    stage.peer.ask(client).await;
    stage.peer.client(&names[1]).await;
    stage.peer.make(&names[0], &names[0], "InterProcessMutex", path, holder).await;
    stage.peer.make(&names[1], &names[1], "InterProcessMutex", path, json!({})).await;
    let observer = stage.observer().await;
    stage.peer.line_up(&observer, path, &[&names[0], &names[1]]).await;
    (stage.agreed(path).await, names)
}

#[tokio::test]
async fn whoever_listens_lets_go_by_itself_when_it_is_asked() {
    let Some(stage) = stage().await else { return };
    let path = "/asked/listens";
    let (lock, names) = pair(stage, path, json!({"revocable": true, "lets_go": true})).await;
    let asked = rung(&lock, Deed::Revoke);
    assert!(asked.offered, "{asked:?}");
    let stop = eventually("a server tells where its client is", Duration::from_secs(20), async || {
        let stop = rung(&stage.console().lock(path).await.unwrap(), Deed::Stop);
        if stop.client.is_some() { Ok(stop) } else { Err(stop) }
    })
    .await;
    assert!(stop.offered && stop.client.unwrap().starts_with("127.0.0.1:"));
    assert_eq!(stop.expires, None, "it is heard from");
    let (plan, executed) = stage.act(&Action::Revoke(asked.target.unwrap())).await;
    assert_eq!(plan.warnings, [], "the servers tell that it listens");
    assert_eq!((executed.outcome, executed.gone), (Outcome::Done, Some(true)));
    stage.peer.until(&names[1], State::Holding).await;
    stage.peer.until(&names[0], State::Idle).await;
    let old = stage.peer.report().await.object(&names[0]).unwrap().clone();
    assert_eq!((old.state, old.says), (State::Idle, Some(false)), "who lets go by itself knows it");
    assert_eq!(stage.tell(&names[0]).await["revocations"], 1);
    let outcome =
        stage.console().audit().await.items.into_iter().find(|line| line.audit_id == executed.audit_id);
    assert_eq!(outcome.unwrap().detail.as_deref(), Some("the znode went"));
}

#[tokio::test]
async fn whoever_listens_and_holds_on_is_told_to_be_there_still() {
    let Some(stage) = stage().await else { return };
    let path = "/asked/stubborn";
    let (lock, names) = pair(stage, path, json!({"revocable": true})).await;
    let began = Instant::now();
    let (_, executed) = stage.act(&Action::Revoke(target(&lock.lock.holders[0].member))).await;
    assert_eq!((executed.outcome, executed.gone), (Outcome::Done, Some(false)));
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(stage.tell(&names[0]).await["revocations"], 1);
    assert_eq!(stage.peer.report().await.object(&names[0]).unwrap().state, State::Holding);
    // The next rung.
    stage.freed(path, 0).await;
    stage.late(path, &names[0]).await;
}

#[tokio::test]
async fn whoever_does_not_listen_is_not_asked() {
    let Some(stage) = stage().await else { return };
    // A mutex as most are has the client's address as its data.
    let (lock, _) = pair(stage, "/asked/plain", json!({})).await;
    let asked = rung(&lock, Deed::Revoke);
    assert!(!asked.offered && asked.why.contains("has data"), "{asked:?}");
    // One that happens to have none watches nothing of its own.
    let (lock, names) = pair(stage, "/asked/deaf", json!({"default_data": ""})).await;
    let deaf = eventually("the servers told that it does not listen", Duration::from_secs(30), async || {
        let deaf = rung(&stage.console().lock("/asked/deaf").await.unwrap(), Deed::Revoke);
        if deaf.offered { Err(deaf) } else { Ok(deaf) }
    })
    .await;
    assert!(deaf.why.contains("does not watch its own znode"), "{deaf:?}");
    let refused =
        stage.console().plan(&Action::Revoke(target(&lock.lock.holders[0].member))).await.unwrap_err();
    assert_eq!(refused.code, RefusalCode::NotAllowed);
    let (data, _) = stage.observer().await.get_data(lock.lock.holders[0].member.path.as_str()).await.unwrap();
    assert_eq!(data, b"", "nothing was written");
    stage.hand_over(&names[0], &[&names[1]]).await;
}
