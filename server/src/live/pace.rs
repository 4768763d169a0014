//! How often a browser is sent news: at once where little happens, less often the more changes, the more it costs to tell, and
//! the more browsers there are.

use tokio::time::{Duration, Instant};

/// When the next news are due.
#[derive(Debug)]
pub(super) struct Pace {
    /// The moment from which the common beats are counted.
    start: Instant,
    every: Duration,
    due: Instant,
    /// How many browsers there are, as a time between two deliveries.
    crowd: Duration,
}

impl Pace {
    /// The shortest and the longest time between two deliveries to one browser.
    const BOUNDS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(50));
    /// What one browser adds to the time between two deliveries to each.
    const EACH: Duration = Duration::from_micros(100);
    /// The longest time between two deliveries in a crowd: ten a second are still seen as a movement.
    const CROWDED: Duration = Duration::from_millis(100);
    /// How many times what a delivery cost is rested before the next one.
    const REST: u32 = 20;
    /// From how many revisions in one delivery on there is a stream of changes.
    const STREAM: u64 = 3;

    /// A pace for one browser; `start` is the same for all.
    pub(super) fn new(start: Instant) -> Self {
        Self { start, every: Self::BOUNDS.0, due: Instant::now(), crowd: Self::BOUNDS.0 }
    }

    /// When news may be sent.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// There was nothing to send, which cost so much to find out.
    pub(super) fn idle(&mut self, now: Instant, cost: Duration) {
        let (least, most) = Self::BOUNDS;
        // In a crowd the next content is made at the next beat.
        self.due = if self.crowd > least { self.beat(now) } else { now + (cost * Self::REST).min(most) };
    }

    /// News were sent of so many revisions, which cost so much, while there are so many browsers.
    pub(super) fn delivered(&mut self, now: Instant, revisions: u64, cost: Duration, browsers: u32) {
        let (least, most) = Self::BOUNDS;
        self.crowd = (Self::EACH * browsers).clamp(least, Self::CROWDED);
        self.every = if revisions >= Self::STREAM { self.every * 2 } else { self.every / 2 };
        self.every = self.every.max(cost * Self::REST).clamp(self.crowd, most.max(self.crowd));
        self.due = if self.crowd > least { self.beat(now) } else { now + self.every };
    }

    /// How old a content may be that was made for another browser: in a crowd all are sent the same at the same beat.
    pub(super) fn within(&self) -> Duration {
        if self.crowd > Self::BOUNDS.0 { self.crowd * 4 / 5 } else { Duration::ZERO }
    }

    /// The next moment that is so many times the pace after the start, for all who have this pace.
    fn beat(&self, now: Instant) -> Instant {
        let every = self.every.as_nanos().max(1);
        let past = now.duration_since(self.start).as_nanos() % every;
        now + Duration::from_nanos(u64::try_from(every - past).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn after(revisions: u64, cost: Duration, browsers: u32) -> (Duration, Duration) {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..10 {
            pace.delivered(now, revisions, cost, browsers);
        }
        (pace.due() - now, pace.within())
    }

    #[test]
    fn what_changes_seldom_is_sent_at_once_and_a_stream_of_changes_in_parts() {
        assert_eq!(after(1, MS / 100, 1), (5 * MS, Duration::ZERO));
        assert_eq!(after(50, MS / 100, 1), (50 * MS, Duration::ZERO));
    }

    #[test]
    fn what_is_dear_is_sent_less_often() {
        assert_eq!(after(1, MS, 1).0, 20 * MS);
        assert_eq!(after(1, 100 * MS, 1).0, 50 * MS);
    }

    #[test]
    fn who_was_sent_nothing_need_not_wait() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.idle(now, MS / 100);
        assert!(pace.due() < now + MS);
    }

    #[test]
    fn a_crowd_shares_its_beats() {
        let (every, within) = after(1, MS / 100, 1_000);
        assert!(every <= 100 * MS);
        assert_eq!(within, 80 * MS);
        let start = Instant::now();
        let (mut one, mut other) = (Pace::new(start), Pace::new(start));
        one.delivered(start + 3 * MS, 1, MS, 1_000);
        other.delivered(start + 49 * MS, 1, MS, 1_000);
        assert_eq!(one.due(), other.due());
    }
}
