//! Real clients that contend for locks and feed queues, at a pace that a person can follow.
//!
//! | path | what | by |
//! |---|---|---|
//! | `/app/locks/billing` | a mutex held for many minutes, 19 waiters | zookeeper-client, Curator's names |
//! | `/app/locks/index` | a mutex that changes hands every second | zookeeper-client, Curator's names |
//! | `/app/locks/report` | a mutex with two waiters | zookeeper-client, `lock-` |
//! | `/app/locks/ledger` | a mutex with three waiters | zookeeper-client, `<host>-lock-` |
//! | `/app/locks/schema` | a mutex that is held and nobody waits for | zookeeper-client, Curator's names |
//! | `/app/locks/nightly` | a mutex that is idle most of the time | zookeeper-client, Curator's names |
//! | `/app/election/scheduler` | a latch with three candidates | zookeeper-client, `latch-` |
//! | `/jobs/webhooks` | a fast queue with one item that always fails and comes back | Curator's format |
//! | `/jobs/imports` | a slow queue whose items are locked while they are worked on | Curator's format |
//! | `/jobs/audit` | a queue whose backlog grows and drains | Curator's format |
//! | `/app/locks/inventory`, `/app/rw/catalog`, `/app/semaphores/uploads`, `/app/election/leader` | lock, read/write lock, semaphore with 2 leases, election | kazoo |
//! | `/jobs/mail`, `/jobs/thumbs` | a queue, and a locking queue with an item that is taken and never finished | kazoo |
//! | `/app/locks/account-a`, `/app/locks/account-b` | two sessions that wait for each other, for a minute at a time | kazoo |
//!
//! Every contender has a session of its own and writes its name as data where the library lets it.

mod curator;
mod election;
mod event;
mod kazoo;
mod locks;
mod queues;
mod session;

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use event::{Event, Report};
pub use kazoo::Missing;

use kazoo::KazooClients;
use session::Actors;

/// What the workload is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// ZooKeeper's connect string.
    pub connect: String,
    /// The Python that can `import kazoo`; `python3` without it.
    pub python: Option<PathBuf>,
    /// Who waits behind the one that holds `/app/locks/billing`: 0 to 20.
    pub billing_waiters: usize,
    /// Where the clients report what they do.
    pub report: Report,
}

impl Options {
    /// The whole workload on this ZooKeeper.
    pub fn new(connect: impl Into<String>, report: Report) -> Self {
        Self { connect: connect.into(), python: None, billing_waiters: 19, report }
    }
}

/// The running clients. They stop, and their sessions end, on drop; [`Workload::stop`] waits for it.
#[derive(Debug)]
pub struct Workload {
    stop: CancellationToken,
    actors: TaskTracker,
    kazoo: Result<KazooClients, Missing>,
}

impl Workload {
    /// Starts the clients. They connect on their own and go on after a lost connection or session.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn start(options: Options) -> Self {
        let stop = CancellationToken::new();
        let tracker = TaskTracker::new();
        let actors = Actors::new(&options.connect, &options.report, &stop, &tracker);
        locks::start(&actors, options.billing_waiters.min(20));
        election::start(&actors);
        queues::start(&actors);
        tracker.close();
        let kazoo = KazooClients::start(&options).await;
        Self { stop, actors: tracker, kazoo }
    }

    /// Why the kazoo clients are not part of it, if so: which kinds are missing and how to get them.
    pub fn missing(&self) -> Option<&Missing> {
        self.kazoo.as_ref().err()
    }

    /// Stops the clients and waits until their sessions are closed, but no longer than five seconds.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Ok(kazoo) = &mut self.kazoo {
            kazoo.stop().await;
        }
        let limit = std::time::Duration::from_secs(5);
        if tokio::time::timeout(limit, self.actors.wait()).await.is_err() {
            tracing::warn!(
                "some clients of the demo did not stop in time; their sessions expire by themselves"
            );
        }
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
