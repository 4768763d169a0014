//! An item is requeued: looked at without being taken, moved to the tail, and left alone when a consumer has it.

use harness::browser::Browser;
use harness::{Peer, zookeeper};
use serde_json::json;

use crate::SCENE;
use crate::desk::{CHANGED, EXECUTE, SHEET, confirm, last8, open, paths, row, there, until_paths};

const QUEUE: &str = "/requeue/mail";
const ENTRIES: &str = "/requeue/mail/entries";

#[tokio::test]
async fn an_item_is_requeued_and_a_taken_one_is_left_alone() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    let consumer = kazoo.client("consumer").await;
    kazoo.make("consumer", "mail", "LockingQueue", QUEUE, json!({})).await;
    for data in ["one", "two", "three", "four"] {
        kazoo.ask(json!({"do": "put", "object": "mail", "data": data})).await;
    }
    zookeeper::members(&observer, ENTRIES, 4).await;

    open(&browser, &scene.console, "queues?q=/requeue/").await;
    browser.press_on(&row("queue", QUEUE)).await;
    browser.test_id("queue-page").await;
    let items = browser
        .until("four items", async || match paths(&browser, "item").await {
            items if items.len() == 4 => Ok(items),
            items => Err(items),
        })
        .await;
    let mut sorted = zookeeper::members(&observer, ENTRIES, 4).await;
    sorted.sort();
    assert_eq!(items, sorted, "in the order that consumers take them");

    // Looking takes nothing.
    browser.press_on(&row("item", &items[0])).await;
    browser.until_text("[data-testid=peek]", "the data", |text| text.contains("one")).await;
    assert_eq!(kazoo.ask(json!({"do": "length", "object": "mail"})).await["length"], 4);

    browser.press_on(&format!("{} [data-testid=requeue-button]", row("item", &items[0]))).await;
    let plan = browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
    assert!(plan.contains(&format!("{ENTRIES}/{}", items[0])), "{plan}");
    browser.fill("plan-reason", "its worker was broken").await;
    browser.fill("plan-confirm", &items[1]).await;
    browser
        .until_text(SHEET, "that it is not confirmed", |text| text.contains("Type the confirmation first."))
        .await;
    assert!(!browser.is_enabled(EXECUTE).await, "the name of another item confirms nothing");
    confirm(&browser, "its worker was broken", &items[0]).await;
    let created = browser.text("[data-testid=plan-outcome] a:not([data-testid=audit-id])").await;
    assert_eq!(observer.get_data(&created).await.unwrap().0, b"one", "the same data");
    assert!(observer.check_stat(&format!("{ENTRIES}/{}", items[0])).await.unwrap().is_none());
    browser.press("plan-close").await;
    let tail = created.rsplit('/').next().unwrap();
    let wanted = [items[1].as_str(), &items[2], &items[3], tail];
    until_paths(&browser, "item", &wanted).await;

    taken(&browser, &kazoo, &consumer, &wanted).await;
    browser.close().await;
}

/// What a consumer works on cannot be moved, and the page says why.
async fn taken(browser: &Browser, kazoo: &Peer, consumer: &str, items: &[&str]) {
    let first = row("item", items[0]);
    let button = format!("{first} [data-testid=requeue-button]");
    browser.press_on(&button).await;
    browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
    browser.fill("plan-reason", "too late").await;
    browser.fill("plan-confirm", items[0]).await;
    browser.until_enabled(EXECUTE, true).await;
    assert_eq!(kazoo.ask(json!({"do": "take", "object": "mail"})).await["data"], "two");
    browser
        .until_text(CHANGED, "who has it", |text| text.contains("consumer") || text.contains(consumer))
        .await;
    assert!(!browser.is_enabled(EXECUTE).await);
    // The browser writes on its console that the plan was refused.
    browser.forgive().await;
    browser.press_on(&format!("{SHEET} [aria-label=Close]")).await;
    browser.until_gone(SHEET).await;

    browser.until_text(&first, "who took it", |text| text.contains(&last8(consumer)[4..])).await;
    browser.until_enabled(&button, false).await;
    browser.until_attribute(&format!("{first} .action"), "title", "A consumer works on this item.").await;
    let next = format!("{} [data-testid=requeue-button]", row("item", items[1]));
    assert!(browser.is_enabled(&next).await, "the next one may be moved");

    assert_eq!(kazoo.ask(json!({"do": "finish", "object": "mail"})).await["finished"], true);
    until_paths(browser, "item", &items[1..]).await;
}
