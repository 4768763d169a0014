//! The sessions: what a row and a page tell is what the API tells.

use fantoccini::key::Key;
use harness::browser::{Browser, PATIENCE};
use harness::{Peer, eventually, zookeeper};
use serde_json::json;
use zooscope_protocol::api::{ClientSessionBody, ClientSessionDetail};

use crate::SCENE;
use crate::desk::{focus, open, there};

const LOCK: &str = "/sessions/lock";
const OTHER: &str = "/sessions/other";

#[tokio::test]
async fn a_session_is_found_opened_and_seen_to_end() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    let session = kazoo.client("sessions-ann").await;
    kazoo.client("sessions-bob").await;
    for (client, name, lock) in [
        ("sessions-ann", "holder", LOCK),
        ("sessions-bob", "other holder", OTHER),
        ("sessions-ann", "waiter", OTHER),
    ] {
        kazoo.make(client, name, "Lock", lock, json!({})).await;
    }
    kazoo.line_up(&observer, LOCK, &["holder"]).await;
    kazoo.line_up(&observer, OTHER, &["other holder", "waiter"]).await;
    let told = eventually("it holds one and waits for one", PATIENCE, async || {
        let found: Vec<ClientSessionBody> =
            scene.console.read(&format!("/clusters/test/sessions?q={session}")).await;
        match found.as_slice() {
            [one] if one.holds.len() == 1 && one.waits.len() == 1 => Ok(one.clone()),
            _ => Err(found),
        }
    })
    .await;
    assert_eq!((told.holds[0].as_str(), told.waits[0].as_str()), (LOCK, OTHER));

    open(&browser, &scene.console, "overview").await;
    browser.keys("gs").await;
    browser.until_text("h1", "the sessions", |text| text.starts_with("Sessions")).await;
    browser.keys("/").await;
    browser.until("the filter has the focus", async || focus(&browser, "[data-testid=filter]").await).await;
    browser.keys(&session).await;
    let row = format!("[data-testid=session-row][data-session='{session}']");
    browser
        .until("only this session", async || match browser.count("[data-testid=session-row]").await {
            1 => Ok(()),
            rows => Err(rows),
        })
        .await;
    let client = told.peer.client.clone().unwrap_or_default();
    let shown =
        browser.until_text(&row, "its locks", |text| text.contains("lock") && text.contains("other")).await;
    assert!(shown.contains(told.identity.as_deref().unwrap_or(&client)), "{shown}");
    assert!(shown.contains(&client), "{shown}");
    browser.script("document.activeElement.blur()").await;
    browser.keys("j").await;
    browser.until("the row has the focus", async || focus(&browser, &row).await).await;
    browser.keys(&Key::Enter.to_string()).await;
    let page = format!("[data-testid=session-page][data-session='{session}']");
    let detail: ClientSessionDetail =
        scene.console.read(&format!("/clusters/test/sessions/at?session={session}")).await;
    let text = browser
        .until_text(&page, "all that it owns", |text| {
            // What may be elided of a path stands in a box of its own.
            let text: String = text.split_whitespace().collect();
            detail.ephemerals.iter().all(|path| text.contains(path.as_str()))
        })
        .await;
    assert_eq!(detail.ephemerals.len(), 2);
    for source in &detail.sources {
        assert!(text.contains(&source.server), "who told: {text}");
    }
    for (list, lock) in [("session-holds", LOCK), ("session-waits", OTHER)] {
        let locks = browser.attributes(&format!("{page} [data-testid={list}]"), "data-path").await;
        assert_eq!(locks, [lock], "{list}");
    }

    // What it waits for becomes what it holds.
    kazoo.release("other holder").await.unwrap();
    browser
        .until("it holds both", async || {
            let locks = browser.attributes(&format!("{page} [data-testid=session-holds]"), "data-path").await;
            if locks.len() == 2 { Ok(()) } else { Err(locks) }
        })
        .await;
    browser.keys(&Key::Escape.to_string()).await;
    browser.until_gone(&page).await;
    browser.close().await;
}
