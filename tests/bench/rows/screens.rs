//! Rows about the browser.

use std::error::Error;
use std::time::Duration;

use harness::browser::Browser;
use harness::scale::grove::{self, Budget, Grove, ROOT, Shape};
use harness::scale::{memory, scan, screens};
use harness::settle;
use harness::zookeeper::PrivateZooKeeper;

use super::{mebibytes, span, thousands, znodes};
use crate::table::Row;

const LIMIT: Duration = Duration::from_secs(120);
/// So often the list is loaded cold.
const LOADS: usize = 5;

/// A directory of many children, many locks, and many changes, on the screen.
pub(super) async fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = wide().await?;
    rows.extend(locks().await?);
    Ok(rows)
}

fn row(what: String, measured: String, must: &str, met: bool) -> Row {
    Row { what, measured, reference: String::new(), ratio: None, must: must.to_owned(), met }
}

async fn wide() -> Result<Vec<Row>, Box<dyn Error>> {
    let shape = Shape { directories: 1, each: znodes() * 3 / 10, bytes: 0 };
    let grove = Grove::plant(shape, 2_048).await?;
    let scanned = scan::scan(&grove, Budget::Off, LIMIT).await;
    let browser = Browser::start().await.ok_or("there is no Chromium")?;
    let found =
        screens::wide(&scanned.console, &browser, &format!("{ROOT}/d0000"), Duration::from_secs(10)).await;
    browser.close().await;
    let what = format!("one directory of {} children in the browser", thousands(shape.each));
    let frames = &found.scrolled;
    Ok(vec![
        row(
            format!("{what}: opened"),
            format!("{:.0} ms", found.opened),
            "under 1 s",
            found.opened < 1_000.0,
        ),
        row(
            format!("{what}: scrolled, each frame"),
            format!("p50 {:.1} ms, longest {:.0} ms", frames.median, frames.worst),
            "60 frames a second (p50 under 17 ms)",
            frames.median < 17.0,
        ),
    ])
}

async fn locks() -> Result<Vec<Row>, Box<dyn Error>> {
    let zookeeper = PrivateZooKeeper::start(grove::server(1_024)).await?;
    let connect = zookeeper.connect();
    let count = settle::count("ZOOSCOPE_BENCH_LOCKS", 10_000) as usize;
    let _held = screens::many_locks(&connect, count).await;
    let console = grove::console(&connect, Budget::Off, "").await;
    memory::mirrors(&console, 2 * count as u64 + 5, LIMIT).await;
    let weight = screens::weight(&console).await;
    // Each load is the first of a browser that knows nothing yet.
    let mut colds = Vec::new();
    for _ in 0..LOADS {
        let browser = Browser::start().await.ok_or("there is no Chromium")?;
        colds.push(screens::cold(&console, &browser, count).await);
        browser.close().await;
    }
    colds.sort_by(f64::total_cmp);
    let (cold, longest) = (colds[LOADS / 2], colds[LOADS - 1]);
    let fresh = PrivateZooKeeper::start(grove::server(1_024)).await?;
    let console = grove::console(&fresh.connect(), Budget::Default, "").await;
    console.live(LIMIT).await;
    let browser = Browser::start().await.ok_or("there is no Chromium")?;
    let busy = screens::busy(&fresh.connect(), &console, &browser, 1_000, span()).await;
    browser.close().await;
    let growth = busy.heap.1 as f64 / busy.heap.0.max(1) as f64;
    Ok(vec![
        row(
            "the site, until a first screen is drawn: markup, scripts, styles and program, with brotli"
                .to_owned(),
            format!("{} kB", weight.first / 1_000),
            "under 400 kB",
            weight.first < 400_000,
        ),
        row(
            "the site, with what is loaded when a first screen is drawn".to_owned(),
            format!("{} kB", weight.all / 1_000),
            "under 400 kB",
            weight.all < 400_000,
        ),
        row(
            format!("the list of {} locks after a cold load, {LOADS} times", thousands(count)),
            format!("p50 {cold:.0} ms, longest {longest:.0} ms"),
            "1.5 s",
            longest < 1_500.0,
        ),
        row(
            "the list of locks, 1,000 changes a second: frames over 50 ms".to_owned(),
            format!(
                "{} of {} (p50 {:.1} ms, longest {:.0} ms; {} tasks of the page itself over 50 ms) at {:.0} changes a second",
                busy.frames.over_50,
                busy.frames.count,
                busy.frames.median,
                busy.frames.worst,
                busy.frames.long_tasks,
                busy.per_second
            ),
            "none",
            busy.frames.over_50 == 0 && busy.per_second >= 900.0,
        ),
        row(
            "the same: what the page holds at the end, against that after a fifth of the time".to_owned(),
            format!("{} and {}", mebibytes(busy.heap.1), mebibytes(busy.heap.0)),
            "flat (at most 1.1)",
            growth <= 1.1,
        ),
    ])
}
