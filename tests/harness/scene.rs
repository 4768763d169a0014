//! A ZooKeeper with a console on it, shared by the tests of one file.

use std::time::Duration;

use tokio::sync::OnceCell;

use crate::zookeeper::{Options, PrivateZooKeeper, options};
use crate::{Console, presence::Missing};

/// A running ZooKeeper and a console whose mirror of it is live.
#[derive(Debug)]
pub struct Scene {
    // Declared in the order in which they shall end.
    /// The console.
    pub console: Console,
    /// What it watches.
    pub zookeeper: PrivateZooKeeper,
}

/// A scene that is made when first needed. A static is never dropped: its processes end with the test process.
#[derive(Debug)]
pub struct Shared(OnceCell<Scene>);

impl Scene {
    /// Starts both, and waits until the mirror is live. `None`, said loudly, where there is no ZooKeeper to start.
    pub async fn start() -> Option<Self> {
        Self::start_on(options()).await
    }

    /// The same on a ZooKeeper of one's own making.
    pub async fn start_on(options: Options) -> Option<Self> {
        let zookeeper = match PrivateZooKeeper::start(options).await {
            Ok(zookeeper) => zookeeper,
            Err(error) => {
                Missing::new(error.to_string(), "ZooKeeper and Java are what is tested against").skip();
                return None;
            }
        };
        let console = Console::start(&zookeeper.connect()).await;
        console.live(Duration::from_secs(20)).await;
        Some(Self { console, zookeeper })
    }
}

impl Shared {
    /// Not made yet.
    pub const fn new() -> Self {
        Self(OnceCell::const_new())
    }

    /// The scene. `None`, said loudly, where there is no ZooKeeper to start.
    pub async fn get(&self) -> Option<&Scene> {
        self.0.get_or_try_init(async || Scene::start().await.ok_or(())).await.ok()
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new()
    }
}
