//! The handles that a request may use.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::Actions;
use crate::config::{Cluster, Config};
use crate::live::Projections;
use crate::metrics::Metrics;
use crate::mirror::Mirror;
use crate::recipes::Recipes;

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
    /// The declared recipes.
    pub recipes: Recipes,
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
