//! Actions on items of real queues: where an item goes, who takes it next, and that it is there once.

use harness::scene::Scene;
use harness::{Peer, confirmed, eventually, zookeeper};
use serde_json::{Value, json};
use zookeeper_client::{AuthId, CreateMode, Permission};
use zooscope_protocol::action::{DeadLetter, Due, GiveBack, Place, Put, Requeue, Restore, Return};
use zooscope_protocol::{Action, Bytes, QueueKind, RefusalCode};

use crate::agreement::{LIMIT, there};
use crate::shelf::{done, items, put, refused, take, target};

#[tokio::test]
async fn an_item_at_the_head_is_the_next_that_kazoo_takes() {
    let Some(scene) = Scene::start().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    kazoo.client("p").await;
    for (object, kind) in [("queue", "Queue"), ("locking", "LockingQueue")] {
        let path = format!("/head/{object}");
        kazoo.make("p", object, kind, &path, json!({})).await;
        put(&kazoo, object, &["one", "two", "three", "four"].map(|data| (data, json!({})))).await;
        let all = items(console, &path, 4).await;
        // The number 0 is the lowest, so the priority goes lower; then there is a lower number.
        let head = |index: usize| {
            let requeue = Requeue { to: Place::Head, ..target(&all[index]).into() };
            (Action::Requeue(requeue), format!("head-{object}-{index}"))
        };
        let (action, key) = head(3);
        let (_, executed) = done(console, &action, &key).await;
        assert!(executed.created.unwrap().name().starts_with("entry-099-"), "{path}");
        // A plan of before it is seen would put the next one beside it.
        let is_first = async |data: &[u8]| {
            eventually("the mirror shows it first", LIMIT, async || {
                let first = items(console, &path, 4).await.remove(0).preview.0;
                if first == data { Ok(()) } else { Err(first) }
            })
            .await;
        };
        is_first(b"four").await;
        let (action, key) = head(2);
        done(console, &action, &key).await;
        is_first(b"three").await;
        for expected in ["three", "four", "one", "two"] {
            assert_eq!(take(&kazoo, object).await, expected, "{path}");
            if kind == "LockingQueue" {
                assert_eq!(kazoo.ask(json!({"do": "finish", "object": object})).await["finished"], true);
            }
        }
    }
}

#[tokio::test]
async fn a_priority_a_time_and_a_lower_number_are_what_curator_understands() {
    let Some(scene) = Scene::start().await else { return };
    let Some(curator) = there(Peer::curator(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    curator.client("p").await;
    let now = zooscope::clock::now().0;
    let later = json!({"at_ms": now + 3_600_000});
    for (object, kind, data) in [
        ("fifo", "DistributedQueue", [("a", json!({})), ("b", json!({})), ("c", json!({}))]),
        (
            "priority",
            "DistributedPriorityQueue",
            [("a", json!({"priority": 1})), ("b", json!({"priority": 2})), ("c", json!({"priority": 3}))],
        ),
        ("delay", "DistributedDelayQueue", [("a", later.clone()), ("b", later.clone()), ("c", later)]),
    ] {
        let path = format!("/order/{object}");
        curator.make("p", object, kind, &path, json!({})).await;
        for (number, one) in data.iter().enumerate() {
            put(&curator, object, std::slice::from_ref(one)).await;
            items(console, &path, number + 1).await;
        }
    }
    let last = items(console, "/order/priority", 3).await.pop().unwrap();
    let requeue = Requeue { priority: Some(-7), ..target(&last).into() };
    done(console, &Action::Requeue(requeue), "priority").await;
    let last = items(console, "/order/delay", 3).await.pop().unwrap();
    let requeue = Requeue { not_before: Some(Due::Now), ..target(&last).into() };
    done(console, &Action::Requeue(requeue), "due").await;
    // The first goes, so that the last has a lower number to go to.
    let fifo = items(console, "/order/fifo", 3).await;
    done(console, &Action::Delete(target(&fifo[0])), "deleted").await;
    let fifo = items(console, "/order/fifo", 2).await;
    let head = Requeue { to: Place::Head, ..target(&fifo[1]).into() };
    done(console, &Action::Requeue(head), "head").await;

    curator.client("c").await;
    for (object, kind, expected) in [
        ("fifo", "DistributedQueue", vec!["c", "b"]),
        ("priority", "DistributedPriorityQueue", vec!["c", "a", "b"]),
        ("delay", "DistributedDelayQueue", vec!["c"]),
    ] {
        let consumer = format!("{object} consumer");
        curator.make("c", &consumer, kind, &format!("/order/{object}"), json!({"consumes": true})).await;
        for expected in expected {
            assert_eq!(take(&curator, &consumer).await, expected, "{object}");
        }
    }
    assert_eq!(items(console, "/order/delay", 2).await.len(), 2, "the others wait for their time");
}

#[tokio::test]
async fn what_a_consumer_has_is_given_back_by_force_and_its_library_says_what_was_foretold() {
    let Some(scene) = Scene::start().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    for name in ["old", "new"] {
        kazoo.client(name).await;
        kazoo.make(name, name, "LockingQueue", "/back/queue", json!({})).await;
    }
    put(&kazoo, "old", &[("first", json!({})), ("second", json!({}))]).await;
    let free = items(console, "/back/queue", 2).await;
    let give = |item: &zooscope_protocol::Item, to, force| {
        Action::GiveBack(GiveBack { target: target(item), to, force })
    };
    assert_eq!(refused(console, &give(&free[0], Return::Same, true)).await, RefusalCode::NotTaken);
    assert_eq!(take(&kazoo, "old").await, "first");
    let taken = eventually("the item is told as taken", LIMIT, async || {
        let item = console.items("/back/queue").await.remove(0).item;
        if item.taken_by.is_some() { Ok(item) } else { Err(item) }
    })
    .await;
    assert_eq!(refused(console, &give(&taken, Return::Same, false)).await, RefusalCode::OwnerAlive);
    let (plan, executed) = done(console, &give(&taken, Return::Same, true), "same").await;
    assert_eq!(executed.created, None);
    assert!(plan.warnings.iter().any(|clause| clause.code == "worked_on_twice"));
    assert_eq!(take(&kazoo, "new").await, "first", "another takes it where it stands");
    // It is another's now, and the old consumer cannot end it.
    assert_eq!(kazoo.ask(json!({"do": "finish", "object": "old"})).await["finished"], false);

    let taken = eventually("it is told as taken by the other", LIMIT, async || {
        let item = console.items("/back/queue").await.remove(0).item;
        if item.taken_by.is_some() && item.taken_by != taken.taken_by { Ok(item) } else { Err(item) }
    })
    .await;
    let (_, executed) = done(console, &give(&taken, Return::Tail, true), "tail").await;
    let now = items(console, "/back/queue", 2).await;
    assert_eq!(executed.created.as_ref(), Some(&now[1].path), "at the tail");
    let error = kazoo.try_ask(json!({"do": "finish", "object": "new"})).await.unwrap_err();
    assert!(error.contains("NoNode"), "kazoo says that it is gone: {error}");
}

#[tokio::test]
async fn what_a_consumer_without_a_connection_has_is_given_back_without_force() {
    let extra = vec!["maxSessionTimeout=30000".to_owned()];
    let options = zookeeper::Options { admin_server: true, extra, ..zookeeper::options() };
    let Some(mut scene) = Scene::start_on(options).await else { return };
    let connect = scene.zookeeper.connect();
    let admin = format!("http://{{host}}:{}/commands", scene.zookeeper.admin_port().unwrap());
    let config = scene.console.data_dir().join("admin.toml");
    std::fs::write(
        &config,
        format!("[[cluster]]\nname = 'test'\nzookeeper = '{connect}'\nadmin = '{admin}'\n"),
    )
    .unwrap();
    let flag = config.to_str().unwrap().to_owned();
    scene.console.restart_with(&[], &["--config", &flag]).await;
    let console = &scene.console;
    console.live(std::time::Duration::from_secs(20)).await;
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    kazoo.client("producer").await;
    kazoo.make("producer", "producer", "LockingQueue", "/gone/queue", json!({})).await;
    put(&kazoo, "producer", &[("only", json!({}))]).await;
    let item = items(console, "/gone/queue", 1).await.remove(0);
    // A session with a long time-out whose client goes away without a word.
    let owner = zookeeper_client::Client::connector()
        .with_session_timeout(std::time::Duration::from_secs(30))
        .with_detached()
        .connect(&connect)
        .await
        .unwrap();
    let mark = format!("/gone/queue/taken/{}", item.name);
    let ephemeral = CreateMode::Ephemeral.with_acls(zookeeper_client::Acls::anyone_all());
    owner.create(&mark, b"a consumer", &ephemeral).await.unwrap();
    // What time-out a session has is known from when its client had a connection.
    let id = zooscope_protocol::SessionId(owner.session_id().0);
    eventually("its time-out is known", std::time::Duration::from_secs(9), async || {
        let told: Value = console.read(&format!("/clusters/test/sessions/at?session={id}")).await;
        if told["session"]["timeout_ms"].is_u64() { Ok(()) } else { Err(told) }
    })
    .await;
    drop(owner);
    let give = Action::GiveBack(GiveBack { target: target(&item), to: Return::Same, force: false });
    let plan =
        eventually("the servers say that it is gone", std::time::Duration::from_secs(29), async || {
            console.plan(&give).await.map_err(|problem| problem.code)
        })
        .await;
    assert!(plan.guards.iter().any(|clause| clause.code == "owner_gone"));
    let executed = console.execute(&plan.digest, &confirmed(&plan.confirm.expected, "gone")).await.unwrap();
    assert_eq!(executed.outcome, zooscope_protocol::Outcome::Done, "{:?}", executed.refusal);
    assert_eq!(take(&kazoo, "producer").await, "only");
}

#[tokio::test]
async fn an_item_is_set_aside_as_it_is_and_put_back() {
    let Some(mut scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let client = zookeeper::client(&connect).await;
    kazoo.client("p").await;
    kazoo.make("p", "lq", "LockingQueue", "/app/queue", json!({})).await;
    put(&kazoo, "lq", &[("poison", json!({})), ("good", json!({}))]).await;
    let item = items(&scene.console, "/app/queue", 2).await.remove(0);
    // An ACL of its own, which goes where the item goes.
    let acl = [
        zookeeper_client::Acl::new(Permission::ALL, AuthId::anyone()),
        zookeeper_client::Acl::new(Permission::READ, AuthId::new("ip", "10.0.0.7")),
    ];
    client.set_acl(item.path.as_str(), &acl, None).await.unwrap();
    let action = Action::DeadLetter(DeadLetter { target: target(&item), to: None });
    let (_, executed) = done(&scene.console, &action, "aside").await;
    let letter = executed.created.unwrap();
    assert_eq!(letter.parent().unwrap().as_str(), "/app/queue-dead-letter");
    assert_eq!(client.get_data(letter.as_str()).await.unwrap().0, b"poison");
    assert_eq!(client.get_acl(letter.as_str()).await.unwrap().0, acl);
    scene.console.restart().await;
    scene.console.live(std::time::Duration::from_secs(20)).await;
    let console = &scene.console;
    let queue = console.queue("/app/queue-dead-letter").await.unwrap().queue;
    assert_eq!(
        (queue.kind, queue.recipe.to_string().as_str()),
        (QueueKind::DeadLetter, "zooscope.DeadLetters")
    );
    let aside = items(console, "/app/queue-dead-letter", 1).await.remove(0);
    let kept = aside.letter.clone().unwrap();
    assert_eq!((kept.origin, kept.reason.as_str()), (item.path.clone(), "a test wants it so"));
    assert_eq!(kept.audit_id, executed.audit_id);
    assert_eq!(take(&kazoo, "lq").await, "good", "the consumer goes on without it");
    kazoo.ask(json!({"do": "finish", "object": "lq"})).await;

    let (_, executed) = done(console, &Action::Replay(target(&aside)), "replay").await;
    let back = executed.created.unwrap();
    assert_eq!(client.get_acl(back.as_str()).await.unwrap().0, acl);
    assert_eq!(client.list_children("/app/queue-dead-letter").await.unwrap(), Vec::<String>::new());
    assert_eq!(take(&kazoo, "lq").await, "poison");
    assert_eq!(kazoo.ask(json!({"do": "finish", "object": "lq"})).await["finished"], true);
}

#[tokio::test]
async fn what_was_deleted_is_restored_once() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let client = zookeeper::client(&connect).await;
    let console = &scene.console;
    kazoo.client("p").await;
    kazoo.make("p", "q", "Queue", "/undo/queue", json!({})).await;
    put(&kazoo, "q", &[("one", json!({})), ("two", json!({}))]).await;
    let item = items(console, "/undo/queue", 2).await.remove(0);
    let (plan, executed) = done(console, &Action::Delete(target(&item)), "delete").await;
    assert!(plan.effects.iter().any(|clause| clause.code == "can_be_restored"));
    let restore = Action::Restore(Restore { audit_id: executed.audit_id.clone() });
    assert!(client.check_stat(item.path.as_str()).await.unwrap().is_none());
    let (_, restored) = done(console, &restore, "restore").await;
    assert_eq!(restored.created.as_ref(), Some(&item.path));
    assert_eq!(client.get_data(item.path.as_str()).await.unwrap().0, b"one");
    let code = refused(console, &restore).await;
    assert!(matches!(code, RefusalCode::NothingKept), "it was restored: {code:?}");
    for expected in ["one", "two"] {
        assert_eq!(take(&kazoo, "q").await, expected);
    }
    assert_eq!(refused(console, &restore).await, RefusalCode::NothingKept, "and is not made twice");
    let nothing = Action::Restore(Restore { audit_id: restored.audit_id });
    assert_eq!(refused(console, &nothing).await, RefusalCode::NothingKept, "a restore deletes nothing");
}

#[tokio::test]
async fn an_item_that_is_put_in_is_read_by_each_library() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let (Some(kazoo), Some(curator)) =
        (there(Peer::kazoo(&connect).await), there(Peer::curator(&connect).await))
    else {
        return;
    };
    let console = &scene.console;
    let now = zooscope::clock::now().0;
    for (peer, kind, first) in [
        (&kazoo, "Queue", json!({})),
        (&kazoo, "LockingQueue", json!({})),
        (&curator, "DistributedQueue", json!({})),
        (&curator, "DistributedIdQueue", json!({"item": "first"})),
        (&curator, "DistributedPriorityQueue", json!({"priority": 5})),
        (&curator, "DistributedDelayQueue", json!({"at_ms": now - 60_000})),
        (&curator, "SimpleDistributedQueue", json!({})),
    ] {
        let path = format!("/put/{kind}");
        peer.client(kind).await;
        peer.make(kind, kind, kind, &path, json!({})).await;
        put(peer, kind, &[("first", first)]).await;
        items(console, &path, 1).await;
        let id = (kind == "DistributedIdQueue").then(|| "a/test".to_owned());
        let queue = zooscope_protocol::ZnodePath::parse(&path).unwrap();
        let data = Bytes(b"put in".to_vec());
        let action = Action::Put(Put { queue, data, priority: None, not_before: None, id });
        done(console, &action, &format!("put-{kind}")).await;
        items(console, &path, 2).await;
        let consumer = format!("{kind} consumer");
        if peer.library == "curator" {
            peer.make(kind, &consumer, kind, &path, json!({"consumes": true})).await;
        }
        let consumer = if peer.library == "curator" { consumer.as_str() } else { kind };
        let mut taken = Vec::new();
        for _ in 0..2 {
            taken.push(take(peer, consumer).await.as_str().unwrap_or("nothing").to_owned());
            if kind == "LockingQueue" {
                peer.ask(json!({"do": "finish", "object": kind})).await;
            }
        }
        taken.sort();
        assert_eq!(taken, ["first", "put in"], "{kind}");
    }
}

#[tokio::test]
async fn an_acl_that_the_console_is_not_told_whole_is_not_given_to_another_znode() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let (client, console) = (zookeeper::client(&connect).await, &scene.console);
    kazoo.client("p").await;
    kazoo.make("p", "q", "Queue", "/owned/queue", json!({})).await;
    put(&kazoo, "q", &[("one", json!({})), ("two", json!({}))]).await;
    let item = items(console, "/owned/queue", 2).await.remove(0);
    // Everybody may read it and only `app` may administer it; of `app` the console is told `digest:app:x`.
    let acl = [
        zookeeper_client::Acl::new(
            Permission::ALL,
            AuthId::new("digest", "app:V3r0zKpvP8vT1IYb7xJQf7zFtJE="),
        ),
        zookeeper_client::Acl::new(Permission::READ, AuthId::anyone()),
    ];
    client.set_acl(item.path.as_str(), &acl, None).await.unwrap();
    let plan = console.plan(&Action::Requeue(target(&item).into())).await.unwrap();
    let executed = console.execute(&plan.digest, &confirmed(&plan.confirm.expected, "owned")).await.unwrap();
    assert_eq!(
        executed.refusal.as_ref().map(|refusal| refusal.code),
        Some(RefusalCode::NoAuth),
        "{executed:?}"
    );
    let names = zookeeper::members(&client, "/owned/queue", 2).await;
    assert!(names.contains(&item.name), "{names:?}");
}
