//! What lasts too long is told in time, by the thresholds of the configuration.

use std::time::Duration;

use harness::scene::Scene;
use harness::{Console, Peer, eventually, zookeeper};
use serde_json::json;
use zooscope_protocol::view::FindingList;
use zooscope_protocol::{About, Severity};

use crate::agreement::{LIMIT, there};

#[tokio::test]
async fn a_lock_is_held_too_long_from_the_second_on_that_the_configuration_says() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(peer) = there(Peer::kazoo(&connect).await) else { return };
    let thresholds = "[thresholds]\nheld_s = [1, 1, 3600]\nwaiting_s = [1, 3600, 3600]\n";
    let strict = Console::configured(&connect, thresholds, &[]).await;
    let thresholds = "[thresholds]\nheld_s = [3600, 3600, 3600]\nwaiting_s = [3600, 3600, 3600]\n";
    let patient = Console::configured(&connect, thresholds, &[]).await;
    for console in [&strict, &patient] {
        console.live(Duration::from_secs(20)).await;
    }
    for client in ["holder", "waiter"] {
        peer.client(client).await;
        peer.make(client, client, "Lock", "/reports/nightly", json!({})).await;
    }
    let observer = zookeeper::client(&connect).await;
    peer.line_up(&observer, "/reports/nightly", &["holder", "waiter"]).await;

    let told = async |console: &Console| -> Vec<(String, Severity)> {
        let list: FindingList = console.read("/clusters/test/findings").await;
        let here = |about: &About| about.path().is_some_and(|path| path.as_str() == "/reports/nightly");
        list.rows.into_iter().filter(|one| here(&one.about)).map(|one| (one.code, one.severity)).collect()
    };
    eventually("held and waited for too long", LIMIT, async || {
        let told = told(&strict).await;
        let expected = [("held_long", Severity::Warn), ("waiting_long", Severity::Info)];
        let all = expected.iter().all(|(code, severity)| told.contains(&((*code).to_owned(), *severity)));
        if all { Ok(()) } else { Err(told) }
    })
    .await;
    assert_eq!(told(&patient).await, [], "by its own thresholds nothing lasts too long yet");
}
