//! `wchp`: each watched path in a line, then each session that watches it in a line with a tab before
//! (`WatchManager.dumpWatches`, 3.4 to 3.9). `wchs` tells how many there are.

use zooscope_protocol::ZnodePath;

use crate::ensemble::told::{Scope, Watchers};

/// An answer to `wchp` while it is read.
#[derive(Debug)]
pub(super) struct Watches<'a> {
    scope: &'a Scope,
    path: Option<ZnodePath>,
    watchers: Watchers,
    /// Whether every line was one of this word's.
    sound: bool,
}

impl<'a> Watches<'a> {
    /// An answer of which only what is in scope is kept.
    pub(super) fn new(scope: &'a Scope) -> Self {
        Self { scope, path: None, watchers: Watchers::new(), sound: true }
    }

    /// Takes the next line in.
    pub(super) fn line(&mut self, line: &str) {
        if line.starts_with('/') {
            self.path = self.scope.keep(line);
        } else if let Some(session) = line.strip_prefix('\t').and_then(|id| id.parse().ok()) {
            if let Some(path) = &self.path {
                self.watchers.entry(path.clone()).or_default().insert(session);
            }
        } else {
            self.sound &= line.is_empty();
        }
    }

    /// Who watches what; `None` where it was no answer to this word.
    pub(super) fn finish(self) -> Option<Watchers> {
        self.sound.then_some(self.watchers)
    }
}

/// The number in the line `Total watches:2` of `wchs`.
pub(super) fn total(line: &str) -> Option<u64> {
    line.strip_prefix("Total watches:")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::fixtures;

    fn read(name: &str, locks: &[&str]) -> Vec<String> {
        let locks = locks.iter().map(|lock| ZnodePath::parse(lock).unwrap()).collect();
        let scope = Scope { chroot: ZnodePath::root(), locks };
        let mut watches = Watches::new(&scope);
        fixtures::text(name).lines().for_each(|line| watches.line(line));
        fixtures::watchers(&watches.finish().expect(name))
    }

    #[test]
    fn every_recorded_answer_is_read() {
        assert_eq!(
            read("zk-3.4.14/4lw-wchp.txt", &["/locks/orders"]),
            [
                "/locks/orders/200a2e96a64d41849f554cc63d34821a__lock__0000000000 1000038be680002",
                "/locks/orders/2e57fba797b94c53881c7807554d6490__lock__0000000001 1000038be680003",
            ]
        );
        assert_eq!(
            read("zk-3.8.0/4lw-wchp.txt", &["/elsewhere", "/locks/orders"]),
            [
                "/locks/orders/14e60bd9bd0c47a4aa4d7a90986005c2__lock__0000000001 10000097ebb0149",
                "/locks/orders/809e55c329cc4a628993667c2aab81bc__lock__0000000000 10000097ebb0148",
            ]
        );
        assert_eq!(read("zk-3.9.3/4lw-wchp.txt", &["/locks"]).len(), 2);
        assert_eq!(read("zk-3.9.3/4lw-wchp.txt", &["/locks/order"]), [""; 0]);
        let ensemble = |server: &str| read(&format!("zk-3.8.0-ensemble/{server}-4lw-wchp.txt"), &["/locks"]);
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
    fn the_total_is_read() {
        for name in ["zk-3.4.14/4lw-wchs.txt", "zk-3.8.0/4lw-wchs.txt", "zk-3.9.3/4lw-wchs.txt"] {
            assert_eq!(fixtures::text(name).lines().find_map(total), Some(2), "{name}");
        }
    }
}
