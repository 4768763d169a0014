//! The wall clock. Nobody else asks the system for the time of day.

use std::time::{SystemTime, UNIX_EPOCH};

use zooscope_protocol::Timestamp;

/// The time of day. A clock before 1970 reads as 1970.
#[expect(clippy::disallowed_methods, reason = "this is the one caller")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
