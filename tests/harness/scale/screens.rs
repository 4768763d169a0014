//! What a browser makes of much: a directory of many children, many locks, many changes.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use zookeeper_client::{Acls, CreateMode};

use super::crowd::{Committed, Locks};
use super::grove;
use crate::Console;
use crate::browser::{Browser, Frames};
use crate::console::CLUSTER;

/// Where the many locks are.
const MANY: &str = "/many";
/// How far the list is scrolled before each frame, in pixels: three rows.
const STRIDE: u32 = 96;

/// A directory of many children, opened and scrolled.
#[derive(Debug, Clone)]
pub struct Wide {
    /// From the press on the directory until its children are on the screen, in milliseconds.
    pub opened: f64,
    /// The frames while it was scrolled.
    pub scrolled: Frames,
}

/// Opens a directory in the tree and scrolls through it for so long.
///
/// # Panics
/// When the console or the browser does not answer.
pub async fn wide(console: &Console, browser: &Browser, directory: &str, span: Duration) -> Wide {
    let parent = directory.rsplit_once('/').map_or("/", |(parent, _)| parent);
    open(browser, console, &format!("tree?path={parent}")).await;
    let arrow = |path: &str| {
        format!(
            "document.querySelector('[data-testid=tree-row][data-path=\"{path}\"]')\
             .dispatchEvent(new KeyboardEvent('keydown', {{key: 'ArrowRight', bubbles: true}}))"
        )
    };
    let row = |path: &str| format!("[data-testid=tree-row][data-path=\"{path}\"]");
    browser.find(&row(parent)).await;
    if browser.count(&row(directory)).await == 0 {
        browser.script(&arrow(parent)).await;
    }
    browser.find(&row(directory)).await;
    let children = format!(
        "document.querySelectorAll('[data-testid=tree-row][data-path^=\"{directory}/\"]').length >= 5"
    );
    let opened = browser.time_until(&arrow(directory), &children).await;
    let list = "(() => { let at = document.querySelector('[data-testid=tree-row]'); \
                while (at && at.scrollHeight <= at.clientHeight + 1) at = at.parentElement; return at; })()";
    browser.script(&format!("window.list = {list}")).await;
    let scrolled = browser.frames(span, &format!("window.list.scrollTop += {STRIDE}")).await;
    Wide { opened, scrolled }
}

/// Makes so many locks, each held by one session's contender.
///
/// # Panics
/// When the server refuses.
pub async fn many_locks(connect: &str, count: usize) -> zookeeper_client::Client {
    let client = grove::client(connect).await;
    let persistent = CreateMode::Persistent.with_acls(Acls::anyone_all());
    client.mkdir(MANY, &persistent).await.expect("a directory");
    let numbers: Vec<usize> = (0..count).collect();
    stream::iter(numbers.chunks(250))
        .for_each_concurrent(4, |numbers| {
            let client = &client;
            async move {
                let mut writer = client.new_multi_writer();
                for number in numbers {
                    let (persistent, ephemeral) = (
                        CreateMode::Persistent.with_acls(Acls::anyone_all()),
                        CreateMode::Ephemeral.with_acls(Acls::anyone_all()),
                    );
                    let lock = format!("{MANY}/lock-{number:05}");
                    writer.add_create(&lock, b"", &persistent).expect("a valid path");
                    let contender = format!("{lock}/{number:032x}__lock__0000000000");
                    writer.add_create(&contender, b"a worker", &ephemeral).expect("a valid path");
                }
                writer.commit().await.expect("locks are made");
            }
        })
        .await;
    client
}

/// From a cold load until the locks are listed, in milliseconds.
///
/// # Panics
/// When the console or the browser does not answer.
pub async fn cold(console: &Console, browser: &Browser, count: usize) -> f64 {
    browser.open(&console.url(&format!("/c/{CLUSTER}/locks"))).await;
    let number = format!("{count}");
    let listed = format!(
        "document.querySelectorAll('[data-testid=lock-row]').length >= 10 && \
         (document.querySelector('main h1')?.parentElement?.textContent ?? '').replace(/\\D/g, '') === '{number}'"
    );
    browser.since_navigation(&listed).await
}

/// The list of locks while they change.
#[derive(Debug, Clone)]
pub struct Busy {
    /// Changes a second.
    pub per_second: f64,
    /// The frames meanwhile.
    pub frames: Frames,
    /// What the page held after a fifth of the time, and at the end, in bytes.
    pub heap: (u64, u64),
}

/// Looks at the list of locks for so long while they change hands at about this rate.
///
/// # Panics
/// When the server, the console or the browser does not answer.
pub async fn busy(connect: &str, console: &Console, browser: &Browser, rate: usize, span: Duration) -> Busy {
    let mut locks = Locks::make(connect).await;
    open(browser, console, "locks").await;
    browser.find("[data-testid=lock-row]").await;
    let committed: Committed = Arc::default();
    let early = span / 5;
    let turning = async {
        let start = std::time::Instant::now();
        let changes = locks.turn(rate, span + Duration::from_secs(2), &committed).await;
        changes as f64 / start.elapsed().as_secs_f64()
    };
    let looking = async {
        tokio::time::sleep(early).await;
        let before = browser.heap().await;
        let frames = browser.frames(span - early, "").await;
        (frames, (before, browser.heap().await))
    };
    let (per_second, (frames, heap)) = tokio::join!(turning, looking);
    Busy { per_second, frames, heap }
}

async fn open(browser: &Browser, console: &Console, screen: &str) {
    browser.open(&console.url(&format!("/c/{CLUSTER}/{screen}"))).await;
    browser.until_attribute("[data-testid=connection-state]", "data-state", "live").await;
}

/// What a browser that takes brotli loads of the site, in bytes: markup, scripts, styles and the program.
#[derive(Debug, Clone, Copy)]
pub struct Weight {
    /// For a first screen.
    pub first: u64,
    /// With what comes after it.
    pub all: u64,
}

/// Loads the site as a browser would.
///
/// # Panics
/// When the console does not serve it.
pub async fn weight(console: &Console) -> Weight {
    let http = reqwest::Client::new();
    let packed = async |path: &str| {
        let reply =
            http.get(console.url(path)).header("accept-encoding", "br").send().await.expect("an answer");
        reply.bytes().await.expect("a body").len() as u64
    };
    let plain = async |path: &str| {
        let reply = http.get(console.url(path)).send().await.expect("an answer");
        reply.text().await.expect("a body")
    };
    let page = packed("/").await;
    let mut weight = Weight { first: page, all: page };
    let mut seen = vec![plain("/").await];
    let mut known = std::collections::BTreeSet::new();
    while let Some(text) = seen.pop() {
        for path in text.split(['"', '\'', '(', ')', '`']).filter(|part| part.starts_with("/assets/")) {
            if path.ends_with(".woff2") || path.ends_with(".svg") || !known.insert(path.to_owned()) {
                continue;
            }
            let bytes = packed(path).await;
            weight.all += bytes;
            // What a script gives a URL of its own is asked for when it is needed; all else is asked for at once.
            if !text.contains(&format!("new URL(\"{path}\"")) {
                weight.first += bytes;
            }
            if path.ends_with(".js") {
                seen.push(plain(path).await);
            }
        }
    }
    weight
}
