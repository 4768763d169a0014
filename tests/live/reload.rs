//! `SIGHUP`: who may do what is taken from the configuration while the console runs, and what is wrong changes nothing.

use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::console::CLUSTER;
use harness::stream::Stream;
use harness::{Console, Person, eventually};
use serde_json::Value;
use zooscope_protocol::api::SessionBody;
use zooscope_protocol::codec::Codec;
use zooscope_protocol::{Role, SubscriptionId, View, ZnodePath};

use crate::agreement::LIMIT;
use crate::auth::staffed;

const SOON: Duration = Duration::from_secs(5);

/// Waits until the log says so for the so-many-th time.
async fn said(console: &Console, what: &str, times: usize) {
    eventually(what, SOON, async || {
        let log = console.log();
        if log.matches(what).count() >= times { Ok(()) } else { Err(log) }
    })
    .await;
}

fn shown(stream: &Stream, id: SubscriptionId) -> String {
    stream.content(id).map(|content| serde_json::to_string(content).unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn whose_role_changes_is_what_they_are_from_then_on() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let (vic, ann, bob) = (
        Person::sign_in(console, "vic").await,
        Person::sign_in(console, "ann").await,
        Person::sign_in(console, "bob").await,
    );
    let mut stream = ann.stream(Codec::Json).await;
    let id = stream.subscribe(View::Overview).await;
    stream.until(id, LIMIT, "the stream streams", |_| true).await;
    let before = console.configuration();

    // What is wrong changes nothing.
    for wrong in ["[[[", "lissten = 'x'", "[[policy]]\npath = 'no'\n"] {
        console.configure(&format!("{before}{wrong}"));
        console.reload();
    }
    said(console, "and not taken", 1).await;
    // Neither does what takes a restart, of which a part would be taken.
    console.configure(&before.replace("mode = 'static'", "mode = 'static'\nidle = '3m'"));
    console.reload();
    said(console, "takes a restart", 1).await;
    assert_eq!(ann.get("/session").await.status, 200);

    let viewer = before.replace("name = 'ann'\n", "name = 'ann'\n#").replacen(
        "role = 'operator'",
        "role = 'viewer'",
        1,
    );
    let viewer = viewer.replace("name = 'ann'\n#", "name = 'ann'\n");
    assert_ne!(viewer, before);
    let start = Instant::now();
    console.configure(&viewer);
    console.reload();
    let (told, _) = stream.until_closed(SOON).await;
    assert!(told.unwrap().contains("sign in again") && start.elapsed() < SOON);
    assert_eq!(ann.get("/session").await.status, 401);
    let ann = Person::sign_in(console, "ann").await;
    assert_eq!(ann.read::<SessionBody>("/session").await.role, Role::Viewer);
    for other in [&vic, &bob] {
        assert_eq!(other.get("/session").await.status, 200, "others are what they were");
    }
    // It is in the audit log, with the hash of what was read.
    let audit: Value = bob.read("/audit?limit=100&kind=configuration").await;
    let text = audit.to_string();
    let hash = {
        use sha2::Digest as _;
        let hash = sha2::Sha256::digest(viewer.as_bytes());
        hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert!(text.contains(&hash), "{hash}: {text}");
    assert!(text.contains("takes a restart"), "what was not taken is written down too: {text}");

    // Who is not there any more is nobody.
    let gone: String = {
        let start = viewer.find("[[auth.user]]\nname = 'vic'").unwrap();
        let end = viewer[start + 5..].find("[[auth.user]]").map_or(viewer.len(), |end| start + 5 + end);
        [&viewer[..start], &viewer[end..]].concat()
    };
    console.configure(&gone);
    console.reload();
    eventually("vic is nobody", SOON, async || match vic.get("/session").await.status {
        401 => Ok(()),
        status => Err(status),
    })
    .await;
    assert!(Person::try_in(console, "vic", harness::person::PASSWORD).await.is_err());
}

#[tokio::test]
async fn what_is_denied_while_a_thousand_events_a_second_come_is_told_no_more() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let connect = scene.zookeeper.connect();
    let client = harness::zookeeper::client(&connect).await;
    harness::zookeeper::fill(&client, "/secretive", "canary", 40, b"x").await;
    harness::zookeeper::put(&client, "/open", b"").await;
    let vic = Person::sign_in(console, "vic").await;
    let bob = Person::sign_in(console, "bob").await;
    let mut stream = vic.stream(Codec::Json).await;
    let path = |text: &str| ZnodePath::parse(text).unwrap();
    let journal = stream.subscribe(View::Journal { path: None, limit: 1_000 }).await;
    let rows = View::Children { path: path("/secretive"), query: String::new(), start: 0, limit: 100 };
    let children = stream.subscribe(rows).await;
    let top = View::Children { path: path("/"), query: String::new(), start: 0, limit: 100 };
    let top = stream.subscribe(top).await;

    // Writers, each with many requests on their way, until this is dropped.
    let load = tokio::spawn({
        let connect = connect.clone();
        async move {
            let writers = (0..4).map(|_| async {
                let client = harness::zookeeper::client(&connect).await;
                let lanes = (0..16).map(|lane| {
                    let client = client.clone();
                    async move {
                        for number in 0_u64.. {
                            let at = format!("/secretive/canary{:06}", (number * 16 + lane) % 40);
                            client.set_data(&at, b"canary", None).await.ok();
                        }
                    }
                });
                join_all(lanes).await;
            });
            join_all(writers).await;
        }
    });
    let newest =
        async || bob.read::<Value>(&format!("/clusters/{CLUSTER}/events?limit=1")).await["newest"].clone();
    let (first, start) = (newest().await.as_u64().unwrap(), Instant::now());
    stream.until(journal, LIMIT, "it is told while it may be", |_| true).await;
    while start.elapsed() < Duration::from_secs(2) {
        tokio::time::timeout(Duration::from_secs(2), stream.next()).await.expect("the stream streams");
    }
    for id in [journal, children, top] {
        assert!(shown(&stream, id).contains("canary") || shown(&stream, id).contains("secretive"));
    }
    let rate = (newest().await.as_u64().unwrap() - first) as f64 / start.elapsed().as_secs_f64();
    assert!(rate >= 500.0, "so many events come in a second: {rate}");

    let denied = format!(
        "{}[[policy]]\npath = '/secretive/**'\ndeny = {{ viewer = ['view'] }}\n",
        console.configuration()
    );
    console.configure(&denied);
    console.reload();
    let revoked = Instant::now();
    let all = |stream: &Stream| [journal, children, top].map(|id| shown(stream, id)).concat();
    while all(&stream).contains("canary") || all(&stream).contains("secretive") {
        let left = SOON.saturating_sub(revoked.elapsed());
        tokio::time::timeout(left, stream.next()).await.unwrap_or_else(|_| panic!("still: {}", all(&stream)));
    }
    // It goes on, and nothing of it is told.
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        tokio::time::timeout(Duration::from_millis(200), stream.next()).await.ok();
        let told = all(&stream);
        assert!(!told.contains("canary") && !told.contains("secretive"), "{told}");
    }
    assert!(newest().await.as_u64().unwrap() > first + 1_000, "events came");
    for address in
        ["events?limit=1000", "children?path=/", "locks?q=canary", "findings", "node?path=/secretive"]
    {
        let told = vic.get(&format!("/clusters/{CLUSTER}/{address}")).await;
        assert!(!told.text.contains("canary"), "{address}: {}", told.text);
        assert!(!told.text.contains("secretive") || told.status == 404, "{address}: {}", told.text);
    }
    load.abort();
}
