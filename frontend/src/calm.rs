//! When a change glows. What changes all the time is seen to change by itself; were it to glow as well, a busy screen would only
//! flicker, and the browser draw nothing else.

/// How long something must have been still before a change of it glows, in milliseconds: as long as a glow takes to fade
/// (`--fade` of the style sheet).
pub const STILL_MS: i64 = 600;

/// How often something has glowed, and when it last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// How often it has glowed.
    pub number: u32,
    /// When it last changed, in milliseconds.
    at: i64,
}

impl Turn {
    /// It is new on the screen.
    pub fn new(now: i64) -> Self {
        Self { number: 0, at: now }
    }

    /// It changed.
    #[must_use]
    pub fn changed(self, now: i64) -> Self {
        let was_still = !(0..STILL_MS).contains(&(now - self.at));
        Self { number: self.number.wrapping_add(u32::from(was_still)), at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_glows_after_stillness_only() {
        let start = 1_700_000_000_000;
        let first = Turn::new(start - STILL_MS).changed(start);
        assert_eq!(first.number, 1);
        assert_eq!(Turn::new(start).changed(start + 1).number, 0);
        let again = (1..100).fold(first, |turn, step| turn.changed(start + step * (STILL_MS - 1)));
        assert_eq!(again.number, 1);
        assert_eq!(again.changed(start + 100 * STILL_MS).number, 2);
    }
}
