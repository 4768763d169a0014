//! Where a path or a name may be elided: never at its end, for names differ in their numbers.

/// There is room everywhere for two segments of so many characters.
const SHORT: usize = 24;
/// The longest end that always stays: a word of UUID, or a number of ZooKeeper's with room to spare.
const MOST: usize = 12;

/// A path in three: what is elided first, the last two segments, and where these are long the end of them, which stays.
pub fn path_parts(path: &str) -> (&str, &str, &str) {
    let (head, tail) = path.split_at(path.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at));
    let (tail, end) = if tail.chars().count() > SHORT { name_parts(tail) } else { (tail, "") };
    (head, tail, end)
}

/// What may be elided of a name, and its end: the word or number that it ends with, or the end of that.
pub fn name_parts(name: &str) -> (&str, &str) {
    let from = name.char_indices().rev().nth(MOST - 1).map_or(0, |(at, _)| at);
    let word = name
        .char_indices()
        .rev()
        .take(MOST)
        .find(|(_, character)| !character.is_alphanumeric())
        .map(|(at, character)| at + character.len_utf8())
        .filter(|at| *at < name.len());
    name.split_at(word.unwrap_or(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number() {
        for (name, head, end) in [
            ("_c_9c440514-d9ad-lock-0000000041", "_c_9c440514-d9ad-lock-", "0000000041"),
            ("af214da01b1a__lock__0000000007", "af214da01b1a__lock__", "0000000007"),
            ("billing-worker-07", "billing-worker-", "07"),
            ("short", "", "short"),
            ("8655a3c35b1b49e3b27f40ec34836fcd", "8655a3c35b1b49e3b27f", "40ec34836fcd"),
            ("ends-with-a-dash-", "ends-", "with-a-dash-"),
            ("\u{90ae}\u{4ef6}-\u{9650}\u{5236}", "\u{90ae}\u{4ef6}-", "\u{9650}\u{5236}"),
            ("", "", ""),
        ] {
            assert_eq!(name_parts(name), (head, end));
        }
    }

    #[test]
    fn of_a_path_two_segments_stay_and_of_long_ones_the_end() {
        assert_eq!(path_parts("/app/locks/billing"), ("/app", "/locks/billing", ""));
        assert_eq!(path_parts("/jobs"), ("", "/jobs", ""));
        assert_eq!(path_parts("/"), ("", "/", ""));
        assert_eq!(
            path_parts("/app/locks/billing/_c_9c440514-d9ad-lock-0000000041"),
            ("/app/locks", "/billing/_c_9c440514-d9ad-lock-", "0000000041")
        );
    }
}
