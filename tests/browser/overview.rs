//! The overview: all is well, or what is wrong, first.

use harness::browser::Browser;
use harness::scene::Scene;
use harness::{Peer, zookeeper};
use serde_json::json;

use crate::desk::{open, there};

const STRIP: &str = "[data-testid=strip]";
const DEADLOCK: &str = "[data-testid=deadlock]";

#[tokio::test]
async fn the_overview_says_what_is_wrong_first() {
    // Of its own: it tells of the whole cluster.
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    open(&browser, &scene.console, "overview").await;
    browser.until_text(STRIP, "that all is well", |text| text.contains("All is well")).await;
    browser.until_text("main", "that nobody waits", |text| text.contains("Nobody waits for a lock.")).await;
    assert_eq!(browser.count(DEADLOCK).await, 0);

    // Two sessions lock two things, each in its own order.
    for name in ["ann", "bob"] {
        kazoo.client(name).await;
        for lock in ["/app/index", "/app/mail"] {
            kazoo.make(name, &format!("{name}{lock}"), "Lock", lock, json!({})).await;
        }
    }
    kazoo.hold("ann/app/index").await;
    kazoo.hold("bob/app/mail").await;
    kazoo.acquire("ann/app/mail").await;
    zookeeper::members(&observer, "/app/mail", 2).await;
    browser.until_text(STRIP, "who waits", |text| text.contains("1 waits") && text.contains("2 locks")).await;
    assert_eq!(browser.count(DEADLOCK).await, 0, "one who waits for another is no circle");
    kazoo.acquire("bob/app/index").await;
    let circle = browser.until_text(DEADLOCK, "the circle", |text| text.contains("waits for")).await;
    for part in ["ann", "bob", "/app/index", "/app/mail"] {
        assert!(circle.contains(part), "{part} is not in {circle}");
    }
    browser.until_text(STRIP, "the deadlock", |text| text.contains("1 deadlock")).await;
    browser
        .until_text(".rail", "the count of locks", |text| text.contains("Locks") && text.contains('2'))
        .await;
    browser.until_text(".rail", "of how many znodes", |text| text.contains("znodes")).await;

    // A queue with its oldest item, and what just happened.
    kazoo.make("ann", "jobs", "Queue", "/app/jobs", json!({})).await;
    kazoo.ask(json!({"do": "put", "object": "jobs", "data": "work"})).await;
    let queue = "a[href*='/queue?path=/app/jobs']";
    browser.until_text(queue, "its depth", |text| text.contains('1')).await;
    let item = zookeeper::members(&observer, "/app/jobs", 1).await.remove(0);
    // What may be elided of a path stands in a box of its own.
    let tells = |text: &str| text.split_whitespace().collect::<String>().contains(&item);
    browser.until_text("main", "the item that came", tells).await;

    // Each leads to its own page.
    browser.press_on(&format!("{DEADLOCK} a[href*='/lock?']")).await;
    browser.test_id("lock-page").await;
    browser.script("history.back()").await;
    browser.press_on(queue).await;
    browser.test_id("queue-page").await;
    browser.script("history.back()").await;

    kazoo.release("ann/app/index").await.unwrap();
    browser.until_gone(DEADLOCK).await;
    browser.until_text(STRIP, "no deadlock", |text| !text.contains("deadlock")).await;
    browser.close().await;
}
