//! The same tree in the caches that the two libraries have: Curator's CuratorCache and kazoo's TreeCache.

use std::process::{Command, Stdio};
use std::time::Duration;

use zooscope::demo::child::Child;

use crate::peers;
use crate::presence::Missing;

/// A cache that said that it was initialised.
#[derive(Debug, Clone, Copy)]
pub struct Cached {
    /// How long that took by its own clock, the start of its process apart.
    pub took: Duration,
    /// How many znodes it had then.
    pub znodes: usize,
}

/// The most znodes of a tree that Curator's cache is given. In Curator 5.1 to 5.5 it counts what it waits for in a `Phaser`, which
/// counts to 65,535, and stays at about as many znodes in a larger tree (CURATOR-690).
pub const CURATOR_MOST: usize = 60_000;

/// Curator's cache of a tree.
///
/// # Errors
/// When Java or Curator is not installed.
///
/// # Panics
/// When it does not end in order.
pub async fn curator(connect: &str, root: &str) -> Result<Cached, Missing> {
    let mut command = peers::curator::source("peers/caches/CacheClock.java")?;
    command.args([connect, root]);
    Ok(clocked(command).await)
}

/// kazoo's.
///
/// # Errors
/// When Python is not installed.
///
/// # Panics
/// When it does not end in order.
pub async fn kazoo(connect: &str, root: &str) -> Result<Cached, Missing> {
    let mut command = peers::python("peers/caches/cache_clock.py")?;
    command.args([connect, root]);
    Ok(clocked(command).await)
}

/// Runs a peer to its end; it writes how many milliseconds it took and how many znodes its cache has.
async fn clocked(mut command: Command) -> Cached {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = Child::spawn(&mut command).expect("the peer starts");
    let mut output = child.process().stdout.take().expect("a pipe");
    let said = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut output, &mut said).map(|_| said)
    });
    let said = said.await.expect("it is read").expect("it says something");
    let (took, znodes) = said.trim().split_once(' ').expect("how long, and how many");
    let took = Duration::from_secs_f64(took.parse::<f64>().expect("a number") / 1_000.0);
    Cached { took, znodes: znodes.parse().expect("a count") }
}
