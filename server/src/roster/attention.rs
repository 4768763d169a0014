//! Who looks: servers are asked for their sessions only while somebody wants to know.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use zooscope_protocol::{View, ZnodePath};

/// How long a look counts. A browser looks again with each of its heartbeats.
const HOLD: Duration = Duration::from_secs(15);
/// The most locks whose watches are asked for at once; those looked at last.
const MAX_LOCKS: usize = 64;

/// The handle by which a request or a browser says that it looks. Cloned freely.
#[derive(Debug, Clone, Default)]
pub struct Attention(Arc<State>);

#[derive(Debug, Default)]
struct State {
    looks: Mutex<Looks>,
    woken: Notify,
}

#[derive(Debug, Default)]
struct Looks {
    sessions: Option<Instant>,
    locks: BTreeMap<ZnodePath, Instant>,
}

/// What somebody wants to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Whether the sessions.
    pub(super) sessions: bool,
    /// The watches of these locks.
    pub(super) locks: Vec<ZnodePath>,
}

impl Attention {
    /// Somebody looks at this view. Most views need no server to be asked.
    pub fn look(&self, view: &View) {
        self.look_at(view, Instant::now());
    }

    fn look_at(&self, view: &View, now: Instant) {
        let lock = match view {
            View::Sessions { .. }
            | View::Session { .. }
            | View::Waits
            | View::Overview
            | View::Locks { .. } => None,
            View::Lock { path } => Some(path),
            _ => return,
        };
        let mut looks = self.looks();
        looks.sessions = Some(now);
        if let Some(path) = lock {
            looks.locks.insert(path.clone(), now);
            if looks.locks.len() > MAX_LOCKS
                && let Some(oldest) =
                    looks.locks.iter().min_by_key(|(_, at)| **at).map(|(path, _)| path.clone())
            {
                looks.locks.remove(&oldest);
            }
        }
        drop(looks);
        self.0.woken.notify_one();
    }

    /// What is wanted now; what was looked at too long ago is forgotten.
    pub(super) fn wanted(&self, now: Instant) -> Wanted {
        let mut looks = self.looks();
        looks.locks.retain(|_, at| now.duration_since(*at) < HOLD);
        let sessions = looks.sessions.is_some_and(|at| now.duration_since(at) < HOLD);
        Wanted { sessions, locks: looks.locks.keys().cloned().collect() }
    }

    /// Waits until somebody looks.
    pub(super) async fn look_again(&self) {
        self.0.woken.notified().await;
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.0.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(number: usize) -> View {
        View::Lock { path: ZnodePath::parse(&format!("/l/{number:03}")).unwrap() }
    }

    #[test]
    fn a_look_counts_for_a_while() {
        let attention = Attention::default();
        let start = Instant::now();
        attention.look_at(&View::Status, start);
        attention.look_at(&View::Node { path: ZnodePath::root() }, start);
        assert_eq!(attention.wanted(start), Wanted::default());
        attention.look_at(&View::Waits, start);
        assert_eq!(attention.wanted(start), Wanted { sessions: true, locks: Vec::new() });
        let later = start + HOLD / 2;
        attention.look_at(&lock(7), later);
        assert_eq!(attention.wanted(later).locks.len(), 1);
        assert!(attention.wanted(start + HOLD).sessions);
        assert_eq!(attention.wanted(later + HOLD), Wanted::default());
    }

    #[test]
    fn the_locks_looked_at_last_are_asked_for() {
        let attention = Attention::default();
        let start = Instant::now();
        for number in 0..MAX_LOCKS + 10 {
            attention.look_at(&lock(number), start + Duration::from_millis(number as u64));
        }
        let locks = attention.wanted(start).locks;
        assert_eq!(locks.len(), MAX_LOCKS);
        assert_eq!(locks[0].as_str(), "/l/010");
    }
}
