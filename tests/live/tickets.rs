//! What was shown is what is done: by whom it was shown to, once, while it is what it was.

use harness::console::CLUSTER;
use harness::{Person, confirmed, eventually};
use serde_json::{Value, json};
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::ItemBody;
use zooscope_protocol::api::Page;
use zooscope_protocol::{Outcome, RefusalCode};

use crate::agreement::LIMIT;
use crate::auth::staffed;
use crate::shelf::stock;

async fn items(who: &Person<'_>, queue: &str, count: usize) -> Vec<ItemBody> {
    let address = format!("/clusters/{CLUSTER}/queues/items?limit=1000&path={queue}");
    eventually("the items are told", LIMIT, async || {
        let reply = who.get(&address).await;
        if reply.status != 200 {
            return Err(reply.text);
        }
        let page: Page<ItemBody> = reply.json();
        if page.items.len() == count { Ok(page.items) } else { Err(reply.text) }
    })
    .await
}

#[tokio::test]
async fn a_plan_is_whose_it_was_for_what_was_seen_and_once() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    // Each in a transaction of its own, so that each has its own czxid.
    for _ in 0..4 {
        stock(&client, "/ticket/queue", "item", 1).await;
    }
    let (ann, eve) = (Person::sign_in(console, "ann").await, Person::sign_in(console, "eve").await);
    let all = items(&ann, "/ticket/queue", 4).await;
    let item = &all[0].item;
    let seen =
        json!({"type": "dead_letter", "path": item.path, "czxid": item.czxid, "version": item.version});

    // Each of what tells the znode from another, changed: there is no plan.
    for (field, value) in [
        ("path", json!(all[1].item.path)),
        ("czxid", json!("7")),
        ("version", json!(item.version + 1)),
        ("session", json!("0x0000000000000007")),
    ] {
        let mut flipped = seen.clone();
        flipped[field] = value;
        let reply = ann.post(&format!("/clusters/{CLUSTER}/plans"), &flipped).await;
        assert_eq!(reply.problem().code, RefusalCode::Changed, "{field}: {}", reply.text);
    }
    let plan: Value = ann.post(&format!("/clusters/{CLUSTER}/plans"), &seen).await.json();
    let digest = plan["digest"].as_str().or(plan["plan"]["digest"].as_str()).unwrap().to_owned();
    let expected =
        plan["confirm"].as_object().or(plan["plan"]["confirm"].as_object()).unwrap()["expected"].clone();
    let body = confirmed(expected.as_str().unwrap(), "ticket-1");

    // Another digest is nobody's plan.
    for at in [0, digest.len() / 2, digest.len() - 1] {
        let mut flipped = digest.clone().into_bytes();
        flipped[at] = if flipped[at] == b'0' { b'1' } else { b'0' };
        let reply = ann.execute(&String::from_utf8(flipped).unwrap(), &body).await;
        assert_eq!(reply.problem().code, RefusalCode::UnknownPlan);
    }
    // Another person's is not theirs, although they may do as much.
    assert_eq!(eve.execute(&digest, &body).await.problem().code, RefusalCode::UnknownPlan);
    // The znode is written to: what would be done is another thing.
    client.set_data(item.path.as_str(), b"item 0", None).await.unwrap();
    let reply = ann.execute(&digest, &body).await;
    if reply.status == 200 {
        assert_eq!(reply.json::<Executed>().outcome, Outcome::Refused, "{}", reply.text);
    } else {
        assert!(
            matches!(reply.problem().code, RefusalCode::Changed | RefusalCode::PlanChanged),
            "{}",
            reply.text
        );
    }

    let item = &all[1].item;
    let seen =
        json!({"type": "dead_letter", "path": item.path, "czxid": item.czxid, "version": item.version});
    let action = serde_json::from_value(seen).unwrap();
    let plan = ann.plan(&action).await.unwrap().plan;
    let body = confirmed(&plan.confirm.expected, "ticket-2");
    let done: Executed = ann.execute(&plan.digest, &body).await.json();
    assert_eq!(done.outcome, Outcome::Done);
    // The same request again is told how it ended; another one finds no plan any more.
    let again: Executed = ann.execute(&plan.digest, &body).await.json();
    assert_eq!(again.audit_id, done.audit_id);
    // Another's key is another's, also for the very same plan: they are not told how hers ended.
    assert_eq!(eve.execute(&plan.digest, &body).await.problem().code, RefusalCode::UnknownPlan);
    let replay = ann.execute(&plan.digest, &confirmed(&plan.confirm.expected, "ticket-3")).await;
    assert_eq!(replay.problem().code, RefusalCode::UnknownPlan);

    // A bulk is whose it was, too.
    let bulk = json!({"action": {"type": "dead_letter"}, "select": {"queue": "/ticket/queue"}});
    let planned: Value = ann.post(&format!("/clusters/{CLUSTER}/bulk"), &bulk).await.json();
    let count = planned["confirm"]["expected"].as_str().unwrap();
    let address = format!("/clusters/{CLUSTER}/bulk/{}/execute", planned["digest"].as_str().unwrap());
    let body = json!({"reason": "a test wants it so", "idempotency_key": "bulk-1", "confirm": count});
    assert_eq!(eve.post(&address, &body).await.problem().code, RefusalCode::UnknownPlan);

    // Under other rules nothing that was shown before holds.
    let all = items(&ann, "/ticket/queue", 3).await;
    let item = &all.last().unwrap().item;
    let seen =
        json!({"type": "dead_letter", "path": item.path, "czxid": item.czxid, "version": item.version});
    let plan = ann.plan(&serde_json::from_value(seen).unwrap()).await.unwrap().plan;
    let body = confirmed(&plan.confirm.expected, "ticket-4");
    let planned: Value = ann.post(&format!("/clusters/{CLUSTER}/bulk"), &bulk).await.json();
    let address = format!("/clusters/{CLUSTER}/bulk/{}/execute", planned["digest"].as_str().unwrap());
    let expected = planned["confirm"]["expected"].as_str().unwrap();
    console.add_rules("[[policy]]\npath = '/ticket/**'\nrequire = { reason = true }\n").await;
    assert_eq!(ann.execute(&plan.digest, &body).await.problem().code, RefusalCode::UnknownPlan);
    assert_eq!(
        ann.post(&address, &confirmed(expected, "bulk-2")).await.problem().code,
        RefusalCode::UnknownPlan
    );
}

#[tokio::test]
async fn two_who_execute_one_plan_at_one_time_do_it_once() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    stock(&client, "/once/queue", "item", 1).await;
    let bob = Person::sign_in(console, "bob").await;
    items(&bob, "/once/queue", 1).await;
    let put = json!({"type": "put", "queue": "/once/queue", "data": "bmV3"});
    let plan = bob.plan(&serde_json::from_value(put).unwrap()).await.unwrap().plan;
    let execute = |key: &str| confirmed(&plan.confirm.expected, key);
    // The first is held right before it is done.
    console.arm("intent", 1);
    let (first, second) = (execute("once-1"), execute("once-2"));
    let holding = async {
        eventually(
            "the first is at it",
            LIMIT,
            async || if console.has_reached() { Ok(()) } else { Err(()) },
        )
        .await;
        let reply = bob.execute(&plan.digest, &second).await;
        console.disarm();
        reply
    };
    let (done, refused) = tokio::join!(bob.execute(&plan.digest, &first), holding);
    assert_eq!(done.json::<Executed>().outcome, Outcome::Done);
    assert_eq!(refused.problem().code, RefusalCode::UnknownPlan);
    items(&bob, "/once/queue", 2).await;
    assert_eq!(client.list_children("/once/queue").await.unwrap().len(), 2, "one was put");
}

#[tokio::test]
async fn one_pace_for_a_person_however_they_come() {
    let Some(scene) = staffed("[limits]\nactions_per_minute = 3\n").await else { return };
    let console = &scene.console;
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    stock(&client, "/pace/queue", "item", 6).await;
    let first = Person::sign_in(console, "ann").await;
    let all = items(&first, "/pace/queue", 6).await;
    let mut codes = Vec::new();
    for (number, body) in all.iter().enumerate().take(5) {
        // A session of its own for each, as of somebody who signs in again and again.
        let ann = Person::sign_in(console, "ann").await;
        let item = &body.item;
        let seen =
            json!({"type": "dead_letter", "path": item.path, "czxid": item.czxid, "version": item.version});
        let plan = ann.plan(&serde_json::from_value(seen).unwrap()).await.unwrap().plan;
        let reply =
            ann.execute(&plan.digest, &confirmed(&plan.confirm.expected, &format!("pace-{number}"))).await;
        codes.push(if reply.status == 200 { None } else { Some(reply.problem().code) });
    }
    assert_eq!(codes, [None, None, None, Some(RefusalCode::TooMany), Some(RefusalCode::TooMany)]);
}
