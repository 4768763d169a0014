//! Which action is behind a digest, for as long as a person may take to read a plan.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zooscope_protocol::{Action, Plan};

/// The plans that may be executed.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    issued: Mutex<HashMap<String, Ticket>>,
}

#[derive(Debug)]
struct Ticket {
    cluster: String,
    action: Action,
    at: Instant,
}

impl Tickets {
    /// How long a plan may be executed after it was made.
    const LIFE: Duration = Duration::from_secs(120);
    /// How many plans there may be at once; beyond it the oldest go.
    const LIMIT: usize = 1_000;

    /// Notes a plan that was shown to somebody.
    pub(super) fn issue(&self, plan: &Plan, cluster: &str) {
        let mut issued = self.lock();
        if issued.len() >= Self::LIMIT {
            issued.retain(|_, ticket| ticket.at.elapsed() < Self::LIFE);
        }
        if issued.len() >= Self::LIMIT
            && let Some(oldest) =
                issued.iter().min_by_key(|(_, ticket)| ticket.at).map(|(digest, _)| digest.clone())
        {
            issued.remove(&oldest);
        }
        let ticket = Ticket { cluster: cluster.to_owned(), action: plan.action.clone(), at: Instant::now() };
        issued.insert(plan.digest.clone(), ticket);
    }

    /// The action behind a digest of this cluster, unless it is too old.
    pub(super) fn action(&self, digest: &str, cluster: &str) -> Option<Action> {
        let issued = self.lock();
        let ticket = issued.get(digest).filter(|ticket| ticket.at.elapsed() < Self::LIFE)?;
        (ticket.cluster == cluster).then(|| ticket.action.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Ticket>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
