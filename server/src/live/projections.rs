//! Views that several browsers look at are made once a revision.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Duration, Instant};
use zooscope_model::{Revision, project};
use zooscope_protocol::{RevisionId, View};

use super::shown::Shown;

/// The newest content of the views that are being looked at.
#[derive(Debug, Default)]
pub struct Projections {
    made: Mutex<HashMap<(String, View), Made>>,
}

/// A view as it was last made.
#[derive(Debug)]
struct Made {
    /// Of which revision.
    revision: RevisionId,
    at: Instant,
    shown: Arc<Shown>,
}

impl Projections {
    /// How many views are remembered. Beyond it all are forgotten, which costs a projection each and nothing else.
    const LIMIT: usize = 1_024;

    /// What a view shows at a revision of a cluster, or at an earlier one, if that was made within so long.
    pub fn content(
        &self,
        cluster: &str,
        view: &View,
        revision: &Revision,
        within: Duration,
    ) -> (RevisionId, Arc<Shown>) {
        let key = (cluster.to_owned(), view.clone());
        let now = Instant::now();
        if let Some(made) = self.lock().get(&key)
            && (made.revision == revision.id || now.duration_since(made.at) < within)
        {
            return (made.revision, made.shown.clone());
        }
        let content = project(revision, view);
        let mut all = self.lock();
        if all.len() >= Self::LIMIT {
            all.clear();
        }
        let last = match all.get_mut(&key) {
            // Another session was at a newer revision already; it keeps its place.
            Some(made) if made.revision > revision.id => return (revision.id, Shown::new(content, None)),
            // An equal content keeps its address, so that sessions see at a glance that nothing changed.
            Some(made) if *made.shown.content() == content => {
                (made.revision, made.at) = (revision.id, now);
                return (revision.id, made.shown.clone());
            }
            made => made,
        };
        let shown = Shown::new(content, last.map(|made| &made.shown));
        all.insert(key, Made { revision: revision.id, at: now, shown: shown.clone() });
        (revision.id, shown)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, View), Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
