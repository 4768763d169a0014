//! A private ZooKeeper for a test, and an independent look at its tree.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use zookeeper_client::{Acls, Client, CreateMode, Error as ZooKeeperError, MultiReadResult, Stat};
pub use zooscope::demo::zookeeper::{Error, Options, PrivateZooKeeper, free_port};

/// As long as a session may be on the servers of the tests, which tick every 500 ms: a client takes its connection for lost after
/// two fifths of it without an answer, and a busy machine may take seconds.
pub const SESSION_TIMEOUT: Duration = Duration::from_secs(10);

/// What the tests start: a small heap, quick ticks, so that sessions can expire within seconds.
pub fn options() -> Options {
    Options { tick_ms: 500, heap_mib: 256, ..Options::default() }
}

/// A client with a session of its own.
///
/// # Panics
/// When the server does not let it in.
pub async fn client(connect: &str) -> Client {
    Client::connector()
        .with_session_timeout(SESSION_TIMEOUT)
        .connect(connect)
        .await
        .expect("a client connects to the test's ZooKeeper")
}

/// A session id as the console writes it.
pub fn session(client: &Client) -> String {
    format!("0x{:016x}", client.session_id().0)
}

/// Makes a persistent znode with its parents; data of one that exists is replaced.
///
/// # Panics
/// When ZooKeeper refuses.
pub async fn put(client: &Client, path: &str, data: &[u8]) {
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    if let Some((parent, _)) = path.rsplit_once('/')
        && !parent.is_empty()
    {
        client.mkdir(parent, &options).await.expect("the parents are made");
    }
    match client.create(path, data, &options).await {
        Ok(_) => {}
        Err(ZooKeeperError::NodeExists) => {
            client.set_data(path, data, None).await.expect("the data is replaced");
        }
        Err(error) => panic!("{path}: {error}"),
    }
}

/// Fills a directory with so many persistent children, many a transaction: `<directory>/<prefix><number>`.
///
/// # Panics
/// When ZooKeeper refuses.
pub async fn fill(client: &Client, directory: &str, prefix: &str, count: usize, data: &[u8]) {
    const BATCH: usize = 1_000;
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    client.mkdir(directory, &options).await.expect("the directory is made");
    let batches = (0..count).step_by(BATCH).map(|start| async move {
        let mut writer = client.new_multi_writer();
        for number in start..count.min(start + BATCH) {
            writer
                .add_create(
                    &format!("{directory}/{prefix}{number:06}"),
                    data,
                    &CreateMode::Persistent.with_acls(Acls::anyone_all()),
                )
                .expect("a valid path");
        }
        writer.commit().await.expect("a batch of znodes is created");
    });
    stream::iter(batches).buffer_unordered(4).collect::<Vec<()>>().await;
}

/// Waits until a directory has so many children, and returns their names. A contender's znode is there when it is counted,
/// whatever its own process knows by then.
///
/// # Panics
/// When it has not within ten seconds.
pub async fn members(client: &Client, directory: &str, count: usize) -> Vec<String> {
    crate::eventually(&format!("{directory} has {count} children"), Duration::from_secs(10), async || {
        match client.list_children(directory).await {
            Ok(children) if children.len() == count => Ok(children),
            other => Err(other),
        }
    })
    .await
}

/// A znode as a walk found it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its stat.
    pub stat: Stat,
    /// Its data.
    pub data: Vec<u8>,
}

/// Walks the tree at and below a path with a client that has nothing to do with the console, generation by generation.
/// ZooKeeper's own `/zookeeper` is left out, and so is what goes away while walking.
///
/// # Panics
/// When ZooKeeper does not answer.
pub async fn walk(client: &Client, root: &str) -> BTreeMap<String, Seen> {
    const BATCH: usize = 500;
    let mut found = BTreeMap::new();
    let mut generation = vec![root.to_owned()];
    while !generation.is_empty() {
        let mut next = Vec::new();
        for paths in generation.chunks(BATCH) {
            let mut reader = client.new_multi_reader();
            for path in paths {
                reader.add_get_data(path).expect("a valid path");
                reader.add_get_children(path).expect("a valid path");
            }
            let results = reader.commit().await.expect("a batch is read");
            for (path, pair) in paths.iter().zip(results.chunks(2)) {
                if let [MultiReadResult::Data { data, stat }, MultiReadResult::Children { children }] = pair {
                    found.insert(path.clone(), Seen { stat: *stat, data: data.clone() });
                    let parent = path.trim_end_matches('/');
                    let children = children.iter().map(|child| format!("{parent}/{child}"));
                    next.extend(children.filter(|child| child != "/zookeeper"));
                }
            }
        }
        generation = next;
    }
    found
}
