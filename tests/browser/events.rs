//! The feed of events: it follows, it can be filtered, and it stands still while somebody reads.

use harness::browser::Browser;
use harness::zookeeper;

use crate::SCENE;
use crate::desk::{a_while, open, paths};

const NEW: &str = "[data-testid=new-events]";

#[tokio::test]
async fn events_are_followed_filtered_paused_and_resumed() {
    let Some(scene) = SCENE.get().await else { return };
    let Some(browser) = Browser::start().await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    zookeeper::put(&client, "/events/a", b"").await;
    open(&browser, &scene.console, "events?q=path:/events/**").await;
    top(&browser, "/events/a", "created").await;
    client.set_data("/events/a", b"data", None).await.unwrap();
    top(&browser, "/events/a", "changed").await;
    client.delete("/events/a", None).await.unwrap();
    top(&browser, "/events/a", "deleted").await;

    // By kind, by a word, by what means nothing.
    browser.fill("filter", "path:/events/** type:deleted").await;
    browser
        .until("only what was deleted", async || {
            let kinds = browser.attributes("[data-testid=event-row]", "data-kind").await;
            if kinds == ["deleted"] { Ok(()) } else { Err(kinds) }
        })
        .await;
    browser.until_attribute(".segments .segment:nth-child(3)", "aria-pressed", "true").await;
    browser.press_on(".segments .segment:nth-child(1)").await;
    top(&browser, "/events/a", "deleted").await;
    assert!(browser.count("[data-testid=event-row]").await >= 3);
    browser.fill("filter", "path:/events/** type:exploded").await;
    browser
        .until_text("main", "what it does not know", |text| text.contains("Not understood: type:exploded"))
        .await;
    browser.fill("filter", "path:/events/**").await;
    top(&browser, "/events/a", "deleted").await;

    // While it is paused nothing moves, and what came is counted: that alone which would be shown.
    browser.press("pause-button").await;
    browser.until_attribute("[data-testid=pause-button]", "aria-pressed", "true").await;
    let before = paths(&browser, "event").await;
    for number in 0..5 {
        zookeeper::put(&client, &format!("/events/new-{number}"), b"").await;
        zookeeper::put(&client, &format!("/eventless/new-{number}"), b"").await;
    }
    browser.until_text(NEW, "how many are new", |text| text == "+5 new").await;
    a_while().await;
    assert_eq!(browser.text(NEW).await, "+5 new");
    assert_eq!(paths(&browser, "event").await, before);
    browser.press("pause-button").await;
    top(&browser, "/events/new-4", "created").await;
    assert_eq!(browser.text(NEW).await, "");

    // An event leads to its znode.
    browser.press_on("[data-testid=event-row]").await;
    browser.until_text("[data-testid=node-panel]", "the znode", |text| text.contains("Stat")).await;
    assert!(browser.place().await.contains("/events/new-4"));
    browser.close().await;
}

/// Waits until the newest event is this one.
async fn top(browser: &Browser, path: &str, kind: &str) {
    browser
        .until(&format!("{path} was {kind}"), async || {
            let row = "[data-testid=event-row]";
            let (at, what) =
                (browser.attribute(row, "data-path").await, browser.attribute(row, "data-kind").await);
            if (at.as_deref(), what.as_deref()) == (Some(path), Some(kind)) {
                Ok(())
            } else {
                Err((at, what))
            }
        })
        .await;
}
