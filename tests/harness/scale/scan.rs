//! The first scan: how long from the start of the console until its mirror is live.

use std::time::{Duration, Instant};

use super::grove::{Budget, Grove};
use crate::Console;

/// A console whose mirror has just become live.
#[derive(Debug)]
pub struct Scanned {
    /// The console.
    pub console: Console,
    /// From the start of its process until it said that the mirror is live.
    pub took: Duration,
    /// How long reading the tree and showing it took of that, by the console's own word.
    pub scan: Duration,
    /// How many znodes the mirror has.
    pub znodes: u64,
}

/// Starts a console on a tree and waits until it is live.
///
/// # Panics
/// When it is not within the limit.
pub async fn scan(grove: &Grove, budget: Budget, limit: Duration) -> Scanned {
    let start = Instant::now();
    let console = grove.console(budget).await;
    let cluster = console.live(limit).await;
    let took = start.elapsed();
    let scan = told(&console).await;
    Scanned { console, took, scan, znodes: cluster.info.znodes }
}

async fn told(console: &Console) -> Duration {
    let text = console.send(reqwest::Client::new().get(console.url("/metrics"))).await.text;
    let family = "zooscope_scan_milliseconds{";
    let line = text.lines().find(|line| line.starts_with(family));
    let value = line.and_then(|line| line.rsplit(' ').next()).and_then(|value| value.parse().ok());
    Duration::from_millis(value.unwrap_or_else(|| panic!("no time of a scan in {text}")))
}
