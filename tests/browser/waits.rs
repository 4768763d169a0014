//! Who waits for whom: what the graph and the lines show is what the API tells, and the keyboard leads through both.

use std::collections::BTreeSet;

use fantoccini::key::Key;
use harness::browser::{Browser, PATIENCE};
use harness::{Peer, zookeeper};
use serde_json::json;
use zooscope_protocol::view::WaitGraph;

use crate::SCENE;
use crate::desk::{focus, open, tab_to, there};

const LOCK: &str = "/waits/lock";
const ROWS: &str = "[data-testid=wait-row][data-path='/waits/lock']";

#[tokio::test]
async fn the_lines_are_those_of_the_api_and_lead_to_a_session() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    let mut sessions = Vec::new();
    for name in ["ann", "bob", "cid"] {
        sessions.push(kazoo.client(name).await);
        kazoo.make(name, name, "Lock", LOCK, json!({})).await;
    }
    kazoo.line_up(&observer, LOCK, &["ann", "bob", "cid"]).await;
    let expected: BTreeSet<(String, String)> = harness::eventually("two wait", PATIENCE, async || {
        let graph: WaitGraph = scene.console.read("/clusters/test/waits").await;
        let edges: BTreeSet<_> = graph
            .edges
            .iter()
            .filter(|edge| edge.lock.as_str() == LOCK)
            .map(|edge| (edge.waiter.to_string(), edge.blocker.to_string()))
            .collect();
        if edges.len() == 2 { Ok(edges) } else { Err(edges) }
    })
    .await;
    assert!(expected.contains(&(sessions[1].clone(), sessions[0].clone())), "{expected:?}");

    // From elsewhere, with the keyboard.
    open(&browser, &scene.console, "locks").await;
    browser.keys("gw").await;
    browser.until_text("h1", "the waits", |text| text == "Waits").await;
    browser
        .until("the lines of the API", async || {
            let waiters = browser.attributes(ROWS, "data-session").await;
            let blockers = browser.attributes(ROWS, "data-blocker").await;
            let shown: BTreeSet<_> = waiters.into_iter().zip(blockers).collect();
            if shown == expected { Ok(()) } else { Err(shown) }
        })
        .await;
    let graph = "[data-testid=wait-graph]";
    for session in &sessions {
        browser.find(&format!("{graph} [data-testid=wait-node][data-session='{session}']")).await;
    }

    // A row leads to who waits, Esc back.
    let bob = format!("{ROWS}[data-session='{}']", sessions[1]);
    browser
        .until("j leads to the line of bob", async || {
            let there = focus(&browser, &bob).await;
            if there.is_err() {
                browser.keys("j").await;
            }
            there
        })
        .await;
    browser.keys(&Key::Enter.to_string()).await;
    let panel = format!("[data-testid=session-page][data-session='{}']", sessions[1]);
    browser.until_text(&panel, "what it waits for", |text| text.contains(LOCK)).await;
    assert!(browser.place().await.contains(&format!("/waits?session={}", sessions[1])));
    browser.keys(&Key::Escape.to_string()).await;
    browser.until_gone(&panel).await;

    // So does a node of the graph.
    let node = format!("{graph} [data-testid=wait-node][data-session='{}']", sessions[0]);
    tab_to(&browser, &format!("{graph} [data-testid=wait-node]")).await;
    browser
        .until("arrows lead to ann", async || {
            let there = focus(&browser, &node).await;
            if there.is_err() {
                browser.keys(&Key::Down.to_string()).await;
            }
            there
        })
        .await;
    browser.keys(&Key::Enter.to_string()).await;
    let panel = format!("[data-testid=session-page][data-session='{}']", sessions[0]);
    browser.until_text(&panel, "what it holds", |text| text.contains(LOCK)).await;

    // When the holder goes, so does its line.
    kazoo.release("ann").await.unwrap();
    browser
        .until("one line is left", async || match browser.count(ROWS).await {
            1 => Ok(()),
            rows => Err(rows),
        })
        .await;
    browser.close().await;
}
