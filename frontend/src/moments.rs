//! Moments in the sentences of the server, which tells them in UTC.

use std::time::UNIX_EPOCH;

/// A part of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// What stands around moments.
    Words(&'a str),
    /// A moment, in milliseconds since the epoch.
    Moment(i64),
}

/// How a moment stands in a sentence.
const SHAPE: &str = "2026-01-31 12:00:00 UTC";
const ZONE: &str = " UTC";

/// The parts of a sentence, in their order.
pub fn parts(sentence: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut rest, mut from) = (sentence, 0);
    while let Some(found) = rest[from..].find(ZONE) {
        let end = from + found + ZONE.len();
        let start = end.checked_sub(SHAPE.len());
        let moment = start.and_then(|start| Some((start, moment(rest.get(start..end - ZONE.len())?)?)));
        match moment {
            Some((start, millis)) => {
                parts.extend([Part::Words(&rest[..start]), Part::Moment(millis)]);
                (rest, from) = (&rest[end..], 0);
            }
            None => from = end,
        }
    }
    parts.push(Part::Words(rest));
    parts.retain(|part| *part != Part::Words(""));
    parts
}

fn moment(text: &str) -> Option<i64> {
    let time = humantime::parse_rfc3339_weak(text).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::Timestamp;

    use super::*;

    #[test]
    fn a_moment_is_found_where_the_server_tells_one() {
        let at = Timestamp(1_769_860_800_000);
        let sentence = format!("ann holds this since {at:#}, and bob since {at:#}");
        let (first, moment) = (Part::Words("ann holds this since "), Part::Moment(at.0));
        assert_eq!(parts(&sentence), [first, moment, Part::Words(", and bob since "), moment]);
        assert_eq!(parts(&format!("{at:#}")), [moment]);
    }

    #[test]
    fn what_only_looks_like_one_is_left_as_it_is() {
        for text in [
            "",
            "UTC",
            " UTC",
            "since 2026-13-31 12:00:00 UTC",
            "since äöüäöüäöüäöü UTC",
            "2026-01-31 UTC ä UTC",
        ] {
            let whole: Vec<_> =
                Some(text).filter(|text| !text.is_empty()).map(Part::Words).into_iter().collect();
            assert_eq!(parts(text), whole, "{text}");
        }
    }
}
