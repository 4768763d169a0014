//! The contract that others build on: names and shapes, as JSON, word for word.

use harness::scene::Scene;
use harness::{Peer, eventually, zookeeper};
use serde_json::{Value, json};

use crate::agreement::{LIMIT, there};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[track_caller]
fn has(value: &Value, wanted: &str) {
    for key in wanted.split_whitespace() {
        assert!(value.get(key).is_some(), "`{key}` is missing in {:?}", keys(value));
    }
}

#[tokio::test]
async fn bodies_have_the_names_and_shapes_of_the_contract() {
    let Some(scene) = Scene::start().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    for name in ["a", "b"] {
        kazoo.client(name).await;
        kazoo.make(name, name, "Lock", "/app/lock", json!({})).await;
    }
    kazoo.hold("a").await;
    kazoo.acquire("b").await;
    kazoo.make("a", "q", "Queue", "/app/queue", json!({})).await;
    kazoo.ask(json!({"do": "put", "object": "q", "data": "hello"})).await;
    let get = async |path: &str| console.read::<Value>(path).await;
    let lock = eventually("both are told", LIMIT, async || {
        let page = get("/clusters/test/locks").await;
        has(&page, "revision total items next");
        match (&page["items"][0], console.queue("/app/queue").await) {
            (lock, Some(_)) if lock["blocked"] == 1 => Ok(lock.clone()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    has(
        &lock,
        "path kind recipe confidence capacity holders waiters blocked held_ms longest_wait_ms findings",
    );
    assert_eq!(
        (&lock["path"], &lock["kind"], &lock["confidence"]),
        (&json!("/app/lock"), &json!("mutex"), &json!("certain"))
    );
    assert!(
        lock["recipe"].as_array().unwrap().contains(&json!("kazoo.Lock")),
        "several libraries share this layout"
    );
    assert!(lock["held_ms"].is_u64() && lock["longest_wait_ms"].is_u64());
    let (holder, waiter) = (&lock["holders"][0], &lock["waiters"][0]);
    has(
        holder,
        "path name mode session identity client created age_ms sequence czxid version waits_for state",
    );
    assert_eq!(
        (&holder["mode"], &holder["state"], &waiter["state"]),
        (&json!("exclusive"), &json!("holding"), &json!("waiting"))
    );
    assert!(
        holder["session"].as_str().is_some_and(|session| session.starts_with("0x") && session.len() == 18)
    );
    assert!(
        holder["czxid"].as_str().is_some_and(|czxid| czxid.parse::<i64>().is_ok()),
        "zxids are decimal strings"
    );
    assert!(
        holder["created"].as_str().is_some_and(|time| time.ends_with('Z') && time.contains('T')),
        "RFC 3339"
    );
    assert_eq!(waiter["waits_for"], holder["path"]);

    let clusters = get("/clusters").await;
    has(&clusters[0], "name connect status server_version session znodes revision stale_ms error");
    let queue = get("/clusters/test/queues/at?path=/app/queue").await;
    has(&queue, "path kind recipe confidence depth in_flight oldest_ms in_rate out_rate consumers findings");
    assert_eq!((&queue["recipe"], &queue["depth"]), (&json!("kazoo.Queue"), &json!(1)));
    let items = get("/clusters/test/queues/items?path=/app/queue").await;
    has(&items["items"][0], "path name sequence priority not_before size created age_ms taken_by preview");
    assert_eq!(items["items"][0]["preview"], "aGVsbG8=", "data is base64");
    let node = get("/clusters/test/node?path=/app/lock").await;
    has(&node, "path stat data acl recipe");
    has(
        &node["stat"],
        "czxid mzxid ctime mtime version cversion aversion ephemeralOwner dataLength numChildren pzxid",
    );
    assert_eq!(node["acl"][0], json!({"scheme": "world", "id": "anyone", "permissions": 31}));
    has(&get("/clusters/test/children?path=/").await, "revision total items next");
    has(&get("/clusters/test/events").await, "events dropped newest");
    assert!(get("/clusters/test/deadlocks").await.is_array());
    has(&get("/session").await, "name role read_only");
    has(&get("/audit").await, "items next");

    let action = json!({"type": "release", "path": holder["path"], "czxid": holder["czxid"], "version": holder["version"], "session": holder["session"]});
    let plan: Value = console.post("/clusters/test/plans", &action).await.json();
    has(&plan, "digest action steps guards warnings effects");
    let digest = plan["digest"].as_str().unwrap();
    let session = holder["session"].as_str().unwrap();
    let body =
        json!({"reason": "contract", "idempotency_key": "contract", "confirm": session[session.len() - 8..]});
    let executed: Value = console.post(&format!("/clusters/test/plans/{digest}/execute"), &body).await.json();
    has(&executed, "outcome revision audit_id created");
    assert_eq!(executed["outcome"], "done");
}

#[tokio::test]
async fn pages_are_stable_while_their_rows_come_and_go() {
    let Some(scene) = Scene::start().await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    zookeeper::fill(&client, "/paged", "n", 100, b"").await;
    eventually("the directory is mirrored", LIMIT, async || {
        let reply = scene.console.get("/clusters/test/children?path=/paged").await;
        if reply.status == 200 { Ok(()) } else { Err(reply.status) }
    })
    .await;
    let names = async |after: &str, limit: u32| {
        let page: Value =
            scene.console.read(&format!("/clusters/test/children?path=/paged&limit={limit}{after}")).await;
        let names: Vec<String> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect();
        (names, page["next"].as_str().map(str::to_owned))
    };
    eventually("all are mirrored", LIMIT, async || {
        let (names, _) = names("", 1_000).await;
        if names.len() == 100 { Ok(()) } else { Err(names.len()) }
    })
    .await;
    let (first, next) = names("", 40).await;
    let next = next.unwrap();
    assert_eq!((first.len(), first.last()), (40, Some(&next)));
    // The very row to go on from goes, and one comes before it.
    client.delete(&format!("/paged/{next}"), None).await.unwrap();
    zookeeper::put(&client, "/paged/a-newcomer", b"").await;
    eventually("the changes are mirrored", LIMIT, async || {
        let (names, _) = names("", 1_000).await;
        if names[0] == "a-newcomer" && !names.contains(&next) { Ok(()) } else { Err(names[0].clone()) }
    })
    .await;
    let (second, _) = names(&format!("&after={next}"), 1_000).await;
    assert_eq!(second.len(), 60, "no row twice and none left out");
    assert_eq!(second[0], "n000040");
}
