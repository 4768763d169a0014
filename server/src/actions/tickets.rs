//! Which action is behind a digest, for as long as a person may take to read a plan.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zooscope_protocol::{Action, Plan};

/// The plans that may be executed.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    issued: Mutex<HashMap<Key, Ticket>>,
}

#[derive(Debug)]
struct Ticket {
    action: Action,
    at: Instant,
}

/// Whose plan, of which cluster, with which digest.
type Key = (String, String, String);

impl Tickets {
    /// How long a plan may be executed after it was made.
    const LIFE: Duration = Duration::from_secs(120);
    /// How many plans there may be at once; beyond it the oldest go.
    const LIMIT: usize = 1_000;

    /// Notes a plan that was shown to somebody, for whom alone it is.
    pub(super) fn issue(&self, plan: &Plan, cluster: &str, subject: &str) {
        let mut issued = self.lock();
        if issued.len() >= Self::LIMIT {
            issued.retain(|_, ticket| ticket.at.elapsed() < Self::LIFE);
        }
        if issued.len() >= Self::LIMIT
            && let Some(oldest) =
                issued.iter().min_by_key(|(_, ticket)| ticket.at).map(|(key, _)| key.clone())
        {
            issued.remove(&oldest);
        }
        let ticket = Ticket { action: plan.action.clone(), at: Instant::now() };
        issued.insert(key(&plan.digest, cluster, subject), ticket);
    }

    /// The action behind a digest of this cluster that was shown to this person, unless it is too old.
    pub(super) fn action(&self, digest: &str, cluster: &str, subject: &str) -> Option<Action> {
        let issued = self.lock();
        let ticket = issued.get(&key(digest, cluster, subject))?;
        (ticket.at.elapsed() < Self::LIFE).then(|| ticket.action.clone())
    }

    /// It was executed, once and for all.
    pub(super) fn spend(&self, digest: &str, cluster: &str, subject: &str) {
        self.lock().remove(&key(digest, cluster, subject));
    }

    /// Nothing that was shown holds any more.
    pub(super) fn void(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Ticket>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(digest: &str, cluster: &str, subject: &str) -> Key {
    (digest.to_owned(), cluster.to_owned(), subject.to_owned())
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::action::Confirm;
    use zooscope_protocol::{Target, ZnodePath, Zxid};

    use super::*;

    fn plan(digest: &str) -> Plan {
        let path = ZnodePath::parse("/a").unwrap();
        let target = Target { path: path.clone(), czxid: Zxid(1), version: 0, session: None };
        Plan {
            digest: digest.to_owned(),
            action: Action::Delete(target),
            subject: path,
            identities: Vec::new(),
            steps: Vec::new(),
            guards: Vec::new(),
            excluded: Vec::new(),
            warnings: Vec::new(),
            effects: Vec::new(),
            confirm: Confirm { what: String::new(), expected: String::new() },
        }
    }

    #[test]
    fn a_plan_is_for_whom_it_was_shown_for_a_while_and_once() {
        let tickets = Tickets::default();
        tickets.issue(&plan("d"), "c", "local:ann");
        let found = |digest, cluster, subject| tickets.action(digest, cluster, subject).is_some();
        assert!(found("d", "c", "local:ann"));
        assert!(
            !found("e", "c", "local:ann") && !found("d", "x", "local:ann") && !found("d", "c", "local:bob")
        );
        tickets.spend("d", "c", "local:ann");
        assert!(!found("d", "c", "local:ann"));
        tickets.issue(&plan("d"), "c", "local:ann");
        tickets.void();
        assert!(!found("d", "c", "local:ann"));
        tickets.issue(&plan("d"), "c", "local:ann");
        let long_ago = Instant::now().checked_sub(Tickets::LIFE + Duration::from_secs(1)).unwrap();
        tickets.lock().values_mut().for_each(|ticket| ticket.at = long_ago);
        assert!(!found("d", "c", "local:ann"));
    }

    #[test]
    fn there_is_a_bounded_number_of_them() {
        let tickets = Tickets::default();
        for number in 0..Tickets::LIMIT + 10 {
            tickets.issue(&plan(&number.to_string()), "c", "local:ann");
        }
        assert_eq!(tickets.lock().len(), Tickets::LIMIT);
        assert!(tickets.action(&(Tickets::LIMIT + 9).to_string(), "c", "local:ann").is_some());
    }
}
