//! What all servers told, put together by session.

use std::collections::BTreeMap;

use tokio::time::Instant;
use zooscope_protocol::{Peer, SessionId, Timestamp};

use super::expiry::Clock;
use super::server::Answer;

/// What is remembered between two looks: the clocks, and who is heard from although no server that was asked has a
/// connection of it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    clocks: BTreeMap<String, Clock>,
    unlinked: BTreeMap<SessionId, Unlinked>,
}

/// A session without a connection.
#[derive(Debug, Clone, Copy)]
struct Unlinked {
    bucket: i64,
    heard: Option<Instant>,
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
        let mut buckets = BTreeMap::new();
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
                buckets.insert(*session, *bucket);
            }
        }
        let complete = answers.iter().all(|answer| answer.links.is_some());
        self.listen(&peers, &buckets, now);
        for (session, peer) in &mut peers {
            let elsewhere = self.unlinked.get(session).is_some_and(|unlinked| unlinked.heard.is_some());
            if complete && !elsewhere {
                peer.connected.get_or_insert(false);
            }
        }
        peers
    }

    /// Notes which sessions are heard from without a connection: their bucket moves. They are connected to a server that the
    /// connect string does not name.
    fn listen(
        &mut self,
        peers: &BTreeMap<SessionId, Peer>,
        buckets: &BTreeMap<SessionId, i64>,
        now: Instant,
    ) {
        let mut unlinked = BTreeMap::new();
        for (session, bucket) in buckets {
            if peers.get(session).is_some_and(|peer| peer.connected.is_some()) {
                continue;
            }
            let before = self.unlinked.get(session);
            let heard = match before {
                Some(before) if before.bucket != *bucket => Some(now),
                Some(before) => before.heard,
                None => None,
            };
            unlinked.insert(*session, Unlinked { bucket: *bucket, heard });
        }
        self.unlinked = unlinked;
    }
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
        assert_eq!((gone.client.as_deref(), gone.connected), (None, Some(false)));
        assert!(gone.expires.unwrap().0 < expires);
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
    fn a_session_whose_bucket_moves_is_connected_to_a_server_that_is_not_named() {
        let mut memory = Memory::default();
        let mut connected = |bucket: i64| {
            let now = (Instant::now() + Duration::from_secs(5), Timestamp(1_000_000));
            let leader = answer("a:1", &[(1, "c:1")], &[(1, 510_000), (3, bucket)]);
            memory.merge(&[leader], Some(OWN), now)[&SessionId(3)].connected
        };
        assert_eq!(connected(503_000), Some(false));
        assert_eq!(connected(503_000), Some(false));
        assert_eq!(connected(509_000), None);
        assert_eq!(connected(509_000), None);
    }

    #[test]
    fn without_the_console_s_own_session_no_expiry_is_told() {
        let now = (Instant::now(), Timestamp(1_000_000));
        let peers = Memory::default().merge(&[answer("a:1", &[], &[(3, 503_000)])], None, now);
        assert_eq!(peers[&SessionId(3)].expires, None);
    }
}
