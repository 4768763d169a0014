//! Actions on real clients: what the plan foretold is what happens, and nothing else ever does.

use std::time::Duration;

use harness::proxy::Proxy;
use harness::scene::Scene;
use harness::{Console, Peer, State, confirmed, eventually, zookeeper};
use serde_json::json;
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::{AuditPhase, Execute, LockBody};
use zooscope_protocol::{Action, Item, Member, Outcome, Plan, RefusalCode, Target, ZnodePath, Zxid};

use crate::agreement::{LIMIT, agree, there};

fn release(member: &Member) -> Action {
    Action::Release(Target {
        path: member.path.clone(),
        czxid: member.czxid,
        version: member.version,
        session: member.session,
    })
}

fn requeue(item: &Item) -> Action {
    let target = Target { path: item.path.clone(), czxid: item.czxid, version: item.version, session: None };
    Action::Requeue(target.into())
}

async fn held(console: &Console, path: &str, blocked: u32) -> LockBody {
    eventually(&format!("{path} is held and {blocked} wait"), LIMIT, async || {
        match console.lock(path).await {
            Some(lock) if lock.lock.held_by > 0 && lock.lock.blocked == blocked => Ok(lock),
            other => Err(other),
        }
    })
    .await
}

/// Plans and executes, as an operator does who confirms.
async fn act(console: &Console, action: &Action, key: &str) -> (Plan, Executed) {
    let plan = console.plan(action).await.unwrap();
    let executed = console.execute(&plan.digest, &confirmed(&plan.confirm.expected, key)).await.unwrap();
    (plan, executed)
}

#[tokio::test]
async fn what_was_not_seen_confirmed_or_explained_is_refused_and_nothing_is_done() {
    let Some(scene) = Scene::start().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    for name in ["a", "b"] {
        kazoo.client(name).await;
        kazoo.make(name, name, "Lock", "/r/lock", json!({})).await;
    }
    kazoo.hold("a").await;
    kazoo.acquire("b").await;
    let lock = held(console, "/r/lock", 1).await.lock;
    let (holder, waiter) = (&lock.holders[0].member, &lock.waiters[0].member);

    let mut other = holder.clone();
    other.czxid = Zxid(1);
    let refused = |action| async move { console.plan(&action).await.unwrap_err() };
    let problem = refused(release(&other)).await;
    assert_eq!((problem.status, problem.code), (409, RefusalCode::Changed));
    assert_eq!(refused(release(waiter)).await.code, RefusalCode::NotHolder);
    other.path = ZnodePath::parse("/nowhere").unwrap();
    assert_eq!(refused(release(&other)).await.code, RefusalCode::Changed);

    let plan = console.plan(&release(holder)).await.unwrap();
    let with = |change: fn(&mut Execute)| {
        let mut execute = confirmed(&plan.confirm.expected, "refused");
        change(&mut execute);
        let digest = plan.digest.clone();
        async move { console.execute(&digest, &execute).await.unwrap_err().code }
    };
    assert_eq!(with(|execute| execute.confirm = "00000000".into()).await, RefusalCode::NotConfirmed);
    assert_eq!(with(|execute| execute.confirm.clear()).await, RefusalCode::NotConfirmed);
    assert_eq!(with(|execute| execute.reason = "  ".into()).await, RefusalCode::NoReason);
    assert_eq!(with(|execute| execute.idempotency_key = "no/slash".into()).await, RefusalCode::BadRequest);
    let unknown =
        console.execute(&"0".repeat(64), &confirmed(&plan.confirm.expected, "x")).await.unwrap_err();
    assert_eq!((unknown.status, unknown.code), (404, RefusalCode::UnknownPlan));
    assert_eq!(console.audit().await.items, [], "nothing was begun");

    // The holder goes while the plan is being read.
    kazoo.release("a").await.unwrap();
    kazoo.until("b", State::Holding).await;
    agree(console, &kazoo, "/r/lock").await;
    let late = console.execute(&plan.digest, &confirmed(&plan.confirm.expected, "late")).await.unwrap_err();
    assert_eq!((late.status, late.code), (409, RefusalCode::Changed));
    assert_eq!(kazoo.report().await.object("b").unwrap().state, State::Holding);
}

#[tokio::test]
async fn the_same_key_is_done_once_and_every_action_is_in_the_audit_log() {
    let Some(scene) = Scene::start().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    for name in ["a", "b", "c"] {
        kazoo.client(name).await;
        kazoo.make(name, name, "Lock", "/once/lock", json!({})).await;
        kazoo.acquire(name).await;
    }
    let lock = held(console, "/once/lock", 2).await.lock;
    let plan = console.plan(&release(&lock.holders[0].member)).await.unwrap();
    let request = confirmed(&plan.confirm.expected, "once");
    let first = console.execute(&plan.digest, &request).await.unwrap();
    let again = console.execute(&plan.digest, &request).await.unwrap();
    assert_eq!(first, again);
    held(console, "/once/lock", 1).await;

    let audit = console.audit().await.items;
    let [outcome, intent] = audit.as_slice() else { panic!("{audit:#?}") };
    assert_eq!((intent.phase, outcome.phase), (AuditPhase::Intent, AuditPhase::Outcome));
    assert_eq!((&intent.audit_id, &outcome.audit_id), (&first.audit_id, &first.audit_id));
    assert_eq!(intent.plan, Some(serde_json::to_value(&plan).unwrap()));
    assert_eq!(
        (intent.reason.as_deref(), outcome.outcome.as_deref()),
        (Some("a test wants it so"), Some("done"))
    );
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    let (marker, _) = client.get_data(&format!("/zooscope/ops/{}", first.audit_id)).await.unwrap();
    assert_eq!(marker, b"committed");
}

#[tokio::test]
async fn a_requeued_item_keeps_data_and_acl_and_goes_to_the_tail() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let client = zookeeper::client(&connect).await;
    let console = &scene.console;
    kazoo.client("p").await;
    for (object, kind, path, items) in
        [("q", "Queue", "/q/plain", "/q/plain"), ("lq", "LockingQueue", "/q/locking", "/q/locking/entries")]
    {
        kazoo.make("p", object, kind, path, json!({})).await;
        for data in ["one", "two", "three"] {
            kazoo.ask(json!({"do": "put", "object": object, "data": data})).await;
        }
        zookeeper::members(&client, items, 3).await;
        let before = eventually("three items", LIMIT, async || match console.queue(path).await {
            Some(queue) if queue.queue.depth == 3 => Ok(console.items(path).await),
            other => Err(other),
        })
        .await;
        let item = &before[0].item;
        let (data, stat) = client.get_data(item.path.as_str()).await.unwrap();
        assert_eq!(stat.czxid, item.czxid.0);
        let (_, executed) = act(console, &requeue(item), &format!("requeue-{object}")).await;
        assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
        let created = executed.created.unwrap();
        assert!(client.check_stat(item.path.as_str()).await.unwrap().is_none(), "the old one is gone");
        assert_eq!(client.get_data(created.as_str()).await.unwrap().0, data, "the same data");
        assert_eq!(created.name().len(), item.name.len(), "the name did not grow");
        let after: Vec<_> = console.items(path).await.into_iter().map(|body| body.item.path).collect();
        assert_eq!(after.last(), Some(&created), "at the tail");
        assert_eq!(after.len(), 3);
        assert_eq!(
            kazoo.ask(json!({"do": "take", "object": object})).await["data"],
            "two",
            "the next goes first"
        );
    }

    // What a consumer has taken is not moved.
    let taken = eventually("the taken item is told", LIMIT, async || {
        let items = console.items("/q/locking").await;
        items.into_iter().map(|body| body.item).find(|item| item.taken_by.is_some()).ok_or(())
    })
    .await;
    let problem = console.plan(&requeue(&taken)).await.unwrap_err();
    assert_eq!((problem.status, problem.code), (409, RefusalCode::Taken));
    assert_eq!(kazoo.ask(json!({"do": "finish", "object": "lq"})).await["finished"], true);
}

#[tokio::test]
async fn an_item_that_is_taken_between_plan_and_execution_is_left_alone() {
    let Some(scene) = Scene::start().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    kazoo.client("p").await;
    kazoo.make("p", "lq", "LockingQueue", "/race/queue", json!({})).await;
    kazoo.ask(json!({"do": "put", "object": "lq", "data": "only"})).await;
    let item = eventually("an item", LIMIT, async || match console.queue("/race/queue").await {
        Some(queue) if queue.queue.depth == 1 => Ok(console.items("/race/queue").await.remove(0).item),
        other => Err(other),
    })
    .await;
    let plan = console.plan(&requeue(&item)).await.unwrap();
    assert_eq!(kazoo.ask(json!({"do": "take", "object": "lq"})).await["data"], "only");
    // Whether the mirror or only the transaction knows of it by now, the answer is that it is taken.
    let taken = match console.execute(&plan.digest, &confirmed(&plan.confirm.expected, "race")).await {
        Ok(executed) => {
            assert_eq!(executed.outcome, Outcome::Refused);
            executed.refusal.unwrap().code
        }
        Err(problem) => problem.code,
    };
    assert_eq!(taken, RefusalCode::Taken);
    assert_eq!(kazoo.ask(json!({"do": "finish", "object": "lq"})).await["finished"], true);
}

#[tokio::test]
async fn a_curator_item_is_requeued_with_its_framing() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(curator) = there(Peer::curator(&connect).await) else { return };
    let client = zookeeper::client(&connect).await;
    curator.client("p").await;
    curator.make("p", "q", "DistributedQueue", "/cq", json!({})).await;
    for data in ["one", "two"] {
        curator.ask(json!({"do": "put", "object": "q", "data": data})).await;
    }
    zookeeper::members(&client, "/cq", 2).await;
    let item = eventually("two items", LIMIT, async || match scene.console.queue("/cq").await {
        Some(queue) if queue.queue.depth == 2 => Ok(scene.console.items("/cq").await.remove(0).item),
        other => Err(other),
    })
    .await;
    let (data, _) = client.get_data(item.path.as_str()).await.unwrap();
    let (_, executed) = act(&scene.console, &requeue(&item), "framed").await;
    assert_eq!(client.get_data(executed.created.unwrap().as_str()).await.unwrap().0, data);
    curator.client("c").await;
    curator.make("c", "consumer", "DistributedQueue", "/cq", json!({"consumes": true})).await;
    for expected in ["two", "one"] {
        assert_eq!(curator.ask(json!({"do": "take", "object": "consumer"})).await["data"], expected);
    }
}

#[tokio::test]
async fn a_lost_answer_is_decided_and_never_guessed() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let client = zookeeper::client(&connect).await;
    let proxy = Proxy::start(&connect).await;
    let console = Console::start(&proxy.connect()).await;
    console.live(Duration::from_secs(20)).await;
    kazoo.client("p").await;
    kazoo.make("p", "q", "Queue", "/lost", json!({})).await;
    for round in 0..6_u64 {
        kazoo.ask(json!({"do": "put", "object": "q", "data": format!("item {round}")})).await;
        zookeeper::members(&client, "/lost", usize::try_from(round + 1).unwrap()).await;
        let item = eventually("the item is told", Duration::from_secs(15), async || {
            match console.queue("/lost").await {
                Some(queue) if u64::from(queue.queue.depth) == round + 1 => {
                    console.live(Duration::from_secs(15)).await;
                    Ok(console.items("/lost").await.remove(0).item)
                }
                other => Err(other),
            }
        })
        .await;
        let plan = console.plan(&requeue(&item)).await.unwrap();
        let key = format!("lost-{round}");
        let request = confirmed(&plan.confirm.expected, &key);
        let executing = console.execute(&plan.digest, &request);
        // Somewhere between the first request of the acting session and the last answer.
        let cutting = async {
            tokio::time::sleep(Duration::from_millis(round * 3)).await;
            proxy.lose_next_reply();
        };
        let (answer, ()) = tokio::join!(executing, cutting);
        let there = client.check_stat(item.path.as_str()).await.unwrap().is_some();
        match answer {
            Ok(Executed { outcome: Outcome::Done, .. }) => assert!(!there, "round {round}: done means moved"),
            Ok(Executed { outcome: Outcome::Refused, .. }) | Err(_) => {
                assert!(there, "round {round}: refused means untouched");
            }
            Ok(unknown) => panic!("round {round}: ZooKeeper answers again, so it is decided: {unknown:?}"),
        }
        zookeeper::members(&client, "/lost", usize::try_from(round + 1).unwrap()).await;
        console.live(Duration::from_secs(15)).await;
    }
    let audit = console.audit().await.items;
    let open = |id: &str| !audit.iter().any(|line| line.audit_id == id && line.phase == AuditPhase::Outcome);
    assert!(audit.iter().all(|line| !open(&line.audit_id)), "every intent has its outcome");
}

#[tokio::test]
async fn a_read_only_console_and_one_that_is_not_live_act_on_nothing() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    kazoo.client("a").await;
    kazoo.make("a", "a", "Lock", "/ro/lock", json!({})).await;
    kazoo.hold("a").await;
    let lock = held(&scene.console, "/ro/lock", 0).await.lock;
    let action = release(&lock.holders[0].member);
    let read_only = Console::start_with(&[&format!("test={connect}")], &["--read-only"]).await;
    read_only.live(Duration::from_secs(20)).await;
    let problem = read_only.plan(&action).await.unwrap_err();
    assert_eq!((problem.status, problem.code), (403, RefusalCode::ReadOnly));

    let plan = scene.console.plan(&action).await.unwrap();
    scene.zookeeper.pause().unwrap();
    eventually("the console is stale", Duration::from_secs(10), async || {
        match scene.console.plan(&action).await {
            Err(problem) if problem.code == RefusalCode::NotLive => Ok(()),
            other => Err(other),
        }
    })
    .await;
    let problem =
        scene.console.execute(&plan.digest, &confirmed(&plan.confirm.expected, "stale")).await.unwrap_err();
    assert_eq!((problem.status, problem.code), (503, RefusalCode::NotLive));
    scene.zookeeper.resume().unwrap();
}
