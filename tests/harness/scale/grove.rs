//! A ZooKeeper with a tree of a given size, as large as it is wanted, planted in as few requests as it takes.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use zookeeper_client::{Acls, Client, CreateMode};

use crate::Console;
use crate::console::CLUSTER;
use crate::zookeeper::{Error, Options, PrivateZooKeeper};

/// Where the tree is.
pub const ROOT: &str = "/grove";
/// How many writes are in one transaction.
const BATCH: usize = 1_000;
/// How many sessions plant, and how many transactions of each are on their way.
const PLANTERS: (usize, usize) = (2, 3);

/// The size of a tree: directories below [`ROOT`], and znodes in each.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// How many directories.
    pub directories: usize,
    /// How many znodes each of them has.
    pub each: usize,
    /// How many bytes of data each of these has.
    pub bytes: usize,
}

/// A running ZooKeeper with a tree in it.
#[derive(Debug)]
pub struct Grove {
    /// The server.
    pub zookeeper: PrivateZooKeeper,
    /// What was planted.
    pub shape: Shape,
}

/// What the console may ask of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// What it may where nothing is configured.
    Default,
    /// As much as it can.
    Off,
}

impl Shape {
    /// How many znodes there are, the directories apart.
    pub fn leaves(&self) -> usize {
        self.directories * self.each
    }

    /// The path of a directory.
    pub fn directory(number: usize) -> String {
        format!("{ROOT}/d{number:04}")
    }

    /// The path of a znode in a directory.
    pub fn leaf(directory: usize, number: usize) -> String {
        format!("{ROOT}/d{directory:04}/n{number:07}")
    }
}

/// A server as one is operated: with the compiler and the collector that Java has by itself, and a heap of this size.
pub fn server(heap_mib: u32) -> Options {
    let java = ["-XX:-UseSerialGC", "-XX:+UseG1GC", "-XX:TieredStopAtLevel=4"];
    Options {
        heap_mib,
        // Sessions of a minute: a busy machine must not end them.
        tick_ms: 3_000,
        java: java.map(str::to_owned).to_vec(),
        // A snapshot of a million znodes in the middle of a measurement would be measured, too.
        extra: ["snapCount=100000000", "preAllocSize=65536"].map(str::to_owned).to_vec(),
        ..Options::default()
    }
}

impl Grove {
    /// Starts a server with this heap and plants a tree.
    ///
    /// # Errors
    /// When there is no ZooKeeper to start.
    ///
    /// # Panics
    /// When it refuses what is planted.
    pub async fn plant(shape: Shape, heap_mib: u32) -> Result<Self, Error> {
        let zookeeper = PrivateZooKeeper::start(server(heap_mib)).await?;
        let grove = Self { zookeeper, shape };
        let client = grove.client().await;
        let mut paths = vec![ROOT.to_owned()];
        paths.extend((0..shape.directories).map(Shape::directory));
        for batch in paths.chunks(BATCH) {
            create(&client, batch, b"").await;
        }
        let leaves =
            (0..shape.directories).flat_map(|directory| (0..shape.each).map(move |n| (directory, n)));
        grove
            .in_batches(leaves, async |client, paths| create(client, &paths, &vec![b'x'; shape.bytes]).await)
            .await;
        Ok(grove)
    }

    /// Deletes all but the first `left` znodes of each directory.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn fell(&self, left: usize) {
        let shape = self.shape;
        let leaves =
            (0..shape.directories).flat_map(|directory| (left..shape.each).map(move |n| (directory, n)));
        self.in_batches(leaves, async |client, paths| {
            let mut writer = client.new_multi_writer();
            paths.iter().for_each(|path| writer.add_delete(path, None).expect("a valid path"));
            writer.commit().await.expect("a batch of znodes is deleted");
        })
        .await;
    }

    /// A session with the server.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn client(&self) -> Client {
        client(&self.zookeeper.connect()).await
    }

    /// A console on it that has just begun to start.
    ///
    /// # Panics
    /// When it is not built or does not start.
    pub async fn console(&self, budget: Budget) -> Console {
        console(&self.zookeeper.connect(), budget, "").await
    }

    async fn in_batches(
        &self,
        leaves: impl Iterator<Item = (usize, usize)>,
        write: impl AsyncFn(&Client, Vec<String>),
    ) {
        let mut clients = Vec::new();
        for _ in 0..PLANTERS.0 {
            clients.push(self.client().await);
        }
        let mut leaves = leaves.map(|(directory, number)| Shape::leaf(directory, number)).peekable();
        let mut batches = Vec::new();
        while leaves.peek().is_some() {
            batches.push(leaves.by_ref().take(BATCH).collect::<Vec<_>>());
        }
        let (clients, write) = (&clients, &write);
        stream::iter(batches.into_iter().enumerate())
            .map(|(number, paths)| async move { write(&clients[number % clients.len()], paths).await })
            .buffer_unordered(PLANTERS.0 * PLANTERS.1)
            .for_each(async |()| {})
            .await;
    }
}

/// A session that outlives a busy server.
///
/// # Panics
/// When the server does not answer.
pub async fn client(connect: &str) -> Client {
    let connector = Client::connector().with_session_timeout(Duration::from_secs(60));
    connector.connect(connect).await.expect("a client connects to the measured ZooKeeper")
}

/// A console on an ensemble, with more in its configuration file.
///
/// # Panics
/// When it is not built or does not start.
pub async fn console(connect: &str, budget: Budget, more: &str) -> Console {
    let budget = match budget {
        Budget::Default => String::new(),
        Budget::Off => format!("requests_per_second = {0}\nkib_per_second = {0}\n", u32::MAX),
    };
    let toml = format!(
        "{more}\n[[cluster]]\nname = \"{CLUSTER}\"\nzookeeper = \"{connect}\"\nadmin = \"off\"\n{budget}"
    );
    Console::run_in(vec!["serve".to_owned()], &toml, reqwest::Client::builder()).await
}

async fn create(client: &Client, paths: &[String], data: &[u8]) {
    let mut writer = client.new_multi_writer();
    for path in paths {
        let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
        writer.add_create(path, data, &options).expect("a valid path");
    }
    writer.commit().await.expect("a batch of znodes is created");
}
