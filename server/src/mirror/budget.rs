//! What the console may ask of an ensemble: so many requests and so many bytes a second, whatever there is to read.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// A budget of requests and of bytes, each with a second's worth of burst.
#[derive(Debug)]
pub struct Budget {
    requests: DefaultDirectRateLimiter,
    /// In KiB, so that a second's worth fits the limiter's 32 bits.
    kibibytes: DefaultDirectRateLimiter,
    burst: NonZeroU32,
}

impl Budget {
    /// A budget of `requests` a second and `kibibytes` of answers a second.
    pub fn new(requests: NonZeroU32, kibibytes: NonZeroU32) -> Self {
        Self {
            requests: RateLimiter::direct(Quota::per_second(requests)),
            kibibytes: RateLimiter::direct(Quota::per_second(kibibytes)),
            burst: kibibytes,
        }
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

    #[tokio::test]
    async fn an_answer_larger_than_a_second_s_worth_is_paid_in_parts() {
        let budget = Budget::new(NonZeroU32::MAX, NonZeroU32::new(100).unwrap());
        let start = Instant::now();
        budget.answer(120 * 1024).await;
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(150), "{took:?}");
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}
