//! Places in pixels, and the ways of lines between them.

use super::{Layout, Spot};

/// The size of what is drawn for one session.
pub const WIDTH: f64 = 184.0;
/// Its height.
pub const HEIGHT: f64 = 46.0;
/// From one column to the next, and from one row to the next.
const STEP: (f64, f64) = (288.0, 66.0);
/// The room around everything.
const EDGE: f64 = 20.0;
/// How far a line that closes a circle hangs below those that it ties.
const SAG: f64 = 10.0;

/// The left upper corner of what stands at a spot.
pub fn corner(spot: Spot) -> (f64, f64) {
    (EDGE + spot.column as f64 * STEP.0, EDGE + spot.row as f64 * STEP.1)
}

/// The width and the height of a picture.
pub fn extent(layout: &Layout) -> (f64, f64) {
    let last = Spot { column: layout.columns.saturating_sub(1), row: layout.rows.saturating_sub(1) };
    let (x, y) = corner(last);
    let sag = if layout.closing.is_empty() { 0.0 } else { SAG };
    (x + WIDTH + EDGE, y + HEIGHT + EDGE + sag)
}

/// The way of a line, from who waits to who blocks, as the `d` of an SVG path; and the middle of its label.
pub fn line(blocker: Spot, waiter: Spot, closes: bool) -> (String, (f64, f64)) {
    let ((bx, by), (wx, wy)) = (corner(blocker), corner(waiter));
    if closes {
        // From below the one to below the other, so that a circle is seen to be closed.
        let (from, to) = (wx + WIDTH / 2.0, bx + WIDTH / 2.0);
        let (bottom, top) = (wy + HEIGHT, by + HEIGHT);
        // Between two rows, where nothing stands.
        let low = bottom.max(top) + SAG;
        let way = format!(
            "M{from} {bottom}V{}Q{from} {low} {} {low}H{}Q{to} {low} {to} {}V{}",
            low - 5.0,
            from + turn(from, to),
            to - turn(from, to),
            low - 5.0,
            top + 3.0
        );
        return (way, ((from + to) / 2.0, low + 4.0));
    }
    let (from, to) = ((wx, wy + HEIGHT / 2.0), (bx + WIDTH + 3.0, by + HEIGHT / 2.0));
    let bend = (STEP.0 - WIDTH) * 0.5;
    let way = format!(
        "M{} {}C{} {} {} {} {} {}",
        from.0,
        from.1,
        from.0 - bend,
        from.1,
        to.0 + bend,
        to.1,
        to.0,
        to.1
    );
    (way, (from.0 - bend, from.1 - 7.0))
}

/// How far a corner reaches on the way from one place to another.
fn turn(from: f64, to: f64) -> f64 {
    5.0_f64.min((to - from).abs() / 2.0).copysign(to - from)
}

/// How to see a picture: moved by `x` and `y` pixels, `scale` times as large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lens {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// How large.
    pub scale: f64,
}

impl Lens {
    /// The smallest and the largest that a picture becomes.
    const SCALES: (f64, f64) = (0.2, 2.0);

    /// The picture as it is.
    pub const PLAIN: Self = Self { x: 0.0, y: 0.0, scale: 1.0 };

    /// A lens that shows all of `picture` in `window`, never larger than it is, and never smaller than `least`.
    pub fn fit(picture: (f64, f64), window: (f64, f64), least: f64) -> Self {
        let scale = (window.0 / picture.0).min(window.1 / picture.1);
        let scale = if scale.is_finite() { scale.clamp(least, 1.0) } else { 1.0 };
        Self { scale, ..Self::PLAIN }
    }

    /// The same, moved.
    pub fn moved(self, by: (f64, f64)) -> Self {
        Self { x: self.x + by.0, y: self.y + by.1, ..self }
    }

    /// The same, `factor` times as large, with the point `at` of the window where it is.
    pub fn zoomed(self, factor: f64, at: (f64, f64)) -> Self {
        let scale = (self.scale * factor).clamp(Self::SCALES.0, Self::SCALES.1);
        let ratio = scale / self.scale;
        Self { x: at.0 - (at.0 - self.x) * ratio, y: at.1 - (at.1 - self.y) * ratio, scale }
    }

    /// The same, moved the least way after which what stands at `spot` is in a window of this size.
    pub fn showing(self, spot: Spot, window: (f64, f64)) -> Self {
        let (x, y) = corner(spot);
        let into = |start: f64, size: f64, offset: f64, window: f64| {
            let (start, end) =
                (start * self.scale + offset - EDGE, (start + size) * self.scale + offset + EDGE);
            if start < 0.0 {
                -start
            } else if end > window {
                (window - end).max(-start)
            } else {
                0.0
            }
        };
        self.moved((into(x, WIDTH, self.x, window.0), into(y, HEIGHT, self.y, window.1)))
    }
}

/// A name of at most `most` letters: what is too long is elided in the middle, for names differ at both ends.
pub fn shorten(name: &str, most: usize) -> String {
    let count = name.chars().count();
    if count <= most {
        return name.to_owned();
    }
    let tail = most / 2;
    let head: String = name.chars().take(most.saturating_sub(tail + 1)).collect();
    let tail: String = name.chars().skip(count - tail).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fits_and_is_never_enlarged() {
        assert_eq!(Lens::fit((1000.0, 100.0), (500.0, 400.0), 0.2).scale, 0.5);
        assert_eq!(Lens::fit((100.0, 100.0), (500.0, 400.0), 0.2).scale, 1.0);
        assert_eq!(Lens::fit((9000.0, 100.0), (500.0, 400.0), 0.6).scale, 0.6);
        assert_eq!(Lens::fit((0.0, 0.0), (0.0, 0.0), 0.2).scale, 1.0);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let lens = Lens { x: 10.0, y: 20.0, scale: 1.0 }.zoomed(1.5, (100.0, 80.0));
        assert_eq!(lens, Lens { x: -35.0, y: -10.0, scale: 1.5 });
        assert_eq!(Lens::PLAIN.zoomed(100.0, (0.0, 0.0)).scale, 2.0);
    }

    #[test]
    fn what_is_chosen_comes_into_sight() {
        let spot = Spot { column: 4, row: 0 };
        let lens = Lens::PLAIN.showing(spot, (800.0, 400.0));
        let (x, _) = corner(spot);
        assert_eq!(x + lens.x + WIDTH + EDGE, 800.0);
        assert_eq!(lens.showing(spot, (800.0, 400.0)), lens);
    }

    #[test]
    fn a_circle_is_closed_between_the_rows() {
        let (way, label) = line(Spot { column: 2, row: 0 }, Spot { column: 0, row: 0 }, true);
        assert_eq!(way, "M112 66V71Q112 76 117 76H683Q688 76 688 71V69");
        assert!(label.1 < corner(Spot { column: 0, row: 1 }).1);
    }

    #[test]
    fn long_names_are_elided_in_the_middle() {
        assert_eq!(shorten("worker-7", 17), "worker-7");
        assert_eq!(shorten("ip-10-2-0-7.eu-west-1.internal", 11), "ip-10…ernal");
    }
}
