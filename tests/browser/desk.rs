//! What an operator does on many screens.

use std::time::Duration;

use fantoccini::key::Key;
use harness::browser::{Browser, Spans};
use harness::{Console, Peer};

/// What is changed is on the screen within this time, for half of the changes at least, however busy the machine is with other
/// tests; what waited to be asked for would take longer.
pub(crate) const PROMPT_MS: i64 = 500;

/// The button of the review sheet that does it.
pub(crate) const EXECUTE: &str = "[data-testid=plan-execute]";
/// The band of the review sheet that says that it is not what was seen.
pub(crate) const CHANGED: &str = "[data-testid=plan-changed]";
/// What came of it.
pub(crate) const OUTCOME: &str = "[data-testid=plan-outcome]";
/// The review sheet.
pub(crate) const SHEET: &str = "[data-testid=plan-dialog]";

/// Opens a screen of the test's cluster and waits until it is live.
pub(crate) async fn open(browser: &Browser, console: &Console, screen: &str) {
    browser.open(&console.url(&format!("/c/{}/{screen}", harness::console::CLUSTER))).await;
    live(browser).await;
}

/// Waits until the screen says that it is live.
pub(crate) async fn live(browser: &Browser) {
    browser.until_attribute("[data-testid=connection-state]", "data-state", "live").await;
}

/// The row of a lock, queue, item or znode.
pub(crate) fn row(kind: &str, path: &str) -> String {
    format!("[data-testid={kind}-row][data-path={path:?}]")
}

/// The paths of the rows that are in the page, from top to bottom.
pub(crate) async fn paths(browser: &Browser, kind: &str) -> Vec<String> {
    browser.attributes(&format!("[data-testid={kind}-row]"), "data-path").await
}

/// Waits until these rows and no others are in the page, in this order.
pub(crate) async fn until_paths(browser: &Browser, kind: &str, wanted: &[&str]) {
    browser
        .until(&format!("the {kind} rows are {wanted:?}"), async || {
            let found = paths(browser, kind).await;
            if found == wanted { Ok(()) } else { Err(found) }
        })
        .await;
}

/// Reads the review sheet, explains, confirms and executes. Returns the id in the audit log.
pub(crate) async fn confirm(browser: &Browser, reason: &str, confirmation: &str) -> String {
    browser.until_text(SHEET, "what happens next", |text| text.contains("What happens next")).await;
    browser.fill("plan-reason", reason).await;
    browser.fill("plan-confirm", confirmation).await;
    browser.press("plan-execute").await;
    browser.until_attribute(OUTCOME, "data-outcome", "done").await;
    browser.text("[data-testid=audit-id]").await
}

/// What must be typed to confirm the release of a session's lock.
pub(crate) fn last8(session: &str) -> &str {
    &session[session.len() - 8..]
}

/// Says how soon changes were on the screen, and fails when most were late.
pub(crate) fn prompt(what: &str, spans: &Spans) {
    let median = spans.report(what);
    assert!(median <= PROMPT_MS, "{what}: half of the changes took more than {median} ms: {spans:?}");
}

/// A library that the machine lacks is said loudly, and fails the run under `CI=true`.
pub(crate) fn there(peer: Result<Peer, harness::presence::Missing>) -> Option<Peer> {
    peer.map_err(|missing| missing.skip()).ok()
}

/// Long enough for what should not happen to happen.
pub(crate) async fn a_while() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}

/// Whether the focus is on the element or in it; what has it otherwise.
pub(crate) async fn focus(browser: &Browser, selector: &str) -> Result<(), String> {
    let script = format!(
        "const here = document.activeElement; \
         return here.closest({selector:?}) ? null : here.outerHTML.slice(0, 200)"
    );
    match browser.script(&script).await.as_str() {
        None => Ok(()),
        Some(other) => Err(other.to_owned()),
    }
}

/// Presses Tab until the element has the focus.
pub(crate) async fn tab_to(browser: &Browser, selector: &str) {
    browser
        .until(&format!("Tab leads to {selector}"), async || {
            let there = focus(browser, selector).await;
            if there.is_err() {
                browser.keys(&Key::Tab.to_string()).await;
            }
            there
        })
        .await;
}
