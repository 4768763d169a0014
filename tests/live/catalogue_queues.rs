//! Every queue of Curator: as deep as it is, and in the order in which a real consumer then takes the items.

use harness::eventually;
use serde_json::{Value, json};
use zooscope_protocol::QueueKind;

use crate::agreement::LIMIT;
use crate::catalogue_curator::stage;
use crate::stage::{Stage, texts};

/// Makes a producer of a queue and puts items, each with what its recipe wants beside the data.
async fn fill(stage: &Stage, path: &str, kind: &str, more: Value, items: &[(&str, Value)]) {
    let name = format!("{path} producer");
    stage.peer.client(&name).await;
    stage.peer.make(&name, &name, kind, path, more).await;
    for (number, (data, with)) in items.iter().enumerate() {
        let mut put = json!({"do": "put", "object": name, "data": data});
        if let (Some(put), Value::Object(with)) = (put.as_object_mut(), with.clone()) {
            put.extend(with);
        }
        stage.peer.ask(put).await;
        // Items are put in the background: the next waits until this one is there.
        eventually(&format!("{data} is in {path}"), LIMIT, async || {
            let depth = stage.console().queue(path).await.map(|body| body.queue.depth as usize);
            if depth == Some(number + 1) { Ok(()) } else { Err(depth) }
        })
        .await;
    }
}

/// Starts a consumer and asserts that it takes the items in the order that the console told before.
async fn drain(stage: &Stage, path: &str, kind: &str, expected: &[&str]) {
    let told = stage.items(path).await;
    assert_eq!(told[..expected.len()], *expected, "without Curator's framing, in the order of the recipe");
    let name = format!("{path} consumer");
    stage.peer.client(&name).await;
    stage.peer.make(&name, &name, kind, path, json!({"consumes": true})).await;
    assert_eq!(stage.taken(&name, expected.len()).await, expected);
}

#[tokio::test]
async fn a_queue_is_first_come_first_served() {
    let Some(stage) = stage().await else { return };
    let path = "/curator/queues/plain";
    let items = ["first", "second", "third"].map(|data| (data, json!({})));
    fill(stage, path, "DistributedQueue", json!({}), &items).await;
    let queue = stage.depth(path, 3, None).await.queue;
    assert_eq!(queue.kind, QueueKind::Fifo);
    assert!(queue.recipe.0.contains(&"curator.DistributedQueue".to_owned()), "{}", queue.recipe);
    drain(stage, path, "DistributedQueue", &["first", "second", "third"]).await;
    stage.depth(path, 0, None).await;
}

#[tokio::test]
async fn a_queue_by_id_keeps_the_order() {
    let Some(stage) = stage().await else { return };
    let path = "/curator/queues/by-id";
    let items = [("first", "zebra"), ("second", "ant"), ("third", "ant")];
    let items = items.map(|(data, id)| (data, json!({"item": id})));
    fill(stage, path, "DistributedIdQueue", json!({}), &items).await;
    assert_eq!(stage.depth(path, 3, None).await.queue.kind, QueueKind::Id);
    drain(stage, path, "DistributedIdQueue", &["first", "second", "third"]).await;
    stage.depth(path, 0, None).await;
}

#[tokio::test]
async fn a_queue_by_priority_is_told_as_it_is_taken() {
    let Some(stage) = stage().await else { return };
    let path = "/curator/queues/priority";
    let items =
        [("normal", 5), ("urgent", -3), ("low", 1000), ("zero", 0), ("normal too", 5), ("lowest", i32::MAX)];
    let items = items.map(|(data, priority)| (data, json!({"priority": priority})));
    fill(stage, path, "DistributedPriorityQueue", json!({}), &items).await;
    assert_eq!(stage.depth(path, 6, None).await.queue.kind, QueueKind::Priority);
    let priorities: Vec<_> =
        stage.console().items(path).await.iter().map(|body| body.item.priority.unwrap()).collect();
    assert_eq!(priorities, [-3, 0, 5, 5, 1000, i64::from(i32::MAX)]);
    let order = ["urgent", "zero", "normal", "normal too", "low", "lowest"];
    drain(stage, path, "DistributedPriorityQueue", &order).await;
    stage.depth(path, 0, None).await;
}

#[tokio::test]
async fn a_queue_that_delays_keeps_what_is_not_due() {
    let Some(stage) = stage().await else { return };
    let path = "/curator/queues/delay";
    let now = zooscope::clock::now().0;
    let times = [("later", 3_600_000), ("second", -1_000), ("first", -60_000), ("third", -500)];
    let items = times.map(|(data, delay)| (data, json!({"at_ms": now + delay})));
    fill(stage, path, "DistributedDelayQueue", json!({}), &items).await;
    assert_eq!(stage.depth(path, 4, None).await.queue.kind, QueueKind::Delay);
    let due: Vec<_> =
        stage.console().items(path).await.iter().map(|body| body.item.not_before.unwrap().0 - now).collect();
    assert_eq!(due, [-60_000, -1_000, -500, 3_600_000]);
    drain(stage, path, "DistributedDelayQueue", &["first", "second", "third"]).await;
    stage.depth(path, 1, None).await;
    assert_eq!(stage.items(path).await, ["later"]);
}

#[tokio::test]
async fn a_simple_queue_is_raw() {
    let Some(stage) = stage().await else { return };
    let path = "/curator/queues/simple";
    let items = ["first", "second"].map(|data| (data, json!({})));
    fill(stage, path, "SimpleDistributedQueue", json!({}), &items).await;
    let queue = stage.depth(path, 2, None).await.queue;
    assert!(queue.recipe.0.contains(&"curator.SimpleDistributedQueue".to_owned()), "{}", queue.recipe);
    drain(stage, path, "SimpleDistributedQueue", &["first", "second"]).await;
    stage.depth(path, 0, None).await;
}

#[tokio::test]
async fn an_item_is_in_flight_while_its_lock_is_there() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/queues/locked", &stage.peer);
    let lock_path = format!("{path}-locks");
    let items = ["first", "second", "poison"].map(|data| (data, json!({})));
    fill(stage, path, "DistributedQueue", json!({"lock_path": lock_path}), &items).await;
    // An empty directory beside the queue may be anything.
    stage.depth(path, 3, None).await;
    let session = peer.client("locked consumer").await;
    let consumes = json!({"lock_path": lock_path, "consumes": true, "waits": true});
    peer.make("locked consumer", "locked consumer", "DistributedQueue", path, consumes).await;
    for (done, data) in ["first", "second"].into_iter().enumerate() {
        assert_eq!(stage.taken("locked consumer", 1).await, [data]);
        let queue = stage.depth(path, 3 - done as u32, Some(1)).await.queue;
        assert_eq!(queue.consumers, Some(1));
        let items = stage.console().items(path).await;
        assert_eq!(items[0].item.taken_by.map(|session| session.to_string()), Some(session.clone()));
        assert!(items[1..].iter().all(|body| body.item.taken_by.is_none()), "{items:?}");
        peer.ask(json!({"do": "finish", "object": "locked consumer"})).await;
    }
    stage.neither(&lock_path).await;
    // What fails is put back behind the others, as another item.
    assert_eq!(stage.taken("locked consumer", 1).await, ["poison"]);
    let before = stage.console().items(path).await[0].item.sequence;
    peer.ask(json!({"do": "give_back", "object": "locked consumer"})).await;
    assert_eq!(stage.taken("locked consumer", 1).await, ["poison"], "it is given again at once");
    eventually("it is another item", LIMIT, async || {
        let items = stage.console().items(path).await;
        if items.len() == 1 && items[0].item.sequence > before { Ok(()) } else { Err(items) }
    })
    .await;
    peer.ask(json!({"do": "finish", "object": "locked consumer"})).await;
    stage.depth(path, 0, Some(0)).await;
}

#[tokio::test]
async fn a_queue_of_shards_is_a_queue_each() {
    let Some(stage) = stage().await else { return };
    let (path, leader, peer) = ("/curator/queues/sharded", "/curator/queues/sharder", &stage.peer);
    let session = peer.client("sharder").await;
    peer.make("sharder", "sharder", "QueueSharder", path, json!({"leader_path": leader})).await;
    for data in ["first", "second"] {
        peer.ask(json!({"do": "put", "object": "sharder", "data": data})).await;
    }
    let answer = peer.ask(json!({"do": "shards", "object": "sharder"})).await;
    let [shard] = texts(&answer["shards"])[..] else { panic!("one shard: {answer}") };
    stage.depth(shard, 2, None).await;
    assert_eq!(stage.items(shard).await, ["first", "second"]);
    stage.neither(path).await;
    let lock = eventually("the sharder that adds queues is told", LIMIT, async || {
        stage.console().lock(leader).await.filter(|lock| lock.lock.held_by == 1).ok_or("no leader")
    })
    .await;
    assert_eq!(lock.lock.holders[0].member.session.unwrap().to_string(), session);
}
