//! Every screen has an address that shows the same to a colleague.

use harness::browser::Browser;
use harness::{Peer, zookeeper};
use serde_json::json;

use crate::SCENE;
use crate::desk::{live, there};

/// What a screen is told by: its title, the rows of this test and what is chosen on it. Ages and counts move by themselves.
const SHOWN: &str = "
    const texts = (selector, read) => [...document.querySelectorAll(selector)].map(read);
    return JSON.stringify({
        titles: texts('h1', title => title.textContent.replace(/[0-9\\u202f]+$/, '')),
        rows: texts('[data-row]', row => row.dataset.path + ' ' + row.matches('.chosen'))
            .filter(row => !row.startsWith('/') || row.startsWith('/addresses')),
        pressed: texts('main [aria-pressed=true]', button => button.textContent),
        filters: texts('main input', input => input.value),
        panels: texts('main [data-testid$=-page], main [data-testid$=-panel], main [data-testid=peek]',
            panel => panel.dataset.testid),
        current: texts('[aria-current=page]', link => link.getAttribute('href')),
        title: document.title,
        bones: document.querySelectorAll('main .skeleton, main .bone').length,
    })";

#[tokio::test]
async fn every_address_shows_the_same_again() {
    let Some(scene) = SCENE.get().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    let session = kazoo.client("ann").await;
    for lock in ["/addresses/a b", "/addresses/ü&=?#"] {
        kazoo.make("ann", lock, "Lock", lock, json!({})).await;
        kazoo.hold(lock).await;
    }
    kazoo.make("ann", "queue", "Queue", "/addresses/queue", json!({})).await;
    kazoo.ask(json!({"do": "put", "object": "queue", "data": "work"})).await;
    let item = zookeeper::members(&observer, "/addresses/queue", 1).await.remove(0);
    let encode = |path: &str| harness::console::encode(path);
    let odd = encode("/addresses/ü&=?#");

    for (screen, tells) in [
        ("overview".to_owned(), "Overview"),
        (format!("locks?q={}&sort=path", encode("/addresses/")), "/addresses/a b true|false"),
        (format!("lock?path={odd}&q={}&sort=held", encode("/addresses/")), "/addresses/ü&=?# true"),
        (format!("queues?q={}&sort=depth", encode("/addresses/")), "/addresses/queue false"),
        (
            format!("queue?path={}&item={item}&q={}", encode("/addresses/queue"), encode("/addresses/")),
            "peek",
        ),
        (format!("tree?path={odd}"), "/addresses/ü&=?# true"),
        (format!("events?q={}", encode("path:/addresses/queue/** type:created")), "created"),
        (format!("waits?session={session}"), "session-page"),
        (format!("sessions?q={session}"), session.as_str()),
        (format!("session?id={session}&q={session}"), "session-page"),
        ("findings?code=herd".to_owned(), "findings-page"),
        ("recipes".to_owned(), "recipes-page"),
    ] {
        let address = scene.console.url(&format!("/c/test/{screen}"));
        browser.open(&address).await;
        let first = settled(&browser, tells).await;
        let place = browser.place().await;
        // Another window, and F5.
        browser.open("about:blank").await;
        browser.open(&scene.console.url(&place)).await;
        assert_eq!(settled(&browser, tells).await, first, "{screen}");
        browser.reload().await;
        assert_eq!(settled(&browser, tells).await, first, "{screen}");
        assert_eq!(browser.place().await, place, "the address stays");
    }

    browser.open(&scene.console.url("/")).await;
    settled(&browser, "Overview").await;
    assert_eq!(browser.place().await, "/c/test/overview");
    browser.open(&scene.console.url("/c/nowhere/locks")).await;
    browser
        .until_text("[data-testid=notice]", "which it knows", |text| text.contains("It knows test."))
        .await;
    // The browser says itself that the stream of no cluster was refused.
    browser.forgive().await;
    browser.open(&scene.console.url("/c/test/nothing")).await;
    browser
        .until_text("[data-testid=empty]", "that it is none", |text| text.contains("There is no such screen"))
        .await;
    browser.close().await;
}

/// What the screen shows once it is live, complete, and has one of these texts.
async fn settled(browser: &Browser, tells: &str) -> String {
    live(browser).await;
    let mut before = String::new();
    browser
        .until(&format!("the screen tells {tells}"), async || {
            let now = browser.script(SHOWN).await.as_str().unwrap_or_default().to_owned();
            let same = std::mem::replace(&mut before, now.clone()) == now;
            let complete = now.contains("\"bones\":0") && tells.split('|').any(|text| now.contains(text));
            if same && complete { Ok(now) } else { Err(now) }
        })
        .await
}
