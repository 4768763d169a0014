//! A list in which much changes stays readable.

use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::browser::Browser;
use harness::scene::Scene;
use harness::zookeeper;
use serde_json::Value;
use zookeeper_client::{Acls, Client, CreateMode};

use crate::desk::{open, row};

/// More than fit on the screen.
const LOCKS: usize = 60;
/// How long they change, and how often.
const SPAN: Duration = Duration::from_secs(5);
const EVERY: Duration = Duration::from_millis(100);
/// The most rows that enter the screen in one frame.
const FEW: u64 = 4;

/// Looks before each frame which rows are in the page, in which order.
const WATCH: &str = "
    window.busy = { shown: null, most: 0, turned: [] };
    const look = now => {
        const rows = [...document.querySelectorAll('[data-testid=lock-row]')].map(row => row.dataset.path);
        const before = window.busy.shown;
        if (before && before.join() !== rows.join()) {
            window.busy.turned.push(now);
            window.busy.most = Math.max(window.busy.most, rows.filter(path => !before.includes(path)).length);
        }
        window.busy.shown = rows;
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);";

/// How many wait at each lock, from the first row on.
const WAITERS: &str = "return [...document.querySelectorAll('[data-testid=lock-row] .c-waiters')].map(cell => Number(cell.textContent.replace(/\\D/g, '')))";

fn directory(lock: usize) -> String {
    format!("/busy/lock-{lock:02}")
}

/// A contender, by the name that Curator gives it.
async fn come(client: &Client, lock: usize, number: usize) -> String {
    let prefix = format!("{}/_c_{number:08x}-0000-4000-8000-000000000000-lock-", directory(lock));
    let options = CreateMode::EphemeralSequential.with_acls(Acls::anyone_all());
    let (_, sequence) = client.create(&prefix, b"", &options).await.expect("a contender comes");
    format!("{prefix}{sequence}")
}

/// Notes in the page when the depth of the first queue changed, and how often it glowed.
const GLOWS: &str = "
    const cell = document.querySelector('[data-testid=queue-row] .c-depth');
    window.glowed = { turns: [], glows: 0 };
    new MutationObserver(() => window.glowed.turns.push(performance.now()))
        .observe(cell, { characterData: true, childList: true, subtree: true });
    cell.addEventListener('animationstart', event => {
        if (event.animationName.startsWith('glow')) window.glowed.glows += 1;
    });";

/// How often something glows that changed at these times, by the rule that it glows after stillness.
fn after_stillness(turns: &[f64]) -> usize {
    1 + turns.windows(2).filter(|pair| pair[1] - pair[0] > 550.0).count()
}

#[tokio::test]
async fn what_changes_all_the_time_does_not_glow_and_what_was_still_does() {
    let Some(scene) = Scene::start().await else { return };
    let Some(browser) = Browser::start().await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    let put = async || {
        let options = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
        client.create("/calm/queue/entry-100-", b"an item", &options).await.expect("an item comes");
    };
    zookeeper::put(&client, "/calm/queue", b"").await;
    put().await;
    open(&browser, &scene.console, "queues").await;
    browser.find(&row("queue", "/calm/queue")).await;
    browser.script(GLOWS).await;
    let seen = async |depth: &str| {
        browser.until_text("[data-testid=queue-row] .c-depth", depth, |text| text.trim() == depth).await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let seen = browser.script("return window.glowed").await;
        let turns: Vec<f64> =
            seen["turns"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        (turns, seen["glows"].as_u64().expect("a number") as usize)
    };
    // A row that is new on the screen was not still either.
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..20 {
        put().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (turns, glows) = seen("21").await;
    assert!(turns.len() >= 5 && glows < turns.len(), "{glows} glows of {turns:?}");
    assert!((1..=after_stillness(&turns)).contains(&glows), "{glows} glows of {turns:?}");
    put().await;
    let (_, again) = seen("22").await;
    assert_eq!(again, glows + 1, "after stillness it glows");
    browser.close().await;
}

#[tokio::test]
async fn a_busy_list_is_put_in_order_once_a_second_and_a_few_rows_a_frame() {
    let Some(scene) = Scene::start().await else { return };
    let Some(browser) = Browser::start().await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    for lock in 0..LOCKS {
        zookeeper::put(&client, &directory(lock), b"").await;
        come(&client, lock, lock).await;
    }
    open(&browser, &scene.console, "locks").await;
    browser.find(&row("lock", &directory(0))).await;
    browser.script(WATCH).await;

    // Each time somebody waits at another third of the locks, which is the third that is to be on the screen.
    let started = Instant::now();
    let mut waiting: Vec<String> = Vec::new();
    for turn in 0.. {
        let come =
            (0..LOCKS).filter(|lock| (lock + turn) % 3 == 0).map(|lock| come(&client, lock, LOCKS + turn));
        let came = join_all(come).await;
        let go = waiting.iter().map(|waiter| client.delete(waiter, None));
        assert!(join_all(go).await.iter().all(Result::is_ok), "waiters go");
        waiting = came;
        if started.elapsed() > SPAN {
            break;
        }
        tokio::time::sleep(EVERY).await;
    }
    let took = started.elapsed();
    browser
        .until("those at whose locks somebody waits are first", async || {
            let waiters = browser.script(WAITERS).await;
            let numbers: Vec<u64> =
                waiters.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
            let first = numbers.iter().take_while(|waiters| **waiters > 0).count();
            if first == LOCKS / 3 && numbers[first..].iter().all(|waiters| *waiters == 0) {
                Ok(())
            } else {
                Err(numbers)
            }
        })
        .await;

    let seen = browser.script("return window.busy").await;
    let turned: Vec<f64> =
        seen["turned"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let most = seen["most"].as_u64().expect("rows entered");
    assert!((1..=FEW).contains(&most), "{most} rows entered in one frame");
    // What turns within half a second is one turn, frame by frame.
    let turns = 1 + turned.windows(2).filter(|pair| pair[1] - pair[0] > 500.0).count();
    // A frame that is late splits one into two.
    assert!((2..=2 * took.as_secs() as usize).contains(&turns), "{turns} turns in {took:?}: {turned:?}");
    browser.close().await;
}
