//! Rows about the size of the tree.

use std::error::Error;
use std::process::Command;
use std::time::Duration;

use harness::scale::grove::{Budget, Grove, ROOT, Shape};
use harness::scale::quantiles::millis;
use harness::scale::{caches, memory, polite, rescan, scan};

use super::{WALK, mebibytes, seconds, span, thousands, znodes};
use crate::table::Row;

/// The heap of a server for a million znodes, and how long a console may take for them.
const HEAP_MIB: u32 = 3_072;
const LIMIT: Duration = Duration::from_secs(300);
/// How often a scan is measured; the fastest counts, of the console and of the reference alike.
const SCANS: usize = 3;
/// How often the scan beside a cache is, which is short; a cache is measured once, for it takes a minute.
const SHORT_SCANS: usize = 5;
/// How many bytes each znode has.
const BYTES: usize = 64;

/// The tree of a first scan against the caches of the libraries: each by its own clock, the start of its process apart.
pub(super) async fn caches() -> Result<Vec<Row>, Box<dyn Error>> {
    let each = (znodes() / 1_000).max(1);
    let whole = Grove::plant(Shape { directories: 100, each, bytes: BYTES }, 1_024).await?;
    let kazoo = caches::kazoo(&whole.zookeeper.connect(), ROOT).await?;
    let mut rows = vec![against(&whole, "kazoo's TreeCache", kazoo, 200.0).await];
    drop(whole);
    let directories = (caches::CURATOR_MOST / each).clamp(1, 100);
    let part = Grove::plant(Shape { directories, each, bytes: BYTES }, 1_024).await?;
    let curator = caches::curator(&part.zookeeper.connect(), ROOT).await?;
    rows.push(against(&part, "Curator's CuratorCache", curator, 40.0).await);
    Ok(rows)
}

async fn against(grove: &Grove, name: &str, cache: caches::Cached, must: f64) -> Row {
    let Shape { directories, .. } = grove.shape;
    let leaves = grove.shape.leaves();
    let (mut took, mut started) = (Duration::MAX, Duration::MAX);
    for _ in 0..SHORT_SCANS {
        let scanned = scan::scan(grove, Budget::Off, LIMIT).await;
        (took, started) = (took.min(scanned.scan), started.min(scanned.took));
    }
    let ratio = cache.took.as_secs_f64() / took.as_secs_f64();
    let count = leaves + directories + 1;
    Row {
        what: format!("first scan of {} znodes, against {name}", thousands(leaves)),
        measured: format!("{} ({} from the start of the process)", seconds(took), seconds(started)),
        reference: match cache.znodes {
            whole if whole == count => seconds(cache.took),
            some => format!("{} for {} of {}", seconds(cache.took), thousands(some), thousands(count)),
        },
        ratio: Some(ratio),
        must: format!("{must} times as fast"),
        met: ratio >= must && cache.znodes == count,
    }
}

/// One directory of 300,000.
pub(super) async fn wide() -> Result<Vec<Row>, Box<dyn Error>> {
    let shape = Shape { directories: 1, each: znodes() * 3 / 10, bytes: BYTES };
    let grove = Grove::plant(shape, 2_048).await?;
    let walked = walk(&grove)?;
    let scanned = scan::scan(&grove, Budget::Off, LIMIT).await;
    let whole = scanned.znodes >= (shape.leaves() + 2) as u64;
    Ok(vec![Row {
        what: format!(
            "one directory of {} children, mirrored, against bare multi-reads",
            thousands(shape.each)
        ),
        measured: format!("{}{}", seconds(scanned.took), if whole { "" } else { ", not whole" }),
        reference: seconds(walked),
        ratio: Some(scanned.took.as_secs_f64() / walked.as_secs_f64()),
        must: "mirrored".to_owned(),
        met: whole,
    }])
}

/// The rows that share a tree of a million.
pub(super) async fn million(is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Row>, Box<dyn Error>> {
    let directories = (znodes() / 1_000).clamp(20, 1_000);
    let shape = Shape { directories, each: znodes() / directories, bytes: BYTES };
    let grove = Grove::plant(shape, HEAP_MIB).await?;
    let count = thousands(shape.leaves());
    let mut rows = Vec::new();
    if is_wanted("scan") {
        let (mut took, mut walked) = (Duration::MAX, Duration::MAX);
        for _ in 0..SCANS {
            walked = walked.min(walk(&grove)?);
            took = took.min(scan::scan(&grove, Budget::Off, LIMIT).await.took);
        }
        let ratio = took.as_secs_f64() / walked.as_secs_f64();
        rows.push(Row {
            what: format!("first scan of {count} znodes, budget off, until live; against bare multi-reads"),
            measured: seconds(took),
            reference: seconds(walked),
            ratio: Some(ratio),
            must: "at most 2".to_owned(),
            met: ratio <= 2.0,
        });
    }
    if is_wanted("rescan") {
        rows.push(told(&rescan::measure(&grove, LIMIT).await, &count));
    }
    if is_wanted("polite") {
        let polite = polite::measure(&grove, span() / 2).await;
        let (alone, beside) = (polite.alone.percent(99.0), polite.beside.percent(99.0));
        let ratio = beside.as_secs_f64() / alone.as_secs_f64();
        rows.push(Row {
            what: format!(
                "another client's writes, p99, while {count} znodes are scanned within the default budget ({} a scan)",
                seconds(polite.scan)
            ),
            measured: format!("{} (p50 {})", millis(beside), millis(polite.beside.percent(50.0))),
            reference: format!("{} (p50 {})", millis(alone), millis(polite.alone.percent(50.0))),
            ratio: Some(ratio),
            must: "at most 1.5".to_owned(),
            met: ratio <= 1.5,
        });
    }
    if is_wanted("memory") {
        rows.extend(resident(&grove, &count).await?);
    }
    Ok(rows)
}

fn told(rescanned: &rescan::Rescanned, count: &str) -> Row {
    let exact = rescanned.told == Some(rescan::DIFFER);
    let frames = rescanned.changed.iter().all(|frames| *frames == 1);
    let still = rescanned.unchanged.iter().all(|frames| *frames == 0);
    Row {
        what: format!("rescan of {count} znodes after a lost session, 10 changed meanwhile"),
        measured: format!(
            "{} differ, {}, {}; live after {}",
            rescanned.told.map_or_else(|| "unknown".to_owned(), |told| told.to_string()),
            if frames {
                "one frame for each screen".to_owned()
            } else {
                format!("frames {:?}", rescanned.changed)
            },
            if still {
                "none for others".to_owned()
            } else {
                format!("for others {:?}", rescanned.unchanged)
            },
            seconds(rescanned.live)
        ),
        reference: format!("{} differ: 10, and 6 parents", rescan::DIFFER),
        ratio: None,
        must: "exactly the differences, no flicker".to_owned(),
        met: exact && frames && still,
    }
}

async fn resident(grove: &Grove, count: &str) -> Result<Vec<Row>, Box<dyn Error>> {
    let shape = grove.shape;
    let bare = harness::zookeeper::PrivateZooKeeper::start(harness::zookeeper::options()).await?;
    let empty = harness::Console::start(&bare.connect()).await;
    empty.live(LIMIT).await;
    let base = memory::settled(&empty, LIMIT / 10).await.ok_or("the operating system tells no memory")?;
    let console = scan::scan(grove, Budget::Off, LIMIT).await.console;
    let full = memory::settled(&console, LIMIT / 10).await.ok_or("the operating system tells no memory")?;
    let each = full as f64 / shape.leaves() as f64;
    let left = shape.each / 100;
    grove.fell(left).await;
    let rest = (shape.directories * left + shape.directories) as u64;
    harness::eventually("the tree has shrunk", LIMIT, async || {
        let znodes = console.cluster().await.info.znodes;
        // ZooKeeper's own znodes are there, too.
        if (rest..rest + 20).contains(&znodes) { Ok(()) } else { Err(znodes) }
    })
    .await;
    let after = memory::settled(&console, LIMIT / 5).await.ok_or("the operating system tells no memory")?;
    let back = full.saturating_sub(after) as f64 / full.saturating_sub(base).max(1) as f64;
    Ok(vec![
        Row {
            what: format!("memory for {count} znodes with {BYTES} bytes, resident, data included"),
            measured: format!("{each:.0} bytes a znode ({})", mebibytes(full)),
            reference: format!("{} for an empty tree", mebibytes(base)),
            ratio: None,
            must: "at most 400".to_owned(),
            met: each <= 400.0,
        },
        Row {
            what: "memory when all but 1 of 100 of them are deleted".to_owned(),
            measured: format!("{} ({:.0} % given back)", mebibytes(after), back * 100.0),
            reference: format!("{} before", mebibytes(full)),
            ratio: None,
            must: "given back (at least 90 %)".to_owned(),
            met: back >= 0.9,
        },
    ])
}

/// A bare walk of the tree by this program in a process of its own.
fn walk(grove: &Grove) -> Result<Duration, Box<dyn Error>> {
    let output =
        Command::new(std::env::current_exe()?).args([WALK, &grove.zookeeper.connect(), ROOT]).output()?;
    let said = String::from_utf8(output.stdout)?;
    let mut words = said.split_whitespace();
    let took: f64 = words.next().ok_or("the walk says nothing")?.parse()?;
    let znodes: usize = words.next().ok_or("the walk says too little")?.parse()?;
    let planted = grove.shape.leaves() + grove.shape.directories + 1;
    if znodes != planted {
        return Err(format!("the walk found {znodes} of {planted} znodes").into());
    }
    Ok(Duration::from_secs_f64(took))
}
