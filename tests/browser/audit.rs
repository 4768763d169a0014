//! The audit log's screen: what was done is there, can be filtered, opened, and taken away.

use fantoccini::key::Key;
use harness::browser::Browser;
use harness::console::{CLUSTER, encode};
use harness::scene::Scene;
use harness::{Console, eventually, zookeeper};
use serde_json::json;
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::api::{AuditEntry, Execute};
use zooscope_protocol::{Action, Outcome, Plan, Target, ZnodePath};

use crate::desk::open;
use crate::looks::look;

const ROW: &str = "[data-testid=audit-row]";
const ENTRY: &str = "[data-testid=entry-page]";

/// Releases the persistent holder of a declared lock, and returns the id in the audit log.
async fn release(
    console: &Console,
    client: &Client,
    lock: &str,
    reason: &str,
    ticket: Option<&str>,
) -> String {
    let options = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
    let prefix = format!("{lock}/m-");
    let data = br#"{"owner":"billing-7","since":"03:12"}"#;
    let (_, sequence) = client.create(&prefix, data, &options).await.unwrap();
    let path = format!("{prefix}{sequence}");
    let plan = eventually("the lock can be released", std::time::Duration::from_secs(10), async || {
        let node = console.node(&path).await.ok_or("no znode")?;
        let action = Action::Release(Target {
            path: ZnodePath::parse(&path).unwrap(),
            czxid: node.stat.czxid,
            version: node.stat.version,
            session: None,
        });
        console.plan(&action).await.map_err(|_| "no plan")
    })
    .await;
    execute(console, &plan, reason, ticket).await
}

async fn execute(console: &Console, plan: &Plan, reason: &str, ticket: Option<&str>) -> String {
    let request = Execute {
        reason: reason.to_owned(),
        idempotency_key: plan.digest[..32].to_owned(),
        confirm: plan.confirm.expected.clone(),
        ticket: ticket.map(str::to_owned),
    };
    let executed = console.execute(&plan.digest, &request).await.unwrap();
    assert_eq!(executed.outcome, Outcome::Done, "{:?}", executed.refusal);
    executed.audit_id
}

async fn until_ids(browser: &Browser, wanted: &[&str]) {
    browser
        .until(&format!("the entries are {wanted:?}"), async || {
            let found = browser.attributes(ROW, "data-id").await;
            if found == wanted { Ok(()) } else { Err(found) }
        })
        .await;
}

#[tokio::test]
async fn what_was_done_is_told_filtered_opened_and_exported() {
    let Some(scene) = Scene::start().await else { return };
    let Some(browser) = Browser::start().await else { return };
    let console = &scene.console;
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    open(&browser, console, "audit").await;
    browser.until_text("main", "that nothing was done", |text| text.contains("Nothing was done yet")).await;
    look(&browser, "empty-audit").await;

    let locks = json!({
        "name": "billing", "path": "/billing/locks/*", "kind": "mutex", "members": r"m-(?<sequence>-?\d+)", "persistent": true,
    });
    assert_eq!(console.post("/recipes", &locks).await.status, 200);
    for lock in ["invoices", "dunning"] {
        zookeeper::put(&client, &format!("/billing/locks/{lock}"), b"").await;
    }
    let why = "held by a worker that was stopped\r\n<b>at three</b>";
    let first = release(console, &client, "/billing/locks/invoices", why, Some("OPS-4711")).await;
    let second =
        release(console, &client, "/billing/locks/dunning", "stuck since the deployment", None).await;
    let refused = console.delete("/recipes/none").await;
    assert_eq!(refused.status, 404);

    // Without being asked anew, the newest first.
    browser
        .until("four entries", async || {
            let ids = browser.attributes(ROW, "data-id").await;
            if ids.len() == 4 { Ok(()) } else { Err(ids) }
        })
        .await;
    let outcomes = browser.attributes(ROW, "data-outcome").await;
    assert_eq!(outcomes, ["refused", "done", "done", "done"]);
    let text = browser.text("main").await;
    for told in ["OPS-4711", "held by a worker", "Release", "Recipes", "loopback", "refused"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    look(&browser, "audit").await;

    // The filters are in the address.
    browser.fill("filter", "ops-4711").await;
    until_ids(&browser, &[&first]).await;
    browser.keys(&Key::Escape.to_string()).await;
    browser.press_on(".audit-filters .segment:nth-child(3)").await;
    browser
        .until("only what was refused", async || {
            let outcomes = browser.attributes(ROW, "data-outcome").await;
            if outcomes == ["refused"] { Ok(()) } else { Err(outcomes) }
        })
        .await;
    let address = browser.script("return location.search").await;
    assert_eq!(address, json!("?outcome=refused"));
    open(&browser, console, &format!("audit?kind=release&path={}", encode("/billing/locks"))).await;
    until_ids(&browser, &[&second, &first]).await;
    browser.press("audit-chip-path").await;
    until_ids(&browser, &[&second, &first]).await;
    open(&browser, console, "audit?to=2020-01-01").await;
    browser.until_text("main", "that nothing passes", |text| text.contains("Nothing found")).await;

    // With the keyboard to an entry and back.
    open(&browser, console, "audit?kind=release").await;
    until_ids(&browser, &[&second, &first]).await;
    browser.keys(&format!("jj{}", Key::Enter)).await;
    browser.until_attribute(ENTRY, "data-id", &first).await;
    let told = browser.until_text(ENTRY, "the whole entry", |text| text.contains("OPS-4711")).await;
    for part in [
        "Delete",
        "/billing/locks/invoices",
        "billing-7",
        "czxid",
        "What was there before",
        "before",
        "after",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.contains("<b>at three</b>"), "as text: {told}");
    look(&browser, "audit-entry").await;
    browser.keys(&Key::Escape.to_string()).await;
    browser.until_gone(ENTRY).await;

    // What is exported is what passes the filters.
    let href = browser.attribute("[data-testid=export-json]", "href").await.unwrap();
    let reply = console.get(href.strip_prefix("/api/v1").unwrap()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let exported: Vec<AuditEntry> = reply.json();
    assert!(exported.iter().all(|entry| entry.kind == "release") && exported.len() == 6, "{exported:#?}");
    assert_eq!(exported[0].cluster, CLUSTER);
    browser.close().await;
}
