//! One client of the demo: a name, a session, and what both need to go on after a loss.
//!
//! These clients stand for the programs that the console watches, so they speak to ZooKeeper themselves and share nothing
//! with the console but this process.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zookeeper_client::{Acls, Client, CreateMode, Error};

use super::{Event, Report};

/// How long a client waits before it tries to connect again.
const RECONNECT: Duration = Duration::from_secs(1);
/// Long enough to outlive a restart of ZooKeeper, short enough that a killed demo is soon forgotten.
const SESSION_TIMEOUT: Duration = Duration::from_secs(10);

/// What every client shares.
#[derive(Clone)]
pub(super) struct Actors {
    connect: String,
    report: Report,
    stop: CancellationToken,
    tracker: TaskTracker,
}

impl fmt::Debug for Actors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actors").field("connect", &self.connect).finish_non_exhaustive()
    }
}

/// A connected client.
#[derive(Debug)]
pub(super) struct Session {
    name: String,
    client: Client,
    actors: Actors,
}

impl Actors {
    pub(super) fn new(
        connect: &str,
        report: &Report,
        stop: &CancellationToken,
        tracker: &TaskTracker,
    ) -> Self {
        Self {
            connect: connect.to_owned(),
            report: report.clone(),
            stop: stop.clone(),
            tracker: tracker.clone(),
        }
    }

    /// Runs a client until the demo stops: connects, lets it act, and connects anew when it failed.
    pub(super) fn spawn<F>(&self, name: impl Into<String>, act: impl Fn(Session) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), Error>> + Send,
    {
        let actors = self.clone();
        let name = name.into();
        self.tracker.spawn(async move {
            let life = async {
                loop {
                    if let Ok(client) = actors.connect().await {
                        let session = Session { name: name.clone(), client, actors: actors.clone() };
                        if let Err(error) = act(session).await {
                            tracing::debug!(client = name, %error, "a client of the demo starts anew");
                        }
                    }
                    tokio::time::sleep(RECONNECT).await;
                }
            };
            actors.stop.run_until_cancelled(life).await;
        });
    }

    async fn connect(&self) -> Result<Client, Error> {
        Client::connector().with_session_timeout(SESSION_TIMEOUT).connect(&self.connect).await
    }
}

impl Session {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Makes a directory and those above it.
    pub(super) async fn directory(&self, path: &str) -> Result<(), Error> {
        self.client.mkdir(path, &CreateMode::Persistent.with_acls(Acls::anyone_all())).await
    }

    pub(super) fn report_lock(&self, event: &str, lock: &str, node: Option<&str>) {
        self.report(event, Some(lock), None, node);
    }

    pub(super) fn report_queue(&self, event: &str, queue: &str, node: &str) {
        self.report(event, None, Some(queue), Some(node));
    }

    fn report(&self, event: &str, lock: Option<&str>, queue: Option<&str>, node: Option<&str>) {
        self.actors.report.tell(&Event {
            client: self.name.clone(),
            event: event.to_owned(),
            lock: lock.map(str::to_owned),
            queue: queue.map(str::to_owned),
            node: node.map(str::to_owned),
            session: format!("0x{:016x}", self.client.session_id().0),
        });
    }
}
