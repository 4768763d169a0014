//! Who is known, and what they see of what they may and may not do.

use harness::browser::{Browser, WIDTHS};
use harness::person::PASSWORD;
use harness::{Peer, Person, zookeeper};
use serde_json::json;

use crate::desk::{SHEET, a_while, focus, last8, live, open, row, there};
use crate::looks::look;
use crate::people::{DOOR, sign_in, staffed};

const SAID: &str = "[data-testid=sign-in-said]";
const FROZEN: &str = "[data-testid=frozen]";
const RELEASE: &str = "[data-testid=lock-page] [data-testid=release-button]";

#[tokio::test]
async fn one_signs_in_with_the_keyboard_and_is_led_to_the_very_address() {
    let Some(scene) = staffed("").await else { return };
    let Some(browser) = Browser::start().await else { return };
    let address = "/c/test/locks?q=b%C3%BCro%20%26%20co&sort=held";
    browser.open(&scene.console.url(address)).await;
    browser.test_id("sign-in-user").await;
    let door = browser.text("body").await;
    assert!(!door.contains(env!("CARGO_PKG_VERSION")) && !door.contains("vic"), "it says nothing: {door}");
    for (field, hint) in [("sign-in-user", "username"), ("sign-in-password", "current-password")] {
        let found = browser.attribute(&format!("[data-testid={field}]"), "autocomplete").await;
        assert_eq!(found.as_deref(), Some(hint), "a password manager knows it");
    }

    // The same sentence for a name that is there and one that is not, and the fields are ready for another try.
    let mut said = Vec::new();
    for user in ["ann", "nobody"] {
        browser.fill("sign-in-user", user).await;
        browser.fill("sign-in-password", "not it").await;
        browser.keys("\u{e007}").await;
        said.push(browser.until_text(SAID, "why not", |text| text.len() > 10).await);
        browser
            .until("the password has the focus, and is empty", async || {
                focus(&browser, "[data-testid=sign-in-password]").await?;
                let left = browser.script("return document.activeElement.value").await;
                if left == json!("") { Ok(()) } else { Err(left.to_string()) }
            })
            .await;
        look(&browser, "sign-in").await;
        browser.reload().await;
    }
    assert_eq!(said[0], said[1]);

    sign_in(&browser, "ann").await;
    live(&browser).await;
    assert_eq!(browser.place().await, address);
    browser.until_text("[data-testid=person]", "who it is", |text| text.contains("ann")).await;

    // Signing out leads to the door, and takes what was shown away; nothing is left behind it.
    browser.press("person").await;
    browser.press("sign-out").await;
    browser.find(DOOR).await;
    browser.forgive().await;
    browser.open(&scene.console.url(address)).await;
    browser.find(DOOR).await;
    browser.forgive().await;
    browser.close().await;
}

#[tokio::test]
async fn a_session_that_ended_leads_to_the_door_and_back() {
    let Some(scene) = staffed("").await else { return };
    let Some(browser) = Browser::start().await else { return };
    browser.open(&scene.console.url("/c/test/tree?path=/zookeeper")).await;
    sign_in(&browser, "ann").await;
    live(&browser).await;
    // Signed out in another window: the stream ends, and this page finds out why.
    browser.script("fetch('/api/v1/logout', {method: 'POST', headers: {'x-zooscope': '1'}})").await;
    browser.find(DOOR).await;
    sign_in(&browser, "ann").await;
    live(&browser).await;
    assert_eq!(browser.place().await, "/c/test/tree?path=/zookeeper");
    browser.close().await;
}

#[tokio::test]
async fn a_viewer_sees_everything_and_each_button_says_why_it_is_not_theirs() {
    let Some(scene) = staffed("").await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    kazoo.client("w").await;
    kazoo.make("w", "w", "Lock", "/app/locks/billing", json!({})).await;
    kazoo.hold("w").await;
    browser.open(&scene.console.url("/c/test/locks")).await;
    sign_in(&browser, "vic").await;
    live(&browser).await;
    let lock = row("lock", "/app/locks/billing");
    browser.until_text(&lock, "the board, whole", |text| text.contains("billing")).await;
    browser.press_on(&lock).await;
    browser.find(RELEASE).await;
    browser.until_enabled(RELEASE, false).await;
    let why = browser.attribute(RELEASE, "aria-description").await.unwrap_or_default();
    assert!(why.contains("viewer") && why.contains("operator"), "{why}");

    // Which cluster this is, in words and more than colour.
    let label = "[data-testid=environment]";
    browser.until_text(label, "the environment", |text| text.to_lowercase().contains("prod-eu")).await;
    assert_eq!(browser.attribute(label, "data-colour").await.as_deref(), Some("red"));
    assert_eq!(browser.count(&format!("{label} svg")).await, 1);
    browser.width(WIDTHS[1]).await;
    browser.press("person").await;
    browser.until_text("[data-testid=person-menu]", "the role", |text| text.contains("viewer")).await;
    browser.until_enabled("[data-testid=freeze-button]", false).await;
    assert_eq!(browser.overflow().await, 0, "it scrolls sideways");
    browser.shot("person-390").await;
    browser.close().await;
}

#[tokio::test]
async fn all_actions_are_stopped_on_every_screen_and_go_on() {
    let Some(scene) = staffed("").await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let (Some(ann), Some(bob)) = (Browser::start().await, Browser::start().await) else { return };
    kazoo.client("w").await;
    kazoo.make("w", "w", "Lock", "/app/locks/billing", json!({})).await;
    kazoo.hold("w").await;
    for (browser, name) in [(&ann, "ann"), (&bob, "bob")] {
        browser.open(&scene.console.url("/c/test/lock?path=/app/locks/billing")).await;
        sign_in(browser, name).await;
        live(browser).await;
        browser.until_enabled(RELEASE, true).await;
    }

    ann.press("person").await;
    ann.press("freeze-button").await;
    assert!(!ann.is_enabled("[data-testid=freeze-execute]").await, "why is asked");
    ann.fill("freeze-reason", "two people at once").await;
    ann.press("freeze-execute").await;
    // On the other's screen as well, without a press.
    for browser in [&ann, &bob] {
        let band =
            browser.until_text(FROZEN, "who and why", |text| text.contains("two people at once")).await;
        assert!(band.contains("ann"), "{band}");
        browser.until_enabled(RELEASE, false).await;
        let why = browser.attribute(RELEASE, "aria-description").await.unwrap_or_default();
        assert!(why.contains("two people at once"), "{why}");
    }
    look(&ann, "frozen").await;
    // An operator stops, an administrator lets go on.
    assert!(!ann.is_enabled("[data-testid=thaw-button]").await);
    bob.press("thaw-button").await;
    bob.fill("freeze-reason", "it is over").await;
    bob.press("freeze-execute").await;
    for browser in [&ann, &bob] {
        browser.until_gone(FROZEN).await;
        browser.until_enabled(RELEASE, true).await;
    }
    ann.close().await;
    bob.close().await;
}

#[tokio::test]
async fn a_ticket_and_a_fresh_proof_are_asked_for_in_the_sheet() {
    let rules = "[[policy]]\npath = '/pay/**'\nrequire = { ticket = 'INC-*', step_up = '10s' }\n";
    let Some(scene) = staffed(rules).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    let observer = zookeeper::client(&scene.zookeeper.connect()).await;
    let session = kazoo.client("w").await;
    kazoo.make("w", "w", "Lock", "/pay/lock", json!({})).await;
    kazoo.hold("w").await;
    browser.open(&scene.console.url("/c/test/lock?path=/pay/lock")).await;
    sign_in(&browser, "ann").await;
    live(&browser).await;
    let signed_in = std::time::Instant::now();
    browser.press_on(RELEASE).await;
    browser.fill("plan-reason", "the payment worker hangs").await;
    browser.fill("plan-confirm", last8(&session)).await;
    browser
        .until_text(SHEET, "that a ticket is missing", |text| text.contains("Name the ticket first."))
        .await;
    let hint = browser.attribute("[data-testid=plan-ticket]", "placeholder").await;
    assert_eq!(hint.as_deref(), Some("INC-*"));
    browser.fill("plan-ticket", "CHG-1").await;
    browser.press("plan-execute").await;
    browser.until_text("[data-testid=plan-held]", "why not", |text| text.contains("INC-*")).await;
    browser.press("plan-look-again").await;
    browser.fill("plan-ticket", "INC-7").await;

    // The sign-in is too long ago by now: the password is asked for again, and then it is done.
    tokio::time::sleep(std::time::Duration::from_secs(11).saturating_sub(signed_in.elapsed())).await;
    browser.press("plan-execute").await;
    browser.test_id("plan-prove").await;
    browser.fill("prove-password", "not it").await;
    browser.press("prove-execute").await;
    browser.until_text("[data-testid=prove] [role=alert]", "why not", |text| text.len() > 10).await;
    browser.shot("sheet-prove").await;
    assert_eq!(zookeeper::members(&observer, "/pay/lock", 1).await.len(), 1, "nothing was done");
    browser.fill("prove-password", PASSWORD).await;
    browser.press("prove-execute").await;
    browser.until_attribute("[data-testid=plan-outcome]", "data-outcome", "done").await;
    a_while().await;
    browser.forgive().await;
    open(&browser, &scene.console, "locks").await;
    let audit = Person::sign_in(&scene.console, "bob").await.get("/audit").await.text;
    assert!(audit.contains("INC-7"), "{audit}");
    browser.close().await;
}

#[tokio::test]
async fn one_ends_from_here_what_is_open_elsewhere() {
    let Some(scene) = staffed("").await else { return };
    let (Some(desk), Some(lost)) = (Browser::start().await, Browser::start().await) else { return };
    for browser in [&desk, &lost] {
        browser.open(&scene.console.url("/c/test/locks")).await;
        sign_in(browser, "ann").await;
        live(browser).await;
    }
    desk.press("person").await;
    desk.press("sign-ins-button").await;
    let rows = "[data-testid=sign-in-row]";
    desk.find(rows).await;
    let current = desk.attributes(rows, "data-current").await;
    assert_eq!(current.iter().filter(|current| *current == "true").count(), 1, "{current:?}");
    assert_eq!(current.len(), 2);
    let own = desk.text(&format!("{rows}[data-current=true]")).await;
    assert!(own.contains("this browser") && own.contains("127.0.0.1") && own.contains("Chrome"), "{own}");
    look(&desk, "sign-ins").await;

    desk.press_on(&format!("{rows}[data-current=false] [data-testid=end-session]")).await;
    lost.find(DOOR).await;
    lost.forgive().await;
    desk.until("one is left", async || match desk.count(rows).await {
        1 => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(desk.count("[data-testid=end-other-sessions]").await, 0, "there is no other");

    // The same for all others at once, with the keyboard: the dialog has the focus and gives it back.
    sign_in(&lost, "ann").await;
    live(&lost).await;
    desk.keys("\u{e00c}").await;
    desk.until_gone("[data-testid=sign-ins-dialog]").await;
    desk.press("person").await;
    desk.press("sign-ins-button").await;
    desk.press("end-other-sessions").await;
    lost.find(DOOR).await;
    lost.forgive().await;
    lost.close().await;
    live(&desk).await;
    desk.close().await;
}
