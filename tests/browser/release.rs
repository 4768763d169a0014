//! A lock is released: read, explained, confirmed, done, and the next one holds.

use harness::browser::Browser;
use harness::{Peer, State, zookeeper};
use serde_json::json;
use zookeeper_client::{Acls, LockOptions, LockPrefix};

use crate::SCENE;
use crate::desk::{CHANGED, EXECUTE, SHEET, a_while, confirm, last8, open, row, there};

const LOCK: &str = "/release/lock";
const HOLDER: &str = "[data-testid=holder]";
const WAITER: &str = "[data-testid=waiter]";
const BUTTON: &str = "[data-testid=lock-page] [data-testid=release-button]";

#[tokio::test]
async fn a_lock_is_released_and_the_next_one_holds() {
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

    // From the list to the lock.
    open(&browser, &scene.console, "locks?q=/release/").await;
    let lock = row("lock", LOCK);
    browser.until_text(&lock, "its holder", |text| text.contains("ann")).await;
    browser.press_on(&lock).await;
    browser.until_text(HOLDER, "who holds", |text| text.contains("ann")).await;
    browser.until_text(WAITER, "who is next", |text| text.contains("bob") && text.contains("next")).await;
    assert_eq!(browser.count(WAITER).await, 2);
    let held = browser.attribute(HOLDER, "data-path").await.unwrap();

    // Nothing is done without a reason and the end of the holder's session.
    browser.press_on(BUTTON).await;
    let plan = browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
    assert!(plan.contains(&held) && plan.contains(&sessions[0]), "what is deleted: {plan}");
    assert!(plan.contains(&sessions[1]), "who is next: {plan}");
    assert!(!browser.is_enabled(EXECUTE).await, "no reason and no confirmation");
    browser.fill("plan-confirm", last8(&sessions[0])).await;
    browser.until_text(SHEET, "that a reason is missing", |text| text.contains("Give a reason first.")).await;
    browser.fill("plan-reason", "stuck since the deployment").await;
    browser.until_enabled(EXECUTE, true).await;
    for wrong in ["yes", last8(&sessions[1]), "00000000", &last8(&sessions[0])[1..]] {
        browser.fill("plan-confirm", wrong).await;
        browser.until_enabled(EXECUTE, false).await;
    }
    assert_eq!(zookeeper::members(&observer, LOCK, 3).await.len(), 3, "nothing was done");

    let audit = confirm(&browser, "stuck since the deployment", last8(&sessions[0])).await;
    assert_eq!(kazoo.until("bob", State::Holding).await.session, sessions[1]);
    assert!(observer.check_stat(&held).await.unwrap().is_none(), "the holder's znode is gone");
    zookeeper::members(&observer, LOCK, 2).await;
    let (marker, _) = observer.get_data(&format!("/zooscope/ops/{audit}")).await.unwrap();
    assert_eq!(marker, b"committed");
    browser.press("plan-close").await;
    browser.until_gone(SHEET).await;
    browser.until_text(HOLDER, "the next one", |text| text.contains("bob")).await;
    assert_eq!(browser.count(WAITER).await, 1);

    goes_while_it_is_read(&browser, &kazoo, &sessions).await;
    from_the_list(&browser, &connect).await;
    browser.close().await;
}

/// The holder goes by itself while the operator reads.
async fn goes_while_it_is_read(browser: &Browser, kazoo: &Peer, sessions: &[String]) {
    browser.press_on(BUTTON).await;
    browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
    browser.fill("plan-reason", "stuck again").await;
    browser.fill("plan-confirm", last8(&sessions[1])).await;
    browser.until_enabled(EXECUTE, true).await;
    kazoo.release("bob").await.unwrap();
    browser.find(CHANGED).await;
    assert!(!browser.is_enabled(EXECUTE).await, "what was read is not true any more");
    // A plan that was asked for just then is refused, which the browser writes on its console.
    a_while().await;
    browser.forgive().await;
    kazoo.until("cid", State::Holding).await;

    // Who holds now is another one, to be read and confirmed from the beginning.
    browser.press("plan-look-again").await;
    browser.until_text(SHEET, "the new holder", |text| text.contains(&sessions[2])).await;
    browser.until_gone(CHANGED).await;
    assert!(!browser.is_enabled(EXECUTE).await);
    browser.press_on(&format!("{SHEET} [aria-label=Close]")).await;
    browser.until_gone(SHEET).await;
    assert_eq!(kazoo.report().await.object("cid").unwrap().state, State::Holding);
}

/// The lock of another library, released from its row.
async fn from_the_list(browser: &Browser, connect: &str) {
    const OTHER: &str = "/release/other";
    let (first, second) = (zookeeper::client(connect).await, zookeeper::client(connect).await);
    zookeeper::put(&first, OTHER, b"").await;
    let options = || LockOptions::new(Acls::anyone_all());
    let prefix = || LockPrefix::new_curator(OTHER, "lock-").unwrap();
    let held = first.lock(prefix(), b"one", options()).await.unwrap();
    let session = zookeeper::session(&first);
    let waiting = tokio::spawn(async move {
        second.lock(prefix(), b"two", options()).await.map(|lock| lock.lock_path().to_owned())
    });
    browser.press_on("[data-testid=lock-page] [data-key=Escape]").await;
    let lock = row("lock", OTHER);
    browser
        .until_text(&lock, "its holder and the next", |text| text.contains("one") && text.contains("two"))
        .await;
    browser.press_on(&format!("{lock} [data-testid=release-button]")).await;
    confirm(browser, "a library that does not look", last8(&session)).await;
    let acquired = waiting.await.unwrap().unwrap();
    assert_ne!(acquired, held.lock_path());
    browser.press("plan-close").await;
}
