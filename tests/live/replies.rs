//! What a server says that no server should: it costs the session, and nothing else.

use std::time::Duration;

use harness::proxy::Proxy;
use harness::scene::Scene;
use harness::{Console, eventually, zookeeper};
use serde_json::Value;

use crate::agreement::LIMIT;
use crate::mirror::equals_a_walk;

#[tokio::test]
async fn a_reply_of_no_length_costs_the_session_and_is_a_gap() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let client = zookeeper::client(&connect).await;
    zookeeper::fill(&client, "/sound", "n", 500, b"x").await;
    let proxy = Proxy::start(&connect).await;
    let console = Console::start(&proxy.connect()).await;
    console.live(Duration::from_secs(20)).await;
    for (number, length) in [i32::MAX, i32::MIN, -2, -1, 0, 64 * 1024 * 1024 + 1].into_iter().enumerate() {
        let (before, sessions) = (console.resident_kib(), proxy.connections());
        proxy.inject(&[&length.to_be_bytes()[..], &[0; 4_096]].concat());
        eventually("the session is begun anew", Duration::from_secs(20), async || {
            let log = console.log();
            let told = log.matches("which is none or too long").count();
            if told > number && proxy.connections() > sessions { Ok(()) } else { Err(log) }
        })
        .await;
        console.live(Duration::from_secs(20)).await;
        eventually("the gap is told", LIMIT, async || {
            let events: Value = console.read("/clusters/test/events?limit=10000").await;
            let gaps =
                events["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "gap").count();
            if gaps > number { Ok(()) } else { Err(events) }
        })
        .await;
        if let (Some(before), Some(after)) = (before, console.resident_kib()) {
            assert!(after < before + 64 * 1024, "{length}: {before} KiB before, {after} KiB after");
        }
    }
    zookeeper::put(&client, "/sound/after", b"x").await;
    equals_a_walk(&console, &client, "/sound", Duration::from_secs(10)).await;
    assert!(!console.log().contains("panicked"), "{}", console.log());
}
