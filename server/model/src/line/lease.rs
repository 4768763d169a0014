//! Leases that are held until a time which their znode names.

use serde_json::Value;
use zooscope_protocol::Timestamp;

/// Until when a lease of kazoo's `NonBlockingLease` runs, by the clock of the client that took it. Source: kazoo 2.11,
/// `kazoo/recipe/lease.py`: JSON with `version` 1, `holder`, and `end` as `%Y-%m-%dT%H:%M:%S` in UTC.
pub(crate) fn end(data: &[u8]) -> Option<Timestamp> {
    let lease: Value = serde_json::from_slice(data).ok()?;
    (lease.get("version")?.as_u64()? == 1 && lease.get("holder").is_some()).then_some(())?;
    format!("{}Z", lease.get("end")?.as_str()?).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_names_its_end() {
        let data = br#"{"version": 1, "holder": "holder-A", "end": "2026-11-23T22:04:55"}"#;
        assert_eq!(end(data).unwrap().to_string(), "2026-11-23T22:04:55.000Z");
        for wrong in
            [&b""[..], b"{}", b"7", br#"{"version": 2, "holder": "x", "end": "2026-11-23T22:04:55"}"#]
        {
            assert_eq!(end(wrong), None);
        }
    }
}
