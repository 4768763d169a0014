//! Each recipe with its real library: the console's holders and waiters are those that the library names, in true order.

use std::time::Duration;

use harness::scene::Scene;
use harness::{Peer, State, zookeeper};
use serde_json::json;
use zookeeper_client::{Acls, LockOptions, LockPrefix};
use zooscope_protocol::{LockKind, MemberState, Mode, QueueKind};

use crate::agreement::{LIMIT, agree, there};

/// Contenders `1`, `2`, … of one kind at a path, each with a session of its own, queued in this order.
async fn line_up(scene: &Scene, peer: &Peer, watched: &str, path: &str, kinds: &[&str]) {
    let observer = zookeeper::client(&scene.zookeeper.connect()).await;
    for (ahead, kind) in kinds.iter().enumerate() {
        let name = format!("{path}#{ahead}");
        peer.client(&name).await;
        peer.make(&name, &name, kind, path, json!({"leases": 2})).await;
        peer.acquire(&name).await;
        if ahead == 0 {
            peer.until(&name, State::Holding).await;
        } else {
            zookeeper::members(&observer, watched, ahead + 1).await;
        }
    }
}

#[tokio::test]
async fn kazoo_is_told_as_it_says_itself() {
    let Some(scene) = Scene::start().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;

    line_up(&scene, &kazoo, "/k/lock", "/k/lock", &["Lock"; 4]).await;
    let lock = agree(console, &kazoo, "/k/lock").await.lock;
    assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::Mutex, 1, 3));
    assert!(lock.recipe.0.contains(&"kazoo.Lock".to_owned()), "{}", lock.recipe);
    let named: Vec<_> = lock.waiters.iter().map(|body| body.member.identity.clone().unwrap()).collect();
    assert_eq!(
        named,
        ["/k/lock#1", "/k/lock#2", "/k/lock#3"],
        "waiters stand in the order in which they came"
    );
    let ahead = &lock.waiters[0].member.path;
    assert_eq!(lock.waiters[1].member.waits_for.as_ref(), Some(ahead));
    assert!(lock.held_seen, "the console saw the holder acquire");

    line_up(&scene, &kazoo, "/k/rw", "/k/rw", &["ReadLock", "ReadLock", "WriteLock", "ReadLock"]).await;
    let lock = agree(console, &kazoo, "/k/rw").await.lock;
    assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::ReadWrite, 2, 2));
    assert_eq!(lock.waiters[0].member.mode, Mode::Write);

    line_up(&scene, &kazoo, "/k/election", "/k/election", &["Election"; 3]).await;
    assert_eq!(agree(console, &kazoo, "/k/election").await.lock.blocked, 2);

    for name in ["s1", "s2", "s3", "s4"] {
        kazoo.client(name).await;
        kazoo.make(name, name, "Semaphore", "/k/semaphore", json!({"leases": 2})).await;
    }
    kazoo.hold("s1").await;
    kazoo.hold("s2").await;
    kazoo.acquire("s3").await;
    kazoo.acquire("s4").await;
    let lock = agree(console, &kazoo, "/k/semaphore").await.lock;
    assert_eq!((lock.kind, lock.capacity, lock.held_by, lock.blocked), (LockKind::Semaphore, Some(2), 2, 2));

    // Each release is followed.
    kazoo.release("/k/lock#0").await.unwrap();
    kazoo.until("/k/lock#1", State::Holding).await;
    agree(console, &kazoo, "/k/lock").await;
    kazoo.release("s1").await.unwrap();
    agree(console, &kazoo, "/k/semaphore").await;
}

#[tokio::test]
async fn kazoo_queues_are_as_deep_as_they_say() {
    let Some(scene) = Scene::start().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    kazoo.client("p").await;
    kazoo.make("p", "q", "Queue", "/k/queue", json!({})).await;
    for (data, priority) in [("low", 200), ("urgent", 10), ("normal", 100)] {
        kazoo.ask(json!({"do": "put", "object": "q", "data": data, "priority": priority})).await;
    }
    let items = harness::eventually("three items are told", LIMIT, async || {
        let items = if console.queue("/k/queue").await.is_some() {
            console.items("/k/queue").await
        } else {
            Vec::new()
        };
        if items.len() == 3 { Ok(items) } else { Err(items) }
    })
    .await;
    let told: Vec<_> = items.iter().map(|body| body.item.preview.text().unwrap().to_owned()).collect();
    assert_eq!(told, ["urgent", "normal", "low"], "in the order that consumers take them");
    let taken = kazoo.ask(json!({"do": "take", "object": "q"})).await;
    assert_eq!(taken["data"], "urgent");
    depth(console, "/k/queue", 2, None).await;

    kazoo.make("p", "lq", "LockingQueue", "/k/locking", json!({})).await;
    for data in ["a", "b"] {
        kazoo.ask(json!({"do": "put", "object": "lq", "data": data})).await;
    }
    depth(console, "/k/locking", 2, Some(0)).await;
    assert_eq!(kazoo.ask(json!({"do": "take", "object": "lq"})).await["data"], "a");
    depth(console, "/k/locking", 2, Some(1)).await;
    let queue = console.queue("/k/locking").await.unwrap().queue;
    assert_eq!((queue.kind, queue.consumers), (QueueKind::Locking, Some(1)));
    kazoo.ask(json!({"do": "finish", "object": "lq"})).await;
    depth(console, "/k/locking", 1, Some(0)).await;
}

async fn depth(console: &harness::Console, path: &str, depth: u32, in_flight: Option<u32>) {
    harness::eventually(&format!("{path} is {depth} deep"), LIMIT, async || {
        let queue = console.queue(path).await.map(|body| (body.queue.depth, body.queue.in_flight));
        if queue == Some((depth, in_flight)) { Ok(()) } else { Err(queue) }
    })
    .await;
}

#[tokio::test]
async fn curator_is_told_as_it_says_itself() {
    let Some(scene) = Scene::start().await else { return };
    let Some(curator) = there(Peer::curator(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;

    line_up(&scene, &curator, "/c/mutex", "/c/mutex", &["InterProcessMutex"; 3]).await;
    let lock = agree(console, &curator, "/c/mutex").await.lock;
    assert_eq!((lock.kind, lock.blocked), (LockKind::Mutex, 2));
    assert!(lock.recipe.0.contains(&"curator.InterProcessMutex".to_owned()), "{}", lock.recipe);

    line_up(&scene, &curator, "/c/rw", "/c/rw", &["ReadLock", "WriteLock", "ReadLock"]).await;
    let lock = agree(console, &curator, "/c/rw").await.lock;
    assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::ReadWrite, 1, 2));

    line_up(&scene, &curator, "/c/latch", "/c/latch", &["LeaderLatch"; 3]).await;
    let lock = agree(console, &curator, "/c/latch").await.lock;
    assert_eq!((lock.kind, lock.blocked), (LockKind::Election, 2));
    assert_eq!(lock.holders[0].member.identity.as_deref(), Some("/c/latch#0"));

    for name in ["l1", "l2", "l3"] {
        curator.client(name).await;
        curator.make(name, name, "InterProcessSemaphoreV2", "/c/semaphore", json!({"leases": 2})).await;
    }
    curator.hold("l1").await;
    curator.hold("l2").await;
    curator.acquire("l3").await;
    // The third lays down its lease a moment after it waits.
    let lock = harness::eventually("the waiter's lease is pending", LIMIT, async || {
        let lock = agree(console, &curator, "/c/semaphore").await.lock;
        if lock.waiters[0].member.state == MemberState::Pending { Ok(lock) } else { Err(lock) }
    })
    .await;
    assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::Semaphore, 2, 1));

    curator.make("l1", "dq", "DistributedQueue", "/c/queue", json!({})).await;
    for data in ["first", "second"] {
        curator.ask(json!({"do": "put", "object": "dq", "data": data})).await;
    }
    depth(console, "/c/queue", 2, None).await;
    let told: Vec<_> = console
        .items("/c/queue")
        .await
        .iter()
        .map(|body| body.item.preview.text().unwrap().to_owned())
        .collect();
    assert_eq!(told, ["first", "second"], "without Curator's framing");
}

#[tokio::test]
async fn the_lock_of_zookeeper_client_is_told() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let (first, second) = (zookeeper::client(&connect).await, zookeeper::client(&connect).await);
    zookeeper::put(&first, "/z/lock", b"").await;
    let options = || LockOptions::new(Acls::anyone_all());
    let prefix = || LockPrefix::new_curator("/z/lock", "lock-").unwrap();
    let held = first.lock(prefix(), b"one", options()).await.unwrap();
    let waiting = tokio::spawn({
        let second = second.clone();
        async move { second.lock(prefix(), b"two", options()).await.map(zookeeper_client::LockClient::into_owned) }
    });
    let both = harness::eventually("a holder and a waiter are told", Duration::from_secs(5), async || {
        match scene.console.lock("/z/lock").await {
            Some(lock) if lock.lock.blocked == 1 => Ok(lock.lock),
            other => Err(other),
        }
    })
    .await;
    assert!(both.recipe.0.contains(&"zookeeper-client.Lock".to_owned()), "{}", both.recipe);
    assert_eq!(both.holders[0].member.path.as_str(), held.lock_path());
    assert_eq!(both.holders[0].member.session.unwrap().to_string(), zookeeper::session(&first));
    assert_eq!(both.holders[0].member.identity.as_deref(), Some("one"));
    assert_eq!(both.waiters[0].member.session.unwrap().to_string(), zookeeper::session(&second));
    drop(held);
    let acquired = waiting.await.unwrap().unwrap();
    harness::eventually("the second holds", Duration::from_secs(5), async || {
        match scene.console.lock("/z/lock").await {
            Some(lock)
                if lock
                    .lock
                    .holders
                    .first()
                    .is_some_and(|holder| holder.member.path.as_str() == acquired.lock_path()) =>
            {
                Ok(())
            }
            other => Err(other),
        }
    })
    .await;
}
