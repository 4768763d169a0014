//! Which action is behind a digest, for as long as a person may take to read a plan.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zooscope_protocol::{Action, Plan};

/// The plans that may be executed.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    issued: Mutex<Issued>,
}

#[derive(Debug, Default)]
struct Issued {
    plans: HashMap<Key, Ticket>,
    /// How often all of them were voided.
    turn: u64,
}

#[derive(Debug)]
struct Ticket {
    action: Action,
    at: Instant,
}

/// A plan that was taken to be executed. Where it is dropped without being spent, it can be executed again.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    tickets: &'a Tickets,
    turn: u64,
    key: Key,
    /// `None` when it was spent.
    ticket: Option<Ticket>,
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
        let plans = &mut issued.plans;
        if plans.len() >= Self::LIMIT {
            plans.retain(|_, ticket| ticket.at.elapsed() < Self::LIFE);
        }
        if plans.len() >= Self::LIMIT
            && let Some(oldest) = plans.iter().min_by_key(|(_, ticket)| ticket.at).map(|(key, _)| key.clone())
        {
            plans.remove(&oldest);
        }
        let ticket = Ticket { action: plan.action.clone(), at: Instant::now() };
        plans.insert(key(&plan.digest, cluster, subject), ticket);
    }

    /// Takes the plan with a digest of this cluster that was shown to this person, unless it is too old.
    pub(super) fn take(&self, digest: &str, cluster: &str, subject: &str) -> Option<Taken<'_>> {
        let key = key(digest, cluster, subject);
        let mut issued = self.lock();
        let ticket = issued.plans.remove(&key).filter(|ticket| ticket.at.elapsed() < Self::LIFE)?;
        Some(Taken { tickets: self, turn: issued.turn, key, ticket: Some(ticket) })
    }

    /// Nothing that was shown holds any more.
    pub(super) fn void(&self) {
        let mut issued = self.lock();
        issued.plans.clear();
        issued.turn += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Issued> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken<'_> {
    /// What it does.
    pub(super) fn action(&self) -> Option<&Action> {
        self.ticket.as_ref().map(|ticket| &ticket.action)
    }

    /// It was executed, once and for all.
    pub(super) fn spend(mut self) {
        self.ticket = None;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else { return };
        let mut issued = self.tickets.lock();
        // One that was voided meanwhile stays void, and one that was shown anew is the newer.
        if issued.turn == self.turn {
            issued.plans.entry(self.key.clone()).or_insert(ticket);
        }
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
        let found = |digest, cluster, subject| tickets.take(digest, cluster, subject).is_some();
        assert!(found("d", "c", "local:ann"));
        assert!(
            !found("e", "c", "local:ann") && !found("d", "x", "local:ann") && !found("d", "c", "local:bob")
        );
        let taken = tickets.take("d", "c", "local:ann").unwrap();
        assert!(!found("d", "c", "local:ann"), "somebody is at it");
        drop(taken);
        assert!(found("d", "c", "local:ann"), "nothing came of it");
        let taken = tickets.take("d", "c", "local:ann").unwrap();
        tickets.void();
        drop(taken);
        assert!(!found("d", "c", "local:ann"), "it was voided meanwhile");
        tickets.issue(&plan("d"), "c", "local:ann");
        tickets.take("d", "c", "local:ann").unwrap().spend();
        assert!(!found("d", "c", "local:ann"));
        tickets.issue(&plan("d"), "c", "local:ann");
        tickets.void();
        assert!(!found("d", "c", "local:ann"));
        tickets.issue(&plan("d"), "c", "local:ann");
        let long_ago = Instant::now().checked_sub(Tickets::LIFE + Duration::from_secs(1)).unwrap();
        tickets.lock().plans.values_mut().for_each(|ticket| ticket.at = long_ago);
        assert!(!found("d", "c", "local:ann"));
    }

    #[test]
    fn there_is_a_bounded_number_of_them() {
        let tickets = Tickets::default();
        for number in 0..Tickets::LIMIT + 10 {
            tickets.issue(&plan(&number.to_string()), "c", "local:ann");
        }
        assert_eq!(tickets.lock().plans.len(), Tickets::LIMIT);
        assert!(tickets.take(&(Tickets::LIMIT + 9).to_string(), "c", "local:ann").is_some());
    }
}
