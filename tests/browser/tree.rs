//! The tree: lazy, live, of any size, and never more than text.

use std::time::Duration;

use harness::Console;
use harness::browser::{Browser, Spans};
use harness::presence::Missing;
use harness::zookeeper::{self, PrivateZooKeeper, options};
use serde_json::Value;
use zookeeper_client::{Acls, Client, CreateMode};

use crate::desk::{a_while, open, paths, prompt, row};

const CHILDREN: usize = 100_000;
const ROWS: &str = "[data-testid=tree-row]";
const PANEL: &str = "[data-testid=node-panel]";

#[tokio::test]
async fn a_hundred_thousand_children_and_what_strangers_wrote_are_shown() {
    let zookeeper = match PrivateZooKeeper::start(options()).await {
        Ok(zookeeper) => zookeeper,
        Err(error) => {
            return Missing::new(error.to_string(), "ZooKeeper and Java are what is tested against").skip();
        }
    };
    let Some(browser) = Browser::start().await else { return };
    let client = zookeeper::client(&zookeeper.connect()).await;
    zookeeper::fill(&client, "/big", "n", CHILDREN, b"").await;
    zookeeper::put(&client, "/tree/one/two", b"{\"is\": \"JSON\"}").await;
    let console = Console::start(&zookeeper.connect()).await;
    console.live(Duration::from_secs(30)).await;

    open(&browser, &console, "tree").await;
    browser.until_text(&row("tree", "/big"), "its children", |text| text.contains("100\u{202f}000")).await;
    assert!(
        !paths(&browser, "tree").await.contains(&"/tree/one".to_owned()),
        "what is closed is not asked for"
    );
    changes_show(&browser, &client).await;
    only_text(&browser, &client).await;
    very_many(&browser).await;
    browser.close().await;
}

/// Znodes come, change and go on the screen as they do in ZooKeeper.
async fn changes_show(browser: &Browser, client: &Client) {
    twist(browser, "/tree").await;
    twist(browser, "/tree/one").await;
    browser.press_on(&row("tree", "/tree/one/two")).await;
    browser.until_text(PANEL, "the data", |text| text.contains("\"is\": \"JSON\"")).await;
    assert!(browser.place().await.ends_with("/tree?path=/tree/one/two"));
    client.set_data("/tree/one/two", b"other data", None).await.unwrap();
    browser.until_text(PANEL, "the new data", |text| text.contains("other data")).await;
    client.delete("/tree/one/two", None).await.unwrap();
    browser.until_gone(&row("tree", "/tree/one/two")).await;
    browser.until_text(PANEL, "that it is gone", |text| text.contains("There is no such znode")).await;

    let last = "[...document.querySelectorAll('[data-testid=tree-row]')].map(row => row.dataset.path)\
                .filter(path => path.startsWith('/tree/one/')).at(-1) ?? null";
    let stopwatch = browser.stopwatch(last).await;
    let mode = CreateMode::Persistent.with_acls(Acls::anyone_all());
    let mut spans = Spans::default();
    for number in 10..34 {
        let path = format!("/tree/one/n{number}");
        let (stat, _) = client.create(&path, b"", &mode).await.unwrap();
        spans.add(stopwatch.shown(&path).await - stat.ctime);
    }
    prompt("a znode comes, to the tree", &spans);
    twist(browser, "/tree").await;
    browser.until_gone(&row("tree", "/tree/one")).await;
}

/// What looks like HTML is text, in a name and in data.
async fn only_text(browser: &Browser, client: &Client) {
    let name = "<img src=x onerror=window.harmed=1>";
    let data = "<script>window.harmed=1</script><img src=x onerror=\"window.harmed=1\">";
    zookeeper::put(client, &format!("/html/{name}"), data.as_bytes()).await;
    twist(browser, "/html").await;
    let stranger = format!("{ROWS}[data-path^='/html/']");
    browser.until_text(&stranger, "the name", |text| text.contains(name)).await;
    browser.press_on(&stranger).await;
    browser.until_text(PANEL, "the data", |text| text.contains(data)).await;
    a_while().await;
    assert_eq!(browser.script("return window.harmed ?? null").await, Value::Null, "a script ran");
    assert_eq!(browser.count("main img, main script").await, 0);
    twist(browser, "/html").await;
}

/// A directory of any size is open at once, and only what can be seen is in the page.
async fn very_many(browser: &Browser) {
    twist(browser, "/big").await;
    browser.find(&row("tree", "/big/n000000")).await;
    assert!(browser.count(ROWS).await < 200, "{} rows in the page", browser.count(ROWS).await);
    assert_eq!(
        browser.attribute(&row("tree", "/big/n000000"), "aria-setsize").await.as_deref(),
        Some("100000")
    );
    for (share, what) in [(1.0, "the end"), (0.5, "the middle"), (0.0, "the beginning")] {
        let scroll = format!(
            "const rows = document.querySelector('.rows.t-tree'); rows.scrollTop = rows.scrollHeight * {share}"
        );
        browser.script(&scroll).await;
        let part = (share * CHILDREN as f64) as usize / 1_000;
        browser
            .until(&format!("the rows at {what}"), async || {
                let near = |path: &String| {
                    let number = path.strip_prefix("/big/n").and_then(|number| number.parse::<usize>().ok());
                    number.is_some_and(|number| (number + 500) / 1_000 == part)
                };
                let rows = paths(browser, "tree").await;
                if rows.len() < 200 && rows.iter().any(near) { Ok(()) } else { Err(rows) }
            })
            .await;
        if what == "the end" {
            // The big directory is the first: after it come the others.
            browser.find(&row("tree", "/big/n099999")).await;
        }
    }
}

/// Opens or closes a directory.
async fn twist(browser: &Browser, path: &str) {
    browser.press_on(&format!("{} .twist", row("tree", path))).await;
}
