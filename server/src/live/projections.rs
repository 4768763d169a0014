//! Views that several browsers look at are made once a revision.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zooscope_model::{Revision, project};
use zooscope_protocol::{Content, RevisionId, View};

/// The newest content of the views that are being looked at.
#[derive(Debug, Default)]
pub struct Projections {
    made: Mutex<Made>,
}

/// By cluster and view: the revision that it was last made of, and what it showed.
type Made = HashMap<(String, View), (RevisionId, Arc<Content>)>;

impl Projections {
    /// How many views are remembered. Beyond it all are forgotten, which costs a projection each and nothing else.
    const LIMIT: usize = 1_024;

    /// What a view shows at a revision of a cluster.
    pub fn content(&self, cluster: &str, view: &View, revision: &Revision) -> Arc<Content> {
        let key = (cluster.to_owned(), view.clone());
        if let Some((made, content)) = self.lock().get(&key)
            && *made == revision.id
        {
            return content.clone();
        }
        let content = Arc::new(project(revision, view));
        let mut made = self.lock();
        if made.len() >= Self::LIMIT {
            made.clear();
        }
        match made.get_mut(&key) {
            // Another session was at a newer revision already; it keeps its place.
            Some((newest, _)) if *newest > revision.id => {}
            // An equal content keeps its address, so that sessions see at a glance that nothing changed.
            Some((newest, last)) if *last == content => {
                *newest = revision.id;
                return last.clone();
            }
            _ => {
                made.insert(key, (revision.id, content.clone()));
            }
        }
        content
    }

    fn lock(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
