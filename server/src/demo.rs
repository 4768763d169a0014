//! A demo that needs nothing but Java: a private ZooKeeper and real clients at work on it.
//!
//! `main` composes the pieces: [`Demo::start`], then the console on [`Demo::connect`], and when the console has stopped
//! [`Demo::stop`]. All of it stops with this process, even when the process is killed; see [`child`].

pub mod child;
pub mod workload;
pub mod zookeeper;

use workload::Workload;
use zookeeper::PrivateZooKeeper;

/// What a demo is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The private ZooKeeper.
    pub zookeeper: zookeeper::Options,
    /// The Python that can `import kazoo`; `python3` without it.
    pub python: Option<std::path::PathBuf>,
    /// Where the clients report what they do.
    pub report: workload::Report,
}

/// A running ZooKeeper with its clients. Both end on drop; [`Demo::stop`] ends them in order.
#[derive(Debug)]
pub struct Demo {
    // Declared in the order in which they shall end.
    workload: Workload,
    zookeeper: PrivateZooKeeper,
}

impl Demo {
    /// Starts ZooKeeper, waits until it serves, and starts the clients, which connect on their own.
    ///
    /// # Errors
    /// When ZooKeeper cannot be started. Missing kazoo clients are no error: see [`Demo::missing`].
    pub async fn start(options: Options) -> Result<Self, zookeeper::Error> {
        let zookeeper = PrivateZooKeeper::start(options.zookeeper).await?;
        let mut work = workload::Options::new(zookeeper.connect(), options.report);
        work.python = options.python;
        let workload = Workload::start(work).await;
        Ok(Self { workload, zookeeper })
    }

    /// ZooKeeper's connect string.
    pub fn connect(&self) -> String {
        self.zookeeper.connect()
    }

    /// Which clients are missing and how to get them, to be said loudly; `None` if the demo is whole.
    pub fn missing(&self) -> Option<&workload::Missing> {
        self.workload.missing()
    }

    /// Ends the clients, then ZooKeeper.
    pub async fn stop(self) {
        let Self { workload, mut zookeeper } = self;
        workload.stop().await;
        zookeeper.stop().await;
    }
}
