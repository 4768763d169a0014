//! What all servers told, put together by session.

use std::collections::BTreeMap;

use tokio::time::Instant;
use zooscope_protocol::{Peer, SessionId, Timestamp};

use super::expiry::Clock;
use super::server::Answer;

/// Within so long, in milliseconds, a sign of life moves a session's expiry: a tick, which is 3 s where nothing else is configured
/// (`ZooKeeperServer.DEFAULT_TICK_TIME`), and half of one in which a follower hands it on.
const TICK_MS: i64 = 4_500;

/// What is remembered between two looks: the clocks, and the time-outs of sessions, which the server that tells when they end
/// does not tell.
#[derive(Debug, Default)]
pub(super) struct Memory {
    clocks: BTreeMap<String, Clock>,
    timeouts: BTreeMap<SessionId, u32>,
}

/// The console's own session, by which the clocks are set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own {
    /// Its id.
    pub(super) session: SessionId,
    /// The time-out that was agreed upon, in milliseconds.
    pub(super) timeout_ms: i64,
}

impl Memory {
    /// The sessions that any server named. `now` and `wall` are one moment.
    pub(super) fn merge(
        &mut self,
        answers: &[Answer],
        own: Option<Own>,
        (now, wall): (Instant, Timestamp),
    ) -> BTreeMap<SessionId, Peer> {
        let mut peers: BTreeMap<SessionId, Peer> = BTreeMap::new();
        let mut left_ms = BTreeMap::new();
        for answer in answers {
            for link in answer.links.iter().flatten() {
                let peer = peers.entry(link.session).or_default();
                peer.client = Some(link.client.clone());
                peer.server = Some(answer.source.server.clone());
                peer.connected = Some(true);
                peer.timeout_ms = link.timeout_ms.or(peer.timeout_ms);
                peer.last_operation = link.last_operation.clone().or_else(|| peer.last_operation.take());
            }
            let Some(dump) = &answer.dump else { continue };
            for (session, timeout) in &dump.timeouts {
                peers.entry(*session).or_default().timeout_ms.get_or_insert(*timeout);
            }
            let clock = self.clocks.entry(answer.source.server.clone()).or_insert_with(Clock::new);
            if let Some(own) = own
                && let Some(bucket) = dump.expiries.get(&own.session)
            {
                clock.set(*bucket, own.timeout_ms, answer.at);
            }
            for (session, bucket) in &dump.expiries {
                let left = clock.left_ms(*bucket, now);
                let peer = peers.entry(*session).or_default();
                peer.expires = left.map(|left| Timestamp(wall.0.saturating_add(left))).or(peer.expires);
                left_ms.extend(left.map(|left| (*session, left)));
            }
        }
        for (session, peer) in &mut peers {
            peer.timeout_ms = peer.timeout_ms.or_else(|| self.timeouts.get(session).copied());
        }
        self.timeouts =
            peers.iter().filter_map(|(session, peer)| Some((*session, peer.timeout_ms?))).collect();
        let complete = answers.iter().all(|answer| answer.links.is_some());
        for (session, peer) in peers.iter_mut().filter(|_| complete) {
            let left = left_ms.get(session).copied();
            if left.zip(peer.timeout_ms).is_some_and(|(left, timeout)| is_silent(left, i64::from(timeout))) {
                peer.connected.get_or_insert(false);
            }
        }
        peers
    }
}

/// Whether a session with this time-out has sent nothing for longer than a client that is connected to any server lets pass. One
/// that no server of the connect string has a connection of may be connected to another, and then it is heard from: clients ping
/// after a third of their time-out.
fn is_silent(left_ms: i64, timeout_ms: i64) -> bool {
    timeout_ms.saturating_sub(left_ms) > timeout_ms / 3 + TICK_MS
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zooscope_protocol::{Source, SourceKind};

    use super::*;
    use crate::ensemble::told::{Dump, Link};

    const OWN: Own = Own { session: SessionId(1), timeout_ms: 10_000 };

    fn answer(server: &str, links: &[(i64, &str)], expiries: &[(i64, i64)]) -> Answer {
        let link = |(session, client): &(i64, &str)| Link {
            session: SessionId(*session),
            client: (*client).to_owned(),
            timeout_ms: Some(8_000),
            last_operation: Some("PING".to_owned()),
        };
        let expiries = expiries.iter().map(|(session, at)| (SessionId(*session), *at)).collect();
        Answer {
            source: Source { server: server.to_owned(), by: SourceKind::AdminServer, problem: None },
            links: Some(links.iter().map(link).collect()),
            dump: Some(Dump { expiries, ..Dump::default() }),
            at: Instant::now(),
        }
    }

    fn silent(server: &str) -> Answer {
        Answer { links: None, dump: None, ..answer(server, &[], &[]) }
    }

    #[test]
    fn a_session_is_put_together_from_all_servers() {
        let now = (Instant::now(), Timestamp(1_000_000));
        // The leader's clock shows about 500,000 now: the own session was just heard from.
        let leader = answer("a:1", &[(1, "c:1")], &[(1, 510_000), (2, 507_000), (3, 503_000)]);
        let follower = answer("b:1", &[(2, "c:2")], &[]);
        let peers = Memory::default().merge(&[leader, follower], Some(OWN), now);
        let peer = &peers[&SessionId(2)];
        assert_eq!((peer.client.as_deref(), peer.server.as_deref()), (Some("c:2"), Some("b:1")));
        assert_eq!((peer.timeout_ms, peer.connected), (Some(8_000), Some(true)));
        assert_eq!(peer.last_operation.as_deref(), Some("PING"));
        let expires = peer.expires.unwrap().0;
        assert!((1_006_900..=1_007_100).contains(&expires), "{expires}");
        let gone = &peers[&SessionId(3)];
        assert_eq!((gone.client.as_deref(), gone.connected), (None, None), "its time-out is not known");
        assert!(gone.expires.unwrap().0 < expires);
    }

    /// What is told of session 3, which has a time-out of 30 s and so long to live, by a leader with no connection of it.
    fn connected(links: bool, left_ms: i64) -> Option<bool> {
        let mut memory = Memory::default();
        let now = (Instant::now(), Timestamp(1_000_000));
        let mut follower = answer("b:1", &[], &[]);
        follower.dump = Some(Dump { timeouts: [(SessionId(3), 30_000)].into(), ..Dump::default() });
        follower.links = follower.links.filter(|_| links);
        let leader = answer("a:1", &[(1, "c:1")], &[(1, 510_000), (3, 500_000 + left_ms)]);
        memory.merge(&[leader, follower], Some(OWN), now)[&SessionId(3)].connected
    }

    #[test]
    fn a_session_is_without_a_connection_when_it_is_silent_for_longer_than_a_client_is() {
        // It may be connected to a server that the connect string does not name: then it pings each ten seconds.
        assert_eq!([30_000, 20_000, 15_600].map(|left| connected(true, left)), [None; 3]);
        assert_eq!([15_400, 1_000, -500].map(|left| connected(true, left)), [Some(false); 3]);
        assert_eq!(connected(false, 1_000), None, "a server is silent");
    }

    #[test]
    fn a_server_that_does_not_tell_when_sessions_end_calls_nobody_disconnected() {
        let mut memory = Memory::default();
        let mut follower = answer("b:1", &[(1, "c:1")], &[]);
        follower.dump = Some(Dump { timeouts: [(SessionId(3), 30_000)].into(), ..Dump::default() });
        for look in 0..30 {
            let now = (Instant::now() + Duration::from_secs(5 * look), Timestamp(1_000_000));
            let peers = memory.merge(std::slice::from_ref(&follower), Some(OWN), now);
            assert_eq!(peers[&SessionId(3)].connected, None);
        }
    }

    #[test]
    fn the_time_out_of_a_session_is_remembered_from_when_it_was_connected() {
        let mut memory = Memory::default();
        let now = (Instant::now(), Timestamp(1_000_000));
        memory.merge(
            &[answer("a:1", &[(1, "c:1"), (3, "c:3")], &[(1, 510_000), (3, 508_000)])],
            Some(OWN),
            now,
        );
        let later = (now.0 + Duration::from_secs(8), Timestamp(1_008_000));
        let lost = Answer { at: later.0, ..answer("a:1", &[(1, "c:1")], &[(1, 518_000), (3, 508_000)]) };
        let peer = &memory.merge(&[lost], Some(OWN), later)[&SessionId(3)];
        assert_eq!((peer.timeout_ms, peer.connected), (Some(8_000), Some(false)));
    }

    #[test]
    fn nobody_is_called_disconnected_while_a_server_is_silent() {
        let now = (Instant::now(), Timestamp(1_000_000));
        let leader = answer("a:1", &[(1, "c:1")], &[(1, 510_000), (3, 503_000)]);
        let peers = Memory::default().merge(&[leader, silent("b:1")], Some(OWN), now);
        assert_eq!(peers[&SessionId(3)].connected, None);
        assert_eq!(peers[&SessionId(1)].connected, Some(true));
    }

    #[test]
    fn without_the_console_s_own_session_no_expiry_is_told() {
        let now = (Instant::now(), Timestamp(1_000_000));
        let peers = Memory::default().merge(&[answer("a:1", &[], &[(3, 503_000)])], None, now);
        assert_eq!(peers[&SessionId(3)].expires, None);
    }
}
