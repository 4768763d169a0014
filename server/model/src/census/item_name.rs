//! The names that Curator's queues give to their items.

use super::family::Shape;
use super::sequence;

/// How Curator's `ItemSerializer` (5.7) begins the data of an item.
pub(crate) const FRAME: [u8; 4] = [0, 1, 0, 1];

/// What a priority is in the name of an item: nine characters, in whose order as texts the smaller priority comes first.
/// Source: `DistributedPriorityQueue.priorityToString` in Curator 5.7.
pub(crate) fn priority_field(priority: i32) -> String {
    format!("{}{:08X}", if priority < 0 { '0' } else { '1' }, priority)
}

/// What a time is in the name of an item of a delay queue. Source: `DistributedDelayQueue.epochToString` in Curator 5.7.
pub(crate) fn due_field(time: i64) -> String {
    format!("|{time:08X}|")
}

/// Data as Curator's `ItemSerializer` (5.7) writes one item.
pub(crate) fn framed(data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    [&FRAME[..], &[1], &length.to_be_bytes(), data, &[2]].concat()
}

/// The part of a Curator item's name after `queue-`: its shape, what comes before its number in the order, its number.
pub(super) fn read(rest: &str) -> Option<(Shape, i64, i32)> {
    if let Some((field, number)) = rest.strip_prefix('|').and_then(|rest| rest.rsplit_once('|')) {
        let number = sequence::parse(number)?;
        return Some(match time(field) {
            Some(time) if (YEAR_2001..YEAR_2101).contains(&time) => (Shape::Delay, time, number),
            Some(time) => (Shape::Hex, time, number),
            None => (Shape::Id, 0, number),
        });
    }
    if let Some(number) = sequence::parse(rest) {
        return Some((Shape::Plain, nine(rest), number));
    }
    let (priority, number) = rest.split_at_checked(9)?;
    let upper = priority[1..].bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    (matches!(priority.as_bytes()[0], b'0' | b'1') && upper)
        .then(|| Some((Shape::Priority, nine(rest), sequence::parse(number)?)))?
}

/// The first nine characters as a hexadecimal number: Curator compares names as texts, and nine upper-case digits have
/// the same order as the number. A plain number of ten digits keeps its order too.
fn nine(rest: &str) -> i64 {
    rest.get(..9).and_then(|digits| i64::from_str_radix(digits, 16).ok()).unwrap_or(0)
}

const YEAR_2001: i64 = 978_307_200_000;
const YEAR_2101: i64 = 4_133_980_800_000;

/// A time in milliseconds as Curator's delay queue writes it: with `%08X`, so of eight digits at least. An id that looks like one
/// is told from it by its neighbours. What is no number of 64 bits Curator takes for 0.
fn time(field: &str) -> Option<i64> {
    let upper = field.len() >= 8 && field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    upper.then(|| i64::from_str_radix(field, 16).unwrap_or(0))
}
