//! Rows about what changes.

use std::error::Error;
use std::time::Duration;

use harness::scale::grove::{self, Budget};
use harness::scale::quantiles::millis;
use harness::scale::{crowd, latency, rate};
use harness::settle;
use harness::zookeeper::PrivateZooKeeper;

use super::{mebibytes, seconds, span, thousands};
use crate::table::Row;

const LIVE: Duration = Duration::from_secs(30);

/// One change at a time.
pub(super) async fn latency() -> Result<Vec<Row>, Box<dyn Error>> {
    let zookeeper = PrivateZooKeeper::start(grove::server(1_024)).await?;
    let console = grove::console(&zookeeper.connect(), Budget::Default, "").await;
    console.live(LIVE).await;
    let every = Duration::from_millis(10);
    let changes = (span().as_millis() / every.as_millis() / 2) as usize;
    let found = latency::measure(&zookeeper.connect(), &console, changes, every).await;
    let row = |percent: f64, within: Duration| {
        let (frame, watch) = (found.frame.percent(percent), found.watch.percent(percent));
        Row {
            what: format!(
                "one change at 100 a second, request to WebSocket frame, p{percent}; against a bare watch's event"
            ),
            measured: millis(frame),
            reference: millis(watch),
            ratio: Some(frame.as_secs_f64() / watch.as_secs_f64()),
            must: format!("at most {} more", millis(within)),
            met: frame.saturating_sub(watch) <= within,
        }
    };
    Ok(vec![row(50.0, Duration::from_millis(2)), row(99.0, Duration::from_millis(10))])
}

/// As many changes as the server commits.
pub(super) async fn rate() -> Result<Vec<Row>, Box<dyn Error>> {
    let zookeeper = PrivateZooKeeper::start(grove::server(2_048)).await?;
    let bare = rate::bare(&zookeeper.connect(), span() / 4).await;
    let console = grove::console(&zookeeper.connect(), Budget::Default, "").await;
    console.live(LIVE).await;
    let found = rate::measure(&zookeeper.connect(), &console, span()).await;
    let lag = found.lag.percent(99.0);
    let (early, late) = found.memory.ok_or("the operating system tells no memory")?;
    let growth = late as f64 / early as f64;
    Ok(vec![
        Row {
            what: format!(
                "creations and deletions for {} as fast as one server commits; lag, p99",
                seconds(span())
            ),
            measured: format!(
                "{} at {} a second (p50 {}), {:.2} cores",
                millis(lag),
                thousands(found.per_second as usize),
                millis(found.lag.percent(50.0)),
                found.cores
            ),
            reference: format!("{} a second without a console", thousands(bare as usize)),
            ratio: Some(found.per_second / bare),
            must: "under 150 ms".to_owned(),
            met: lag < Duration::from_millis(150),
        },
        Row {
            what: "the same: memory at the end, against that after a fifth of the time".to_owned(),
            measured: format!(
                "{}, {} after the last change the tree",
                mebibytes(late),
                seconds(found.settled)
            ),
            reference: mebibytes(early),
            ratio: Some(growth),
            must: "no growth (at most 1.1)".to_owned(),
            met: growth <= 1.1,
        },
    ])
}

/// Many browsers.
pub(super) async fn crowd() -> Result<Vec<Row>, Box<dyn Error>> {
    let zookeeper = PrivateZooKeeper::start(grove::server(1_024)).await?;
    let console = grove::console(&zookeeper.connect(), Budget::Default, "").await;
    console.live(LIVE).await;
    let browsers = settle::count("ZOOSCOPE_BENCH_BROWSERS", 1_000) as usize;
    let found = crowd::measure(&zookeeper.connect(), &console, browsers, 1_000, span() / 2).await;
    let what = format!("{} browsers at the locks, 1,000 changes a second", thousands(browsers));
    let bytes = found.bytes_each.ok_or("the operating system tells no memory")?;
    Ok(vec![
        Row {
            what: format!("{what}: processor time"),
            measured: format!("{:.2} cores at {:.0} changes a second", found.cores, found.per_second),
            reference: String::new(),
            ratio: None,
            must: "under 1 core".to_owned(),
            met: found.cores < 1.0 && found.per_second >= 900.0,
        },
        Row {
            what: format!("{what}: memory each"),
            measured: format!("{:.0} KiB", bytes as f64 / 1_024.0),
            reference: String::new(),
            ratio: None,
            must: "under 64 KiB".to_owned(),
            met: bytes < 64 * 1_024,
        },
        Row {
            what: format!("{what}: right at the end, beside one that does not read"),
            measured: format!(
                "{} of {}; lag p50 {}, p99 {}",
                found.agree,
                browsers,
                millis(found.lag.percent(50.0)),
                millis(found.lag.percent(99.0))
            ),
            reference: String::new(),
            ratio: None,
            must: "every one".to_owned(),
            met: found.right.is_some(),
        },
    ])
}
