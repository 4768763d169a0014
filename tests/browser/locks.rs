//! The list of locks: true, live, in the order and through the filter that the operator chose.

use harness::browser::{Browser, Spans};
use harness::{Peer, zookeeper};
use serde_json::json;

use crate::SCENE;
use crate::desk::{open, prompt, row, there, until_paths};

const BUSY: &str = "/locks/busy";
const CALM: &str = "/locks/calm";
const FREE: &str = "/locks/zero";
const JOINS: usize = 24;

#[tokio::test]
async fn the_list_of_locks_is_true_live_filtered_and_in_order() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    for name in ["ann", "bob", "cid"] {
        kazoo.client(name).await;
        for lock in [BUSY, CALM, FREE] {
            kazoo.make(name, &format!("{name}{lock}"), "Lock", lock, json!({})).await;
        }
    }
    let object = |name: &str, lock: &str| format!("{name}{lock}");
    kazoo.line_up(&observer, CALM, &[&object("bob", CALM), &object("cid", CALM)]).await;
    kazoo.line_up(&observer, FREE, &[&object("cid", FREE)]).await;
    let busy = ["ann", "bob", "cid"].map(|name| object(name, BUSY));
    kazoo.line_up(&observer, BUSY, &busy.each_ref().map(String::as_str)).await;

    open(&browser, &scene.console, "locks?q=/locks/").await;
    // What blocks the most is first.
    until_paths(&browser, "lock", &[BUSY, CALM, FREE]).await;
    for (lock, holder, waiters, next) in
        [(BUSY, "ann", "2", "bob"), (CALM, "bob", "1", "cid"), (FREE, "cid", "0", "–")]
    {
        for (cell, wanted) in [("holder", holder), ("waiters", waiters), ("next", next)] {
            let cell = format!("{} .c-{cell}", row("lock", lock));
            browser.until_text(&cell, wanted, |text| text == wanted).await;
        }
    }
    assert!(browser.text(&row("lock", BUSY)).await.contains("kazoo"), "the recipe");
    let wait = browser.text(&format!("{} .c-wait", row("lock", FREE))).await;
    assert_eq!(wait, "–", "nobody waits, so nobody knows for how long");

    // Ages tick.
    let held = format!("{} .c-held", row("lock", BUSY));
    let before = browser.text(&held).await;
    browser.until_text(&held, "a later age", |text| text != before && text.ends_with(" s")).await;

    order_and_filter(&browser).await;

    // What changes is told at once: who holds, and that it is free.
    open(&browser, &scene.console, "locks?q=/locks/").await;
    kazoo.release(&object("bob", CALM)).await.unwrap();
    browser.until_text(&format!("{} .c-holder", row("lock", CALM)), "the next", |text| text == "cid").await;
    kazoo.release(&object("cid", FREE)).await.unwrap();
    let holder = format!("{} .c-holder", row("lock", FREE));
    browser.until_text(&holder, "that it is free", |text| text == "free").await;
    assert!(!browser.is_enabled(&format!("{} [data-testid=release-button]", row("lock", FREE))).await);

    waiters_come(&browser, &kazoo, &observer).await;
    browser.close().await;
}

async fn order_and_filter(browser: &Browser) {
    let segment = |at: usize| format!(".segments .segment:nth-child({at})");
    browser.press_on(&segment(4)).await;
    until_paths(browser, "lock", &[BUSY, CALM, FREE]).await;
    browser.press_on(&segment(2)).await;
    until_paths(browser, "lock", &[CALM, FREE, BUSY]).await;
    assert!(browser.place().await.contains("sort=held"));
    browser.reload().await;
    until_paths(browser, "lock", &[CALM, FREE, BUSY]).await;
    browser.until_attribute(&segment(2), "aria-pressed", "true").await;

    // By a part of the path, by who holds, by nothing that there is.
    browser.fill("filter", "locks/ca").await;
    until_paths(browser, "lock", &[CALM]).await;
    browser.fill("filter", "no such lock").await;
    browser
        .until_text("[data-testid=empty]", "that nothing is found", |text| text.contains("Nothing found"))
        .await;
    browser.press("clear-filter").await;
    browser.find("[data-testid=lock-row]").await;
    browser.fill("filter", "/locks/").await;
    until_paths(browser, "lock", &[CALM, FREE, BUSY]).await;
}

/// How soon a new waiter is counted on the screen, after the moment at which ZooKeeper made its znode.
async fn waiters_come(browser: &Browser, kazoo: &Peer, observer: &zookeeper_client::Client) {
    let cell = format!("{} .c-waiters > :last-child", row("lock", BUSY));
    let count = format!("document.querySelector({cell:?})?.textContent ?? null");
    let stopwatch = browser.stopwatch(&count).await;
    kazoo.client("crowd").await;
    let mut spans = Spans::default();
    let mut known = zookeeper::members(observer, BUSY, 3).await;
    for waiters in 3..3 + JOINS {
        let name = format!("crowd-{waiters}");
        kazoo.make("crowd", &name, "Lock", BUSY, json!({})).await;
        kazoo.acquire(&name).await;
        let members = zookeeper::members(observer, BUSY, waiters + 1).await;
        let new = members.iter().find(|name| !known.contains(name)).unwrap();
        let made = observer.check_stat(&format!("{BUSY}/{new}")).await.unwrap().unwrap().ctime;
        spans.add(stopwatch.shown(&waiters.to_string()).await - made);
        known = members;
    }
    prompt("a waiter comes, to the list of locks", &spans);
}
