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
    Scanned { console, took: start.elapsed(), znodes: cluster.info.znodes }
}
