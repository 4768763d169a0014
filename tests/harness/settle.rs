//! Waiting for something to become true, with a limit and a reason.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// How often is looked.
const PACE: Duration = Duration::from_millis(25);

/// Looks until the check says yes, and returns what it found.
///
/// # Panics
/// When the limit is over: with what was waited for, and what was found last.
pub async fn eventually<T, R: Debug>(
    what: &str,
    limit: Duration,
    mut check: impl AsyncFnMut() -> Result<T, R>,
) -> T {
    let end = Instant::now() + limit;
    loop {
        match check().await {
            Ok(found) => return found,
            Err(found) => {
                assert!(Instant::now() < end, "not within {limit:?}: {what}; the last look found {found:?}");
            }
        }
        tokio::time::sleep(PACE).await;
    }
}

/// The duration in seconds that a variable of the environment gives, or the default.
///
/// # Panics
/// When the variable is no number.
pub fn seconds(variable: &str, default: u32) -> Duration {
    Duration::from_secs(u64::from(count(variable, default)))
}

/// How often something is repeated: as a variable of the environment says, so that a soak is the test itself, only longer.
///
/// # Panics
/// When the variable is no number.
pub fn count(variable: &str, default: u32) -> u32 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")),
        Err(_) => default,
    }
}
