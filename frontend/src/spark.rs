//! The line of a small chart.

/// The points of a polyline through `values` in a box of `width` by `height`, the newest at the right edge; empty for
/// fewer than two values. The scale begins at 0, so that a flat queue looks flat and an empty one lies on the floor.
pub fn points(values: &[u32], width: f64, height: f64) -> String {
    if values.len() < 2 {
        return String::new();
    }
    let most = f64::from(values.iter().copied().max().unwrap_or(0).max(1));
    let step = width / (values.len() - 1) as f64;
    let point = |(index, value): (usize, &u32)| {
        let y = height - f64::from(*value) / most * (height - 2.0) - 1.0;
        format!("{:.1},{y:.1}", index as f64 * step)
    };
    values.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_needs_two_points() {
        assert_eq!(points(&[], 60.0, 16.0), "");
        assert_eq!(points(&[5], 60.0, 16.0), "");
    }

    #[test]
    fn the_scale_begins_at_zero() {
        assert_eq!(points(&[0, 10, 5], 60.0, 16.0), "0.0,15.0 30.0,1.0 60.0,8.0");
        assert_eq!(points(&[0, 0], 60.0, 16.0), "0.0,15.0 60.0,15.0");
    }
}
