//! The same tree in the caches that the two libraries have: Curator's CuratorCache and kazoo's TreeCache.

use std::process::{Command, Stdio};
use std::time::Duration;

use zooscope::demo::child::Child;

use crate::peers;
use crate::presence::Missing;

/// How long a cache took until it said that it was initialised and had so many znodes, by its own clock, the start of its process apart.
///
/// # Errors
/// When Java or Curator is not installed.
///
/// # Panics
/// When it does not end in order with so many znodes.
pub async fn curator(connect: &str, root: &str, znodes: usize) -> Result<Duration, Missing> {
    let mut command = peers::curator::source("peers/caches/CacheClock.java")?;
    command.args([connect, root, &znodes.to_string()]);
    Ok(clocked(command, znodes).await)
}

/// The same of kazoo.
///
/// # Errors
/// When Python is not installed.
///
/// # Panics
/// When it does not end in order with so many znodes.
pub async fn kazoo(connect: &str, root: &str, znodes: usize) -> Result<Duration, Missing> {
    let mut command = peers::python("peers/caches/cache_clock.py")?;
    command.args([connect, root, &znodes.to_string()]);
    Ok(clocked(command, znodes).await)
}

/// Runs a peer to its end; it writes how many milliseconds it took and how many znodes its cache has.
async fn clocked(mut command: Command, znodes: usize) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = Child::spawn(&mut command).expect("the peer starts");
    let mut output = child.process().stdout.take().expect("a pipe");
    let said = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut output, &mut said).map(|_| said)
    });
    let said = said.await.expect("it is read").expect("it says something");
    let mut words = said.split_whitespace().map(|word| word.parse::<f64>().expect("a number"));
    let (took, count) = (words.next().expect("how long"), words.next().expect("how many"));
    assert_eq!(count, znodes as f64, "the cache has the whole tree");
    Duration::from_secs_f64(took / 1_000.0)
}
