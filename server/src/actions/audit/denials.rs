//! How many denials the log takes: somebody who knocks all night must not fill the disk.

use zooscope_protocol::Timestamp;

/// How many denials were written down lately.
#[derive(Debug, Default)]
pub(super) struct Denials {
    pub(super) since: Timestamp,
    written: u32,
    left_out: u32,
}

impl Denials {
    /// How many are written down in a minute.
    pub(super) const MOST: u32 = 60;
    const MINUTE_MS: u64 = 60_000;

    /// Whether the next one is written down, and how many before it were not.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<u32> {
        if self.since.millis_until(now) >= Self::MINUTE_MS || now < self.since {
            (self.since, self.written) = (now, 0);
        }
        if self.written >= Self::MOST {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        self.written += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}
