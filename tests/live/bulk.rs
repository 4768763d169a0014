//! Bulk: many items, batch by batch, and what changed meanwhile is skipped and told.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::scene::Scene;
use harness::{Peer, confirmed, eventually, zookeeper};
use serde_json::json;
use zookeeper_client::{Acl, Acls, AuthId, CreateMode, Permission};
use zooscope_protocol::bulk::{BulkAction, BulkOutcome, BulkRequest, BulkState, Found, Marked, Selection};
use zooscope_protocol::{RefusalCode, ZnodePath};

use crate::agreement::{LIMIT, there};
use crate::shelf::{census, items, names, stock, target};

const PATIENCE: Duration = Duration::from_secs(60);

fn found(queue: &str, q: Option<&str>) -> Selection {
    let queue = ZnodePath::parse(queue).unwrap();
    Selection::Found(Found { queue, q: q.map(str::to_owned), taken: None })
}

#[tokio::test]
async fn a_filter_selects_and_what_has_changed_is_skipped() {
    let Some(scene) = Scene::start().await else { return };
    let (console, client) = (&scene.console, zookeeper::client(&scene.zookeeper.connect()).await);
    stock(&client, "/bulk/queue", "good", 60).await;
    stock(&client, "/bulk/queue", "poison", 130).await;
    items(console, "/bulk/queue", 190).await;
    let request =
        BulkRequest { action: BulkAction::DeadLetter {}, select: found("/bulk/queue", Some("POISON")) };
    let plan = console.plan_bulk(&request).await.unwrap();
    assert_eq!((plan.count, plan.batches, plan.refused_count), (130, 3, 0));
    assert_eq!(plan.confirm.expected, "130");
    let wrong = console.begin_bulk(&plan.digest, &confirmed("129", "k")).await.unwrap_err();
    assert_eq!(wrong.code, RefusalCode::NotConfirmed);
    // Two are consumed while the plan is being read, and one is written to.
    let all = console.items("/bulk/queue").await;
    let poison: Vec<_> = all.iter().filter(|body| body.item.preview.0.starts_with(b"poison")).collect();
    for body in &poison[..2] {
        client.delete(body.item.path.as_str(), None).await.unwrap();
    }
    client.set_data(poison[70].item.path.as_str(), b"changed", None).await.unwrap();

    let begun = console.begin_bulk(&plan.digest, &confirmed("130", "k")).await.unwrap();
    assert_eq!(begun.count, 130);
    let again = console.begin_bulk(&plan.digest, &confirmed("130", "k")).await.unwrap();
    assert_eq!(again.began, begun.began, "the same request again begins nothing");
    let other = console.begin_bulk(&plan.digest, &confirmed("130", "other")).await.unwrap_err();
    assert_eq!(other.code, RefusalCode::BadRequest);
    let ended = console.bulk_ended(&plan.digest, PATIENCE).await;
    assert_eq!(
        (ended.state, ended.done, ended.changed, ended.failed, ended.left),
        (BulkState::Done, 127, 3, 0, 0),
        "{:?} {:?}",
        ended.because,
        ended.results
    );
    assert_eq!(ended.results.len(), 130);
    let batches: BTreeSet<_> = ended.results.iter().filter_map(|result| result.audit_id.clone()).collect();
    assert!(batches.len() >= 3, "each batch has an audit trail of its own");
    for result in ended.results.iter().filter(|result| result.outcome == BulkOutcome::Done) {
        assert!(result.created.as_ref().unwrap().as_str().starts_with("/bulk/queue-dead-letter/letter-"));
    }
    let all = census(&client, &["/bulk/queue", "/bulk/queue-dead-letter"]).await;
    assert_eq!((all.len(), all.values().sum::<usize>()), (188, 188), "each is there once");
    assert!(items(console, "/bulk/queue-dead-letter", 127).await.iter().all(|item| item.letter.is_some()));

    // And all of them back.
    let replay =
        BulkRequest { action: BulkAction::Replay {}, select: found("/bulk/queue-dead-letter", None) };
    let plan = console.plan_bulk(&replay).await.unwrap();
    console.begin_bulk(&plan.digest, &confirmed("127", "back")).await.unwrap();
    let ended = console.bulk_ended(&plan.digest, PATIENCE).await;
    assert_eq!((ended.done, ended.state), (127, BulkState::Done));
    assert_eq!(census(&client, &["/bulk/queue"]).await.values().sum::<usize>(), 188);
    let list: Vec<zooscope_protocol::bulk::BulkProgress> = console.read("/clusters/test/bulk").await;
    assert_eq!(list.len(), 2);
}

#[tokio::test]
async fn marked_items_are_checked_one_by_one_and_a_bulk_can_be_stopped() {
    let Some(scene) = Scene::start().await else { return };
    let (console, client) = (&scene.console, zookeeper::client(&scene.zookeeper.connect()).await);
    stock(&client, "/stop/queue", "item", 400).await;
    let all = items(console, "/stop/queue", 400).await;
    let mut targets: Vec<_> = all.iter().map(target).collect();
    targets[7].czxid = zooscope_protocol::Zxid(1);
    let select = |targets: &[_]| Selection::Marked(Marked { targets: targets.to_vec() });
    let action = BulkAction::Requeue { priority: Some(7), not_before: None };
    let request = BulkRequest { action: action.clone(), select: select(&targets) };
    let plan = console.plan_bulk(&request).await.unwrap();
    assert_eq!((plan.count, plan.refused_count), (399, 1));
    assert_eq!((plan.refused[0].code, &plan.refused[0].path), (RefusalCode::Changed, &targets[7].path));
    let twice = [targets[0].clone(), targets[0].clone()];
    let problem = console.plan_bulk(&BulkRequest { action, select: select(&twice) }).await.unwrap_err();
    assert_eq!(problem.code, RefusalCode::BadRequest);
    let nothing =
        BulkRequest { action: BulkAction::Delete {}, select: found("/stop/queue", Some("nowhere")) };
    assert_eq!(console.plan_bulk(&nothing).await.unwrap_err().code, RefusalCode::BadRequest);

    // The third batch is held until the stop has arrived: it is done, and no other.
    console.arm("batch", 3);
    console.begin_bulk(&plan.digest, &confirmed("399", "stop")).await.unwrap();
    eventually("the third batch is on its way", PATIENCE, async || {
        if console.has_reached() { Ok(()) } else { Err(()) }
    })
    .await;
    let stopping = console.post(&format!("/clusters/test/bulk/{}/stop", plan.digest), &json!({})).await;
    assert_eq!(stopping.status, 200, "{}", stopping.text);
    console.disarm();
    let ended = console.bulk_ended(&plan.digest, PATIENCE).await;
    assert_eq!((ended.state, ended.done, ended.left), (BulkState::Stopped, 150, 249));
    assert_eq!(census(&client, &["/stop/queue"]).await.len(), 400, "each is there once");
}

/// The next item that a consumer gets; `None` when the queue is empty, and not when ZooKeeper takes its time.
async fn next(
    kazoo: &Peer,
    client: &zookeeper_client::Client,
    object: &str,
    entries: &str,
) -> Option<String> {
    loop {
        let told = kazoo.ask(json!({"do": "take", "object": object, "timeout": 3})).await;
        match told["data"].as_str() {
            Some(data) => return Some(data.to_owned()),
            None if names(client, entries).await.is_empty() => return None,
            None => {}
        }
    }
}

#[tokio::test]
async fn what_a_consumer_takes_meanwhile_is_skipped_and_nothing_is_lost_or_doubled() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let (console, client) = (&scene.console, zookeeper::client(&connect).await);
    stock(&client, "/busy/queue/entries", "item", 300).await;
    zookeeper::put(&client, "/busy/queue/taken", b"").await;
    items(console, "/busy/queue", 300).await;
    let requeue = BulkAction::Requeue { priority: None, not_before: None };
    let plan = console
        .plan_bulk(&BulkRequest { action: requeue, select: found("/busy/queue", None) })
        .await
        .unwrap();
    let consume = async |object: &str| {
        kazoo.client(object).await;
        kazoo.make(object, object, "LockingQueue", "/busy/queue", json!({})).await;
        let mut taken = Vec::new();
        while let Some(data) = next(&kazoo, &client, object, "/busy/queue/entries").await {
            taken.push(data.clone());
            let finished = kazoo.ask(json!({"do": "finish", "object": object})).await["finished"].clone();
            assert_eq!(finished, true, "{data}");
        }
        taken
    };
    console.begin_bulk(&plan.digest, &confirmed("300", "busy")).await.unwrap();
    // However slow the machine is, both are at it at once.
    eventually("some are moved", PATIENCE, async || {
        let progress = console.bulk(&plan.digest).await;
        if progress.done > 0 { Ok(()) } else { Err(progress.left) }
    })
    .await;
    let moving = console.bulk_ended(&plan.digest, PATIENCE);
    let (moved, first, second, third) = tokio::join!(moving, consume("a"), consume("b"), consume("c"));
    assert_eq!((moved.failed, moved.unknown, moved.left), (0, 0, 0), "{:?}", moved.because);
    assert!(moved.done > 0, "some were moved: {moved:?}");
    let mut taken: Vec<String> = [first, second, third].concat();
    taken.sort();
    let expected: BTreeSet<String> = (0..300).map(|number| format!("item {number}")).collect();
    assert_eq!(taken, expected.into_iter().collect::<Vec<_>>(), "what goes in comes out, once");
    let queue = eventually("the queue is empty", LIMIT, async || match console.queue("/busy/queue").await {
        Some(queue) if queue.queue.depth == 0 => Ok(queue),
        other => Err(other),
    })
    .await;
    assert_eq!(queue.queue.in_flight, Some(0));
}

#[tokio::test]
async fn single_requeues_among_consumers_lose_nothing_and_double_nothing() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let (console, client) = (&scene.console, zookeeper::client(&connect).await);
    stock(&client, "/total/queue/entries", "item", 80).await;
    zookeeper::put(&client, "/total/queue/taken", b"").await;
    items(console, "/total/queue", 80).await;
    let consume = async |object: &str| {
        kazoo.client(object).await;
        kazoo.make(object, object, "LockingQueue", "/total/queue", json!({})).await;
        let mut taken = Vec::new();
        while let Some(data) = next(&kazoo, &client, object, "/total/queue/entries").await {
            taken.push(data.clone());
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(
                kazoo.ask(json!({"do": "finish", "object": object})).await["finished"],
                true,
                "{data}"
            );
        }
        taken
    };
    let requeue = async {
        let (mut moved, mut round) = (0, 0);
        loop {
            let mut items = console.items("/total/queue").await;
            if items.is_empty() {
                break moved;
            }
            round += 1;
            // One where the consumers are, one where they are not yet.
            let at = if round % 2 == 0 { round % 7 } else { items.len() / 2 };
            let body = items.swap_remove(at.min(items.len() - 1));
            let action = zooscope_protocol::Action::Requeue(target(&body.item).into());
            let Ok(plan) = console.plan(&action).await else { continue };
            let execute = confirmed(&plan.confirm.expected, &format!("total-{round}"));
            let Ok(executed) = console.execute(&plan.digest, &execute).await else { continue };
            moved += usize::from(executed.outcome == zooscope_protocol::Outcome::Done);
        }
    };
    let (moved, first, second, third) = tokio::join!(requeue, consume("a"), consume("b"), consume("c"));
    assert!(moved > 3, "{moved} were moved while others consumed");
    let mut taken: Vec<String> = [first, second, third].concat();
    taken.sort();
    let expected: BTreeSet<String> = (0..80).map(|number| format!("item {number}")).collect();
    assert_eq!(taken, expected.into_iter().collect::<Vec<_>>(), "what goes in comes out, once");
}

#[tokio::test]
async fn one_outcome_that_is_not_known_ends_a_bulk() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let proxy = harness::proxy::Proxy::start(&connect).await;
    let console = harness::Console::start(&proxy.connect()).await;
    console.live(Duration::from_secs(20)).await;
    let client = zookeeper::client(&connect).await;
    stock(&client, "/unknown/queue", "item", 130).await;
    items(&console, "/unknown/queue", 130).await;
    let request = BulkRequest { action: BulkAction::DeadLetter {}, select: found("/unknown/queue", None) };
    let plan = console.plan_bulk(&request).await.unwrap();
    assert_eq!(plan.batches, 3);
    // The second batch is sent into a connection that carries nothing any more.
    console.arm("read_again", 2);
    console.begin_bulk(&plan.digest, &confirmed("130", "unknown")).await.unwrap();
    eventually("the second batch is on its way", PATIENCE, async || {
        if console.has_reached() { Ok(()) } else { Err(()) }
    })
    .await;
    proxy.stall();
    console.disarm();
    let ended = console.bulk_ended(&plan.digest, PATIENCE).await;
    assert_eq!((ended.state, ended.done, ended.left), (BulkState::Broken, 50, 30), "{:?}", ended.because);
    assert!(ended.because.unwrap().contains("not known"));
    let unknown = ended.results.iter().filter(|result| result.outcome == BulkOutcome::Unknown).count();
    assert_eq!(unknown, 50);
    proxy.heal();
    // Each is there once, whichever way it went, and the log comes to know.
    eventually("the log knows", PATIENCE, async || {
        let reply = console.get("/audit?each=action&outcome=open&limit=100").await;
        let unknown = console.get("/audit?each=action&outcome=unknown&limit=100").await;
        let none = |text: &str| text.contains("\"items\":[]");
        if none(&reply.text) && none(&unknown.text) { Ok(()) } else { Err((reply.text, unknown.text)) }
    })
    .await;
    let all = census(&client, &["/unknown/queue", "/unknown/queue-dead-letter"]).await;
    assert_eq!((all.len(), all.values().sum::<usize>()), (130, 130));
}

#[tokio::test]
async fn three_failures_in_a_row_end_a_bulk() {
    let Some(scene) = Scene::start().await else { return };
    let (console, client) = (&scene.console, zookeeper::client(&scene.zookeeper.connect()).await);
    // Where items may be made and not deleted, each of them fails.
    let acls = [Acl::new(Permission::READ | Permission::CREATE, AuthId::anyone())];
    zookeeper::put(&client, "/broken", b"").await;
    let mode = CreateMode::Persistent.with_acls(Acls::new(&acls));
    client.create("/broken/queue", b"", &mode).await.unwrap();
    stock(&client, "/broken/queue", "item", 10).await;
    items(console, "/broken/queue", 10).await;
    let request = BulkRequest { action: BulkAction::Delete {}, select: found("/broken/queue", None) };
    let plan = console.plan_bulk(&request).await.unwrap();
    assert_eq!(plan.count, 10);
    console.begin_bulk(&plan.digest, &confirmed("10", "broken")).await.unwrap();
    let ended = console.bulk_ended(&plan.digest, PATIENCE).await;
    assert_eq!(
        (ended.state, ended.done, ended.failed, ended.left),
        (BulkState::Broken, 0, 3, 7),
        "{:?} {:?}",
        ended.because,
        ended.results
    );
    assert!(
        ended.results.iter().all(|result| result.code == Some(RefusalCode::NoAuth)),
        "{:?}",
        ended.results
    );
    assert_eq!(census(&client, &["/broken/queue"]).await.len(), 10, "nothing is gone");
}

#[tokio::test]
async fn a_bulk_ends_where_somebody_freezes_all_actions() {
    let Some(scene) = Scene::start().await else { return };
    let (console, client) = (&scene.console, zookeeper::client(&scene.zookeeper.connect()).await);
    stock(&client, "/frozen/queue", "item", 120).await;
    items(console, "/frozen/queue", 120).await;
    let request = BulkRequest { action: BulkAction::Delete {}, select: found("/frozen/queue", None) };
    let plan = console.plan_bulk(&request).await.unwrap();
    // The first batch is on its way when it happens: it is done, and no other.
    console.arm("batch", 1);
    console.begin_bulk(&plan.digest, &confirmed("120", "frozen")).await.unwrap();
    eventually("the first batch is on its way", PATIENCE, async || {
        if console.has_reached() { Ok(()) } else { Err(()) }
    })
    .await;
    let frozen = console.post("/freeze", &json!({"on": true, "reason": "an incident"})).await;
    assert_eq!(frozen.status, 200, "{}", frozen.text);
    console.disarm();
    let ended = console.bulk_ended(&plan.digest, PATIENCE).await;
    assert_eq!((ended.state, ended.done, ended.failed, ended.left), (BulkState::Broken, 50, 50, 20));
    assert!(ended.because.unwrap().contains("an incident"));
    assert_eq!(census(&client, &["/frozen/queue"]).await.len(), 70);
}
