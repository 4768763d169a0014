//! Many items at once: marked, set aside, looked at where they were set aside, and put back.

use std::time::Duration;

use harness::browser::Browser;
use harness::{Peer, confirmed, eventually, zookeeper};
use serde_json::json;
use zooscope_protocol::bulk::BulkRequest;

use crate::SCENE;
use crate::desk::{focus, open, paths, row, there, until_paths};
use crate::looks::look;

const QUEUE: &str = "/bulk/mail";
const ENTRIES: &str = "/bulk/mail/entries";
const LETTERS: &str = "/bulk/mail-dead-letter";
const DIALOG: &str = "[data-testid=bulk-dialog]";
const PROGRESS: &str = "[data-testid=bulk-progress]";

#[tokio::test]
async fn marked_items_are_set_aside_and_put_back() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    kazoo.client("producer").await;
    kazoo.make("producer", "mail", "LockingQueue", QUEUE, json!({})).await;
    for data in ["poison one", "good", "poison two", "poison three"] {
        kazoo.ask(json!({"do": "put", "object": "mail", "data": data})).await;
    }
    let mut items = zookeeper::members(&observer, ENTRIES, 4).await;
    items.sort();
    open(&browser, &scene.console, &format!("queue?path={QUEUE}")).await;
    until_paths(&browser, "item", &items.iter().map(String::as_str).collect::<Vec<_>>()).await;

    // The filter leaves three of them, and one press and a key mark them all.
    browser.fill("item-filter", "no such item").await;
    browser.press("clear-filter").await;
    browser.find("[data-testid=item-row]").await;
    browser.fill("item-filter", "POISON").await;
    until_paths(&browser, "item", &[&items[0], &items[2], &items[3]]).await;
    browser.press_on(&format!("{} [data-testid=item-mark]", row("item", &items[0]))).await;
    browser.until_text("[data-testid=bulk-count]", "one mark", |text| text == "1 marked").await;
    browser.script(&format!("document.querySelector({:?}).focus()", row("item", &items[3]))).await;
    browser.keys("X").await;
    browser.until_text("[data-testid=bulk-count]", "a range", |text| text == "3 marked").await;

    browser.press("bulk-dead_letter").await;
    browser.until_attribute("[data-testid=bulk-plan]", "data-count", "3").await;
    browser
        .until("the reason has the focus", async || focus(&browser, "[data-testid=bulk-reason]").await)
        .await;
    look(&browser, "bulk").await;
    browser.fill("bulk-reason", "they break the worker").await;
    assert!(!browser.is_enabled("[data-testid=bulk-execute]").await, "nothing is confirmed yet");
    browser.fill("bulk-confirm", "3").await;
    browser.press("bulk-execute").await;
    browser.until_attribute(PROGRESS, "data-state", "done").await;
    browser.until_text("[data-testid=bulk-done]", "three are done", |text| text == "3").await;
    assert_eq!(browser.count("[data-testid=bulk-result]").await, 3);
    look(&browser, "bulk-done").await;
    browser.press("bulk-close").await;
    browser.until_gone(DIALOG).await;
    assert_eq!(zookeeper::members(&observer, ENTRIES, 1).await, [items[1].as_str()]);

    open(&browser, &scene.console, &format!("queue?path={LETTERS}")).await;
    let letters = browser
        .until("three letters", async || match paths(&browser, "item").await {
            letters if letters.len() == 3 => Ok(letters),
            letters => Err(letters),
        })
        .await;
    let first = row("item", &letters[0]);
    let said = browser.text(&format!("{first} .c-preview")).await;
    assert_eq!(said, "they break the worker");
    browser.press_on(&format!("{first} .c-name")).await;
    browser.until_text("[data-testid=letter]", "where it was", |text| text.contains(&items[0])).await;

    look(&browser, "letters").await;
    browser.press("mark-all").await;
    browser.until_text("[data-testid=bulk-count]", "all are marked", |text| text == "3 marked").await;
    browser.press("bulk-replay").await;
    browser.until_attribute("[data-testid=bulk-plan]", "data-count", "3").await;
    browser.fill("bulk-reason", "the worker is mended").await;
    browser.fill("bulk-confirm", "3").await;
    browser.press("bulk-execute").await;
    browser.until_attribute(PROGRESS, "data-state", "done").await;
    browser.until_text("[data-testid=bulk-done]", "three are back", |text| text == "3").await;
    let mut back = Vec::new();
    for name in zookeeper::members(&observer, ENTRIES, 4).await {
        let data = observer.get_data(&format!("{ENTRIES}/{name}")).await.unwrap().0;
        back.push(String::from_utf8(data).unwrap());
    }
    back.sort();
    assert_eq!(back, ["good", "poison one", "poison three", "poison two"], "each is there once");
    browser.close().await;
}

#[tokio::test]
async fn a_bulk_that_goes_on_is_found_again_by_a_page_that_was_loaded_anew() {
    let Some(scene) = SCENE.get().await else { return };
    let observer = zookeeper::client(&scene.zookeeper.connect()).await;
    let queue = "/bulk/long";
    zookeeper::fill(&observer, queue, "entry-100-0000", 8_000, b"a letter").await;
    let request: BulkRequest =
        serde_json::from_value(json!({"action": {"type": "requeue"}, "select": {"queue": queue}})).unwrap();
    let plan = eventually("all items are seen", Duration::from_secs(30), async || {
        match scene.console.plan_bulk(&request).await {
            Ok(plan) if plan.count == 8_000 => Ok(plan),
            other => Err(other.map(|plan| plan.count)),
        }
    })
    .await;
    // It must not be over when the page is there.
    let Some(browser) = Browser::start().await else { return };
    let execute = confirmed(&plan.confirm.expected, "found-again");
    scene.console.begin_bulk(&plan.digest, &execute).await.unwrap();
    open(&browser, &scene.console, "queues").await;
    browser.press("toast-lead").await;
    browser.until_attribute(PROGRESS, "data-state", "running").await;
    browser.press("bulk-stop").await;
    browser.until_attribute(PROGRESS, "data-state", "stopped").await;
    browser.close().await;
}
