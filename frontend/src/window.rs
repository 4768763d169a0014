//! Which rows of a long list are in the page. Rows have one height, so this is arithmetic.

use std::ops::Range;

/// Rows kept above and below what can be seen, so that a fast scroll does not show gaps.
pub const OVERSCAN: usize = 8;

/// The rows to have in the page: those that a viewport of `height` pixels scrolled to `top` shows of `count` rows of
/// `row` pixels, with [`OVERSCAN`] on both sides.
pub fn visible(count: usize, row: f64, top: f64, height: f64) -> Range<usize> {
    if count == 0 || row <= 0.0 {
        return 0..0;
    }
    let first = (top.max(0.0) / row).floor() as usize;
    let shown = (height.max(0.0) / row).ceil() as usize + 1;
    // A list that became shorter than where it was scrolled to shows its end until the browser scrolls.
    let first = first.min(count.saturating_sub(1));
    let end = first.saturating_add(shown).saturating_add(OVERSCAN).min(count);
    first.saturating_sub(OVERSCAN)..end
}

/// Where to scroll so that row `index` is seen; `None` when it is seen already. It is moved the least possible way.
pub fn scroll_to(index: usize, row: f64, top: f64, height: f64) -> Option<f64> {
    let (start, end) = (index as f64 * row, (index + 1) as f64 * row);
    if start < top {
        Some(start)
    } else if end > top + height {
        Some((end - height).max(0.0))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_seen_is_in_the_page() {
        assert_eq!(visible(100_000, 32.0, 0.0, 640.0), 0..29);
        let middle = visible(100_000, 32.0, 32_000.0, 640.0);
        assert_eq!(middle, 992..1029);
        assert_eq!(visible(3, 32.0, 0.0, 640.0), 0..3);
        assert_eq!(visible(0, 32.0, 0.0, 640.0), 0..0);
    }

    #[test]
    fn a_list_that_shrank_shows_its_end() {
        let range = visible(5, 32.0, 10_000.0, 320.0);
        assert_eq!(range.end, 5);
        assert!(!range.is_empty());
    }

    #[test]
    fn scrolling_moves_the_least() {
        assert_eq!(scroll_to(5, 32.0, 0.0, 320.0), None);
        assert_eq!(scroll_to(10, 32.0, 0.0, 320.0), Some(32.0));
        assert_eq!(scroll_to(2, 32.0, 320.0, 320.0), Some(64.0));
    }
}
