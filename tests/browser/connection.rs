//! What cannot be trusted says so, and nothing can be done on it; what comes back is live again by itself.

use std::time::Duration;

use harness::browser::Browser;
use harness::proxy::Proxy;
use harness::{Console, Peer, zookeeper};
use serde_json::json;

use crate::SCENE;
use crate::desk::{EXECUTE, SHEET, last8, live, open, row, there};

const LOCK: &str = "/connection/lock";
const STATE: &str = "[data-testid=connection-state]";

#[tokio::test]
async fn a_lost_connection_is_shown_and_comes_back() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    let proxy = Proxy::start(&connect).await;
    let mut console = Console::start(&proxy.connect()).await;
    console.live(Duration::from_secs(20)).await;
    let session = kazoo.client("ann").await;
    kazoo.client("bob").await;
    for name in ["ann", "bob"] {
        kazoo.make(name, name, "Lock", LOCK, json!({})).await;
    }
    kazoo.line_up(&observer, LOCK, &["ann", "bob"]).await;
    open(&browser, &console, "locks?q=/connection/").await;
    let button = format!("{} [data-testid=release-button]", row("lock", LOCK));
    browser.until_enabled(&button, true).await;

    // ZooKeeper is lost.
    proxy.cut();
    browser.until_attribute(STATE, "data-state", "stale").await;
    browser.until_enabled(&button, false).await;
    let why = browser.attribute(&format!("{} .action", row("lock", LOCK)), "title").await;
    assert!(why.as_ref().is_some_and(|why| why.starts_with("Not while the connection is “stale")), "{why:?}");
    let shown = browser.text(&row("lock", LOCK)).await;
    assert!(shown.contains("ann") && shown.contains("bob"), "what was known stays: {shown}");
    assert_eq!(browser.count(".app.stale").await, 1, "and is told from what is true");
    kazoo.release("ann").await.unwrap();
    proxy.heal();
    live(&browser).await;
    browser.until_text(&format!("{} .c-holder", row("lock", LOCK)), "the truth", |text| text == "bob").await;
    browser.until_enabled(&button, true).await;

    // A review sheet that is open meanwhile locks too.
    browser.press_on(&button).await;
    browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
    let bob = kazoo.report().await.object("bob").unwrap().session.clone();
    assert_ne!(bob, session);
    browser.fill("plan-reason", "it is stuck").await;
    browser.fill("plan-confirm", last8(&bob)).await;
    browser.until_enabled(EXECUTE, true).await;
    proxy.cut();
    browser.until_enabled(EXECUTE, false).await;
    browser.until_text(SHEET, "why", |text| text.contains("Not while the connection is")).await;
    proxy.heal();
    browser.until_enabled(EXECUTE, true).await;
    browser.press_on(&format!("{SHEET} [aria-label=Close]")).await;
    browser.until_gone(SHEET).await;

    // The console is lost.
    console.kill9();
    browser.until_attribute(STATE, "data-state", "lost").await;
    browser.until_text(STATE, "for how long", |text| text.contains("console lost · stale")).await;
    browser.until_enabled(&button, false).await;
    assert!(browser.text(&row("lock", LOCK)).await.contains("bob"), "what was known stays");
    console.restart().await;
    live(&browser).await;
    browser.until_enabled(&button, true).await;
    // A browser writes each connection that it cannot make on its console, whatever the page does.
    browser.forgive().await;

    // The network is lost.
    browser.offline(true).await;
    browser.until_attribute(STATE, "data-state", "offline").await;
    browser.until_enabled(&button, false).await;
    browser.offline(false).await;
    live(&browser).await;
    // It writes those on its console too.
    browser.forgive().await;
    browser.until_enabled(&button, true).await;
    browser.close().await;
}
