//! What changes after a plan was looked at again: at each point up to the transaction it is seen, and nothing is done.

use harness::scene::Scene;
use harness::{Console, Peer, confirmed, eventually, zookeeper};
use serde_json::json;
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::action::{Executed, Owner};
use zooscope_protocol::{Action, Member, Outcome, RefusalCode, Target};

use crate::agreement::{LIMIT, there};
use crate::shelf::{items, stock, target};

/// Executes an action, and lets something happen when the console has come to a point of it.
async fn meanwhile(console: &Console, action: &Action, point: &str, change: impl AsyncFnOnce()) -> Executed {
    let plan = console.plan(action).await.unwrap();
    console.arm(point, 1);
    let changed = async {
        eventually("the console stops", LIMIT, async || if console.has_reached() { Ok(()) } else { Err(()) })
            .await;
        change().await;
        console.disarm();
    };
    let body = confirmed(&plan.confirm.expected, &format!("look-{}", &plan.digest[..16]));
    let (executed, ()) = tokio::join!(console.execute(&plan.digest, &body), changed);
    executed.unwrap()
}

/// The same name again, with other data and the data version of before: only its czxid tells it from the one that was seen.
async fn made_again(client: &Client, path: &str) {
    client.delete(path, None).await.unwrap();
    zookeeper::put(client, path, b"another").await;
}

/// It was refused, for what it was about is another by now.
fn changed(executed: &Executed, point: &str) {
    let code = executed.refusal.as_ref().map(|refusal| refusal.code);
    let refused = (Outcome::Refused, Some(RefusalCode::Changed));
    assert_eq!((executed.outcome, code), refused, "{point}: {executed:?}");
}

#[tokio::test]
async fn an_item_that_changes_before_the_transaction_is_left_alone() {
    let Some(scene) = Scene::start().await else { return };
    let (console, client) = (&scene.console, zookeeper::client(&scene.zookeeper.connect()).await);
    stock(&client, "/look/queue", "item", 8).await;
    let all = items(console, "/look/queue", 8).await;
    let mut left = all.iter();
    // Where it has not been read yet, where it has been, and where nothing looks any more but the transaction itself.
    for (point, again) in
        [("intent", true), ("intent", false), ("read", true), ("read", false), ("read_again", false)]
    {
        let item = left.next().unwrap();
        let path = item.path.as_str();
        let executed = meanwhile(console, &Action::Delete(target(item)), point, async || {
            if again {
                made_again(&client, path).await;
            } else {
                client.set_data(path, b"another", None).await.unwrap();
            }
        })
        .await;
        changed(&executed, point);
        let (data, _) = client.get_data(path).await.unwrap();
        assert_eq!(data, b"another", "{point}, made again: {again}");
    }
}

#[tokio::test]
async fn a_holder_in_a_directory_that_was_made_again_is_left_alone() {
    let Some(scene) = Scene::start().await else { return };
    let (console, client) = (&scene.console, zookeeper::client(&scene.zookeeper.connect()).await);
    let contender = format!("{}__lock__", "0123456789abcdef".repeat(2));
    let make = async || {
        zookeeper::put(&client, "/again/lock", b"").await;
        let mode = CreateMode::EphemeralSequential.with_acls(Acls::anyone_all());
        let (_, sequence) = client.create(&format!("/again/lock/{contender}"), b"", &mode).await.unwrap();
        format!("/again/lock/{contender}{sequence}")
    };
    for point in ["intent", "read", "prepared", "read_again"] {
        let own = make().await;
        let holder = eventually("it is seen to hold", LIMIT, async || {
            let lock = console.lock("/again/lock").await;
            let (_, stat) = client.get_data(&own).await.unwrap();
            let holder = lock.and_then(|lock| lock.lock.holders.into_iter().next());
            holder.filter(|holder| holder.member.czxid.0 == stat.czxid).ok_or("another, or nobody")
        })
        .await;
        let Member { path, czxid, version, session, .. } = holder.member;
        let release = Action::Release(Target { path, czxid, version, session });
        // Its number is given again in a new directory, so that it has the name of the one that was seen.
        let executed = meanwhile(console, &release, point, async || {
            client.delete(&own, None).await.unwrap();
            client.delete("/again/lock", None).await.unwrap();
            assert_eq!(make().await, own);
        })
        .await;
        changed(&executed, point);
        assert!(client.check_stat(&own).await.unwrap().is_some(), "{point}");
        client.delete(&own, None).await.unwrap();
        client.delete("/again/lock", None).await.unwrap();
    }
}

#[tokio::test]
async fn what_would_take_more_than_was_shown_is_shown_again() {
    let Some(scene) = Scene::start().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    kazoo.client("own").await;
    for name in ["one", "two"] {
        kazoo.make("own", name, "Lock", &format!("/more/{name}"), json!({})).await;
    }
    kazoo.hold("one").await;
    let held = async |path: &str| {
        eventually(&format!("{path} is seen to be held"), LIMIT, async || {
            let lock = console.lock(path).await;
            lock.and_then(|lock| lock.lock.holders.into_iter().next()).ok_or("nobody")
        })
        .await
    };
    let session = held("/more/one").await.member.session.unwrap();
    let evict = Action::Evict(Owner { session });
    let shown = console.plan(&evict).await.unwrap();
    assert_eq!(shown.deleted().count(), 1);
    // While it is being read the session gets another lock, which nobody was shown.
    kazoo.hold("two").await;
    held("/more/two").await;
    let refused =
        console.execute(&shown.digest, &confirmed(&shown.confirm.expected, "more-1")).await.unwrap_err();
    assert_eq!((refused.status, refused.code), (409, RefusalCode::PlanChanged));
    let now = refused.plan.expect("the plan as it is now");
    assert!(now.deleted().count() == 2 && now.digest != shown.digest, "{now:?}");
    for path in ["/more/one", "/more/two"] {
        held(path).await;
    }
    // What was shown then can be done.
    let executed = console.execute(&now.digest, &confirmed(&now.confirm.expected, "more-2")).await.unwrap();
    assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
}
