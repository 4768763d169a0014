//! The ladder of a lock: who listens is asked and lets go; everything that a session holds goes at once, but for what is left
//! alone; and what is stuck for a reason that is known is cured.

use std::time::Duration;

use fantoccini::key::Key;
use harness::browser::Browser;
use harness::scene::Scene;
use harness::{Peer, State, eventually, zookeeper};
use serde_json::json;
use tokio::sync::OnceCell;
use zookeeper_client::{Acls, CreateMode};

use crate::desk::{EXECUTE, SHEET, confirm, last8, open, tab_to, there};
use crate::looks::look;

const ASK: &str = "[data-testid=rung][data-deed=revoke]";
const STOP: &str = "[data-testid=rung][data-deed=stop]";
const FORCE: &str = "[data-testid=rung][data-deed=release]";
const GONE: &str = "[data-testid=plan-gone]";

/// A ZooKeeper that tells of its sessions and watches, and a console on it.
async fn scene() -> Option<&'static Scene> {
    static SCENE: OnceCell<Option<Scene>> = OnceCell::const_new();
    let options = || zookeeper::Options { admin_server: true, ..zookeeper::options() };
    SCENE.get_or_init(async || Scene::start_on(options()).await).await.as_ref()
}

#[tokio::test]
async fn who_listens_is_asked_and_lets_go() {
    let Some(scene) = scene().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(curator) = there(Peer::curator(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    let lock = "/ladder/listens";
    let mut sessions = Vec::new();
    for (name, more) in [("listener", json!({"revocable": true, "lets_go": true})), ("plain", json!({}))] {
        sessions.push(curator.client(name).await);
        curator.make(name, name, "InterProcessMutex", lock, more).await;
    }
    curator.line_up(&observer, lock, &["listener", "plain"]).await;

    open(&browser, &scene.console, &format!("lock?path={lock}")).await;
    browser.until_attribute(ASK, "data-offered", "true").await;
    let rungs = browser.attributes("[data-testid=rung]", "data-deed").await;
    assert_eq!(rungs, ["revoke", "stop", "release"], "the gentlest first");
    let stop = browser.until_text(STOP, "where its client is", |text| text.contains("127.0.0.1:")).await;
    assert!(stop.contains(&sessions[0]), "whose client: {stop}");
    assert_eq!(browser.count(&format!("{STOP} [aria-label='Copy the address']")).await, 1, "{stop}");
    assert_eq!(browser.count(&format!("{STOP} .button")).await, 0, "the console stops nobody");

    // With the keyboard alone.
    let ask = format!("{ASK} [data-testid=revoke-button]");
    tab_to(&browser, &ask).await;
    browser.keys(&Key::Enter.to_string()).await;
    let plan = browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
    assert!(
        plan.contains("Ask the holder to let go") && plan.contains("Nothing is released by that"),
        "{plan}"
    );
    look(&browser, "sheet-ask").await;
    confirm(&browser, "the nightly job must run", last8(&sessions[0])).await;
    browser.until_attribute(GONE, "data-gone", "true").await;
    curator.until("plain", State::Holding).await;
    browser.press("plan-close").await;
    browser.until_gone(SHEET).await;

    // The next one would not hear, and says so; by force it goes all the same.
    browser.until_attribute(ASK, "data-offered", "false").await;
    let why = browser.until_text(ASK, "why it is not asked", |text| text.contains("has data")).await;
    assert!(!browser.is_enabled(&ask).await, "{why}");
    let force = browser.text(FORCE).await;
    look(&browser, "ladder").await;
    browser.press_on(&format!("{FORCE} [data-testid=rung-release-button]")).await;
    let plan = browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
    for told in [&force, &plan] {
        assert!(told.contains("The old holder is not told"), "what the old holder makes of it: {told}");
    }
    confirm(&browser, "nobody answers", last8(&sessions[1])).await;
    assert_eq!(browser.count(GONE).await, 0, "nobody was asked");
    browser.press("plan-close").await;
    browser.until_gone("[data-testid=ladders]").await;
    assert_eq!(zookeeper::members(&observer, lock, 0).await.len(), 0);
    browser.close().await;
}

#[tokio::test]
async fn everything_that_a_session_holds_goes_but_for_what_is_left_alone() {
    let Some(scene) = scene().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(curator) = there(Peer::curator(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&connect).await;
    let session = curator.client("hoarder").await;
    let paths = ["/ladder/one", "/ladder/two", "/ladder/odd"];
    for path in paths {
        curator.make("hoarder", path, "InterProcessMutex", path, json!({})).await;
        curator.hold(path).await;
    }
    curator.client("heir").await;
    curator.make("heir", "heir", "InterProcessMutex", paths[0], json!({})).await;
    curator.acquire("heir").await;
    zookeeper::members(&observer, paths[0], 2).await;
    // Curator takes it for the first in line, so nobody would go on here.
    zookeeper::put(&observer, "/ladder/odd/0", b"").await;

    open(&browser, &scene.console, &format!("session?id={session}")).await;
    browser
        .until("it holds all", async || match browser.count("[data-testid=session-holds]").await {
            3 => Ok(()),
            holds => Err(holds),
        })
        .await;
    browser.press("evict-button").await;
    let left = "[data-testid=plan-excluded]";
    let why = browser.until_text(left, "what is left alone", |text| text.contains("remove it first")).await;
    assert!(why.starts_with("/ladder/odd/"), "{why}");
    let goes = browser.attributes("[data-testid=plan-znode]", "data-path").await;
    assert_eq!(goes.len(), 2, "{goes:?}");
    for path in &paths[..2] {
        assert!(goes.iter().any(|znode| znode.starts_with(path)), "{path} in {goes:?}");
    }
    let plan = browser.text(SHEET).await;
    assert!(plan.contains(&session) && plan.contains("At /ladder/one"), "{plan}");
    look(&browser, "sheet-evict").await;

    // What comes while it is read is no part of what was read.
    curator.make("hoarder", "late", "InterProcessMutex", "/ladder/late", json!({})).await;
    curator.hold("late").await;
    browser.find("[data-testid=plan-changed]").await;
    assert!(!browser.is_enabled(EXECUTE).await);
    browser
        .until_text("[data-testid=plan-znode].differs", "what is new", |text| text.contains("/ladder/late/"))
        .await;
    browser.press("plan-look-again").await;
    browser.until_gone("[data-testid=plan-changed]").await;
    confirm(&browser, "its host hangs", last8(&session)).await;
    curator.until("heir", State::Holding).await;
    for (path, left) in [(paths[1], 0), ("/ladder/late", 0), (paths[2], 2)] {
        zookeeper::members(&observer, path, left).await;
    }
    browser.press("plan-close").await;
    browser
        .until("only the odd one is left", async || {
            let locks = browser.attributes("[data-testid=session-holds]", "data-path").await;
            if locks == [paths[2]] { Ok(()) } else { Err(locks) }
        })
        .await;
    browser.close().await;
}

#[tokio::test]
async fn a_lock_that_is_stuck_is_cured_beside_what_is_wrong_with_it() {
    let Some(scene) = scene().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let lock = "/ladder/readers";
    // A reader as kazoo before 2.9 leaves it: it stands first, and watches the writer that waits for it.
    let reader = zookeeper::client(&connect).await;
    zookeeper::put(&reader, lock, b"").await;
    let place = format!("{lock}/{}__rlock__", "5e".repeat(16));
    let mode = CreateMode::EphemeralSequential.with_acls(Acls::anyone_all());
    reader.create(&place, b"old reader", &mode).await.unwrap();
    let session = kazoo.client("ladder-writer").await;
    kazoo.make("ladder-writer", "ladder-writer", "WriteLock", lock, json!({})).await;
    kazoo.acquire("ladder-writer").await;
    let members = zookeeper::members(&reader, lock, 2).await;
    let writer = members.iter().find(|name| name.contains("__lock__")).unwrap();
    let (_, _, watcher) = reader.get_and_watch_data(&format!("{lock}/{writer}")).await.unwrap();
    eventually("a cure is offered", Duration::from_secs(20), async || {
        let cures = scene.console.lock(lock).await.and_then(|lock| lock.cures).unwrap_or_default();
        if cures.is_empty() { Err(()) } else { Ok(()) }
    })
    .await;

    open(&browser, &scene.console, &format!("lock?path={lock}")).await;
    let cure = "[data-testid=finding][data-code=watches_later] [data-testid=cure]";
    browser
        .until_text(cure, "what it is for", |text| text.contains("kazoo before 2.9") && text.contains(writer))
        .await;
    look(&browser, "cure").await;
    browser.press_on(&format!("{cure} [data-testid=cure-button]")).await;
    browser.until_text(SHEET, "its plan", |text| text.contains("old reader") && text.contains(writer)).await;
    confirm(&browser, "an old kazoo", last8(&session)).await;
    let woken = tokio::time::timeout(Duration::from_secs(5), watcher.changed()).await;
    assert!(woken.is_ok(), "the reader wakes");
    browser.press("plan-close").await;
    browser.until_gone("[data-testid=cure]").await;
    browser.close().await;
}
