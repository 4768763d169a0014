//! How much memory the console takes for a tree, and whether it gives it back.

use std::time::{Duration, Instant};

use crate::Console;

/// How long memory must not have fallen to count as settled. What an allocator keeps for a while is given back by then.
const STILL: Duration = Duration::from_secs(3);
/// What counts as a fall, in KiB.
const STEP: u64 = 1_024;

/// The resident memory in bytes once it falls no more, or at the end of the limit; `None` where the operating system does not
/// tell.
pub async fn settled(console: &Console, limit: Duration) -> Option<u64> {
    let end = Instant::now() + limit;
    let mut least = console.resident_kib()?;
    let mut since = Instant::now();
    while since.elapsed() < STILL && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = console.resident_kib()?;
        if now + STEP < least {
            (least, since) = (now, Instant::now());
        }
    }
    console.resident_kib().map(|kib| kib * 1_024)
}

/// Waits until the mirror has just so many znodes.
///
/// # Panics
/// When it has not within the limit.
pub async fn mirrors(console: &Console, znodes: u64, limit: Duration) {
    crate::eventually(&format!("the mirror has {znodes} znodes"), limit, async || {
        let info = console.cluster().await.info;
        if info.znodes == znodes && info.status.may_act() { Ok(()) } else { Err((info.status, info.znodes)) }
    })
    .await;
}
