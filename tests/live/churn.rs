//! Many clients at many locks and queues at once; when they settle, the console tells what they say, to the last one.

use std::time::{Duration, Instant};

use harness::scene::Scene;
use harness::stream::Stream;
use harness::{Peer, settle, zookeeper};
use serde_json::json;
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::{Content, View};

use crate::agreement::{agree, there};

/// The locks and how many contend for each, of one library.
const LOCKS: [(&str, &str, usize); 4] =
    [("mutex", "", 4), ("busy", "", 3), ("rw", "rw", 4), ("semaphore", "semaphore", 4)];

/// Everybody takes turns at everything.
async fn turns(peer: &Peer, kinds: [&str; 4]) -> Vec<String> {
    let [mutex, read, write, semaphore] = kinds;
    let mut paths = Vec::new();
    for (name, kind, contenders) in LOCKS {
        let path = format!("/churn/{}/{name}", peer.library);
        for n in 0..contenders {
            let object = format!("{path}#{n}");
            peer.client(&object).await;
            let kind = match kind {
                "rw" if n % 2 == 0 => read,
                "rw" => write,
                "semaphore" => semaphore,
                _ => mutex,
            };
            peer.make(&object, &object, kind, &path, json!({"leases": 2})).await;
            let (hold, rest) = (7 + 5 * n, 3 + 2 * n);
            peer.ask(json!({"do": "turns", "object": object, "hold_ms": hold, "rest_ms": rest})).await;
        }
        paths.push(path);
    }
    paths
}

#[tokio::test]
async fn after_a_minute_of_churn_nothing_differs() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let (Some(kazoo), Some(curator)) =
        (there(Peer::kazoo(&connect).await), there(Peer::curator(&connect).await))
    else {
        return;
    };
    let kazoos = turns(&kazoo, ["Lock", "ReadLock", "WriteLock", "Semaphore"]).await;
    let curators =
        turns(&curator, ["InterProcessMutex", "ReadLock", "WriteLock", "InterProcessSemaphoreV2"]).await;
    kazoo.client("producer").await;
    kazoo.make("producer", "queue", "Queue", "/churn/queue", json!({})).await;
    kazoo.make("producer", "locking", "LockingQueue", "/churn/locking", json!({})).await;

    let mut stream = Stream::open(&scene.console).await;
    let view = View::Locks { query: "/churn".to_owned(), sort: LockSort::Path, limit: 100 };
    let id = stream.subscribe(view).await;
    let (start, limit) = (Instant::now(), settle::seconds("ZOOSCOPE_CHURN_SECONDS", 60));
    let mut puts = 0;
    while start.elapsed() < limit {
        for queue in ["queue", "locking"] {
            kazoo.ask(json!({"do": "put", "object": queue, "data": format!("item {puts}")})).await;
        }
        if puts % 3 == 2 {
            kazoo.ask(json!({"do": "take", "object": "queue"})).await;
            kazoo.ask(json!({"do": "take", "object": "locking"})).await;
            kazoo.ask(json!({"do": "finish", "object": "locking"})).await;
        }
        puts += 1;
        tokio::time::timeout(Duration::from_millis(50), stream.next()).await.ok();
    }
    kazoo.ask(json!({"do": "settle"})).await;
    curator.ask(json!({"do": "settle"})).await;

    for path in &kazoos {
        agree(&scene.console, &kazoo, path).await;
    }
    for path in &curators {
        agree(&scene.console, &curator, path).await;
    }
    for (object, path) in [("queue", "/churn/queue"), ("locking", "/churn/locking")] {
        let length = kazoo.ask(json!({"do": "length", "object": object})).await["length"].as_u64();
        let depth = scene.console.queue(path).await.map(|body| u64::from(body.queue.depth));
        assert_eq!(depth, length, "{path}");
    }

    // What was streamed is what is asked for, and a mirror of so much churn is still the tree.
    let told = scene.console.locks().await;
    let told: Vec<_> =
        told.iter().map(|lock| (lock.lock.path.to_string(), lock.lock.held_by, lock.lock.blocked)).collect();
    stream
        .until(id, Duration::from_secs(5), "the stream shows what HTTP tells", |content| {
            let Content::Locks(list) = content else { return false };
            let shown: Vec<_> =
                list.rows.iter().map(|lock| (lock.path.to_string(), lock.held_by, lock.blocked)).collect();
            let mut told = told.clone();
            told.retain(|(path, ..)| path.starts_with("/churn"));
            told.sort();
            shown == told
        })
        .await;
    let observer = zookeeper::client(&connect).await;
    crate::mirror::equals_a_walk(&scene.console, &observer, "/churn", Duration::from_secs(5)).await;
}
