//! When to try to connect again.

/// The waits in milliseconds: at once, then longer and longer.
const STEPS: [u32; 6] = [0, 2_000, 5_000, 10_000, 20_000, 30_000];

/// The wait before attempt number `attempt` (from 0 after a connection that worked) with a share of chance from 0 to 1,
/// which spreads the browsers that a restarted server lost all at the same moment: 80 % to 120 % of the step, and up to
/// 300 ms for the attempt at once.
pub fn wait(attempt: usize, chance: f64) -> u32 {
    let step = STEPS[attempt.min(STEPS.len() - 1)];
    let chance = chance.clamp(0.0, 1.0);
    if step == 0 { (chance * 300.0) as u32 } else { (f64::from(step) * (0.8 + 0.4 * chance)) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_end_at_half_a_minute() {
        assert_eq!(wait(0, 0.0), 0);
        assert_eq!(wait(1, 0.5), 2_000);
        assert_eq!(wait(2, 0.5), 5_000);
        assert_eq!(wait(99, 0.5), 30_000);
    }

    #[test]
    fn chance_spreads_them() {
        assert_eq!(wait(0, 1.0), 300);
        assert_eq!(wait(1, 0.0), 1_600);
        assert_eq!(wait(1, 1.0), 2_400);
        assert_eq!(wait(1, 7.0), 2_400);
    }
}
