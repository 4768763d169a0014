//! Lost connections, lost sessions, lost servers: the mirror comes back to the truth, and says what it missed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use harness::proxy::Proxy;
use harness::scene::Scene;
use harness::stream::Stream;
use harness::{Console, eventually, settle, zookeeper};
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::api::JournalPage;
use zooscope_protocol::{Content, EventKind, Status, View, ZnodePath};

use crate::mirror::equals_a_walk;

/// Creates, changes and deletes until told to stop, whatever ZooKeeper answers.
async fn load(connect: String, stop: Arc<AtomicBool>) {
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    let mut client: Option<Client> = None;
    let mut n = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        let Some(zk) = &client else {
            client = Client::connector()
                .with_session_timeout(zookeeper::SESSION_TIMEOUT)
                .connect(&connect)
                .await
                .ok();
            continue;
        };
        if zk.state().is_terminated() {
            client = None;
            continue;
        }
        n += 1;
        let at = |n: u64| format!("/load/n{}", n % 400);
        let done = tokio::time::timeout(Duration::from_secs(2), async {
            zk.create(&at(n), b"x", &options).await.ok();
            zk.set_data(&at(n / 2), n.to_string().as_bytes(), None).await.ok();
            zk.delete(&at(n + 200), None).await.ok();
        });
        if done.await.is_err() || zk.state() == zookeeper_client::SessionState::Disconnected {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn status(console: &Console, limit: Duration, wanted: impl Fn(Status) -> bool) -> Option<String> {
    eventually("the status is as it should be", limit, async || {
        let cluster = console.cluster().await;
        if wanted(cluster.info.status) { Ok(cluster.info.error) } else { Err(cluster) }
    })
    .await
}

async fn gaps(console: &Console) -> Vec<String> {
    let page: JournalPage = console.read("/clusters/test/events?limit=10000").await;
    let gaps = page.events.into_iter().filter(|event| event.kind == EventKind::Gap);
    gaps.filter_map(|event| event.note).collect()
}

#[tokio::test]
async fn a_killed_server_under_load_is_mirrored_again_within_five_seconds_of_its_return() {
    let Some(mut scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let client = zookeeper::client(&connect).await;
    zookeeper::fill(&client, "/still", "n", 2_000, b"x").await;
    zookeeper::put(&client, "/load", b"").await;
    for _ in 0..settle::count("ZOOSCOPE_KILLS", 1) {
        killed_under_load(&mut scene).await;
    }
    let gaps = gaps(&scene.console).await;
    assert!(gaps.iter().any(|note| note.contains("blind for")), "{gaps:?}");
}

async fn killed_under_load(scene: &mut Scene) {
    let connect = scene.zookeeper.connect();
    let stop = Arc::new(AtomicBool::new(false));
    let loads: Vec<_> = (0..3).map(|_| tokio::spawn(load(connect.clone(), stop.clone()))).collect();
    tokio::time::sleep(Duration::from_secs(2)).await;

    scene.zookeeper.kill9();
    let error = status(&scene.console, Duration::from_secs(5), |status| status == Status::Stale).await;
    assert!(error.is_some_and(|error| error.len() > 20), "why it is stale is said");
    assert!(!scene.console.children("/still").await.is_empty(), "what was known is still shown");
    tokio::time::sleep(Duration::from_secs(1)).await;
    scene.zookeeper.restart().await.unwrap();
    let back = Instant::now();
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.store(true, Ordering::Relaxed);
    for load in loads {
        load.await.unwrap();
    }
    let observer = zookeeper::client(&connect).await;
    // Beside other tests the machine may need longer; `make soak` has it for itself.
    let limit = Duration::from_secs(if settle::count("ZOOSCOPE_KILLS", 1) > 1 { 5 } else { 20 });
    equals_a_walk(&scene.console, &observer, "/", limit.saturating_sub(back.elapsed())).await;
    status(&scene.console, limit, |status| status == Status::Live).await;
}

#[tokio::test]
async fn an_expired_session_is_replaced_and_only_true_differences_are_streamed() {
    let Some(scene) = Scene::start().await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    zookeeper::fill(&client, "/kept", "n", 500, b"x").await;
    let proxy = Proxy::start(&scene.zookeeper.connect()).await;
    let toml = scene.console.data_dir().parent().unwrap().join("short.toml");
    let cluster = format!(
        "[[cluster]]\nname = \"test\"\nzookeeper = \"{}\"\nsession_timeout_ms = 2000\n",
        proxy.connect()
    );
    std::fs::write(&toml, cluster).unwrap();
    let console = Console::start_with(&[], &["--config", toml.to_str().unwrap()]).await;
    let before = console.live(Duration::from_secs(20)).await;
    let mut stream = Stream::open(&console).await;
    let path = ZnodePath::parse("/kept").unwrap();
    let id = stream.subscribe(View::Children { path, query: String::new(), start: 0, limit: 1_000 }).await;
    let shows = |total: u32| move |content: &Content| matches!(content, Content::Children(list) if list.total == total);
    stream.until(id, Duration::from_secs(5), "all children", shows(500)).await;
    let counts = stream.counts;

    proxy.cut();
    status(&console, Duration::from_secs(5), |status| status != Status::Live).await;
    zookeeper::put(&client, "/kept/while-it-was-blind", b"").await;
    client.delete("/kept/n000007", None).await.unwrap();
    zookeeper::put(&client, "/kept/and-another", b"").await;
    // Longer than the session may live without its client.
    tokio::time::sleep(Duration::from_secs(6)).await;
    proxy.heal();
    let after = console.live(Duration::from_secs(20)).await;
    assert_ne!(before.info.session, after.info.session, "a new session");
    stream.until(id, Duration::from_secs(5), "the differences", shows(501)).await;
    let streamed = stream.counts;
    assert_eq!(streamed.snapshots, counts.snapshots, "no snapshot, for the screen must not flicker");
    assert!(
        streamed.bytes - counts.bytes < 4_000,
        "{} bytes for three changes",
        streamed.bytes - counts.bytes
    );
    let gaps = gaps(&console).await;
    assert!(
        gaps.iter().any(|note| note.contains("4 znodes differ")),
        "two came, one went, their parent changed: {gaps:?}"
    );
}

#[tokio::test]
async fn a_connection_that_breaks_again_and_again_loses_nothing() {
    let Some(scene) = Scene::start().await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    let proxy = Proxy::start(&scene.zookeeper.connect()).await;
    let console = Console::start(&proxy.connect()).await;
    console.live(Duration::from_secs(20)).await;
    for n in 0..10 {
        zookeeper::put(&client, &format!("/flap/n{n}"), b"").await;
        proxy.reset();
        zookeeper::put(&client, &format!("/flap/m{n}"), b"").await;
        client.delete(&format!("/flap/n{n}"), None).await.unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    equals_a_walk(&console, &client, "/flap", Duration::from_secs(10)).await;
    status(&console, Duration::from_secs(5), |status| status == Status::Live).await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_makes_the_mirror_stale_within_seconds() {
    let Some(scene) = Scene::start().await else { return };
    scene.zookeeper.pause().unwrap();
    let frozen = Instant::now();
    status(&scene.console, Duration::from_secs(15), |status| status == Status::Stale).await;
    let noticed = frozen.elapsed();
    scene.zookeeper.resume().unwrap();
    status(&scene.console, Duration::from_secs(15), |status| status == Status::Live).await;
    assert!(noticed < Duration::from_secs(6), "noticed after {noticed:?}");
}
