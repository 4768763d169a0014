//! Who may do what where: the rules of the configuration, the second person, the freeze switch, read-only.

use std::time::Duration;

use harness::scene::Scene;
use harness::{Peer, Person, State, confirmed, eventually, zookeeper};
use serde_json::{Value, json};
use zookeeper_client::{Acls, CreateMode};
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::{
    ApprovalBody, ApprovalState, AuditPage, Execute, ItemBody, LockBody, MayBody, Page, SessionBody, Waiting,
};
use zooscope_protocol::{Action, Outcome, Plan, RefusalCode, Target};

use crate::agreement::{LIMIT, there};
use crate::auth::staffed;
use crate::shelf::{dead_letter, names, stock, target};

/// A lock that somebody holds.
async fn held(scene: &Scene, kazoo: &Peer, who: &Person<'_>, path: &str) -> Action {
    let name = path.replace('/', "-");
    kazoo.client(&name).await;
    kazoo.make(&name, &name, "Lock", path, json!({})).await;
    kazoo.hold(&name).await;
    let _ = scene;
    let address = format!("/clusters/test/locks/at?path={path}");
    let lock: LockBody = eventually(&format!("{path} is held"), LIMIT, async || {
        let reply = who.get(&address).await;
        if reply.status != 200 {
            return Err(reply.text);
        }
        let lock: LockBody = reply.json();
        if lock.lock.held_by > 0 { Ok(lock) } else { Err(format!("{lock:?}")) }
    })
    .await;
    let member = &lock.lock.holders[0].member;
    Action::Release(Target {
        path: member.path.clone(),
        czxid: member.czxid,
        version: member.version,
        session: member.session,
    })
}

async fn code(who: &Person<'_>, plan: &Plan, body: &Execute) -> RefusalCode {
    who.execute(&plan.digest, body).await.problem().code
}

#[tokio::test]
async fn each_directory_that_is_made_must_be_allowed() {
    let rules = "[[policy]]\npath = '/closed'\ndeny = { operator = ['dead_letter'] }\n\
                 [[dead_letter]]\nqueue = '/made/shut'\nto = '/closed/in/letters'\n\
                 [[dead_letter]]\nqueue = '/made/free'\nto = '/open/in/letters'\n";
    let Some(scene) = staffed(rules).await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    let ann = Person::sign_in(&scene.console, "ann").await;
    let aside = async |queue: &str| {
        stock(&client, queue, "item", 3).await;
        let address = format!("/clusters/test/queues/items?limit=10&path={queue}");
        let item = eventually("the queue is seen", LIMIT, async || {
            let reply = ann.get(&address).await;
            let page: Page<ItemBody> =
                if reply.status == 200 { reply.json() } else { return Err(reply.text) };
            page.items.into_iter().next().ok_or(reply.text)
        });
        dead_letter(target(&item.await.item))
    };
    let shut = aside("/made/shut").await;
    let refused = ann.plan(&shut).await.unwrap_err();
    assert_eq!(refused.code, RefusalCode::Forbidden, "`/closed` itself would be made: {refused:?}");
    let plan = ann.plan(&aside("/made/free").await).await.unwrap().plan;
    let done: Executed = ann.execute(&plan.digest, &confirmed(&plan.confirm.expected, "made-1")).await.json();
    assert_eq!(done.outcome, Outcome::Done, "{done:?}");
    assert_eq!(names(&client, "/open/in/letters").await.len(), 1);
    // Where it is there already nobody makes it.
    client.mkdir("/closed/in", &CreateMode::Persistent.with_acls(Acls::anyone_all())).await.unwrap();
    let let_through = async || ann.plan(&shut).await.map(drop).map_err(|problem| problem.code);
    eventually("the plan is let", LIMIT, let_through).await;
}

#[tokio::test]
async fn rules_by_path_decide_who_releases_what() {
    let rules = "[[policy]]\npath = '/pay/**'\nallow = { admin = ['release'] }\nrequire = { ticket = 'INC-*' }\n\
                 [[policy]]\npath = '/fixed/**'\ndeny = { admin = ['release'] }\n\
                 [[policy]]\npath = '/slow/**'\nrate = '1/1h/user'\n";
    let Some(scene) = staffed(rules).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    let (vic, ann, bob) = (
        Person::sign_in(console, "vic").await,
        Person::sign_in(console, "ann").await,
        Person::sign_in(console, "bob").await,
    );
    let free = held(&scene, &kazoo, &bob, "/free/lock").await;
    let pay = held(&scene, &kazoo, &bob, "/pay/lock").await;
    let fixed = held(&scene, &kazoo, &bob, "/fixed/lock").await;
    for (who, action, allowed) in [
        (&vic, &free, false),
        (&ann, &free, true),
        (&bob, &free, true),
        (&ann, &pay, false),
        (&bob, &pay, true),
        (&ann, &fixed, false),
        (&bob, &fixed, false),
    ] {
        let planned = who.plan(action).await;
        let refused = planned.as_ref().err().map(|problem| problem.code);
        assert_eq!(refused, (!allowed).then_some(RefusalCode::Forbidden), "{action:?}");
        let path = action.path().unwrap().to_string();
        let may: MayBody = who.read(&format!("/clusters/test/may?path={path}")).await;
        let release = may.deeds.iter().find(|deed| deed.deed == "release").unwrap();
        assert_eq!((release.allowed, release.because.is_none()), (allowed, allowed), "{path}");
    }
    // A plan that somebody else reviewed is not theirs.
    let plan = bob.plan(&pay).await.unwrap();
    assert_eq!(plan.demands.tickets, ["INC-*"]);
    let body = confirmed(&plan.plan.confirm.expected, "pay-1");
    assert_eq!(code(&ann, &plan.plan, &body).await, RefusalCode::UnknownPlan);
    assert_eq!(code(&vic, &plan.plan, &body).await, RefusalCode::UnknownPlan);
    assert_eq!(code(&bob, &plan.plan, &body).await, RefusalCode::NoTicket);
    let other = Execute { ticket: Some("CHG-1".into()), ..body.clone() };
    assert_eq!(code(&bob, &plan.plan, &other).await, RefusalCode::NoTicket);
    let right = Execute { ticket: Some("INC-7".into()), ..body };
    let executed: Executed = bob.execute(&plan.plan.digest, &right).await.json();
    assert_eq!(executed.outcome, Outcome::Done, "{executed:?}");

    // What is in the log says who did it, in which role; each reads their own.
    let audit: Value = bob.read("/audit").await;
    let line = &audit["items"][0];
    assert_eq!(
        (&line["who"], &line["subject"], &line["role"]),
        (&json!("bob"), &json!("local:bob"), &json!("admin"))
    );
    assert_eq!(line["address"], "127.0.0.1");
    assert_eq!(line["ticket"], "INC-7");
    let own: AuditPage = ann.read("/audit").await;
    assert!(own.items.iter().all(|line| line.subject == "local:ann"), "{own:?}");
    let told: Vec<_> = own.items.iter().map(|line| (line.kind.as_str(), line.outcome.as_deref())).collect();
    let denied = ("release", Some("denied"));
    assert_eq!(told, [denied, denied, ("login", Some("done"))], "what she may not, and her signing in");
    assert_eq!(own.items[0].path, fixed.path().map(ToString::to_string));
    assert!(!own.items[0].detail.as_ref().unwrap().is_empty());
    let wrong = json!({"user": "my-own-secret", "password": "my-other-secret"});
    assert_eq!(console.post("/login", &wrong).await.status, 401);
    let logins = bob.read::<Value>("/audit?kind=login&outcome=denied").await;
    assert_eq!(logins["items"].as_array().unwrap().len(), 1, "{logins}");
    assert_eq!(logins["items"][0]["address"], "127.0.0.1");
    assert!(!logins.to_string().contains("secret"), "what was typed is nowhere: {logins}");

    let first = held(&scene, &kazoo, &bob, "/slow/one").await;
    let second = held(&scene, &kazoo, &bob, "/slow/two").await;
    let plan = ann.plan(&first).await.unwrap().plan;
    let executed: Executed =
        ann.execute(&plan.digest, &confirmed(&plan.confirm.expected, "slow-1")).await.json();
    assert_eq!(executed.outcome, Outcome::Done);
    let plan = ann.plan(&second).await.unwrap().plan;
    assert_eq!(code(&ann, &plan, &confirmed(&plan.confirm.expected, "slow-2")).await, RefusalCode::TooMany);
    // Nor does a new session give more.
    let again = Person::sign_in(console, "ann").await;
    assert_eq!(code(&again, &plan, &confirmed(&plan.confirm.expected, "slow-3")).await, RefusalCode::TooMany);
    // A plan is for whom it was shown, so he asks for his own.
    assert_eq!(
        code(&bob, &plan, &confirmed(&plan.confirm.expected, "slow-4")).await,
        RefusalCode::UnknownPlan
    );
    let plan = bob.plan(&second).await.unwrap().plan;
    let executed: Executed =
        bob.execute(&plan.digest, &confirmed(&plan.confirm.expected, "slow-5")).await.json();
    assert_eq!(executed.outcome, Outcome::Done, "another's pace is another's");
}

#[tokio::test]
async fn a_second_person_approves_and_then_it_is_done_once() {
    let rules = "[[policy]]\npath = '/two/**'\nactions = ['release']\nrequire = { approvals = 1 }\n";
    let Some(scene) = staffed(rules).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let console = &scene.console;
    let (vic, ann, bob, eve) = (
        Person::sign_in(console, "vic").await,
        Person::sign_in(console, "ann").await,
        Person::sign_in(console, "bob").await,
        Person::sign_in(console, "eve").await,
    );
    let action = held(&scene, &kazoo, &ann, "/two/lock").await;
    let plan = ann.plan(&action).await.unwrap();
    assert_eq!(plan.demands.approvals, 1);
    let plan = plan.plan;
    let body = confirmed(&plan.confirm.expected, "two-1");
    let ask = async || {
        let reply = ann.execute(&plan.digest, &body).await;
        assert_eq!(reply.status, 202, "{}", reply.text);
        reply.json::<Waiting>().approval
    };
    let approval = ask().await;
    assert_eq!(ask().await.id, approval.id, "it is asked for once");
    assert_eq!((approval.requested_by.as_str(), approval.state), ("ann", ApprovalState::Waiting));
    let list = async |who: &Person<'_>| who.read::<Vec<ApprovalBody>>("/approvals").await.len();
    assert_eq!([list(&vic).await, list(&ann).await, list(&bob).await, list(&eve).await], [0, 1, 1, 1]);

    let decide = json!({"digest": plan.digest, "reason": "seen"});
    let approve = format!("/approvals/{}/approve", approval.id);
    for (who, expected) in [(&vic, RefusalCode::Forbidden), (&ann, RefusalCode::Forbidden)] {
        assert_eq!(who.post(&approve, &decide).await.problem().code, expected);
    }
    let other = json!({"digest": "another", "reason": "seen"});
    assert_eq!(eve.post(&approve, &other).await.problem().code, RefusalCode::Changed);
    // Of two who approve at the same moment one does.
    let (first, second) = tokio::join!(eve.post(&approve, &decide), bob.post(&approve, &decide));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", first.text, second.text);
    // It is for just this reason and this person.
    let reason = Execute { reason: "something else".into(), idempotency_key: "two-2".into(), ..body.clone() };
    assert_eq!(ann.execute(&plan.digest, &reason).await.status, 202);
    let theirs = Execute { idempotency_key: "two-3".into(), ..body.clone() };
    assert_eq!(bob.execute(&plan.digest, &theirs).await.status, 404, "he was shown no plan");
    assert_eq!(bob.plan(&action).await.unwrap().plan.digest, plan.digest);
    assert_eq!(bob.execute(&plan.digest, &theirs).await.status, 202, "an administrator asks too");

    let reply = ann.execute(&plan.digest, &body).await;
    let executed: Executed = reply.json();
    assert_eq!(executed.outcome, Outcome::Done, "{}", reply.text);
    let kazoo_says = kazoo.report().await;
    assert_eq!(kazoo_says.object("-two-lock").unwrap().says, Some(true), "the old holder is not told");
    // A replay of the request is the answer from before; a new attempt finds nothing.
    assert_eq!(ann.execute(&plan.digest, &body).await.json::<Executed>().audit_id, executed.audit_id);
    let again = Execute { idempotency_key: "two-4".into(), ..body };
    let gone = ann.execute(&plan.digest, &again).await;
    assert_ne!(gone.status, 200, "{}", gone.text);
    let audit: Value = bob.read("/audit?limit=100").await;
    let text = audit.to_string();
    assert!(text.contains("ask for approval of release") && text.contains("approve the plan"), "{text}");
}

#[tokio::test]
async fn what_changed_since_it_was_asked_for_is_not_approved_nor_done() {
    let rules = "[[policy]]\npath = '/two/**'\nactions = ['release']\nrequire = { approvals = 1 }\n";
    let Some(scene) = staffed(rules).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let (ann, bob) =
        (Person::sign_in(&scene.console, "ann").await, Person::sign_in(&scene.console, "bob").await);
    let wait = async |path: &str, key: &str| {
        let action = held(&scene, &kazoo, &ann, path).await;
        let plan = ann.plan(&action).await.unwrap().plan;
        let body = confirmed(&plan.confirm.expected, key);
        let waiting: Waiting = ann.execute(&plan.digest, &body).await.json();
        (plan, body, waiting.approval.id)
    };
    let (plan, body, id) = wait("/two/rejected", "r-1").await;
    let decide = json!({"digest": plan.digest, "reason": "no"});
    assert_eq!(bob.post(&format!("/approvals/{id}/reject"), &decide).await.status, 200);
    assert_eq!(code(&ann, &plan, &body).await, RefusalCode::Rejected);

    let (plan, body, id) = wait("/two/drifts", "d-1").await;
    let decide = json!({"digest": plan.digest, "reason": "yes"});
    assert_eq!(bob.post(&format!("/approvals/{id}/approve"), &decide).await.status, 200);
    // The holder lets go between the approval and the execution.
    kazoo.release("-two-drifts").await.unwrap();
    kazoo.until("-two-drifts", State::Idle).await;
    eventually("the mirror shows it", LIMIT, async || {
        let approvals: Vec<ApprovalBody> = ann.read("/approvals").await;
        let own = approvals.into_iter().find(|approval| approval.id == id).unwrap();
        if own.changed { Ok(()) } else { Err(own) }
    })
    .await;
    let reply = ann.execute(&plan.digest, &body).await;
    assert_ne!(reply.status, 200, "{}", reply.text);

    let (plan, _, id) = wait("/two/gone", "g-1").await;
    kazoo.release("-two-gone").await.unwrap();
    kazoo.until("-two-gone", State::Idle).await;
    eventually("it can be approved no more", LIMIT, async || {
        let decide = json!({"digest": plan.digest, "reason": "yes"});
        let approvals: Vec<ApprovalBody> = bob.read("/approvals").await;
        if !approvals.iter().any(|approval| approval.id == id && approval.changed) {
            return Err("not yet".to_owned());
        }
        let reply = bob.post(&format!("/approvals/{id}/approve"), &decide).await;
        assert_eq!(reply.problem().code, RefusalCode::Changed);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn nothing_is_done_while_somebody_froze_it_even_after_a_restart() {
    let Some(mut scene) = staffed("").await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let action = {
        let ann = Person::sign_in(&scene.console, "ann").await;
        let action = held(&scene, &kazoo, &ann, "/cold/lock").await;
        let plan = ann.plan(&action).await.unwrap().plan;
        let frozen = ann.post("/freeze", &json!({"on": true, "reason": "an incident"})).await;
        assert_eq!(frozen.status, 200, "{}", frozen.text);
        assert!(frozen.json::<SessionBody>().frozen.unwrap().contains("an incident"));
        assert_eq!(
            code(&ann, &plan, &confirmed(&plan.confirm.expected, "cold-1")).await,
            RefusalCode::Frozen
        );
        assert_eq!(ann.plan(&action).await.unwrap_err().code, RefusalCode::Frozen);
        let thaw = ann.post("/freeze", &json!({"on": false, "reason": "it is over"})).await;
        assert_eq!(thaw.problem().code, RefusalCode::Forbidden, "an administrator lets it go on");
        action
    };
    scene.console.kill9();
    scene.console.restart().await;
    let bob = Person::sign_in(&scene.console, "bob").await;
    assert_eq!(bob.plan(&action).await.unwrap_err().code, RefusalCode::Frozen);
    assert_eq!(bob.post("/freeze", &json!({"on": false, "reason": "it is over"})).await.status, 200);
    let plan = eventually("it goes on", LIMIT, async || bob.plan(&action).await).await.plan;
    let executed: Executed =
        bob.execute(&plan.digest, &confirmed(&plan.confirm.expected, "cold-2")).await.json();
    assert_eq!(executed.outcome, Outcome::Done);
}

#[tokio::test]
async fn who_signed_in_a_while_ago_proves_it_again() {
    let rules = "[[policy]]\npath = '/up/**'\nrequire = { step_up = '10s' }\n";
    let Some(scene) = staffed(rules).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let ann = Person::sign_in(&scene.console, "ann").await;
    let action = held(&scene, &kazoo, &ann, "/up/lock").await;
    let plan = ann.plan(&action).await.unwrap();
    assert_eq!(plan.demands.step_up_ms, Some(10_000));
    tokio::time::sleep(Duration::from_secs(11)).await;
    let body = confirmed(&plan.plan.confirm.expected, "up-1");
    assert_eq!(code(&ann, &plan.plan, &body).await, RefusalCode::StepUp);
    let proved = ann.post("/session/step-up", &json!({"password": harness::person::PASSWORD})).await;
    let cookie = harness::person::set_cookie(&proved).unwrap();
    let ann = Person::bearing(&scene.console, &[("cookie", cookie)]);
    let executed: Executed = ann.execute(&plan.plan.digest, &body).await.json();
    assert_eq!(executed.outcome, Outcome::Done);
}

#[tokio::test]
async fn what_is_restored_can_be_approved_too() {
    let rules = "[[policy]]\npath = '/two/**'\nactions = ['restore']\nrequire = { approvals = 1 }\n\
                 [[policy]]\npath = '/two/**'\nallow = { operator = ['delete', 'restore'] }\n";
    let Some(scene) = staffed(rules).await else { return };
    let console = &scene.console;
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    harness::zookeeper::fill(&client, "/two/queue", "entry-100-0000", 2, b"an item").await;
    let (ann, eve) = (Person::sign_in(console, "ann").await, Person::sign_in(console, "eve").await);
    let items: Value = eventually("the items are there", LIMIT, async || {
        let reply = ann.get("/clusters/test/queues/items?path=/two/queue").await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(reply.text) }
    })
    .await;
    let first = &items["items"][0];
    let delete = json!({"type": "delete", "path": first["path"], "czxid": first["czxid"], "version": 0});
    let delete: Action = serde_json::from_value(delete).unwrap();
    let plan = ann.plan(&delete).await.unwrap().plan;
    let deleted: Executed =
        ann.execute(&plan.digest, &confirmed(&plan.confirm.expected, "gone")).await.json();
    assert_eq!(deleted.outcome, Outcome::Done, "{:?}", deleted.refusal);

    // An operator may, by the rule for these paths, though an action that names none is an administrator's.
    let restore = serde_json::from_value(json!({"type": "restore", "audit_id": deleted.audit_id})).unwrap();
    let plan = ann.plan(&restore).await.unwrap().plan;
    let body = confirmed(&plan.confirm.expected, "back");
    let waiting: Waiting = ann.execute(&plan.digest, &body).await.json();
    let approvals: Vec<ApprovalBody> = eve.read("/approvals").await;
    assert!(!approvals[0].changed, "{approvals:?}");
    let decide = json!({"digest": plan.digest, "reason": "seen"});
    let reply = eve.post(&format!("/approvals/{}/approve", waiting.approval.id), &decide).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let restored: Executed = ann.execute(&plan.digest, &body).await.json();
    assert_eq!(restored.outcome, Outcome::Done, "{:?}", restored.refusal);
    let audit: Value = Person::sign_in(console, "bob").await.read("/audit?limit=100").await;
    assert!(audit.to_string().contains("approved by eve"), "{audit}");
}

#[tokio::test]
async fn a_denial_without_a_path_is_kept() {
    let rules =
        "[[policy]]\npath = '/**'\ndeny = { operator = ['freeze', 'approve'], admin = ['read_audit'] }\n";
    let Some(scene) = staffed(rules).await else { return };
    let console = &scene.console;
    let (eve, bob) = (Person::sign_in(console, "eve").await, Person::sign_in(console, "bob").await);
    let freeze = json!({"on": true, "reason": "an incident"});
    assert_eq!(eve.post("/freeze", &freeze).await.problem().code, RefusalCode::Forbidden);
    let decide = json!({"digest": "none", "reason": "seen"});
    assert_eq!(eve.post("/approvals/none/approve", &decide).await.problem().code, RefusalCode::Forbidden);
    assert_eq!(bob.post("/freeze", &freeze).await.status, 200);
    let audit: AuditPage = bob.read("/audit?limit=100").await;
    assert!(audit.items.iter().all(|line| line.subject == "local:bob"), "{audit:?}");
}
