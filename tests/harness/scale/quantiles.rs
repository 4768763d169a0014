//! A sample of durations, and what is to be said of it.

use std::time::Duration;

/// Durations in their order.
#[derive(Debug, Clone, Default)]
pub struct Quantiles(Vec<Duration>);

impl Quantiles {
    /// Of these durations.
    pub fn of(mut sample: Vec<Duration>) -> Self {
        sample.sort_unstable();
        Self(sample)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The duration that so many of a hundred do not exceed; zero where there are none.
    pub fn percent(&self, percent: f64) -> Duration {
        let rank = (percent / 100.0 * self.0.len() as f64).ceil();
        self.0.get((rank as usize).saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// Milliseconds with as many decimals as tell something.
pub fn millis(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1_000.0;
    match millis {
        ..10.0 => format!("{millis:.2} ms"),
        10.0..1_000.0 => format!("{millis:.0} ms"),
        _ => format!("{:.2} s", millis / 1_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_smallest_that_so_many_do_not_exceed() {
        let sample = Quantiles::of((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!(sample.percent(50.0), Duration::from_millis(50));
        assert_eq!(sample.percent(99.0), Duration::from_millis(99));
        assert_eq!(sample.percent(100.0), Duration::from_millis(100));
        assert_eq!(Quantiles::default().percent(99.0), Duration::ZERO);
    }
}
