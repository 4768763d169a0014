//! Who is signed in. A session's id is 256 random bits that only the browser keeps; here is its hash.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::principal::{Principal, SessionKey};
use super::secret::{hash, id};

/// The sessions.
#[derive(Debug)]
pub struct Sessions {
    idle: Duration,
    absolute: Duration,
    known: Mutex<HashMap<SessionKey, Session>>,
}

#[derive(Debug)]
struct Session {
    who: Principal,
    began: Instant,
    used: Instant,
}

impl Sessions {
    /// How many there are at most, and how many of one person; beyond it those that were used longest ago end.
    const LIMIT: usize = 10_000;
    const OF_ONE: usize = 20;

    /// Sessions that end after so long without a request, and after so long in any case.
    pub fn new(idle: Duration, absolute: Duration) -> Self {
        Self { idle, absolute, known: Mutex::default() }
    }

    /// Begins a session for somebody who has signed in. The answer is its id.
    pub fn begin(&self, mut who: Principal) -> String {
        let id = id();
        let key = hash(id.as_bytes());
        let now = Instant::now();
        who.session = Some(key);
        let mut known = self.lock();
        known.retain(|_, session| self.lasts(session, now));
        let own = known.values().filter(|session| session.who.subject == who.subject).count();
        if own >= Self::OF_ONE {
            end_oldest(&mut known, |session| session.who.subject == who.subject);
        }
        if known.len() >= Self::LIMIT {
            end_oldest(&mut known, |_| true);
        }
        known.insert(key, Session { who, began: now, used: now });
        id
    }

    /// Who is behind an id; that it was asked for counts as use.
    pub fn find(&self, id: &str, address: IpAddr) -> Option<Principal> {
        let key = hash(id.as_bytes());
        let now = Instant::now();
        let mut known = self.lock();
        let session = known.get_mut(&key)?;
        if !self.lasts(session, now) {
            known.remove(&key);
            return None;
        }
        session.used = now;
        Some(Principal { address, ..session.who.clone() })
    }

    /// Whether a session still lasts; to ask does not count as use.
    pub fn lives(&self, key: &SessionKey) -> bool {
        self.lock().get(key).is_some_and(|session| self.lasts(session, Instant::now()))
    }

    /// Ends a session.
    pub fn end(&self, key: &SessionKey) {
        self.lock().remove(key);
    }

    fn lasts(&self, session: &Session, now: Instant) -> bool {
        now.duration_since(session.used) < self.idle && now.duration_since(session.began) < self.absolute
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, Session>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end_oldest(known: &mut HashMap<SessionKey, Session>, of: impl Fn(&Session) -> bool) {
    let oldest = known.iter().filter(|(_, session)| of(session)).min_by_key(|(_, session)| session.used);
    if let Some(key) = oldest.map(|(key, _)| *key) {
        known.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use zooscope_protocol::Role;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_session_ends_by_time_or_by_hand() {
        let mut ann = Principal::loopback(HERE, Role::Admin);
        ann.proved = Some(Instant::now());
        let sessions = Sessions::new(Duration::from_millis(60), Duration::from_millis(200));
        let id = sessions.begin(ann.clone());
        let found = sessions.find(&id, HERE).unwrap();
        assert!(found.proved_within(Duration::from_secs(1)));
        assert!(sessions.find(&format!("{id}0"), HERE).is_none());
        let key = found.session.unwrap();
        assert!(sessions.lives(&key));
        sessions.end(&key);
        assert!(sessions.find(&id, HERE).is_none() && !sessions.lives(&key));

        let id = sessions.begin(ann.clone());
        std::thread::sleep(Duration::from_millis(80));
        assert!(sessions.find(&id, HERE).is_none(), "it was not used");
        let id = sessions.begin(ann);
        let used = (0..12).take_while(|_| {
            std::thread::sleep(Duration::from_millis(20));
            sessions.find(&id, HERE).is_some()
        });
        assert!(used.count() < 12, "it ends however it is used");
    }

    #[test]
    fn one_person_has_a_bounded_number_of_sessions() {
        let sessions = Sessions::new(Duration::from_secs(60), Duration::from_secs(60));
        let ids: Vec<_> = (0..25).map(|_| sessions.begin(Principal::loopback(HERE, Role::Admin))).collect();
        assert_eq!(ids.iter().filter(|id| sessions.find(id, HERE).is_some()).count(), Sessions::OF_ONE);
        assert!(sessions.find(&ids[24], HERE).is_some());
    }
}
