//! `SIGHUP`: who may do what is taken from the configuration while the console runs, and what is wrong changes nothing.

use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::console::CLUSTER;
use harness::stream::Stream;
use harness::{Console, Person, confirmed, eventually};
use serde_json::{Value, json};
use zooscope_protocol::api::SessionBody;
use zooscope_protocol::bulk::{
    BulkAction, BulkPlanBody, BulkProgress, BulkRequest, BulkState, Found, Selection,
};
use zooscope_protocol::codec::Codec;
use zooscope_protocol::{Role, SubscriptionId, View, ZnodePath};

use crate::agreement::LIMIT;
use crate::auth::staffed;
use crate::shelf::stock;

const SOON: Duration = Duration::from_secs(20);

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

    let viewer = ann_a_viewer(&before);
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

/// The configuration with ann as a viewer, who is the first operator in it.
fn ann_a_viewer(before: &str) -> String {
    let viewer = before.replacen("role = 'operator'", "role = 'viewer'", 1);
    assert_ne!(viewer, before);
    viewer
}

#[tokio::test]
async fn a_bulk_ends_where_whoever_began_it_may_do_it_no_more_and_not_where_they_sign_out() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    let bob = Person::sign_in(console, "bob").await;
    let before = console.configuration();
    for (queue, key, taken) in
        [("/signed-out/queue", "signed-out", false), ("/demoted/queue", "demoted", true)]
    {
        let ann = Person::sign_in(console, "ann").await;
        stock(&client, queue, "item", 120).await;
        let select =
            Selection::Found(Found { queue: ZnodePath::parse(queue).unwrap(), q: None, taken: None });
        let action = BulkAction::Requeue { priority: None, not_before: None };
        let request = BulkRequest { action, select };
        let plan = eventually("all items are planned for", LIMIT, async || {
            let reply = ann.post(&format!("/clusters/{CLUSTER}/bulk"), &request).await;
            let plan = (reply.status == 200).then(|| reply.json::<BulkPlanBody>().plan);
            plan.filter(|plan| plan.count == 120).ok_or(reply.text)
        })
        .await;
        // The first batch is on its way when it happens.
        console.arm("batch", 1);
        let bulk = format!("/clusters/{CLUSTER}/bulk/{}", plan.digest);
        let begun = ann.post(&format!("{bulk}/execute"), &confirmed("120", key)).await;
        assert_eq!(begun.status, 200, "{}", begun.text);
        eventually("the first batch is on its way", LIMIT, async || {
            if console.has_reached() { Ok(()) } else { Err(()) }
        })
        .await;
        if taken {
            console.configure(&ann_a_viewer(&before));
            console.reload();
            said(console, "the configuration was read again", 1).await;
        } else {
            assert_eq!(ann.post("/logout", &json!({})).await.status, 204);
        }
        assert_eq!(ann.get("/session").await.status, 401);
        console.disarm();
        let ended = eventually("the bulk has ended", LIMIT, async || {
            let progress: BulkProgress = bob.read(&bulk).await;
            if progress.is_over() { Ok(progress) } else { Err(progress.left) }
        })
        .await;
        if taken {
            assert_eq!((ended.state, ended.done, ended.failed, ended.left), (BulkState::Broken, 50, 50, 20));
            let because = ended.because.unwrap();
            assert!(because.contains("ann may not act as `operator` here any more"), "{because}");
        } else {
            assert_eq!((ended.state, ended.done), (BulkState::Done, 120));
        }
    }
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
    let most = Duration::from_secs(60);
    let mut before = first;
    while before < first + 1_000 {
        assert!(start.elapsed() < most, "{} events in {most:?}", before - first);
        for _ in 0..20 {
            tokio::time::timeout(most, stream.next()).await.expect("the stream streams");
        }
        before = newest().await.as_u64().unwrap();
    }
    for id in [journal, children, top] {
        assert!(shown(&stream, id).contains("canary") || shown(&stream, id).contains("secretive"));
    }

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
    assert!(newest().await.as_u64().unwrap() > before, "events came");
    for address in
        ["events?limit=1000", "children?path=/", "locks?q=canary", "findings", "node?path=/secretive"]
    {
        let told = vic.get(&format!("/clusters/{CLUSTER}/{address}")).await;
        assert!(!told.text.contains("canary"), "{address}: {}", told.text);
        assert!(!told.text.contains("secretive") || told.status == 404, "{address}: {}", told.text);
    }
    load.abort();
}
