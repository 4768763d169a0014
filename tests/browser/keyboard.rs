//! The keyboard alone: every screen, and a lock released without a pointer.

use fantoccini::key::Key;
use harness::browser::Browser;
use harness::{Peer, State, zookeeper};
use serde_json::json;

use crate::SCENE;
use crate::desk::{OUTCOME, SHEET, focus, last8, open, row, tab_to, there};

const LOCK: &str = "/keyboard/lock";
const HELP: &str = "[data-testid=keys-sheet]";

#[tokio::test]
async fn a_lock_is_released_with_the_keyboard_alone() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    let session = kazoo.client("ann").await;
    kazoo.client("bob").await;
    for name in ["ann", "bob"] {
        kazoo.make(name, name, "Lock", LOCK, json!({})).await;
    }
    kazoo.line_up(&observer, LOCK, &["ann", "bob"]).await;
    open(&browser, &scene.console, "overview").await;
    screens(&browser).await;
    help(&browser).await;

    // To the lock: the screen, the filter, the row, its action.
    browser.keys("gl").await;
    browser.until_text("h1", "the locks", |text| text.starts_with("Locks")).await;
    browser.keys("/").await;
    browser.until("the filter has the focus", async || focus(&browser, "[data-testid=filter]").await).await;
    browser.keys("/keyboard/").await;
    browser
        .until("only the lock of this test", async || match browser.count("[data-testid=lock-row]").await {
            1 => Ok(()),
            rows => Err(rows),
        })
        .await;
    browser.until_text(&row("lock", LOCK), "its holder", |text| text.contains("ann")).await;
    browser.script("document.activeElement.blur()").await;
    browser.keys("j").await;
    browser.until("the row has the focus", async || focus(&browser, &row("lock", LOCK)).await).await;
    browser.keys(".").await;
    browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
    assert!(browser.text(SHEET).await.contains(&session));

    // Through the sheet with Tab; the screen behind it hears nothing.
    tab_to(&browser, "[data-testid=plan-reason]").await;
    browser.keys("gq by keyboard?").await;
    tab_to(&browser, "[data-testid=plan-confirm]").await;
    browser.keys(last8(&session)).await;
    tab_to(&browser, "[data-testid=plan-execute]").await;
    browser.keys(&Key::Enter.to_string()).await;
    browser.until_attribute(OUTCOME, "data-outcome", "done").await;
    kazoo.until("bob", State::Holding).await;
    assert_eq!(browser.count(HELP).await, 0);
    browser.keys(&Key::Escape.to_string()).await;
    browser.until_gone(SHEET).await;
    browser.until("the focus is back in the row", async || focus(&browser, &row("lock", LOCK)).await).await;

    // Enter opens the lock, Esc closes it.
    browser.keys(&Key::Enter.to_string()).await;
    browser.test_id("lock-page").await;
    browser.keys(&Key::Escape.to_string()).await;
    browser.until_gone("[data-testid=lock-page]").await;
    find(&browser).await;
    browser.close().await;
}

async fn screens(browser: &Browser) {
    for (key, screen, title) in [
        ('q', "queues", "Queues"),
        ('w', "waits", "Waits"),
        ('s', "sessions", "Sessions"),
        ('f', "findings", "Findings"),
        ('r', "recipes", "Recipes"),
        ('t', "tree", "Tree"),
        ('e', "events", "Events"),
        ('l', "locks", "Locks"),
        ('o', "overview", "Overview"),
    ] {
        browser.keys(&format!("g{key}")).await;
        browser.until_text("h1", title, |text| text.starts_with(title)).await;
        assert!(browser.place().await.contains(&format!("/{screen}")));
    }
    let before = browser.attribute("html", "data-theme").await;
    browser.keys("t").await;
    browser
        .until("other colours", async || {
            let theme = browser.attribute("html", "data-theme").await;
            if theme == before { Err(theme) } else { Ok(()) }
        })
        .await;
}

async fn help(browser: &Browser) {
    browser.keys("?").await;
    browser.until_text(HELP, "the keys", |text| text.contains("Filter this screen")).await;
    browser.keys("gl").await;
    assert!(browser.place().await.contains("/overview"), "a screen behind a dialog hears nothing");
    browser.keys(&Key::Escape.to_string()).await;
    browser.until_gone(HELP).await;
}

/// Ctrl K finds a lock from anywhere.
async fn find(browser: &Browser) {
    browser.keys("gt").await;
    browser.until_text("h1", "the tree", |text| text == "Tree").await;
    browser
        .script("dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, bubbles: true}))")
        .await;
    browser.until("the finder has the focus", async || focus(browser, "[data-testid=finder]").await).await;
    browser.keys("keyboard/lock").await;
    browser.until_text("#found", "the lock", |text| text.contains(LOCK)).await;
    browser.keys(&Key::Enter.to_string()).await;
    browser.until_text("[data-testid=lock-page]", "the lock", |text| text.contains("bob")).await;
}
