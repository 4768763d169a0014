//! A second person: asked for in the sheet, decided on the screen of approvals, then done with one press.

use harness::browser::Browser;
use harness::{Peer, State, zookeeper};
use serde_json::json;

use crate::desk::{SHEET, last8, live, there};
use crate::looks::look;
use crate::people::{sign_in, staffed};

const RULES: &str = "[[policy]]\npath = '/two/**'\nrequire = { approvals = 1 }\n";
const RELEASE: &str = "[data-testid=lock-page] [data-testid=release-button]";
const REQUEST: &str = "[data-testid=plan-request]";
const CARD: &str = "[data-testid=approval]";
const APPROVE: &str = "[data-testid=approval] [data-testid=approval-approve]";
const EXECUTE: &str = "[data-testid=plan-execute]";

/// Two windows, each with somebody signed in, the first at a lock and the second at the approvals.
async fn pair(console: &harness::Console, lock: &str, second: &str) -> Option<(Browser, Browser)> {
    let (ann, other) = (Browser::start().await?, Browser::start().await?);
    ann.open(&console.url(&format!("/c/test/lock?path={lock}"))).await;
    sign_in(&ann, "ann").await;
    live(&ann).await;
    other.open(&console.url("/c/test/approvals")).await;
    sign_in(&other, second).await;
    live(&other).await;
    Some((ann, other))
}

/// Asks for the approval of releasing the lock that the window shows. Returns the request's id.
async fn ask(browser: &Browser, session: &str, reason: &str) -> String {
    browser.press_on(RELEASE).await;
    browser.until_text(SHEET, "that it takes two", |text| text.contains("second person")).await;
    browser.fill("plan-reason", reason).await;
    browser.fill("plan-confirm", last8(session)).await;
    browser.until_text(EXECUTE, "that it asks", |text| text.contains("Ask for approval")).await;
    browser.press("plan-execute").await;
    browser.until_attribute(REQUEST, "data-state", "waiting").await;
    browser.attribute(REQUEST, "data-id").await.unwrap_or_default()
}

#[tokio::test]
async fn another_person_approves_and_it_is_done_with_one_more_press() {
    let Some(scene) = staffed(RULES).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let observer = zookeeper::client(&scene.zookeeper.connect()).await;
    let mut sessions = Vec::new();
    for name in ["one", "two"] {
        sessions.push(kazoo.client(name).await);
        kazoo.make(name, name, "Lock", "/two/lock", json!({})).await;
    }
    kazoo.line_up(&observer, "/two/lock", &["one", "two"]).await;
    let Some((ann, eve)) = pair(&scene.console, "/two/lock", "eve").await else { return };
    eve.until_text("main", "that nothing waits", |text| text.contains("Nothing waits")).await;

    let id = ask(&ann, &sessions[0], "stuck since the deployment").await;
    assert!(!ann.is_enabled(EXECUTE).await, "nobody has approved it");
    let waits = ann.text(REQUEST).await;
    assert!(waits.contains("other than you") && waits.contains("ends in"), "{waits}");
    look(&ann, "sheet-waiting").await;

    // On the other's screen within moments: who, why, what, and that it is still so.
    eve.until_attribute(CARD, "data-id", &id).await;
    let card = eve.text(CARD).await;
    for part in ["ann", "stuck since the deployment", "/two/lock", "What happens next", &sessions[0]] {
        assert!(card.contains(part), "{part}: {card}");
    }
    let count = ".rail-item[href$=approvals] .rail-count";
    eve.until_attribute(count, "title", "1 request waits for you").await;
    eve.until_attribute("[data-testid=approval-now]", "data-changed", "false").await;
    look(&eve, "approvals").await;
    eve.fill("approval-why", "seen by me as well").await;
    eve.press_on(APPROVE).await;
    eve.until_attribute(CARD, "data-state", "approved").await;
    assert_eq!(zookeeper::members(&observer, "/two/lock", 2).await.len(), 2, "approved is not done");

    ann.until_attribute(REQUEST, "data-state", "approved").await;
    ann.until_text(REQUEST, "who and why", |text| text.contains("eve") && text.contains("seen by me")).await;
    ann.until_enabled(EXECUTE, true).await;
    ann.press("plan-execute").await;
    ann.until_attribute("[data-testid=plan-outcome]", "data-outcome", "done").await;
    assert_eq!(kazoo.until("two", State::Holding).await.session, sessions[1]);
    eve.until_text("main", "that nothing waits", |text| text.contains("Nothing waits")).await;
    ann.close().await;
    eve.close().await;
}

#[tokio::test]
async fn what_was_rejected_says_by_whom_and_why_and_nobody_approves_their_own() {
    let Some(scene) = staffed(RULES).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let session = kazoo.client("one").await;
    kazoo.make("one", "one", "Lock", "/two/lock", json!({})).await;
    kazoo.hold("one").await;
    let Some((ann, bob)) = pair(&scene.console, "/two/lock", "bob").await else { return };
    let id = ask(&ann, &session, "I am in a hurry").await;
    bob.until_attribute(CARD, "data-id", &id).await;
    assert!(!bob.is_enabled("[data-testid=approval-reject]").await, "a rejection says why");
    bob.fill("approval-why", "call the team first").await;
    bob.press("approval-reject").await;
    ann.until_attribute(REQUEST, "data-state", "rejected").await;
    ann.until_text(REQUEST, "who and why", |text| text.contains("bob") && text.contains("call the team"))
        .await;
    assert!(!ann.is_enabled(EXECUTE).await);
    ann.shot("sheet-rejected").await;

    // Another reason is another request, which stays on one's own screen of approvals, where others decide it.
    ann.fill("plan-reason", "the team agreed").await;
    ann.press("plan-execute").await;
    ann.until_attribute(REQUEST, "data-state", "waiting").await;
    ann.keys("\u{e00c}").await;
    ann.until_gone(SHEET).await;
    ann.open(&scene.console.url("/c/test/approvals")).await;
    live(&ann).await;
    let own = format!("{CARD}[data-state=waiting]");
    ann.until_text(&own, "the reason", |text| text.contains("the team agreed")).await;
    assert!(!ann.is_enabled(&format!("{own} [data-testid=approval-approve]")).await, "not one's own");

    // Approved while its sheet is closed: it is opened from here and done.
    let waiting = format!("{CARD}[data-state=waiting]");
    bob.until_text(&waiting, "the other request", |text| text.contains("the team agreed")).await;
    bob.press_on(&format!("{waiting} [data-testid=approval-approve]")).await;
    let approved = format!("{CARD}[data-state=approved]");
    ann.press_on(&format!("{approved} [data-testid=approval-open]")).await;
    ann.until_attribute(REQUEST, "data-state", "approved").await;
    ann.fill("plan-confirm", last8(&session)).await;
    ann.press("plan-execute").await;
    ann.until_attribute("[data-testid=plan-outcome]", "data-outcome", "done").await;
    ann.close().await;
    bob.close().await;
}

#[tokio::test]
async fn what_has_changed_since_it_was_asked_for_cannot_be_approved() {
    let Some(scene) = staffed(RULES).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let observer = zookeeper::client(&scene.zookeeper.connect()).await;
    let mut sessions = Vec::new();
    for name in ["one", "two"] {
        sessions.push(kazoo.client(name).await);
        kazoo.make(name, name, "Lock", "/two/lock", json!({})).await;
    }
    kazoo.line_up(&observer, "/two/lock", &["one", "two"]).await;
    let Some((ann, eve)) = pair(&scene.console, "/two/lock", "eve").await else { return };
    let id = ask(&ann, &sessions[0], "stuck since the deployment").await;
    eve.until_attribute(CARD, "data-id", &id).await;
    eve.until_enabled(APPROVE, true).await;
    kazoo.release("one").await.expect("it is released");
    kazoo.until("two", State::Holding).await;
    eve.until_attribute("[data-testid=approval-now]", "data-changed", "true").await;
    eve.until_enabled(APPROVE, false).await;
    eve.shot("approvals-changed").await;
    ann.close().await;
    eve.close().await;
}
