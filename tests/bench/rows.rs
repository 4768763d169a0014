//! The rows of the table: how large, against what, and what must be reached.

mod change;
mod screens;
mod stream;
mod tree;

use std::error::Error;
use std::time::Duration;

use harness::settle;

use crate::table::Row;

/// The rows, in the order in which they are measured.
pub(crate) const NAMES: [&str; 11] =
    ["screens", "caches", "wide", "latency", "rate", "crowd", "change", "scan", "rescan", "polite", "memory"];
/// The word with which this program reads a tree and does nothing else.
pub(crate) const WALK: &str = "walk-a-tree";

/// Measures the wanted rows, or all, and says each as it comes.
pub(crate) async fn measure(wanted: &[String]) -> Result<Vec<Row>, Box<dyn Error>> {
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|row| row == name);
    let mut rows = Vec::new();
    let mut found = |more: Vec<Row>| {
        print!("{}", crate::table::plain(&more));
        rows.extend(more);
    };
    if is_wanted("screens") {
        found(screens::rows().await?);
    }
    if is_wanted("caches") {
        found(tree::caches().await?);
    }
    if is_wanted("wide") {
        found(tree::wide().await?);
    }
    if is_wanted("latency") {
        found(stream::latency().await?);
    }
    if is_wanted("rate") {
        found(stream::rate().await?);
    }
    if is_wanted("crowd") {
        found(stream::crowd().await?);
    }
    if is_wanted("change") {
        found(change::rows()?);
    }
    if ["scan", "rescan", "polite", "memory"].into_iter().any(is_wanted) {
        found(tree::million(is_wanted).await?);
    }
    Ok(rows)
}

/// How large the trees are: all of a million, or as a variable says.
fn znodes() -> usize {
    settle::count("ZOOSCOPE_BENCH_ZNODES", 1_000_000) as usize
}

/// How long what lasts is measured.
fn span() -> Duration {
    settle::seconds("ZOOSCOPE_BENCH_SECONDS", 60)
}

/// A count with its thousands apart.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// Seconds, for what takes some.
fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// Bytes as MiB.
fn mebibytes(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / 1_048_576.0)
}
