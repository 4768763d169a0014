//! A layout of one's own: tried while it is typed, kept, changed and removed with the keyboard alone.

use fantoccini::key::Key;
use harness::Console;
use harness::browser::Browser;
use harness::console::CLUSTER;
use harness::presence::Missing;
use harness::zookeeper::{self, PrivateZooKeeper, options};
use zookeeper_client::{Acls, CreateMode};
use zooscope_protocol::api::RecipesBody;

use crate::desk::{focus, live, open, tab_to};
use crate::looks::look;

const COUNT: &str = "[data-testid=trial-count]";
const KEEP: &str = "[data-testid=recipe-keep]";

#[tokio::test]
async fn a_layout_is_tried_kept_changed_and_removed() {
    let zookeeper = match PrivateZooKeeper::start(options()).await {
        Ok(zookeeper) => zookeeper,
        Err(error) => {
            return Missing::new(error.to_string(), "ZooKeeper and Java are what is tested against").skip();
        }
    };
    let Some(browser) = Browser::start().await else { return };
    let client = zookeeper::client(&zookeeper.connect()).await;
    for path in ["/app/orders/a", "/app/orders/b", "/kafka/brokers/ids"] {
        zookeeper::put(&client, path, b"").await;
    }
    let ephemeral = CreateMode::Ephemeral.with_acls(Acls::anyone_all());
    client.create("/app/orders/a/who-0000000001", b"ann", &ephemeral).await.unwrap();
    client.create("/kafka/brokers/ids/7", b"{}", &ephemeral).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zooscope.toml");
    let table = "[[recipe]]\nname = 'ours'\npath = '/ours'\nkind = 'mutex'\nmembers = '.*'\n";
    std::fs::write(&file, table).unwrap();
    let ensemble = format!("{CLUSTER}={}", zookeeper.connect());
    let console = Console::start_with(&[&ensemble], &["--config", file.to_str().unwrap()]).await;
    console.live(std::time::Duration::from_secs(20)).await;

    open(&browser, &console, "overview").await;
    browser.keys("gr").await;
    browser.until_text("h1", "the recipes", |text| text == "Recipes").await;
    let catalogue =
        browser.until_text("[data-testid=catalogue]", "what is known", |text| !text.is_empty()).await;
    let body: RecipesBody = console.read("/recipes").await;
    for known in &body.known {
        assert!(catalogue.contains(&known.recipe.to_string()), "{known:?} is missing");
    }
    // That of the configuration is changed there.
    let ours = row("ours");
    browser.until_text(&ours, "where it is from", |text| text.contains("from the configuration")).await;
    assert_eq!(browser.count(&format!("{ours} button")).await, 0);

    type_into(&browser, "recipe-name", "ours").await;
    type_into(&browser, "recipe-path", "/app/orders/*").await;
    type_into(&browser, "recipe-members", r"who-(?<sequence>\d{10})").await;
    browser.until_text(COUNT, "two paths", |text| text == "2 paths match").await;
    let why = |text: &str| text.contains("The configuration has a recipe ours");
    browser.until_text(".keep", "that the name is taken", why).await;
    assert!(!browser.is_enabled(KEEP).await);
    type_into(&browser, "recipe-name", "orders").await;
    browser.until_text("[data-testid=trial]", "who would hold", |text| text.contains("ann")).await;
    tab_to(&browser, KEEP).await;
    browser.keys(&Key::Enter.to_string()).await;
    let orders = row("orders");
    browser.until_text(&orders, "that it is kept", |text| text.contains("/app/orders/*")).await;
    assert_eq!(kept(&console).await, [("orders".to_owned(), "/app/orders/*".to_owned())]);
    assert_eq!(console.lock("/app/orders/a").await.unwrap().lock.recipe.to_string(), "declared.orders");
    browser.until_text(COUNT, "an empty form", str::is_empty).await;

    change(&browser, &console, &orders).await;

    // What is another system's own is warned of.
    type_into(&browser, "recipe-name", "brokers").await;
    type_into(&browser, "recipe-path", "/kafka/*/ids").await;
    type_into(&browser, "recipe-members", r"\d+").await;
    browser
        .until_text("[data-testid=trial-protected]", "a warning", |text| text.contains("hands off today"))
        .await;
    look(&browser, "recipes-trial").await;

    browser.script("document.activeElement.blur()").await;
    tab_to(&browser, &format!("{} [data-testid=recipe-remove]", row("sales"))).await;
    browser.keys(&Key::Enter.to_string()).await;
    browser.until_gone(&row("sales")).await;
    assert_eq!(kept(&console).await, []);
    // A slip is taken back, as long as the message stands.
    browser.press("toast-lead").await;
    browser.find(&row("sales")).await;
    browser.press_on(&format!("{} [data-testid=recipe-remove]", row("sales"))).await;
    browser.until_gone(&row("sales")).await;
    assert_eq!(kept(&console).await, []);
    browser.reload().await;
    live(&browser).await;
    browser.find(&ours).await;
    assert_eq!(browser.count("[data-testid=declared-row]").await, 1);
    browser.close().await;
}

/// The same recipe with another pattern, then with another name.
async fn change(browser: &Browser, console: &Console, orders: &str) {
    for (name, path) in [("orders", "/app/orders/a"), ("sales", "/app/orders/b")] {
        browser.script("document.activeElement.blur()").await;
        tab_to(browser, &format!("{orders} [data-testid=recipe-change]")).await;
        browser.keys(&Key::Enter.to_string()).await;
        browser
            .until("the name has the focus", async || focus(browser, "[data-testid=recipe-name]").await)
            .await;
        type_into(browser, "recipe-path", path).await;
        type_into(browser, "recipe-name", name).await;
        browser.until_text(COUNT, "one path", |text| text == "1 path matches").await;
        browser.until_enabled(KEEP, true).await;
        tab_to(browser, KEEP).await;
        browser.keys(&Key::Enter.to_string()).await;
        browser.until_text(&row(name), "the change", |text| text.contains(path)).await;
        assert_eq!(kept(console).await, [(name.to_owned(), path.to_owned())]);
    }
}

/// Replaces what is in a field, with the keyboard.
async fn type_into(browser: &Browser, field: &str, text: &str) {
    tab_to(browser, &format!("[data-testid={field}]")).await;
    browser.script("document.activeElement.select()").await;
    browser.keys(text).await;
}

fn row(name: &str) -> String {
    format!("[data-testid=declared-row][data-name={name:?}]")
}

/// The names and patterns of what was kept, as the API tells them.
async fn kept(console: &Console) -> Vec<(String, String)> {
    let body: RecipesBody = console.read("/recipes").await;
    let is_kept = |name: &String| body.kept.contains(name);
    let declared = body.declared.iter().filter(|one| is_kept(&one.name));
    declared.map(|one| (one.name.clone(), one.path.clone())).collect()
}
