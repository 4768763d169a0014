//! What others did where somebody sees nothing is told them nowhere, nor what they did themselves before it was hidden.

use harness::console::CLUSTER;
use harness::{Person, confirmed, eventually, zookeeper};
use serde_json::{Value, json};
use zookeeper_client::{Acl, Acls, AuthId, CreateMode, Permission};
use zooscope_protocol::action::{Executed, Requeue};
use zooscope_protocol::api::{ApprovalBody, AuditAction, ItemBody, Page, Waiting};
use zooscope_protocol::{Action, Item, Outcome, RefusalCode};

use crate::agreement::LIMIT;
use crate::auth::staffed;
use crate::shelf::{dead_letter, stock, target};

const RULES: &str = "[[dead_letter]]\nqueue = '/hidden/other'\nto = '/aside'\n\
                     [[policy]]\npath = '/hidden/**'\ndeny = { operator = ['view'] }\n\
                     [[policy]]\npath = '/hidden/**'\nactions = ['requeue']\nrequire = { approvals = 1 }\n\
                     [[policy]]\npath = '/part/queue/*2'\ndeny = { operator = ['view'] }\n\
                     [[policy]]\npath = '/open/**'\nallow = { operator = ['delete', 'dead_letter'] }\n";

async fn items(who: &Person<'_>, queue: &str, count: usize) -> Vec<Item> {
    let address = format!("/clusters/{CLUSTER}/queues/items?limit=1000&path={queue}");
    eventually(&format!("the items of {queue} are told"), LIMIT, async || {
        let reply = who.get(&address).await;
        if reply.status != 200 {
            return Err(reply.text);
        }
        let page: Page<ItemBody> = reply.json();
        if page.items.len() == count {
            Ok(page.items.into_iter().map(|body| body.item).collect())
        } else {
            Err(reply.text)
        }
    })
    .await
}

async fn done(who: &Person<'_>, action: &Action, key: &str) -> Executed {
    let plan = who.plan(action).await.unwrap().plan;
    let executed: Executed = who.execute(&plan.digest, &confirmed(&plan.confirm.expected, key)).await.json();
    assert_eq!(executed.outcome, Outcome::Done, "{key}: {:?}", executed.refusal);
    executed
}

/// Sets all items of a queue aside; the digest of the bulk.
async fn set_aside(who: &Person<'_>, queue: &str) -> String {
    let request = json!({"action": {"type": "dead_letter"}, "select": {"queue": queue}});
    let plan: Value = who.post(&format!("/clusters/{CLUSTER}/bulk"), &request).await.json();
    let digest = plan["digest"].as_str().unwrap().to_owned();
    let body = confirmed(plan["confirm"]["expected"].as_str().unwrap(), "aside");
    let begun = who.post(&format!("/clusters/{CLUSTER}/bulk/{digest}/execute"), &body).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    eventually("the bulk has ended", LIMIT, async || {
        let progress: Value = who.read(&format!("/clusters/{CLUSTER}/bulk/{digest}")).await;
        if progress["state"] == "done" { Ok(()) } else { Err(progress) }
    })
    .await;
    digest
}

#[tokio::test]
async fn what_others_did_at_hidden_places_is_told_nowhere() {
    let Some(scene) = staffed(RULES).await else { return };
    let console = &scene.console;
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    for queue in ["/hidden/queue", "/part/queue", "/hidden/other"] {
        stock(&client, queue, "item", 3).await;
    }
    let (ann, bob, eve) = (
        Person::sign_in(console, "ann").await,
        Person::sign_in(console, "bob").await,
        Person::sign_in(console, "eve").await,
    );
    let other = items(&bob, "/hidden/other", 3).await;
    items(&bob, "/hidden/queue", 3).await;
    items(&bob, "/part/queue", 3).await;

    // A bulk that somebody else ran there is none, and of one that they may know of the hidden part is not told.
    let (hidden, part) = (set_aside(&bob, "/hidden/queue").await, set_aside(&bob, "/part/queue").await);
    let bulks: Value = ann.read(&format!("/clusters/{CLUSTER}/bulk")).await;
    let told: Vec<_> = bulks.as_array().unwrap().iter().map(|bulk| &bulk["subject"]).collect();
    assert_eq!(told, ["/part/queue"]);
    assert_eq!(bob.read::<Value>(&format!("/clusters/{CLUSTER}/bulk")).await.as_array().unwrap().len(), 2);
    let (address, stop) =
        (format!("/clusters/{CLUSTER}/bulk/{hidden}"), format!("/clusters/{CLUSTER}/bulk/{hidden}/stop"));
    assert_eq!(ann.get(&address).await.problem().code, RefusalCode::UnknownPlan);
    assert_eq!(ann.post(&stop, &json!({})).await.problem().code, RefusalCode::UnknownPlan);
    let address = format!("/clusters/{CLUSTER}/bulk/{part}");
    let results = async |who: &Person<'_>| who.read::<Value>(&address).await["results"].clone();
    assert_eq!(results(&bob).await.as_array().unwrap().len(), 3);
    let told = results(&ann).await;
    assert!(told.as_array().unwrap().len() == 2 && !told.to_string().contains("0000000002"), "{told}");

    // Nor is a request for approval, which names the place.
    let requeue = Action::Requeue(Requeue::from(target(&other[0])));
    let plan = bob.plan(&requeue).await.unwrap().plan;
    let reply = bob.execute(&plan.digest, &confirmed(&plan.confirm.expected, "ask")).await;
    let id = reply.json::<Waiting>().approval.id;
    assert_eq!(bob.read::<Vec<ApprovalBody>>("/approvals").await.len(), 1);
    assert_eq!(eve.read::<Vec<ApprovalBody>>("/approvals").await, []);
    let decide = json!({"digest": plan.digest, "reason": "seen"});
    for verb in ["approve", "reject"] {
        let reply = eve.post(&format!("/approvals/{id}/{verb}"), &decide).await;
        assert_eq!(reply.problem().code, RefusalCode::NoApproval, "{verb}: {}", reply.text);
    }

    // What was set aside to an open place is there, and does not tell from where.
    done(&bob, &dead_letter(target(&other[1])), "out").await;
    let letter = items(&bob, "/aside", 1).await.remove(0).letter.unwrap();
    assert_eq!(letter.queue.as_str(), "/hidden/other", "an administrator is told");
    let told = items(&ann, "/aside", 1).await;
    assert_eq!(told[0].letter, None, "{told:?}");
}

#[tokio::test]
async fn what_is_hidden_later_is_told_no_more_of_what_one_did_oneself() {
    let Some(scene) = staffed(RULES).await else { return };
    let console = &scene.console;
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    for queue in ["/open/queue", "/open/masked"] {
        stock(&client, queue, "canary", 2).await;
    }
    let ann = Person::sign_in(console, "ann").await;
    let mut ids = Vec::new();
    for queue in ["/open/queue", "/open/masked"] {
        let item = items(&ann, queue, 2).await.remove(0);
        ids.push(done(&ann, &Action::Delete(target(&item)), &queue.replace('/', "-")).await.audit_id);
    }
    let read = async |id: &str| ann.read::<AuditAction>(&format!("/audit/{id}")).await;
    for id in &ids {
        let action = read(id).await;
        assert!(action.images[0].data.0.starts_with(b"canary") && !action.images[0].masked, "{action:?}");
    }
    let rules = "[[policy]]\npath = '/open/queue/**'\ndeny = { operator = ['view'] }\n\
                 [[mask]]\npath = '/open/masked/**'\nunless = 'admin'\n";
    console.add_rules(rules).await;
    let (hidden, masked) = (read(&ids[0]).await, read(&ids[1]).await);
    assert_eq!(hidden.images, [], "its znode is not to be seen any more");
    assert!(masked.images[0].masked && masked.images[0].data.0.is_empty(), "{masked:?}");
    let lines = ann.read::<Value>("/audit?limit=100").await["items"].clone();
    for line in hidden.lines.iter().chain(&masked.lines) {
        assert_eq!(line.plan, None, "a plan names contenders as they name themselves");
    }
    assert!(lines.as_array().unwrap().iter().all(|line| line["plan"].is_null()), "{lines}");
}

#[tokio::test]
async fn the_hash_of_a_password_in_an_acl_is_for_administrators() {
    let Some(scene) = staffed("").await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    // Whoever has the hash can look for the password as long as they like.
    let app = AuthId::new("digest", "app:aGFzaC1vZi1hLXBhc3N3b3Jk");
    let acls = [Acl::new(Permission::ALL, AuthId::anyone()), Acl::new(Permission::READ, app)];
    client.create("/acl", b"x", &CreateMode::Persistent.with_acls(Acls::new(&acls))).await.unwrap();
    let address = format!("/clusters/{CLUSTER}/node?path=/acl");
    for (name, told) in [("vic", false), ("ann", false), ("bob", true)] {
        let who = Person::sign_in(&scene.console, name).await;
        let reply = eventually("it is mirrored", LIMIT, async || {
            let reply = who.get(&address).await;
            if reply.status == 200 { Ok(reply) } else { Err(reply.text) }
        })
        .await;
        let acl = reply.json::<Value>()["acl"].to_string();
        assert!(acl.contains("app:"), "who is named is told: {acl}");
        assert_eq!(acl.contains("aGFzaC1"), told, "{name}: {acl}");
    }
}
