//! A console that acts on nothing, and one that was frozen: by ZooKeeper's own transaction log they write nothing, whatever is asked
//! of whichever address.

use std::time::Duration;

use harness::scene::Scene;
use harness::transactions::writes;
use harness::zookeeper;
use serde_json::{Value, json};
use zooscope_protocol::RefusalCode;

use crate::agreement::LIMIT;
use crate::routes::{address, changes};
use crate::shelf::{dead_letter, items, stock, target};

/// Asks for every change that there is, of real znodes, in the names of real plans.
async fn everything(scene: &Scene, digests: &[String], expected: RefusalCode) {
    let console = &scene.console;
    let all = items(console, "/off/queue", 3).await;
    let seen = serde_json::to_value(target(&all[0])).unwrap();
    for kind in ["release", "revoke", "requeue", "give_back", "dead_letter", "replay", "delete", "cure"] {
        let mut action = seen.clone();
        action["type"] = json!(kind);
        let reply = console.post("/clusters/test/plans", &action).await;
        assert_eq!(reply.problem().code, expected, "{kind}: {}", reply.text);
    }
    for action in [
        json!({"type": "evict", "session": "0x0000000000000001"}),
        json!({"type": "put", "queue": "/off/queue", "data": "eA=="}),
    ] {
        assert_eq!(console.post("/clusters/test/plans", &action).await.problem().code, expected, "{action}");
    }
    for kind in ["requeue", "dead_letter", "delete"] {
        let bulk = json!({"action": {"type": kind}, "select": {"queue": "/off/queue"}});
        let reply = console.post("/clusters/test/bulk", &bulk).await;
        assert_eq!(reply.problem().code, expected, "{kind}: {}", reply.text);
    }
    for digest in digests {
        for kind in ["plans", "bulk"] {
            let execute = json!({"reason": "a test wants it so", "idempotency_key": "off", "confirm": "3"});
            let reply = console.post(&format!("/clusters/test/{kind}/{digest}/execute"), &execute).await;
            assert_ne!(reply.status, 200, "{kind}: {}", reply.text);
        }
    }
    // And every other address that changes something, as the router lists them.
    for (method, path, body) in changes() {
        // The switch itself, and who is signed in, are the console's own matter.
        if ["freeze", "log", "sign-ins"].iter().any(|own| path.contains(own)) {
            continue;
        }
        let request = console.request(&method, address(&path).trim_start_matches("/api/v1"));
        let reply = console.send(request.headers(console.site_headers()).json(&body)).await;
        assert!(
            reply.status >= 400 && reply.status != 500 || path.contains("/try"),
            "{method} {path}: {}",
            reply.text
        );
    }
}

#[tokio::test]
async fn a_console_that_is_switched_off_writes_nothing() {
    let Some(mut scene) = Scene::start().await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    stock(&client, "/off/queue", "item", 3).await;
    let all = items(&scene.console, "/off/queue", 3).await;
    let action = dead_letter(target(&all[0]));
    let plan = scene.console.plan(&action).await.unwrap();
    let bulk = json!({"action": {"type": "dead_letter"}, "select": {"queue": "/off/queue"}});
    let bulk: Value = scene.console.post("/clusters/test/bulk", &bulk).await.json();
    let digests = [plan.digest.clone(), bulk["digest"].as_str().unwrap().to_owned()];
    let before = writes(scene.zookeeper.directory());
    assert!(!before.is_empty(), "the log is read");
    let tree = zookeeper::walk(&client, "/").await;

    // Plans that were made before do not help.
    let on = json!({"on": true, "reason": "a test"});
    assert_eq!(scene.console.post("/freeze", &on).await.status, 200);
    everything(&scene, &digests, RefusalCode::Frozen).await;
    let off = json!({"on": false, "reason": "a test"});
    assert_eq!(scene.console.post("/freeze", &off).await.status, 200);

    let connect = format!("test={}", scene.zookeeper.connect());
    scene.console.restart_with(&[&connect], &["--read-only"]).await;
    scene.console.live(Duration::from_secs(20)).await;
    everything(&scene, &digests, RefusalCode::ReadOnly).await;
    assert_eq!(writes(scene.zookeeper.directory()), before, "by ZooKeeper's own log");
    assert_eq!(zookeeper::walk(&client, "/").await, tree);

    // The same is seen when something is written: the look can fail.
    scene.console.restart_with(&[&connect], &[]).await;
    scene.console.live(Duration::from_secs(20)).await;
    let action = harness::eventually("it is planned", LIMIT, async || {
        scene.console.plan(&action).await.map_err(|problem| problem.detail.clone())
    })
    .await;
    let executed =
        scene.console.execute(&action.digest, &harness::confirmed(&action.confirm.expected, "on")).await;
    assert!(executed.is_ok());
    assert_ne!(writes(scene.zookeeper.directory()), before);
}
