//! Publishing: each revision follows from the newest, one at a time, whoever has news.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use zooscope_model::{Declarations, Revision};

use crate::clock;

/// Where revisions are published.
#[derive(Debug)]
pub(super) struct Publisher {
    revisions: watch::Sender<Arc<Revision>>,
    /// Held while the next revision is made, so that none is made of one that is not the newest any more. Readers never wait
    /// for it.
    turn: Mutex<()>,
}

/// The handle to tell a mirror what is declared. It changes what is recognised, never the tree.
pub struct Declarer(Arc<Publisher>);

impl Publisher {
    pub(super) fn new(revisions: watch::Sender<Arc<Revision>>) -> Self {
        Self { revisions, turn: Mutex::new(()) }
    }

    /// The newest revision.
    pub(super) fn current(&self) -> Arc<Revision> {
        self.revisions.borrow().clone()
    }

    /// Publishes what follows from the newest revision, if anything does, and returns what is the newest then.
    pub(super) fn publish(&self, next: impl FnOnce(&Revision) -> Option<Revision>) -> Arc<Revision> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let last = self.current();
        match next(&last).map(Arc::new) {
            None => last,
            Some(next) => {
                self.revisions.send_replace(next.clone());
                next
            }
        }
    }
}

impl Declarer {
    pub(super) fn new(publisher: Arc<Publisher>) -> Self {
        Self(publisher)
    }

    /// From now on these declarations are in force, whatever the mirror's status.
    pub fn declare(&self, declarations: &Arc<Declarations>) {
        self.0.publish(|last| {
            (last.declarations() != declarations)
                .then(|| last.with_declarations(declarations.clone(), clock::now()))
        });
    }
}

impl fmt::Debug for Declarer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Declarer")
    }
}
