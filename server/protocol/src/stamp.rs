//! The small stamps that ZooKeeper and Zooscope put on things. Each is one number with one way to be written.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A ZooKeeper transaction id. In JSON a decimal string, for it does not fit a JavaScript number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Zxid(pub i64);

/// A ZooKeeper session id. In JSON `"0x"` and 16 hexadecimal digits, as ZooKeeper's own logs write it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub i64);

/// A moment, in milliseconds since the Unix epoch. In JSON RFC 3339 with milliseconds, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(pub i64);

/// The number of a revision of a cluster's mirror. It grows by at least one with each published change and starts anew
/// with the server's process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevisionId(pub u64);

impl SessionId {
    /// The session of an `ephemeralOwner`; `None` for 0, which is what a persistent, container or TTL znode has.
    pub fn owner(ephemeral_owner: i64) -> Option<Self> {
        (ephemeral_owner != 0).then_some(Self(ephemeral_owner))
    }

    /// The last eight hexadecimal digits: what a person types to confirm that this is the session meant.
    pub fn last8(self) -> String {
        format!("{:08x}", self.0 as u32)
    }
}

impl Timestamp {
    /// The milliseconds from `self` to `later`, 0 when `later` is not later (clocks of two machines differ).
    pub fn millis_until(self, later: Self) -> u64 {
        u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0)
    }

    fn system_time(self) -> Option<SystemTime> {
        let span = Duration::from_millis(self.0.unsigned_abs());
        if self.0 >= 0 { UNIX_EPOCH.checked_add(span) } else { UNIX_EPOCH.checked_sub(span) }
    }
}

impl fmt::Display for Zxid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:016x}", self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; in the alternate form (`{:#}`) as it stands in a sentence: `2026-01-31 12:00:00 UTC`. Years outside 1970 to
    /// 9999, which no clock in order shows, are written as milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const YEAR_10000: i64 = 253_402_300_800_000;
        match self.system_time() {
            Some(time) if (0..YEAR_10000).contains(&self.0) && f.alternate() => {
                let stamp = humantime::format_rfc3339_seconds(time).to_string();
                f.write_str(&stamp.replace('T', " ").replace('Z', " UTC"))
            }
            Some(time) if (0..YEAR_10000).contains(&self.0) => {
                fmt::Display::fmt(&humantime::format_rfc3339_millis(time), f)
            }
            _ => write!(f, "{}ms", self.0),
        }
    }
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Why a text is not the stamp that it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// Not a decimal transaction id.
    #[error("a zxid is a decimal number of 64 bits")]
    Zxid,
    /// Not `0x` and up to 16 hexadecimal digits.
    #[error("a session id is 0x and up to 16 hexadecimal digits")]
    SessionId,
    /// Not RFC 3339.
    #[error("a time is written as RFC 3339, as 2026-01-31T12:00:00.000Z")]
    Timestamp,
}

impl std::str::FromStr for Zxid {
    type Err = StampError;

    fn from_str(text: &str) -> Result<Self, StampError> {
        text.parse().map(Self).map_err(|_| StampError::Zxid)
    }
}

impl std::str::FromStr for SessionId {
    type Err = StampError;

    fn from_str(text: &str) -> Result<Self, StampError> {
        let digits = text.strip_prefix("0x").ok_or(StampError::SessionId)?;
        if digits.is_empty() || digits.len() > 16 || digits.starts_with('+') {
            return Err(StampError::SessionId);
        }
        u64::from_str_radix(digits, 16).map(|id| Self(id as i64)).map_err(|_| StampError::SessionId)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = StampError;

    fn from_str(text: &str) -> Result<Self, StampError> {
        if let Some(millis) = text.strip_suffix("ms").and_then(|digits| digits.parse().ok()) {
            return Ok(Self(millis));
        }
        let time = humantime::parse_rfc3339(text).map_err(|_| StampError::Timestamp)?;
        let since = time.duration_since(UNIX_EPOCH).map_err(|_| StampError::Timestamp)?;
        i64::try_from(since.as_millis()).map(Self).map_err(|_| StampError::Timestamp)
    }
}

/// A stamp is a text where people read (JSON) and a number where programs do (postcard).
macro_rules! text_or_number {
    ($stamp:ty) => {
        impl Serialize for $stamp {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_i64(self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $stamp {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
                } else {
                    i64::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}

text_or_number!(Zxid);
text_or_number!(SessionId);
text_or_number!(Timestamp);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_written_as_the_contract_says() {
        assert_eq!(serde_json::to_string(&Zxid(5_000_000_000)).unwrap(), r#""5000000000""#);
        assert_eq!(
            serde_json::to_string(&SessionId(0x0100_0009_7ebb_0147)).unwrap(),
            r#""0x010000097ebb0147""#
        );
        assert_eq!(serde_json::to_string(&SessionId(-1)).unwrap(), r#""0xffffffffffffffff""#);
        assert_eq!(serde_json::to_string(&Timestamp(1_500)).unwrap(), r#""1970-01-01T00:00:01.500Z""#);
        assert_eq!(SessionId(-1).last8(), "ffffffff");
        assert_eq!(format!("{:#}", Timestamp(1_500)), "1970-01-01 00:00:01 UTC");
    }

    #[test]
    fn stamps_read_what_they_write() {
        for stamp in [0, 1, 1_795_472_389_081, -5, i64::MAX, i64::MIN] {
            let text = serde_json::to_string(&Timestamp(stamp)).unwrap();
            assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), Timestamp(stamp), "{text}");
            let text = serde_json::to_string(&SessionId(stamp)).unwrap();
            assert_eq!(serde_json::from_str::<SessionId>(&text).unwrap(), SessionId(stamp));
            let bytes = postcard::to_stdvec(&Timestamp(stamp)).unwrap();
            assert_eq!(postcard::from_bytes::<Timestamp>(&bytes).unwrap(), Timestamp(stamp));
        }
        for text in ["", "0x", "12", "0x+1", "0x11112222333344445"] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }
}
