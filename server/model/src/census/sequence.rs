//! The number that ZooKeeper appends to the name of a sequential znode.

/// Reads a whole text as a number: ten digits, or a sign with nine digits or with ten where nine are too few.
/// Source: `String.format("%010d", cversion)` in ZooKeeper's `PrepRequestProcessor` (3.8): the width of ten includes
/// the sign, and the number is a signed one of 32 bits.
pub(crate) fn parse(text: &str) -> Option<i32> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match (digits.len() == text.len(), digits.len()) {
        (true, 10) | (false, 9) => text.parse().ok(),
        (false, 10) if !digits.starts_with('0') => text.parse().ok(),
        _ => None,
    }
}

/// Splits a name into what the program wrote and the number. After a `-` that ends the program's part the number is
/// taken as positive: `lock-1000000000` is number 1000000000 of `lock-`.
pub(crate) fn split(name: &str) -> Option<(&str, i32)> {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let start = name.len() - digits;
    if digits >= 10 {
        let start = name.len() - 10;
        let negative = start == name.len() - digits && name[..start].ends_with("--");
        let start = if negative { start - 1 } else { start };
        return Some((&name[..start], parse(&name[start..])?));
    }
    (digits == 9 && name[..start].ends_with('-'))
        .then(|| Some((&name[..start - 1], parse(&name[start - 1..])?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_zookeeper_writes_it() {
        assert_eq!(parse("0000000007"), Some(7));
        assert_eq!(parse("2147483647"), Some(i32::MAX));
        assert_eq!(parse("-000000001"), Some(-1));
        assert_eq!(parse("-2147483648"), Some(i32::MIN));
        for wrong in ["", "7", "2147483648", "-0000000001", "00000000x7", "+000000007", "00000000007"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_name_is_split_before_its_number() {
        assert_eq!(split("lock-0000000007"), Some(("lock-", 7)));
        assert_eq!(split("lock-1000000000"), Some(("lock-", 1_000_000_000)));
        assert_eq!(split("lock--000000007"), Some(("lock-", -7)));
        assert_eq!(split("lock--2147483648"), Some(("lock-", i32::MIN)));
        assert_eq!(split("n_0000000000"), Some(("n_", 0)));
        assert_eq!(split("x-720576348188183610000000001"), Some(("x-72057634818818361", 1)));
        assert_eq!(split("lock-7"), None);
        assert_eq!(split("lock-9999999999"), None);
        assert_eq!(split("é000000000"), None);
    }
}
