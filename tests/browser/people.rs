//! A console where people sign in, and what they do at its door.

use std::time::Duration;

use harness::browser::Browser;
use harness::person::{PASSWORD, users};
use harness::presence::Missing;
use harness::scene::Scene;
use harness::zookeeper::{PrivateZooKeeper, options};
use harness::{Console, Person, eventually};
use zooscope_protocol::Role;

/// The sign-in page.
pub(crate) const DOOR: &str = "[data-testid=sign-in]";

/// A console whose only cluster is production, with a viewer (`vic`), an operator (`ann`), an administrator (`bob`) and an
/// operator who approves (`eve`), and with more in its configuration. `None`, said loudly, where there is no ZooKeeper.
pub(crate) async fn staffed(more: &str) -> Option<Scene> {
    staffed_under("", more).await
}

/// The same with more at the top of its configuration.
pub(crate) async fn staffed_under(top: &str, more: &str) -> Option<Scene> {
    let zookeeper = match PrivateZooKeeper::start(options()).await {
        Ok(zookeeper) => zookeeper,
        Err(error) => {
            Missing::new(error.to_string(), "ZooKeeper and Java are what is tested against").skip();
            return None;
        }
    };
    let people = [
        ("vic", Role::Viewer, false),
        ("ann", Role::Operator, false),
        ("bob", Role::Admin, false),
        ("eve", Role::Operator, true),
    ];
    let cluster = format!(
        "[[cluster]]\nname = 'test'\nzookeeper = '{}'\nenvironment = 'prod-eu'\nproduction = true\n",
        zookeeper.connect()
    );
    let toml = format!("{top}{}{more}{cluster}", users(&people));
    let console = Console::run_in(vec!["serve".to_owned()], &toml, reqwest::Client::builder()).await;
    let scene = Scene { console, zookeeper };
    let person = Person::sign_in(&scene.console, "vic").await;
    eventually("the mirror is live", Duration::from_secs(20), async || {
        let reply = person.get("/clusters").await;
        if reply.text.contains("\"status\":\"live\"") { Ok(()) } else { Err(reply.text) }
    })
    .await;
    Some(scene)
}

/// Signs in where the page asks for it, with the keyboard only, and waits until it is left.
pub(crate) async fn sign_in(browser: &Browser, user: &str) {
    browser.test_id("sign-in-user").await;
    // That nobody is known is an error to the browser.
    browser.forgive().await;
    browser
        .until("the name has the focus", async || {
            crate::desk::focus(browser, "[data-testid=sign-in-user]").await
        })
        .await;
    browser.keys(&format!("{user}\u{e004}{PASSWORD}\u{e007}")).await;
    browser.until_gone(DOOR).await;
    browser.forgive().await;
}
