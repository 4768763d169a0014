//! Who is signed in. A session's id is 256 random bits that only the browser keeps; here is its hash.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::principal::{Principal, SessionKey};
use super::secret::{hash, id};

/// How much is kept of what a browser says it is, in characters.
const AGENT: usize = 200;

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
    /// A name for it that signs nobody in.
    name: String,
    agent: String,
    /// Where it was last used from.
    address: IpAddr,
    idle: Duration,
    began: Instant,
    used: Instant,
}

/// A session as whoever it belongs to may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// A name for it that signs nobody in.
    pub name: String,
    /// What the browser that began it says it is, at most 200 characters.
    pub agent: String,
    /// Where it was last used from.
    pub address: IpAddr,
    /// How long ago it began.
    pub age: Duration,
    /// How long ago it was last used.
    pub unused: Duration,
    /// In how long it ends, unless it is used before and as far as that can prolong it.
    pub left: Duration,
    /// What it is known by here.
    pub key: SessionKey,
}

impl Sessions {
    /// How many there are at most, and how many of one person; beyond it those that were used longest ago end.
    const LIMIT: usize = 10_000;
    const OF_ONE: usize = 20;

    /// Sessions that end after so long without a request, and after so long in any case.
    pub fn new(idle: Duration, absolute: Duration) -> Self {
        Self { idle, absolute, known: Mutex::default() }
    }

    /// Begins a session for somebody who has signed in, in a browser that says it is `agent`. It lasts `idle` without a
    /// request where that is said. The answer is its id.
    pub fn begin(&self, mut who: Principal, agent: &str, idle: Option<Duration>) -> String {
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
        let session = Session {
            // As long as an id and as hard to guess, though it is worth nothing.
            name: self::id(),
            agent: agent.chars().take(AGENT).collect(),
            address: who.address,
            idle: idle.unwrap_or(self.idle),
            who,
            began: now,
            used: now,
        };
        known.insert(key, session);
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
        session.address = address;
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

    /// Ends the sessions of those whom this says, and counts them.
    pub fn end_all(&self, of: impl Fn(&Principal) -> bool) -> usize {
        let mut known = self.lock();
        let before = known.len();
        known.retain(|_, session| !of(&session.who));
        before - known.len()
    }

    /// The sessions of one person, the one that was used last first.
    pub fn of(&self, subject: &str) -> Vec<Known> {
        let now = Instant::now();
        let known = self.lock();
        let own =
            known.iter().filter(|(_, session)| session.who.subject == subject && self.lasts(session, now));
        let mut own: Vec<_> = own.map(|(key, session)| self.tell(*key, session, now)).collect();
        own.sort_by(|a, b| a.unused.cmp(&b.unused).then_with(|| a.name.cmp(&b.name)));
        own
    }

    /// Ends those sessions of one person that `is` says. How many there were.
    pub fn end_of(&self, subject: &str, is: impl Fn(&Known) -> bool) -> usize {
        let now = Instant::now();
        let mut known = self.lock();
        let before = known.len();
        known.retain(|key, session| session.who.subject != subject || !is(&self.tell(*key, session, now)));
        before - known.len()
    }

    fn tell(&self, key: SessionKey, session: &Session, now: Instant) -> Known {
        let (age, unused) = (now.duration_since(session.began), now.duration_since(session.used));
        Known {
            name: session.name.clone(),
            agent: session.agent.clone(),
            address: session.address,
            age,
            unused,
            left: session.idle.saturating_sub(unused).min(self.absolute.saturating_sub(age)),
            key,
        }
    }

    fn lasts(&self, session: &Session, now: Instant) -> bool {
        now.duration_since(session.used) < session.idle && now.duration_since(session.began) < self.absolute
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
        let id = sessions.begin(ann.clone(), "", None);
        let found = sessions.find(&id, HERE).unwrap();
        assert!(found.proved_within(Duration::from_secs(1)));
        assert!(sessions.find(&format!("{id}0"), HERE).is_none());
        let key = found.session.unwrap();
        assert!(sessions.lives(&key));
        sessions.end(&key);
        assert!(sessions.find(&id, HERE).is_none() && !sessions.lives(&key));

        let id = sessions.begin(ann.clone(), "", None);
        std::thread::sleep(Duration::from_millis(80));
        assert!(sessions.find(&id, HERE).is_none(), "it was not used");
        let id = sessions.begin(ann, "", None);
        let used = (0..12).take_while(|_| {
            std::thread::sleep(Duration::from_millis(20));
            sessions.find(&id, HERE).is_some()
        });
        assert!(used.count() < 12, "it ends however it is used");
    }

    #[test]
    fn one_person_has_a_bounded_number_of_sessions() {
        let sessions = Sessions::new(Duration::from_secs(60), Duration::from_secs(60));
        let ids: Vec<_> =
            (0..25).map(|_| sessions.begin(Principal::loopback(HERE, Role::Admin), "", None)).collect();
        assert_eq!(ids.iter().filter(|id| sessions.find(id, HERE).is_some()).count(), Sessions::OF_ONE);
        assert!(sessions.find(&ids[24], HERE).is_some());
    }

    #[test]
    fn one_knows_ones_own_sessions_and_ends_them() {
        let person = |subject: &str| Principal {
            subject: subject.to_owned(),
            ..Principal::loopback(HERE, Role::Viewer)
        };
        let sessions = Sessions::new(Duration::from_secs(60), Duration::from_secs(600));
        let mine: Vec<_> =
            ["one", "two", "three"].map(|agent| sessions.begin(person("ann"), agent, None)).into();
        let other = sessions.begin(person("bob"), &"x".repeat(1_000), Some(Duration::from_secs(300)));
        let there = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
        std::thread::sleep(Duration::from_millis(5));
        let ann = sessions.find(&mine[1], there).unwrap();
        let known = sessions.of("ann");
        assert_eq!(known.len(), 3);
        assert_eq!((known[0].agent.as_str(), known[0].address), ("two", there), "the one that was used last");
        assert!(known.iter().all(|one| one.left <= Duration::from_secs(60)));
        assert!(known.iter().all(|one| mine.iter().all(|id| *id != one.name)), "a name signs nobody in");
        assert!(known.iter().all(|one| sessions.find(&one.name, HERE).is_none()));
        let bob = sessions.of("bob");
        assert!(bob[0].agent.len() == AGENT && bob[0].left > Duration::from_secs(60), "its own time");

        assert_eq!(sessions.end_of("ann", |one| one.name == bob[0].name), 0, "not another's");
        assert_eq!(sessions.end_of("ann", |one| Some(one.key) != ann.session), 2);
        assert!(sessions.find(&mine[0], HERE).is_none() && sessions.find(&mine[1], HERE).is_some());
        assert!(sessions.find(&other, HERE).is_some());
        assert_eq!(sessions.end_of("ann", |one| one.agent == "two"), 1);
        assert!(sessions.of("ann").is_empty());
    }
}
