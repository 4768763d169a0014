//! The list of queues and one queue: true, live, in the order and through the filter that the operator chose.

use harness::browser::{Browser, Spans};
use harness::{Peer, zookeeper};
use serde_json::json;
use zookeeper_client::{Acls, Client, CreateMode};

use crate::SCENE;
use crate::desk::{open, paths, prompt, row, there, until_paths};

const OLD: &str = "/queues/old";
const DEEP: &str = "/queues/deep";
const PUTS: usize = 24;

#[tokio::test]
async fn queues_are_true_live_filtered_and_in_order() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    kazoo.client("producer").await;
    for (queue, items) in [(OLD, 1), (DEEP, 3)] {
        kazoo.make("producer", queue, "Queue", queue, json!({})).await;
        for item in 0..items {
            kazoo.ask(json!({"do": "put", "object": queue, "data": format!("item {item}")})).await;
        }
        zookeeper::members(&observer, queue, items).await;
    }

    open(&browser, &scene.console, "queues?q=/queues/").await;
    until_paths(&browser, "queue", &[OLD, DEEP]).await;
    for (queue, depth) in [(OLD, "1"), (DEEP, "3")] {
        let cell = format!("{} .c-depth", row("queue", queue));
        browser.until_text(&cell, depth, |text| text == depth).await;
    }
    let consumers = browser.text(&format!("{} .c-consumers", row("queue", DEEP))).await;
    assert_eq!(consumers, "–", "nobody can know who consumes a plain queue");
    let age = format!("{} .c-oldest", row("queue", OLD));
    let before = browser.text(&age).await;
    browser.until_text(&age, "a later age", |text| text != before && text.ends_with(" s")).await;

    browser.press_on(".segments .segment:nth-child(2)").await;
    until_paths(&browser, "queue", &[DEEP, OLD]).await;
    assert!(browser.place().await.contains("sort=depth"));
    browser.fill("filter", "ues/ol").await;
    until_paths(&browser, "queue", &[OLD]).await;
    browser.fill("filter", "/queues/").await;
    until_paths(&browser, "queue", &[DEEP, OLD]).await;

    one_queue(&browser, &kazoo, &observer).await;
    open(&browser, &scene.console, "queues?q=/queues/").await;
    items_come(&browser, &observer).await;
    browser.close().await;
}

/// A queue beside its list: its items come and go in their order.
async fn one_queue(browser: &Browser, kazoo: &Peer, observer: &Client) {
    browser.press_on(&row("queue", DEEP)).await;
    browser.test_id("queue-page").await;
    let mut names = zookeeper::members(observer, DEEP, 3).await;
    names.sort();
    until_paths(browser, "item", &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let first = browser.text(&format!("{} .c-preview", row("item", &names[0]))).await;
    assert_eq!(first, "item 0");
    assert_eq!(kazoo.ask(json!({"do": "take", "object": DEEP})).await["data"], "item 0");
    browser.until_gone(&row("item", &names[0])).await;
    assert_eq!(paths(browser, "item").await, names[1..]);
    browser.until_text("[data-testid=queue-page] .figures", "the new depth", |text| text.contains('2')).await;
}

/// How soon a new item is counted on the screen, after the moment at which ZooKeeper made its znode.
async fn items_come(browser: &Browser, observer: &Client) {
    let cell = format!("{} .c-depth", row("queue", DEEP));
    browser.until_text(&cell, "2", |text| text == "2").await;
    let stopwatch =
        browser.stopwatch(&format!("document.querySelector({cell:?})?.textContent ?? null")).await;
    let mode = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
    let mut spans = Spans::default();
    for depth in 3..3 + PUTS {
        let (stat, _) = observer.create(&format!("{DEEP}/entry-100-"), b"new", &mode).await.unwrap();
        spans.add(stopwatch.shown(&depth.to_string()).await - stat.ctime);
    }
    prompt("an item comes, to the list of queues", &spans);
}
