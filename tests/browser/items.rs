//! One item from its birth to its undoing: put in, moved, deleted, put back, by keyboard where it matters.

use harness::browser::Browser;
use harness::console::encode;
use harness::{Peer, zookeeper};
use serde_json::json;

use crate::SCENE;
use crate::desk::{OUTCOME, confirm, focus, open, row, there, until_paths};
use crate::looks::look;

const QUEUE: &str = "/desk/mail";

#[tokio::test]
async fn an_item_is_put_in_moved_deleted_and_restored() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    kazoo.client("sender").await;
    kazoo.make("sender", "mail", "Queue", QUEUE, json!({})).await;
    for data in ["first", "second"] {
        kazoo.ask(json!({"do": "put", "object": "mail", "data": data})).await;
    }
    let mut names = zookeeper::members(&observer, QUEUE, 2).await;
    names.sort();
    open(&browser, &scene.console, &format!("queue?path={QUEUE}")).await;
    until_paths(&browser, "item", &names.iter().map(String::as_str).collect::<Vec<_>>()).await;

    // A test item. The sheet has the focus where the reason goes, so one can type at once.
    browser.press("put-button").await;
    browser.fill("put-data", "{\"to\": \"nobody\"}").await;
    look(&browser, "put").await;
    browser.press("put-review").await;
    browser
        .until("the reason has the focus", async || focus(&browser, "[data-testid=plan-reason]").await)
        .await;
    look(&browser, "put-review").await;
    confirm(&browser, "does a worker take anything", "mail").await;
    browser.press("plan-close").await;
    let mut names = zookeeper::members(&observer, QUEUE, 3).await;
    names.sort();
    until_paths(&browser, "item", &names.iter().map(String::as_str).collect::<Vec<_>>()).await;

    // The last goes to the head by its menu.
    browser.press_on(&format!("{} [data-testid=item-menu-button]", row("item", &names[2]))).await;
    browser.find("[data-testid=item-head]").await;
    look(&browser, "item-menu").await;
    browser.press("item-head").await;
    confirm(&browser, "let it be taken now", &names[2]).await;
    browser.press("plan-close").await;
    let head = browser
        .until("the moved item is first", async || {
            let mut now = zookeeper::members(&observer, QUEUE, 3).await;
            now.sort();
            let shown = crate::desk::paths(&browser, "item").await;
            if shown == now && !names.contains(&now[0]) { Ok(now.remove(0)) } else { Err((shown, now)) }
        })
        .await;

    // It is deleted, and the audit log puts it back.
    browser.press_on(&format!("{} [data-testid=item-menu-button]", row("item", &head))).await;
    browser.press("item-delete").await;
    let audit_id = confirm(&browser, "a slip of the hand", &head).await;
    browser.press("plan-close").await;
    browser.until_gone(&row("item", &head)).await;
    open(&browser, &scene.console, &format!("audit?id={}", encode(&audit_id))).await;
    browser.press("restore-button").await;
    browser
        .until_text("[data-testid=plan-dialog]", "a plan", |text| text.contains("What happens next"))
        .await;
    look(&browser, "restore").await;
    confirm(&browser, "it was a slip", &head).await;
    look(&browser, "restored").await;
    assert_eq!(browser.count(OUTCOME).await, 1);
    let back = observer.get_data(&format!("{QUEUE}/{head}")).await.unwrap().0;
    assert_eq!(back, b"{\"to\": \"nobody\"}");
    browser.close().await;
}
