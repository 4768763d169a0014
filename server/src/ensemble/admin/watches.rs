//! `watches_by_path` (`Commands.WatchesByPathCommand`, 3.5 to 3.9) and, before it, `watch_summary`.

use std::collections::HashMap;

use serde::Deserialize;
use zooscope_protocol::SessionId;

use crate::ensemble::told::{Scope, Watchers};

/// The answer to `watches_by_path`.
#[derive(Debug, Deserialize)]
pub(super) struct ByPath {
    path_to_session_ids: HashMap<String, Vec<i64>>,
}

/// The answer to `watch_summary`.
#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    num_total_watches: u64,
}

impl ByPath {
    /// Who watches what is in scope.
    pub(super) fn watchers(self, scope: &Scope) -> Watchers {
        let told = self.path_to_session_ids.into_iter();
        let kept = told.filter_map(|(path, ids)| {
            let sessions = ids.into_iter().map(SessionId).collect();
            Some((scope.keep(&path)?, sessions))
        });
        kept.collect()
    }
}

impl Summary {
    /// How many watches there are.
    pub(super) fn total(self) -> u64 {
        self.num_total_watches
    }
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::ZnodePath;

    use super::*;
    use crate::ensemble::fixtures;

    fn told(name: &str, lock: &str) -> Vec<String> {
        let watches: ByPath = serde_json::from_str(&fixtures::text(name)).expect(name);
        let scope = Scope { chroot: ZnodePath::root(), locks: vec![ZnodePath::parse(lock).unwrap()] };
        fixtures::watchers(&watches.watchers(&scope))
    }

    #[test]
    fn every_recorded_answer_is_read() {
        let name = "zk-3.8.0/admin-watches_by_path.json";
        assert_eq!(
            told(name, "/locks/orders"),
            [
                "/locks/orders/14e60bd9bd0c47a4aa4d7a90986005c2__lock__0000000001 10000097ebb0149",
                "/locks/orders/809e55c329cc4a628993667c2aab81bc__lock__0000000000 10000097ebb0148",
            ]
        );
        assert_eq!(told(name, "/locks/other"), [""; 0]);
        assert_eq!(told("zk-3.9.3/admin-watches_by_path.json", "/locks").len(), 2);
        let ensemble =
            |server: &str| told(&format!("zk-3.8.0-ensemble/{server}-admin-watches_by_path.json"), "/locks");
        assert_eq!(ensemble("server1-follower"), [""; 0]);
        assert_eq!(
            ensemble("server2-follower"),
            ["/locks/ens/9c46c1f6204246b49f0ea0d5a2ddf5b4__lock__0000000000 2000025fb8e0000"]
        );
        assert_eq!(
            ensemble("server3-leader"),
            ["/locks/ens/3f38d33de9fb4ab589358fb7fe722376__lock__0000000001 3000025fba20000"]
        );
    }

    #[test]
    fn the_summary_is_read() {
        for name in ["zk-3.8.0/admin-watch_summary.json", "zk-3.9.3/admin-watch_summary.json"] {
            let summary: Summary = serde_json::from_str(&fixtures::text(name)).expect(name);
            assert_eq!(summary.total(), 2);
        }
    }
}
