//! The console or ZooKeeper is killed at every step of what moves items: each is there once, and every intent is resolved.
//!
//! `ZOOSCOPE_CRASHES` says how often; `make soak` has 500.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::scene::Scene;
use harness::settle::count;
use harness::{Console, confirmed, eventually, zookeeper};
use zookeeper_client::Client;
use zooscope_protocol::action::{DeadLetter, Requeue};
use zooscope_protocol::bulk::{BulkAction, BulkRequest, Found, Selection};
use zooscope_protocol::{Action, ZnodePath};

use crate::shelf::{census, items, names, stock, target};

/// The points of an action, in their order; the last is killed in while the transaction is on its way.
const POINTS: [&str; 9] =
    ["reviewed", "intent", "read", "prepared", "kept", "read_again", "committed", "concluded", "on_its_way"];
const DEEDS: [Deed; 3] = [Deed::Requeue, Deed::DeadLetter, Deed::Bulk];
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Deed {
    Requeue,
    DeadLetter,
    Bulk,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Victim {
    Console,
    ZooKeeper,
}

/// One crash of all that there are: every deed, at every point, of either.
fn case(round: u32) -> (Deed, &'static str, Victim) {
    // A stride that visits each before any again, and differs from the one before in all three.
    let all = u32::try_from(DEEDS.len() * POINTS.len() * 2).unwrap();
    let at = usize::try_from(round * 23 % all).unwrap();
    let victim = if at % 2 == 0 { Victim::Console } else { Victim::ZooKeeper };
    (DEEDS[at / 2 % DEEDS.len()], POINTS[at / 2 / DEEDS.len()], victim)
}

#[test]
fn every_case_comes_up() {
    let all: BTreeSet<String> = (0..54).map(|round| format!("{:?}", case(round))).collect();
    assert_eq!(all.len(), 54);
    let points: BTreeSet<&str> = (0..25).map(|round| case(round).1).collect();
    assert_eq!(points.len(), POINTS.len(), "the short form has each point");
}

/// What is asked for, begun so that it runs while the test goes on.
async fn begin(console: &Console, deed: Deed, queue: &str, key: &str) -> Option<String> {
    if deed == Deed::Bulk {
        let select =
            Selection::Found(Found { queue: ZnodePath::parse(queue).unwrap(), q: None, taken: None });
        let request = BulkRequest { action: BulkAction::DeadLetter {}, select };
        let plan = console.plan_bulk(&request).await.unwrap();
        console.begin_bulk(&plan.digest, &confirmed(&plan.confirm.expected, key)).await.unwrap();
        return Some(plan.digest);
    }
    let item = console.items(queue).await.remove(1).item;
    let action = match deed {
        Deed::Requeue => Action::Requeue(Requeue::from(target(&item))),
        _ => Action::DeadLetter(DeadLetter { target: target(&item), to: None }),
    };
    let plan = console.plan(&action).await.unwrap();
    let path = format!("/clusters/{}/plans/{}/execute", harness::console::CLUSTER, plan.digest);
    let request = console.request("POST", &path).headers(console.site_headers());
    let request = request.json(&confirmed(&plan.confirm.expected, key));
    // Whoever waits for the answer of a console that is killed gets none.
    tokio::spawn(async move { drop(request.send().await) });
    None
}

/// The actions in the audit log that have no outcome.
async fn open(console: &Console) -> Vec<String> {
    let items = console.audit().await.items;
    let ended = |id: &str| {
        let outcomes = items.iter().filter(|line| line.audit_id == id);
        outcomes.filter_map(|line| line.outcome.as_deref()).any(|outcome| outcome != "unknown")
    };
    let ids: BTreeSet<&String> = items.iter().map(|line| &line.audit_id).collect();
    ids.into_iter().filter(|id| !ended(id)).cloned().collect()
}

async fn client(scene: &Scene) -> Client {
    zookeeper::client(&scene.zookeeper.connect()).await
}

async fn crash(scene: &mut Scene, round: u32) {
    let (deed, point, victim) = case(round);
    let what = format!("round {round}: {deed:?} at {point}, {victim:?} is killed");
    eprintln!("{what}");
    let (queue, key) = (format!("/crash/q{round}"), format!("crash-{round}"));
    let aside = format!("{queue}-dead-letter");
    let depth = if deed == Deed::Bulk { 60 } else { 3 };
    stock(&client(scene).await, &queue, &queue, depth).await;
    items(&scene.console, &queue, depth).await;
    let stop = if point == "on_its_way" { "read_again" } else { point };
    // Of a bulk of two batches the second.
    scene.console.arm(stop, if deed == Deed::Bulk { 1 + round % 2 } else { 1 });
    let bulk = begin(&scene.console, deed, &queue, &key).await;
    eventually(&what, PATIENCE, async || if scene.console.has_reached() { Ok(()) } else { Err(()) }).await;
    if point == "on_its_way" {
        scene.console.disarm();
        tokio::time::sleep(Duration::from_micros(u64::from(round * 397 % 6_000))).await;
    }
    match victim {
        Victim::Console => {
            scene.console.kill9();
            scene.console.disarm();
            scene.console.restart().await;
        }
        Victim::ZooKeeper => {
            scene.zookeeper.kill9();
            scene.console.disarm();
            // On a busy machine a Java may not answer in time; whether it does is not what is tested here.
            for _ in 0..5 {
                match scene.zookeeper.restart().await {
                    Ok(()) => break,
                    Err(error) => eprintln!("{what}: started once more, for {error}"),
                }
            }
        }
    }
    scene.console.live(PATIENCE).await;
    if let Some(digest) = bulk.filter(|_| victim == Victim::ZooKeeper) {
        scene.console.bulk_ended(&digest, PATIENCE).await;
    }
    eventually(&format!("{what}: every intent is resolved"), PATIENCE, async || {
        let open = open(&scene.console).await;
        if open.is_empty() { Ok(()) } else { Err(open) }
    })
    .await;
    // A session of before the crash may be over.
    let client = client(scene).await;
    let all = census(&client, &[&queue, &aside]).await;
    let expected: Vec<String> = (0..depth).map(|number| format!("{queue} {number}")).collect();
    let there: BTreeSet<&String> = all.keys().collect();
    assert_eq!(there, expected.iter().collect(), "{what}: none is lost, none is new");
    assert!(all.values().all(|times| *times == 1), "{what}: none is there twice: {all:?}");
    // What the audit log says was done is done, and nothing else is.
    let lines = scene.console.audit().await.items;
    let done = lines.iter().filter(|line| {
        let here =
            line.path.as_deref().is_some_and(|path| path.starts_with(&format!("{queue}/")) || path == queue);
        here && line.outcome.as_deref() == Some("done")
    });
    let moved = match deed {
        Deed::Requeue => {
            usize::from(!names(&client, &queue).await.contains(&"entry-100-0000000001".to_owned()))
        }
        _ => names(&client, &aside).await.len(),
    };
    let done = done.count();
    match deed {
        Deed::Bulk => assert_eq!(done, moved.div_ceil(50), "{what}: {moved} were moved"),
        _ => assert_eq!(done, moved, "{what}"),
    }
}

#[tokio::test]
async fn a_crash_at_any_step_leaves_each_item_once_and_no_intent_open() {
    let Some(mut scene) = Scene::start().await else { return };
    for round in 0..count("ZOOSCOPE_CRASHES", 25) {
        crash(&mut scene, round).await;
    }
}
