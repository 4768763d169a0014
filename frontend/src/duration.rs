//! Spans of time and moments, in words.

/// What is shown for a value that nobody knows. Never `0`.
pub const UNKNOWN: &str = "–";

/// A span of `millis` milliseconds as `0.4 s`, `42 s`, `2m 14s`, `3h 05m` or `4d 11h`: two units at most, the second
/// padded, so that a column of them does not jump while it ticks.
pub fn short(millis: u64) -> String {
    let seconds = millis / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if millis < 10_000 {
        format!("{}.{} s", seconds, millis % 1000 / 100)
    } else if minutes == 0 {
        format!("{seconds} s")
    } else if hours == 0 {
        format!("{minutes}m {:02}s", seconds % 60)
    } else if days == 0 {
        format!("{hours}h {:02}m", minutes % 60)
    } else {
        format!("{days}d {:02}h", hours % 24)
    }
}

/// The same in whole seconds: what ticks once a second should not show tenths that never move.
pub fn ticking(millis: u64) -> String {
    if millis < 10_000 { format!("{} s", millis / 1000) } else { short(millis) }
}

/// A span that is still to come, in whole seconds and begun ones counted: `8 s` until nothing is left, then `now`.
pub fn left(millis: i64) -> String {
    match u64::try_from(millis) {
        Ok(millis) if millis > 0 => ticking(millis.div_ceil(1000) * 1000),
        _ => "now".to_owned(),
    }
}

/// How serious a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing to say.
    Ok,
    /// Worth an eye.
    Watch,
    /// Worth a look.
    Warn,
    /// Somebody is hurt by it.
    Critical,
}

/// A rate per second: `–` when unknown, `0`, `0.02`, `3.1` or `88`.
pub fn rate(per_second: Option<f64>) -> String {
    match per_second {
        None => UNKNOWN.to_owned(),
        Some(rate) if rate < 0.005 => "0".to_owned(),
        Some(rate) if rate < 0.095 => format!("{rate:.2}"),
        Some(rate) if rate < 9.95 => format!("{rate:.1}"),
        Some(rate) => grouped(rate.round() as u64),
    }
}

/// A whole number with a thin space between groups of three digits: `1 204`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A size in bytes: `512 B`, `1.5 kB`, `2.0 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A moment in milliseconds since the epoch as `2026-03-04 05:06:07.089` in a zone `offset_minutes` east of UTC.
pub fn moment(epoch_millis: i64, offset_minutes: i64) -> String {
    let local = epoch_millis.saturating_add(offset_minutes * 60_000);
    let (days, in_day) = (local.div_euclid(86_400_000), local.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let seconds = in_day / 1000;
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        in_day % 1000
    )
}

/// The time of day alone, as `05:06:07.089`.
pub fn time_of_day(epoch_millis: i64, offset_minutes: i64) -> String {
    moment(epoch_millis, offset_minutes).split_off(11)
}

/// The proleptic Gregorian date of a day counted from 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        let cases = [
            (0, "0.0 s"),
            (449, "0.4 s"),
            (9_999, "9.9 s"),
            (10_000, "10 s"),
            (59_999, "59 s"),
            (60_000, "1m 00s"),
            (134_000, "2m 14s"),
            (3_599_999, "59m 59s"),
            (3_600_000, "1h 00m"),
            (11_100_000, "3h 05m"),
            (86_400_000, "1d 00h"),
            (385_200_000, "4d 11h"),
        ];
        for (millis, text) in cases {
            assert_eq!(short(millis), text);
        }
        assert_eq!(ticking(9_999), "9 s");
        assert_eq!(ticking(134_000), "2m 14s");
    }

    #[test]
    fn what_is_left_counts_down_to_now() {
        assert_eq!(left(7_001), "8 s");
        assert_eq!(left(1), "1 s");
        assert_eq!(left(0), "now");
        assert_eq!(left(-5_000), "now");
        assert_eq!(left(134_000), "2m 14s");
    }

    #[test]
    fn an_unknown_rate_is_not_zero() {
        assert_eq!(rate(None), "–");
        assert_eq!(rate(Some(0.0)), "0");
        assert_eq!(rate(Some(0.02)), "0.02");
        assert_eq!(rate(Some(3.12)), "3.1");
        assert_eq!(rate(Some(88.4)), "88");
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_204), "1\u{202f}204");
        assert_eq!(grouped(12_345_678), "12\u{202f}345\u{202f}678");
    }

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_500), "1.5 kB");
        assert_eq!(size(2_000_000), "2.0 MB");
    }

    #[test]
    fn moments_follow_the_calendar() {
        assert_eq!(moment(0, 0), "1970-01-01 00:00:00.000");
        assert_eq!(moment(951_782_400_000, 0), "2000-02-29 00:00:00.000");
        assert_eq!(moment(1_772_600_767_089, 0), "2026-03-04 05:06:07.089");
        assert_eq!(moment(1_772_600_767_089, 120), "2026-03-04 07:06:07.089");
        assert_eq!(moment(-1, 0), "1969-12-31 23:59:59.999");
        assert_eq!(time_of_day(1_772_600_767_089, 0), "05:06:07.089");
    }
}
