//! When a session ends, by the console's clock.
//!
//! A server keeps sessions in buckets by the tick in which they end (`ExpiryQueue.roundToNextInterval`, 3.4 to 3.9), and tells a
//! bucket by a clock whose zero is not known: the AdminServer by the monotonic clock of its machine, the words by a time of day in
//! a time zone that they do not tell. So the clock is set by the console's own session: it was heard from a moment ago, so its
//! bucket is now and its time-out and at most one tick. What that tick hides shrinks with each look: the smallest difference
//! seen in a minute is the closest to the truth.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How many looks the clock is set by: those of about a minute.
const LOOKS: usize = 12;
/// How long the clock is believed without the console's own session.
const TRUST: Duration = Duration::from_secs(60);
/// A jump of the clock that no tick explains, in milliseconds: another machine, another clock.
const JUMP_MS: u64 = 60_000;

/// How the clock of one server stands to the console's.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    set: VecDeque<i64>,
    last: Option<Instant>,
}

impl Clock {
    /// A clock that is not set.
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), set: VecDeque::new(), last: None }
    }

    /// Sets it by the bucket of a session with this time-out that was heard from at `now`.
    pub(super) fn set(&mut self, bucket_ms: i64, timeout_ms: i64, now: Instant) {
        let ahead = bucket_ms.saturating_sub(timeout_ms).saturating_sub(self.elapsed(now));
        if self.ahead(now).is_some_and(|before| before.abs_diff(ahead) > JUMP_MS) {
            self.set.clear();
        }
        if self.set.len() == LOOKS {
            self.set.pop_front();
        }
        self.set.push_back(ahead);
        self.last = Some(now);
    }

    /// In how many milliseconds after `now` a bucket ends; negative when it has. `None` while the clock is not set.
    pub(super) fn left_ms(&self, bucket_ms: i64, now: Instant) -> Option<i64> {
        Some(bucket_ms.saturating_sub(self.elapsed(now)).saturating_sub(self.ahead(now)?))
    }

    fn ahead(&self, now: Instant) -> Option<i64> {
        let last = self.last?;
        if now.duration_since(last) > TRUST { None } else { self.set.iter().min().copied() }
    }

    fn elapsed(&self, now: Instant) -> i64 {
        i64::try_from(now.duration_since(self.start).as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ExpiryQueue.roundToNextInterval`.
    fn bucket(server_ms: i64, timeout_ms: i64, tick_ms: i64) -> i64 {
        ((server_ms + timeout_ms) / tick_ms + 1) * tick_ms
    }

    #[test]
    fn a_bucket_is_told_within_a_tick_and_closer_with_each_look() {
        const TICK: i64 = 2_000;
        // How far the server's clock is ahead is anything; the other session is silent since the first look.
        for zero in [0, 987_654_321, -1_700, i64::from(u32::MAX) * 1_000] {
            let mut clock = Clock::new();
            let silent = bucket(zero, 30_000, TICK);
            let mut error = TICK;
            for look in 0..20 {
                let passed = 4_930 * look;
                let now = clock.start + Duration::from_millis(u64::try_from(passed).unwrap());
                clock.set(bucket(zero + passed, 15_000, TICK), 15_000, now);
                let left = clock.left_ms(silent, now).unwrap();
                let truth = silent - zero - passed;
                let off = truth - left;
                assert!((0..=TICK).contains(&off), "{zero} {look}: {off}");
                assert!(off <= error, "{zero} {look}: {off} after {error}");
                // The oldest looks are forgotten, so that a clock that drifts is followed.
                error = if look < 10 { off } else { TICK };
            }
        }
    }

    #[test]
    fn another_clock_is_not_mixed_with_the_first() {
        let mut clock = Clock::new();
        let now = clock.start;
        assert_eq!(clock.left_ms(5_000, now), None);
        clock.set(20_000, 15_000, now);
        assert_eq!(clock.left_ms(25_000, now), Some(20_000));
        clock.set(1_000_020_000, 15_000, now);
        assert_eq!(clock.left_ms(1_000_025_000, now), Some(20_000));
        assert_eq!(clock.left_ms(1_000_025_000, now + TRUST * 2), None);
    }

    #[test]
    fn the_ends_of_the_number_line_are_no_trouble() {
        let mut clock = Clock::new();
        let now = clock.start + Duration::from_secs(1);
        clock.set(i64::MIN, i64::MAX, now);
        clock.set(i64::MAX, i64::MIN, now);
        assert!(clock.left_ms(i64::MAX, now).is_some());
        assert!(clock.left_ms(i64::MIN, now).is_some());
    }
}
