//! Starting: what is wrong with the configuration is refused, what is wrong with the world is waited for and shown.

use std::net::TcpListener;
use std::time::Duration;

use harness::console::run_to_end;
use harness::zookeeper::{PrivateZooKeeper, options};
use harness::{Console, eventually, presence::Missing};
use zooscope_protocol::Status;
use zooscope_protocol::api::ClusterBody;

#[tokio::test]
async fn a_wrong_configuration_ends_with_code_2_and_names_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zooscope.toml");
    std::fs::write(&file, "lissten = '127.0.0.1:9180'").unwrap();
    let file = file.to_str().unwrap().to_owned();
    for (arguments, says) in [
        (vec!["serve", "--zookeeper", "127.0.0.1:notaport"], "--zookeeper"),
        (vec!["serve", "--zookeeper", "a=127.0.0.1:1", "--zookeeper", "a=127.0.0.1:2"], "--zookeeper"),
        (vec!["serve", "--zookeeper", "127.0.0.1:2181/a/../b"], "--zookeeper"),
        (vec!["serve", "--listen", "0.0.0.0:9180"], "listen"),
        (vec!["serve", "--listen", "[::]:9180"], "listen"),
        (vec!["serve", "--listen", "nowhere"], "listen"),
        (vec!["serve", "--config", &file], "lissten"),
        (vec!["check-config", "--config", &file], "lissten"),
        (vec!["serve", "--config", "/nowhere/zooscope.toml"], "config"),
        (vec!["serve", "--no-such-flag"], "--no-such-flag"),
    ] {
        let (code, said) = run_to_end(&arguments).await;
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    assert_eq!(run_to_end(&["check-config", "--zookeeper", "prod=10.0.0.1:2181"]).await.0, Some(0));
}

#[tokio::test]
async fn a_zookeeper_that_is_down_is_shown_and_tried_again() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let console = Console::start(&format!("127.0.0.1:{port}")).await;
    eventually("it says that nobody answers", Duration::from_secs(10), async || {
        let cluster = console.cluster().await;
        match &cluster.info.error {
            Some(error) if error.contains(&port.to_string()) && cluster.info.status == Status::Connecting => {
                Ok(())
            }
            _ => Err(cluster),
        }
    })
    .await;
    let zookeeper =
        PrivateZooKeeper::start(harness::zookeeper::Options { port: Some(port), ..options() }).await;
    let _zookeeper = match zookeeper {
        Ok(zookeeper) => zookeeper,
        Err(error) => {
            return Missing::new(error.to_string(), "ZooKeeper and Java are what is tested against").skip();
        }
    };
    console.live(Duration::from_secs(30)).await;
}

#[tokio::test]
async fn several_clusters_are_watched_at_once_each_on_its_own() {
    let zookeeper = match PrivateZooKeeper::start(options()).await {
        Ok(zookeeper) => zookeeper,
        Err(error) => {
            return Missing::new(error.to_string(), "ZooKeeper and Java are what is tested against").skip();
        }
    };
    let (alive, dead) = (format!("test={}", zookeeper.connect()), "dead=127.0.0.1:1".to_owned());
    let console = Console::start_with(&[&alive, &dead], &[]).await;
    console.live(Duration::from_secs(20)).await;
    let clusters: Vec<ClusterBody> = console.read("/clusters").await;
    let told: Vec<_> =
        clusters.iter().map(|cluster| (cluster.info.name.as_str(), cluster.info.status)).collect();
    assert_eq!(told, [("test", Status::Live), ("dead", Status::Connecting)]);
    assert!(clusters[0].stale_ms.is_some_and(|age| age < 5_000));
    assert_eq!(clusters[1].stale_ms, None);
}
