//! Layouts of an organisation's own: tried, kept, recognised, acted on; and refused where they are wrong.

use harness::console::{CLUSTER, encode, run_to_end};
use harness::scene::Scene;
use harness::{Console, confirmed, eventually, zookeeper};
use serde_json::{Value, json};
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::api::{AuditPhase, RecipesBody};
use zooscope_protocol::recipe::{KnownKind, Trial};
use zooscope_protocol::{Action, Confidence, LockKind, Outcome, QueueKind, RefusalCode, Step, Target};

use crate::agreement::LIMIT;
use crate::foretold::target;

/// The locks of a program that nobody has heard of.
fn billing() -> Value {
    json!({
        "name": "billing",
        "path": "/billing/*/locks/*",
        "kind": "mutex",
        "members": r"worker-[0-9a-f]+-(?<sequence>-?\d+)",
        "identity": {"json": "/owner/host"},
    })
}

fn changed(key: &str, value: Value) -> Value {
    let mut declaration = billing();
    declaration[key] = value;
    declaration
}

async fn contend(client: &Client, lock: &str, host: &str) -> String {
    let options = CreateMode::EphemeralSequential.with_acls(Acls::anyone_all());
    let data = json!({"owner": {"host": host}}).to_string();
    let prefix = format!("{lock}/worker-1f-");
    let (_, sequence) = client.create(&prefix, data.as_bytes(), &options).await.expect("a contender");
    format!("{prefix}{sequence}")
}

async fn mirrored(console: &Console, path: &str) {
    eventually(&format!("{path} is mirrored"), LIMIT, async || {
        let reply = console.get(&format!("/clusters/{CLUSTER}/node?path={}", encode(path))).await;
        if reply.status == 200 { Ok(()) } else { Err(reply.text) }
    })
    .await;
}

#[tokio::test]
async fn a_layout_is_tried_and_kept_and_its_lock_released_and_a_restart_forgets_nothing() {
    let Some(Scene { mut console, zookeeper }) = Scene::start().await else { return };
    let connect = zookeeper.connect();
    let (first, second) = (zookeeper::client(&connect).await, zookeeper::client(&connect).await);
    for lock in ["a", "b", "c"] {
        zookeeper::put(&first, &format!("/billing/eu/locks/{lock}"), b"").await;
    }
    let held = contend(&first, "/billing/eu/locks/a", "h1").await;
    let waiting = contend(&second, "/billing/eu/locks/a", "h2").await;
    mirrored(&console, "/billing/eu/locks/c").await;
    mirrored(&console, &waiting).await;

    let attempt = console.post("/clusters/test/recipes/try", &billing()).await;
    assert_eq!(attempt.status, 200, "{}", attempt.text);
    let trial: Trial = attempt.json();
    assert_eq!((trial.paths, trial.recognised), (3, 3), "{trial:?}");
    let found = &trial.matches[0];
    assert_eq!(
        (found.path.as_str(), found.members, found.others, found.waiting),
        ("/billing/eu/locks/a", 2, 0, 1)
    );
    assert_eq!(found.holders[0].path.as_str(), held);
    assert_eq!(found.holders[0].identity.as_deref(), Some("h1"));
    let before: RecipesBody = console.read("/recipes").await;
    assert_eq!((before.declared.len(), before.kept.len()), (0, 0), "a trial keeps nothing");
    let kazoo = before.known.iter().find(|known| known.recipe.0.contains(&"kazoo.Lock".to_owned())).unwrap();
    assert_eq!((kazoo.kind, kazoo.confidence), (KnownKind::Lock(LockKind::Mutex), Confidence::Certain));

    let kept = console.post("/recipes", &billing()).await;
    assert_eq!(kept.status, 200, "{}", kept.text);
    assert_eq!(kept.json::<RecipesBody>().kept, ["billing"]);
    // In force when the answer comes, in the tree as it is.
    let lock = console.lock("/billing/eu/locks/a").await.expect("it is recognised at once").lock;
    assert_eq!(
        (lock.recipe.to_string().as_str(), lock.confidence),
        ("declared.billing", Confidence::Declared)
    );
    assert_eq!((lock.held_by, lock.blocked), (1, 1));
    assert_eq!(lock.holders[0].member.session.unwrap().to_string(), zookeeper::session(&first));
    assert_eq!(lock.waiters[0].member.waits_for.as_ref().unwrap().as_str(), held);
    let idle = console.lock("/billing/eu/locks/b").await.expect("an empty one is a lock too").lock;
    assert_eq!((idle.held_by, idle.blocked), (0, 0));
    let again = console.post("/recipes", &billing()).await;
    assert_eq!((again.status, again.problem().code), (409, RefusalCode::RecipeExists));

    let holder = &lock.holders[0].member;
    let action = Action::Release(target(holder));
    let plan = console.plan(&action).await.unwrap();
    assert!(matches!(plan.steps.as_slice(), [Step::Pin { .. }, Step::Delete { .. }]), "{:?}", plan.steps);
    let executed =
        console.execute(&plan.digest, &confirmed(&plan.confirm.expected, "declared-release")).await.unwrap();
    assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
    assert!(first.check_stat(&held).await.unwrap().is_none(), "exactly the holder is gone");
    let after = console.lock("/billing/eu/locks/a").await.unwrap().lock;
    assert_eq!(after.holders[0].member.path.as_str(), waiting);

    console.restart().await;
    console.live(LIMIT).await;
    let lock = console.lock("/billing/eu/locks/a").await.expect("it is still declared").lock;
    assert_eq!((lock.recipe.to_string().as_str(), lock.held_by), ("declared.billing", 1));

    // Changed in its place: the same name, then another one.
    let narrow = changed("path", json!("/billing/eu/locks/a"));
    let reply = console.put("/recipes/billing", &narrow).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(console.lock("/billing/eu/locks/b").await.is_none(), "it is not of the pattern any more");
    assert!(console.lock("/billing/eu/locks/a").await.is_some());
    let reply = console.put("/recipes/billing", &changed("name", json!("invoices"))).await;
    assert_eq!(reply.json::<RecipesBody>().kept, ["invoices"], "{}", reply.text);
    let reply = console.put("/recipes/billing", &narrow).await;
    assert_eq!((reply.status, reply.problem().code), (404, RefusalCode::NoRecipe));
    assert_eq!(console.put("/recipes/invoices", &billing()).await.status, 200);

    let gone = console.delete("/recipes/billing").await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    let lock = console.lock("/billing/eu/locks/a").await;
    assert!(lock.is_none_or(|body| body.lock.confidence != Confidence::Declared));
    assert!(console.lock("/billing/eu/locks/b").await.is_none(), "an empty directory is nothing again");
    let unknown = console.delete("/recipes/billing").await;
    assert_eq!((unknown.status, unknown.problem().code), (404, RefusalCode::NoRecipe));

    let audit = console.audit().await.items;
    let said: Vec<_> = audit
        .iter()
        .rev()
        .filter(|line| line.cluster == "*")
        .map(|line| (line.phase, line.outcome.as_deref(), line.detail.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(said[0].0, AuditPhase::Intent);
    assert!(said[0].2.contains("keep the recipe `billing`") && said[0].2.contains("path = "), "{said:?}");
    assert_eq!((said[1].0, said[1].1), (AuditPhase::Outcome, Some("done")));
    assert_eq!((said[2].1, said[3].1), (None, Some("refused")), "the second of its name");
    assert!(said[4].2.contains("change the recipe `billing`") && said[4].2.contains("locks/a"), "{said:?}");
    let outcomes: Vec<_> = said.iter().filter_map(|line| line.1).collect();
    assert_eq!(outcomes, ["done", "refused", "done", "done", "refused", "done", "done", "refused"]);
    assert_eq!(said[13].2, "forget the recipe `billing`");
}

#[tokio::test]
async fn an_item_of_a_declared_queue_keeps_its_priority_when_it_is_requeued() {
    let Some(Scene { console, zookeeper }) = Scene::start().await else { return };
    let client = zookeeper::client(&zookeeper.connect()).await;
    zookeeper::put(&client, "/billing/jobs", b"").await;
    let options = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
    for (prefix, data) in [("p7-job-", "one"), ("p7-job-", "two"), ("p3-job-", "three")] {
        client.create(&format!("/billing/jobs/{prefix}"), data.as_bytes(), &options).await.unwrap();
    }
    let jobs = json!({
        "name": "jobs",
        "path": "/billing/jobs",
        "kind": "priority_queue",
        "members": r"p(?<priority>\d)-job-(?<sequence>-?\d+)",
    });
    assert_eq!(console.post("/recipes", &jobs).await.status, 200);
    let items = eventually("three items", LIMIT, async || match console.queue("/billing/jobs").await {
        Some(body) if body.queue.depth == 3 => {
            assert_eq!((body.queue.kind, body.queue.confidence), (QueueKind::Priority, Confidence::Declared));
            Ok(console.items("/billing/jobs").await)
        }
        other => Err(other),
    })
    .await;
    let names: Vec<_> = items.iter().map(|body| body.item.name.as_str()).collect();
    assert_eq!(names, ["p3-job-0000000002", "p7-job-0000000000", "p7-job-0000000001"]);
    let item = &items[1].item;
    let target = Target { path: item.path.clone(), czxid: item.czxid, version: item.version, session: None };
    let plan = console.plan(&Action::Requeue(target.into())).await.unwrap();
    let executed =
        console.execute(&plan.digest, &confirmed(&plan.confirm.expected, "declared-requeue")).await.unwrap();
    assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
    let created = executed.created.unwrap();
    assert!(created.name().starts_with("p7-job-"), "{created}");
    assert_eq!(client.get_data(created.as_str()).await.unwrap().0, b"one");
    let after = console.items("/billing/jobs").await;
    let names: Vec<_> = after.iter().map(|body| body.item.name.as_str()).collect();
    assert_eq!(names, ["p3-job-0000000002", "p7-job-0000000001", created.name()]);
}

#[tokio::test]
async fn a_recipe_that_is_wrong_or_comes_from_elsewhere_is_refused() {
    let Some(Scene { console, zookeeper }) = Scene::start().await else { return };
    let with = changed;
    for (declaration, status, code, says) in [
        (with("name", json!("a b")), 422, RefusalCode::BadRecipe, "`name`"),
        (with("path", json!("billing/*")), 422, RefusalCode::BadRecipe, "`path`"),
        (with("members", json!("(")), 422, RefusalCode::BadRecipe, "`members`"),
        (with("members", json!(r"(\w{999}){999}")), 422, RefusalCode::BadRecipe, "`members`"),
        (with("kind", json!("semaphore")), 422, RefusalCode::BadRecipe, "`capacity`"),
        (with("kind", json!("read_write")), 422, RefusalCode::BadRecipe, "`readers`"),
        (with("kind", json!("priority_queue")), 422, RefusalCode::BadRecipe, "`members`"),
        (with("kind", json!("barrier")), 400, RefusalCode::BadBody, "barrier"),
        (with("capasity", json!(2)), 400, RefusalCode::BadBody, "capasity"),
    ] {
        for address in ["/clusters/test/recipes/try", "/recipes"] {
            let reply = console.post(address, &declaration).await;
            let problem = reply.problem();
            assert_eq!((reply.status, problem.code), (status, code), "{declaration}: {}", reply.text);
            assert!(problem.detail.contains(says), "{declaration}: {}", problem.detail);
        }
    }
    for (method, address) in [
        ("POST", "/recipes"),
        ("POST", "/clusters/test/recipes/try"),
        ("PUT", "/recipes/a"),
        ("DELETE", "/recipes/a"),
    ] {
        let reply = console.send(console.request(method, address).json(&billing())).await;
        assert_eq!(
            (reply.status, reply.problem().code),
            (403, RefusalCode::ForeignRequest),
            "{method} {address}"
        );
    }
    assert_eq!(console.read::<RecipesBody>("/recipes").await.declared, []);
    assert!(!console.data_dir().join("recipes.toml").exists());
    assert_eq!(console.audit().await.items, [], "what is wrong is not even begun");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zooscope.toml");
    let table = "[[recipe]]\nname = 'ours'\npath = '/ours'\nkind = 'mutex'\nmembers = '.*'\n";
    std::fs::write(&file, table).unwrap();
    let flags = ["--read-only", "--config", file.to_str().unwrap()];
    let mut read_only = Console::start_with(&[&format!("{CLUSTER}={}", zookeeper.connect())], &flags).await;
    read_only.live(LIMIT).await;
    let refused = read_only.post("/recipes", &billing()).await;
    assert_eq!((refused.status, refused.problem().code), (403, RefusalCode::ReadOnly));
    assert_eq!(
        read_only.post("/clusters/test/recipes/try", &billing()).await.status,
        200,
        "a trial changes nothing"
    );
    let body: RecipesBody = read_only.read("/recipes").await;
    assert_eq!((body.declared[0].name.as_str(), body.kept.len()), ("ours", 0));
    read_only.restart_with(&[&format!("{CLUSTER}={}", zookeeper.connect())], &flags[1..]).await;
    let configured = read_only.delete("/recipes/ours").await;
    assert_eq!((configured.status, configured.problem().code), (422, RefusalCode::NotAllowed));
}

#[tokio::test]
async fn a_wrong_recipe_in_the_configuration_ends_with_code_2_and_names_recipe_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zooscope.toml");
    let check = async |table: &str| {
        std::fs::write(&file, format!("[[recipe]]\n{table}")).unwrap();
        run_to_end(&["check-config", "--config", file.to_str().unwrap()]).await
    };
    let right = "name = 'ours'\npath = '/ours/*'\nkind = 'mutex'\nmembers = '.*'\n";
    assert_eq!(check(right).await.0, Some(0));
    for (table, says) in [
        (right.replace("/ours", "ours"), "recipe.ours.path"),
        (right.replace("'.*'", "'('"), "recipe.ours.members"),
        (right.replace("mutex", "semaphore"), "recipe.ours.capacity"),
        (right.replace("mutex", "read_write"), "recipe.ours.readers"),
        (right.replace("mutex", "priority_queue"), "recipe.ours.members"),
        (right.replace("mutex", "barrier"), "barrier"),
        (format!("{right}capacity = 3"), "recipe.ours.capacity"),
        (format!("{right}identity = {{ json = 'host' }}"), "recipe.ours.identity"),
        (format!("{right}[[recipe]]\n{right}"), "recipe.name"),
        (right.replace("'ours'", "'o u r s'"), "recipe.name"),
    ] {
        let (code, said) = check(&table).await;
        assert_eq!(code, Some(2), "{table}: {said}");
        assert!(said.contains(says), "{table}: {said}");
    }
}
