//! What the console may ask of an ensemble: so many requests and so many bytes a second, whatever there is to read.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// A budget of requests and of bytes. It is spent evenly: what a second may bring does not come in its first moment, for other
/// clients would wait behind it.
#[derive(Debug)]
pub struct Budget {
    requests: DefaultDirectRateLimiter,
    /// In KiB, so that a second's worth fits the limiter's 32 bits.
    kibibytes: DefaultDirectRateLimiter,
    burst: NonZeroU32,
    batch_bytes: usize,
    in_flight: usize,
}

impl Budget {
    /// The answer that one request aims at, in bytes: at least so much, or a round trip would cost more than it brings; at most so
    /// much, or its parts would wait for each other.
    const BATCH_BYTES: (usize, usize) = (16 * 1024, 512 * 1024);
    /// How many requests may follow each other at once: what one change leads to.
    const BURST: NonZeroU32 = NonZeroU32::new(4).unwrap();
    /// From how many requests a second on nobody counts them.
    const FREE: u32 = 10_000;

    /// A budget of `requests` a second and `kibibytes` of answers a second.
    pub fn new(requests: NonZeroU32, kibibytes: NonZeroU32) -> Self {
        let batch_bytes = u64::from(kibibytes.get()) * 1_024 / u64::from(requests.get());
        let batch_bytes = usize::try_from(batch_bytes).unwrap_or(usize::MAX);
        let free = requests.get() >= Self::FREE;
        let (least, most) = Self::BATCH_BYTES;
        let batch_bytes = if free { most } else { batch_bytes.clamp(least, most) };
        // A tenth of a second's worth, and at least one batch.
        let burst = (kibibytes.get() / 10).max(u32::try_from(batch_bytes / 1_024).unwrap_or(u32::MAX));
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        // Where nobody counts, nobody waits.
        let at_once = if free { requests } else { Self::BURST };
        Self {
            requests: RateLimiter::direct(Quota::per_second(requests).allow_burst(at_once)),
            kibibytes: RateLimiter::direct(Quota::per_second(kibibytes).allow_burst(burst)),
            burst,
            batch_bytes,
            in_flight: if free { 4 } else { 1 },
        }
    }

    /// The answer that one request should aim at, in bytes.
    pub fn batch_bytes(&self) -> usize {
        self.batch_bytes
    }

    /// How many requests of a scan may be on their way at once.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Waits until one more request may be sent.
    pub async fn request(&self) {
        self.requests.until_ready().await;
    }

    /// Accounts for an answer of so many bytes, waiting while the budget is overdrawn.
    pub async fn answer(&self, bytes: usize) {
        let mut kibibytes = u32::try_from(bytes / 1024).unwrap_or(u32::MAX);
        while let Some(part) = NonZeroU32::new(kibibytes.min(self.burst.get())) {
            // The part is no larger than the burst, so the limiter can always grant it.
            self.kibibytes.until_n_ready(part).await.ok();
            kibibytes -= part.get();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn budget(requests: u32, kibibytes: u32) -> Budget {
        Budget::new(NonZeroU32::new(requests).unwrap(), NonZeroU32::new(kibibytes).unwrap())
    }

    #[tokio::test]
    async fn an_answer_larger_than_may_come_at_once_is_paid_in_parts() {
        let budget = budget(500, 100);
        let start = Instant::now();
        budget.answer(40 * 1024).await;
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(200), "{took:?}");
        assert!(took < Duration::from_secs(2), "{took:?}");
    }

    #[tokio::test]
    async fn requests_are_spread_over_the_second() {
        let budget = budget(100, 16_384);
        let start = Instant::now();
        for _ in 0..24 {
            budget.request().await;
        }
        assert!(start.elapsed() >= Duration::from_millis(190), "{:?}", start.elapsed());
    }

    #[test]
    fn a_request_brings_its_share_of_the_bytes_within_bounds() {
        assert_eq!(budget(500, 16_384).batch_bytes(), 33_554);
        assert_eq!(budget(500, 1).batch_bytes(), 16 * 1024);
        assert_eq!(
            (budget(u32::MAX, u32::MAX).batch_bytes(), budget(u32::MAX, 1).in_flight()),
            (512 * 1024, 4)
        );
    }
}
