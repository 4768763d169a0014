//! The handles that a request may use.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zooscope_model::Revision;
use zooscope_protocol::{Timestamp, View};

use crate::actions::Actions;
use crate::auth::approvals::Approvals;
use crate::auth::{Authority, Gate};
use crate::clock;
use crate::config::{Cluster, Config};
use crate::live::{Projections, Streams};
use crate::metrics::Metrics;
use crate::mirror::Mirror;
use crate::recipes::Recipes;
use crate::roster::{self, Attention};

/// The only state of the router.
#[derive(Debug, Clone)]
pub struct App(Arc<Handles>);

/// What is behind it.
#[derive(Debug)]
pub struct Handles {
    /// What the server was told.
    pub config: Config,
    /// The clusters, in the order of the configuration.
    pub clusters: Vec<Watched>,
    /// Plans, executions and their audit log.
    pub actions: Actions,
    /// Who lets people and programs in.
    pub gate: Arc<Gate>,
    /// Who decides what somebody may do.
    pub authority: Authority,
    /// What waits for the approval of another person.
    pub approvals: Approvals,
    /// The declared recipes.
    pub recipes: Recipes,
    /// The streams that are open, by person.
    pub streams: Streams,
    /// Views that several browsers share.
    pub projections: Projections,
    /// What is counted.
    pub metrics: Metrics,
    /// Tasks that the server waits for when it stops.
    pub tasks: TaskTracker,
    /// Told when the server stops.
    pub stop: CancellationToken,
}

/// A cluster and its mirror.
#[derive(Debug, Clone)]
pub struct Watched {
    /// What was configured.
    pub cluster: Cluster,
    /// Its mirror.
    pub mirror: Mirror,
    /// Where to say that somebody looks at its sessions.
    pub attention: Attention,
}

impl Watched {
    /// How long a request waits for the servers to tell.
    const PATIENCE: Duration = Duration::from_millis(1_500);

    /// Says that somebody looks at this view, and waits briefly until what the servers tell for it is fresh; returns the newest
    /// revision in any case.
    pub async fn asked(&self, view: &View) -> Arc<Revision> {
        self.attention.look(view);
        let revision = self.mirror.current();
        if !revision.info.status.may_act() {
            // What the servers tell is published only while the mirror is live.
            return revision;
        }
        let oldest = Timestamp(clock::now().0 - i64::try_from(roster::EVERY.as_millis()).unwrap_or_default());
        self.mirror
            .settled(Self::PATIENCE, |revision| {
                let watches = match view {
                    View::Lock { path } => revision.roster.watches.get(path).map(|watches| watches.at),
                    _ => Some(revision.roster.at),
                };
                revision.roster.at >= oldest && watches.is_some_and(|at| at >= oldest)
            })
            .await
    }
}

impl App {
    /// The state around these handles.
    pub fn new(handles: Handles) -> Self {
        Self(Arc::new(handles))
    }

    /// The cluster with this name.
    pub fn cluster(&self, name: &str) -> Option<&Watched> {
        self.clusters.iter().find(|watched| watched.cluster.name == name)
    }
}

impl std::ops::Deref for App {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.0
    }
}
