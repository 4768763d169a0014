//! What a role may not see it does not see: in no list, no count, no search, no error, over HTTP and on the stream.

use std::time::Duration;

use harness::{Peer, Person, confirmed, eventually};
use serde_json::{Value, json};
use zooscope_protocol::api::LockBody;
use zooscope_protocol::codec::Codec;
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::{Action, Content, Plan, RefusalCode, Target, View, ZnodePath};

use crate::agreement::{LIMIT, there};
use crate::auth::staffed;

/// A lock that is held for a second is found to be so, so that there is something to be found at each.
const RULES: &str = "[thresholds]\nheld_s = [1, 2, 3]\n\
                     [[policy]]\npath = '/hidden/**'\ndeny = { viewer = ['view'] }\n\
                     [[mask]]\npath = '/masked/**'\nunless = 'operator'\n";

/// Whether a text tells of what is hidden: its path, who is there, what is in it, as text or in base64.
fn tells(text: &str) -> Option<&'static str> {
    ["hidden", "canary", "Y2FuYXJ5", "NhbmFyeQ", "jYW5hcn"].into_iter().find(|word| text.contains(word))
}

#[tokio::test]
async fn what_is_hidden_or_masked_is_told_nowhere() {
    let Some(scene) = staffed(RULES).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    for (name, path) in [("canary-1", "/hidden/lock"), ("canary-2", "/masked/lock"), ("plain", "/open/lock")]
    {
        kazoo.client(name).await;
        kazoo.make(name, name, "Lock", path, json!({"identifier": name})).await;
        kazoo.hold(name).await;
        let waiter = format!("{name}-waiter");
        kazoo.client(&waiter).await;
        kazoo.make(&waiter, &waiter, "Lock", path, json!({"identifier": waiter})).await;
        kazoo.acquire(&waiter).await;
    }
    for (name, path) in
        [("canary-1", "/hidden/queue"), ("canary-2", "/masked/queue"), ("plain", "/open/queue")]
    {
        let queue = format!("{name}-queue");
        kazoo.make(name, &queue, "Queue", path, json!({})).await;
        kazoo.ask(json!({"do": "put", "object": queue, "data": name})).await;
    }
    harness::zookeeper::put(&client, "/masked/data", b"canary data").await;
    let (vic, bob) = (Person::sign_in(console, "vic").await, Person::sign_in(console, "bob").await);
    eventually("all is mirrored", LIMIT, async || {
        let locks: Value = bob.read("/clusters/test/locks").await;
        let queues: Value = bob.read("/clusters/test/queues").await;
        let findings = bob.get("/clusters/test/findings").await.text;
        let found = ["/hidden/lock", "/masked/lock"].iter().all(|path| findings.contains(path));
        let blocked = locks["items"].as_array().unwrap().iter().all(|lock| lock["blocked"] == 1);
        if locks["total"] == 3 && queues["total"] == 3 && found && blocked {
            Ok(())
        } else {
            Err((locks, queues, findings))
        }
    })
    .await;

    let addresses = [
        "/clusters",
        "/clusters/test/locks",
        "/clusters/test/locks?q=canary",
        "/clusters/test/locks/at?path=/masked/lock",
        "/clusters/test/queues",
        "/clusters/test/queues/at?path=/masked/queue",
        "/clusters/test/queues/items?path=/masked/queue",
        "/clusters/test/deadlocks",
        "/clusters/test/sessions",
        "/clusters/test/sources",
        "/clusters/test/waits",
        "/clusters/test/findings",
        "/clusters/test/node?path=/masked/data",
        "/clusters/test/children?path=/",
        "/clusters/test/children?path=/masked",
        "/clusters/test/events",
        "/approvals",
        "/audit",
        "/recipes",
    ];
    let mut told_bob = 0;
    for address in addresses {
        let reply = vic.get(address).await;
        assert_eq!(reply.status, 200, "{address}: {}", reply.text);
        assert_eq!(tells(&reply.text), None, "{address}: {}", reply.text);
        told_bob += usize::from(tells(&bob.get(address).await.text).is_some());
    }
    assert!(told_bob >= 8, "an administrator is told: {told_bob}");
    // A session is told of without what it owns there.
    let session = kazoo.report().await.object("canary-1").unwrap().session.clone();
    let address = format!("/clusters/test/sessions/at?session={session}");
    let told = vic.get(&address).await;
    assert_eq!((told.status, tells(&told.text)), (200, None), "{}", told.text);
    assert!(tells(&bob.get(&address).await.text).is_some());
    for address in [
        "/clusters/test/node?path=/hidden",
        "/clusters/test/node?path=/hidden/lock",
        "/clusters/test/children?path=/hidden",
        "/clusters/test/locks/at?path=/hidden/lock",
        "/clusters/test/queues/at?path=/hidden/queue",
        "/clusters/test/queues/items?path=/hidden/queue",
    ] {
        // As if it were not there: the same as of a path that is nowhere.
        let (hidden, nowhere) =
            (vic.get(address).await, vic.get(&address.replace("hidden", "nowhere")).await);
        assert_eq!(hidden.status, 404, "{address}");
        assert_eq!(hidden.text.replace("hidden", "nowhere"), nowhere.text, "{address}");
    }
    let count = async |who: &Person<'_>, address: &str| who.read::<Value>(address).await["total"].clone();
    assert_eq!(count(&vic, "/clusters/test/locks").await, 2);
    assert_eq!(count(&vic, "/clusters/test/queues").await, 2);
    // What is masked is not to be guessed by searching for it.
    let search = "/clusters/test/locks?q=canary";
    assert_eq!((count(&bob, search).await, count(&vic, search).await), (json!(2), json!(0)));
    let children = "/clusters/test/children?path=/";
    let (all, seen) =
        (count(&bob, children).await.as_u64().unwrap(), count(&vic, children).await.as_u64().unwrap());
    assert_eq!(all, seen + 1);
    let masked: Value = vic.read("/clusters/test/node?path=/masked/data").await;
    assert_eq!(
        (&masked["readable"], &masked["data"]),
        (&json!(false), &json!("")),
        "it is shown as locked, not as empty"
    );

    let path = |path: &str| ZnodePath::parse(path).unwrap();
    let views = [
        View::Overview,
        View::Locks { query: String::new(), sort: LockSort::Path, limit: 100 },
        View::Lock { path: path("/masked/lock") },
        View::Lock { path: path("/hidden/lock") },
        View::Queues { query: String::new(), sort: QueueSort::Path, limit: 100 },
        View::Queue { path: path("/masked/queue"), start: 0, limit: 100 },
        View::Queue { path: path("/hidden/queue"), start: 0, limit: 100 },
        View::Children { path: path("/"), query: String::new(), start: 0, limit: 100 },
        View::Children { path: path("/hidden"), query: String::new(), start: 0, limit: 100 },
        View::Sessions { query: String::new(), limit: 100 },
        View::Waits,
        View::Findings { code: None, limit: 100 },
        View::Node { path: path("/masked/data") },
        View::Node { path: path("/hidden/lock") },
        View::Journal { path: None, limit: 1_000 },
    ];
    let (mut poor, mut rich) = (vic.stream(Codec::Json).await, bob.stream(Codec::Json).await);
    let mut told_bob = 0;
    for view in views {
        let (own, theirs) = (poor.subscribe(view.clone()).await, rich.subscribe(view.clone()).await);
        poor.until(own, LIMIT, "the viewer's view comes", |_| true).await;
        rich.until(theirs, LIMIT, "the administrator's view comes", |_| true).await;
        let text = |stream: &harness::stream::Stream, id| {
            serde_json::to_string(stream.content(id).unwrap()).unwrap()
        };
        let shown = text(&poor, own);
        assert_eq!(tells(&shown), None, "{view:?}: {shown}");
        told_bob += usize::from(tells(&text(&rich, theirs)).is_some());
    }
    assert!(told_bob >= 8, "an administrator is told: {told_bob}");
    // Nor does the order of sessions: whoever waits at a hidden place stands where it waits for nothing.
    let waiter = kazoo.report().await.object("canary-1-waiter").unwrap().session.clone();
    let own = poor.subscribe(View::Sessions { query: String::new(), limit: 100 }).await;
    poor.until(own, LIMIT, "the sessions come", |_| true).await;
    let Some(Content::Sessions(list)) = poor.content(own) else { panic!("{:?}", poor.content(own)) };
    let hidden = list.rows.iter().find(|row| row.session.to_string() == waiter).expect("it is listed");
    assert_eq!(hidden.waits, []);
    assert!(list.rows.is_sorted_by(|a, b| a.order(b).is_le()), "{:?}", list.rows);
    // As if it were not there, on the stream too: the same as of a path that is nowhere.
    let at = |path: ZnodePath| {
        [
            View::Lock { path: path.clone() },
            View::Queue { path: path.clone(), start: 0, limit: 100 },
            View::Children { path: path.clone(), query: String::new(), start: 0, limit: 100 },
            View::Node { path },
        ]
    };
    for known in ["/hidden", "/hidden/lock", "/hidden/queue"] {
        for (view, other) in at(path(known)).into_iter().zip(at(path("/nowhere"))) {
            let (hidden, nowhere) = (poor.subscribe(view.clone()).await, poor.subscribe(other).await);
            poor.until(hidden, LIMIT, "the view comes", |_| true).await;
            poor.until(nowhere, LIMIT, "the view of nothing comes", |_| true).await;
            assert_eq!(poor.content(hidden), poor.content(nowhere), "{view:?}");
        }
    }
    let query = "canary".to_owned();
    let search = View::Locks { query, sort: LockSort::Path, limit: 100 };
    let id = poor.subscribe(search).await;
    poor.until(
        id,
        LIMIT,
        "nothing is found",
        |content| matches!(content, Content::Locks(list) if list.total == 0 && list.rows.is_empty()),
    )
    .await;

    // What happens there later is told no more than what was there.
    harness::zookeeper::put(&client, "/hidden/later", b"canary").await;
    harness::zookeeper::put(&client, "/open/later", b"plain").await;
    let id = poor
        .subscribe(View::Children { path: path("/open"), query: String::new(), start: 0, limit: 100 })
        .await;
    poor.until(id, LIMIT, "the open one is shown", |content| {
        serde_json::to_string(content).unwrap().contains("later")
    })
    .await;
    let events = vic.get("/clusters/test/events").await;
    assert!(events.text.contains("/open/later") && tells(&events.text).is_none(), "{}", events.text);
    tokio::time::sleep(Duration::from_millis(300)).await;

    // Nor can it be acted upon.
    let target = json!({"type": "release", "path": "/hidden/lock/x", "czxid": "1", "version": 0});
    let ann = Person::sign_in(console, "ann").await;
    assert_ne!(ann.post("/clusters/test/plans", &target).await.status, 403, "an operator sees it");
    assert_eq!(vic.post("/clusters/test/plans", &target).await.problem().code, RefusalCode::Forbidden);
}

#[tokio::test]
async fn whoever_acts_is_not_told_by_the_plan_what_is_masked() {
    let rules = "[[mask]]\npath = '/masked/**'\nunless = 'admin'\n";
    let Some(scene) = staffed(rules).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    for name in ["canary-1", "canary-2"] {
        kazoo.client(name).await;
        kazoo.make(name, name, "Lock", "/masked/lock", json!({"identifier": name})).await;
    }
    kazoo.hold("canary-1").await;
    kazoo.acquire("canary-2").await;
    let (ann, bob) =
        (Person::sign_in(&scene.console, "ann").await, Person::sign_in(&scene.console, "bob").await);
    let lock: LockBody = eventually("one holds and one waits", LIMIT, async || {
        let reply = bob.get("/clusters/test/locks/at?path=/masked/lock").await;
        let lock = (reply.status == 200).then(|| reply.json::<LockBody>());
        lock.filter(|lock| lock.lock.held_by == 1 && lock.lock.blocked == 1).ok_or(reply.text)
    })
    .await;
    let member = &lock.lock.holders[0].member;
    let release = Action::Release(Target {
        path: member.path.clone(),
        czxid: member.czxid,
        version: member.version,
        session: member.session,
    });
    let text = async |who: &Person<'_>| {
        let reply = who.post("/clusters/test/plans", &release).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.text
    };
    let (hers, his) = (text(&ann).await, text(&bob).await);
    assert!(tells(&his).is_some(), "an administrator is told: {his}");
    assert_eq!(tells(&hers), None, "{hers}");
    // It is the same plan, and she can do it.
    let digest = |text: &str| serde_json::from_str::<Value>(text).unwrap()["digest"].clone();
    assert_eq!(digest(&hers), digest(&his));
    let plan: Plan = serde_json::from_str(&hers).unwrap();
    let reply = ann.execute(&plan.digest, &confirmed(&plan.confirm.expected, "masked")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(tells(&ann.get("/audit").await.text), None, "her own lines tell it neither");
}
