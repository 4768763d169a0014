//! Executions by the idempotency key that their request bore: the same key is never done twice.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use zooscope_protocol::action::Executed;
use zooscope_protocol::{Refusal, RefusalCode};

/// The attempts that run and the newest that have ended.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_key: HashMap<String, Entry>,
    /// The keys of those that have ended, the oldest first.
    ended: VecDeque<String>,
}

#[derive(Debug)]
struct Entry {
    plan: String,
    /// How it ended; `None` while it runs.
    executed: Option<Executed>,
}

/// What a key stands for.
#[derive(Debug)]
pub(super) enum Begun<'a> {
    /// A new attempt.
    Now(Attempt<'a>),
    /// An attempt that has ended so.
    Before(Box<Executed>),
}

/// A running attempt. If it is dropped without an end, nothing was executed and its key is free again.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    attempts: &'a Attempts,
    key: String,
}

impl Attempts {
    /// How many ended attempts are remembered.
    const REMEMBERED: usize = 1_000;

    /// Begins an attempt at a plan. Errors: the key is in use, or was used for another plan.
    pub(super) fn begin(&self, key: &str, plan: &str) -> Result<Begun<'_>, Refusal> {
        let mut known = self.lock();
        match known.by_key.get(key) {
            None => {
                known.by_key.insert(key.to_owned(), Entry { plan: plan.to_owned(), executed: None });
                Ok(Begun::Now(Attempt { attempts: self, key: key.to_owned() }))
            }
            Some(entry) if entry.plan != plan => {
                let detail = "`idempotency_key` was used for another plan; choose a new one";
                Err(Refusal::new(RefusalCode::BadRequest, detail))
            }
            Some(Entry { executed: Some(executed), .. }) => Ok(Begun::Before(Box::new(executed.clone()))),
            Some(_) => {
                let detail =
                    "a request with this `idempotency_key` is being executed; ask again for its outcome";
                Err(Refusal::new(RefusalCode::Running, detail))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// Remembers how it ended.
    pub(super) fn end(self, executed: Executed) {
        let mut known = self.attempts.lock();
        if let Some(entry) = known.by_key.get_mut(&self.key) {
            entry.executed = Some(executed);
        }
        known.ended.push_back(self.key.clone());
        if known.ended.len() > Attempts::REMEMBERED
            && let Some(oldest) = known.ended.pop_front()
        {
            known.by_key.remove(&oldest);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut known = self.attempts.lock();
        if known.by_key.get(&self.key).is_some_and(|entry| entry.executed.is_none()) {
            known.by_key.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::{Outcome, RevisionId};

    use super::*;

    #[test]
    fn a_key_is_done_once_and_freed_by_an_attempt_that_came_to_nothing() {
        let attempts = Attempts::default();
        let Ok(Begun::Now(first)) = attempts.begin("k", "p") else { panic!("a new key") };
        assert_eq!(attempts.begin("k", "p").unwrap_err().code, RefusalCode::Running);
        drop(first);
        let Ok(Begun::Now(second)) = attempts.begin("k", "p") else { panic!("a freed key") };
        let executed = Executed {
            outcome: Outcome::Done,
            refusal: None,
            revision: RevisionId(1),
            audit_id: "a".into(),
            created: None,
            gone: None,
        };
        second.end(executed.clone());
        assert!(matches!(attempts.begin("k", "p"), Ok(Begun::Before(before)) if *before == executed));
        assert_eq!(attempts.begin("k", "q").unwrap_err().code, RefusalCode::BadRequest);
    }
}
