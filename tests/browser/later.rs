//! What no first screen needs of the program comes after it, and where it cannot be had the page says so.

use std::time::Duration;

use harness::browser::Browser;
use harness::{Peer, eventually};
use serde_json::json;

use crate::SCENE;
use crate::desk::{live, open, row, there};

const LOCK: &str = "/later/lock";
/// How the file of the later program begins.
const FILE: &str = "/assets/split_later-";
const MISSING: &str = "[data-testid=later-missing]";
const KEYS: &str = "[data-testid=keys-sheet]";

#[tokio::test]
async fn a_first_screen_is_drawn_before_the_rest_of_the_program_is_asked_for() {
    let Some(scene) = SCENE.get().await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    kazoo.client("ann").await;
    kazoo.make("ann", "lock", "Lock", LOCK, json!({})).await;
    kazoo.hold("lock").await;

    browser.notice("[data-testid=lock-row]").await;
    open(&browser, &scene.console, "locks?q=/later/").await;
    browser.find(&row("lock", LOCK)).await;
    let asked = browser.until("the rest is asked for", async || asked(&browser).await.ok_or("not yet")).await;
    let drawn = browser.script("return window.noticed").await.as_f64().expect("the list is drawn");
    assert!(drawn < asked, "the list was drawn after {drawn} ms, the rest was asked for after {asked} ms");

    // Another screen is there without a further request, even when the console is out of reach.
    browser.block(&["*/assets/*"]).await;
    browser.press_on(".rail-item[href*='/queues']").await;
    browser.find("main [data-testid=empty], main [data-testid=queue-row]").await;
    assert_eq!(browser.count(MISSING).await, 0);

    // A screen of the rest is drawn where its address is opened, as soon as its program is there.
    browser.block(&[]).await;
    open(&browser, &scene.console, "queues").await;
    browser.find("main [data-testid=empty], main [data-testid=queue-row]").await;
    browser.close().await;
}

#[tokio::test]
async fn where_the_rest_of_the_program_cannot_be_had_the_page_says_so_and_asks_again() {
    let Some(scene) = SCENE.get().await else { return };
    let Some(browser) = Browser::start().await else { return };
    browser.block(&["*/assets/split_later-*"]).await;
    open(&browser, &scene.console, "overview").await;
    browser.find("[data-testid=strip]").await;

    // A screen that is not there says so; those that are still work.
    browser.press_on(".rail-item[href*='/queues']").await;
    browser.until_text(MISSING, "a way on", |text| text.contains("Reload this page")).await;
    browser.press_on(".rail-item[href*='/locks']").await;
    browser.until_gone(MISSING).await;
    browser.until_text("main h1", "the screen", |text| text.starts_with("Locks")).await;

    // So does a dialog, which closes like any other.
    browser.keys("?").await;
    browser.until_text(MISSING, "a way on", |text| text.contains("Reload this page")).await;
    browser.press_on("[data-testid=later-dialog] [aria-label=Close]").await;
    browser.until_gone(MISSING).await;

    // It opens by itself when its program has come.
    browser.keys("?").await;
    browser.find(MISSING).await;
    browser.block(&[]).await;
    browser.press("later-again").await;
    browser.find(KEYS).await;
    assert_eq!(browser.count("dialog").await, 1, "one took the place of the other");
    browser.press_on(&format!("{KEYS} [aria-label=Close]")).await;
    browser.until_gone(KEYS).await;
    browser.press_on(".rail-item[href*='/queues']").await;
    browser.until_text("main h1", "the screen", |text| text.starts_with("Queues")).await;

    // Loading the page anew is the other way on. It is asked for again by itself when the first screen is there, so a page that
    // could have it by now needs no button.
    browser.block(&["*/assets/split_later-*"]).await;
    open(&browser, &scene.console, "tree").await;
    browser.script("window.old = true").await;
    browser.press("later-reload").await;
    browser
        .until("the page is another", async || {
            let old = browser.script("return window.old ?? false").await;
            if old == json!(false) { Ok(()) } else { Err(old) }
        })
        .await;
    browser.find(MISSING).await;
    browser.block(&[]).await;
    browser.script("document.querySelector('[data-testid=later-again]')?.click()").await;
    browser.find("[data-testid=tree-row]").await;
    live(&browser).await;
    // A browser writes each file that it cannot have on its console.
    browser.forgive().await;
    browser.close().await;
}

#[tokio::test]
async fn where_the_rest_of_the_program_takes_too_long_the_page_says_so_and_takes_it_when_it_comes() {
    let Some(scene) = SCENE.get().await else { return };
    let Some(browser) = Browser::start().await else { return };
    browser.hold(&["*/assets/split_later-*"]).await;
    open(&browser, &scene.console, "overview").await;
    browser.press_on(".rail-item[href*='/queues']").await;
    browser.find("main .skeleton").await;
    assert_eq!(browser.count(MISSING).await, 0, "it is waited for");
    eventually("a way on", Duration::from_secs(60), async || match browser.count(MISSING).await {
        1 => Ok(()),
        other => Err(other),
    })
    .await;
    browser.hold(&[]).await;
    browser.until_text("main h1", "the screen", |text| text.starts_with("Queues")).await;
    assert_eq!(browser.count(MISSING).await, 0);
    browser.close().await;
}

/// When the later program was asked for, in milliseconds after the navigation.
async fn asked(browser: &Browser) -> Option<f64> {
    let script = format!(
        "return performance.getEntriesByType('resource').find(one => one.name.includes('{FILE}'))?.startTime ?? null"
    );
    browser.script(&script).await.as_f64()
}
