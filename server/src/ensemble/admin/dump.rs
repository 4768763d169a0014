//! `dump` (`Commands.DumpCommand`, 3.5 to 3.9): the sessions by their expiry, empty on a follower; the key is the server's
//! monotonic clock. The ephemeral znodes that come with it are not read: the mirror knows them.

use std::collections::BTreeMap;

use serde::Deserialize;
use zooscope_protocol::SessionId;

use crate::ensemble::told::Dump;

/// The answer.
#[derive(Debug, Deserialize)]
pub(super) struct Expiries {
    expiry_time_to_session_ids: BTreeMap<i64, Vec<i64>>,
}

impl Expiries {
    /// By session.
    pub(super) fn dump(self) -> Dump {
        let expiries = self.expiry_time_to_session_ids.into_iter();
        let by_session = |(at, ids): (i64, Vec<i64>)| ids.into_iter().map(move |id| (SessionId(id), at));
        Dump { expiries: expiries.flat_map(by_session).collect(), ..Dump::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::fixtures;

    fn told(name: &str) -> Vec<String> {
        let expiries: Expiries = serde_json::from_str(&fixtures::text(name)).expect(name);
        expiries.dump().expiries.iter().map(|(session, at)| format!("{session} {at}")).collect()
    }

    #[test]
    fn every_recorded_answer_is_read() {
        assert_eq!(
            told("zk-3.8.0/admin-dump.json"),
            [
                "0x010000097ebb0146 2470000",
                "0x010000097ebb0147 2460000",
                "0x010000097ebb0148 2460000",
                "0x010000097ebb0149 2461000",
            ]
        );
        assert_eq!(told("zk-3.9.3/admin-dump.json").len(), 4);
        assert_eq!(told("zk-3.8.0-ensemble/server1-follower-admin-dump.json"), [""; 0]);
        assert_eq!(told("zk-3.8.0-ensemble/server2-follower-admin-dump.json"), [""; 0]);
        assert_eq!(
            told("zk-3.8.0-ensemble/server3-leader-admin-dump.json"),
            ["0x01000025fb8e0000 2506000", "0x02000025fb8e0000 2507000", "0x03000025fba20000 2507000"]
        );
    }
}
