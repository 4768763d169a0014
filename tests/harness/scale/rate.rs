//! A rate of change that lasts: sessions create and delete znodes as fast as one server commits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::{Content, View, ZnodePath};

use super::Quantiles;
use super::{grove, process};
use crate::Console;
use crate::stream::Stream;
use crate::zookeeper;

/// Where they are created.
const ROOT: &str = "/rate";
/// How many sessions write, and how many requests of each are on their way.
const WRITERS: (usize, usize) = (4, 24);
/// The znode whose versions tell how far behind the console is, and how often it is written.
const PROBE: (&str, Duration) = ("/rate-probe", Duration::from_millis(20));

/// What was measured.
#[derive(Debug, Clone)]
pub struct Rate {
    /// Transactions a second: creations and deletions.
    pub per_second: f64,
    /// From the answer to a write until a browser had it on its screen.
    pub lag: Quantiles,
    /// The resident memory in bytes when a fifth of the time was over, and at the end.
    pub memory: Option<(u64, u64)>,
    /// How many of its processors the console used.
    pub cores: f64,
    /// From the last write until the mirror was the tree.
    pub settled: Duration,
}

/// Changes the tree for so long, as fast as it goes.
///
/// # Panics
/// When the server or the console does not answer.
pub async fn measure(connect: &str, console: &Console, span: Duration) -> Rate {
    let probe = grove::client(connect).await;
    zookeeper::put(&probe, PROBE.0, b"").await;
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    probe.mkdir(ROOT, &options).await.expect("the directory is made");
    let writers = writers(connect).await;
    // It is read at the end; there is room for hours of probes.
    let (saw, mut seen) = mpsc::channel(1 << 20);
    let mut stream = Stream::open(console).await;
    let path = ZnodePath::parse(PROBE.0).expect("a path");
    let id = stream.subscribe(View::Node { path }).await;
    let looking = tokio::spawn(async move {
        loop {
            stream.next().await;
            if let Some(Content::Node(Some(node))) = stream.content(id)
                && saw.send((node.stat.version, Instant::now())).await.is_err()
            {
                return;
            }
        }
    });

    let (stop, done) = (CancellationToken::new(), AtomicU64::new(0));
    let writing =
        join_all(writers.iter().enumerate().map(|(number, client)| write(client, number, &stop, &done)));
    let probing = async {
        let mut asked = Vec::new();
        let mut paced = interval(PROBE.1);
        paced.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(paced.tick()).await.is_some() {
            let stat = probe.set_data(PROBE.0, b"x", None).await.expect("a write");
            asked.push((stat.version, Instant::now()));
        }
        asked
    };
    let timing = async {
        let start = (Instant::now(), process::computed(console.process()));
        tokio::time::sleep(span / 5).await;
        let early = console.resident_kib();
        tokio::time::sleep(span - span / 5).await;
        let late = console.resident_kib();
        let transactions = done.load(Ordering::Relaxed);
        let (took, computed) = (start.0.elapsed().as_secs_f64(), process::computed(console.process()));
        stop.cancel();
        let cores = match (start.1, computed) {
            (Some(before), Some(after)) => (after - before).as_secs_f64() / took,
            _ => 0.0,
        };
        (transactions as f64 / took, early.zip(late), cores)
    };
    let (_, asked, (per_second, memory, cores)) = tokio::join!(writing, probing, timing);
    let ended = Instant::now();
    let last = asked.last().expect("it was probed").0;
    let mut shown: Vec<(i32, Instant)> = Vec::new();
    while shown.last().is_none_or(|(version, _)| *version < last) {
        let next = tokio::time::timeout(Duration::from_secs(60), seen.recv()).await;
        shown.push(next.expect("the last write is shown").expect("the stream is open"));
    }
    looking.abort();
    // All that was created is deleted again, so the mirror has what there was before, and the two directories.
    let truth = zookeeper::walk(&probe, ROOT).await.len();
    let settled = async || match console.node(ROOT).await {
        Some(node) if usize::try_from(node.stat.num_children) == Ok(truth - 1) => Ok(()),
        other => Err(other),
    };
    crate::eventually("the mirror is the tree", Duration::from_secs(60), settled).await;
    let settled = ended.elapsed();
    let lag = asked.iter().filter_map(|(version, asked)| {
        let first = shown.partition_point(|(shown, _)| shown < version);
        shown.get(first).map(|(_, at)| at.saturating_duration_since(*asked))
    });
    let memory = memory.map(|(early, late)| (early * 1_024, late * 1_024));
    Rate { per_second, lag: Quantiles::of(lag.collect()), memory, cores, settled }
}

/// How many transactions a second the server commits with no console there.
///
/// # Panics
/// When the server does not answer.
pub async fn bare(connect: &str, span: Duration) -> f64 {
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    let writers = writers(connect).await;
    writers[0].mkdir(ROOT, &options).await.expect("the directory is made");
    let (stop, done) = (CancellationToken::new(), AtomicU64::new(0));
    let writing = join_all(writers.iter().enumerate().map(|(n, client)| write(client, n, &stop, &done)));
    let timing = async {
        // The first half warms the server up.
        tokio::time::sleep(span / 2).await;
        let (start, before) = (Instant::now(), done.load(Ordering::Relaxed));
        tokio::time::sleep(span / 2).await;
        let per_second = (done.load(Ordering::Relaxed) - before) as f64 / start.elapsed().as_secs_f64();
        stop.cancel();
        per_second
    };
    tokio::join!(writing, timing).1
}

async fn writers(connect: &str) -> Vec<Client> {
    let mut writers = Vec::new();
    for _ in 0..WRITERS.0 {
        writers.push(grove::client(connect).await);
    }
    writers
}

/// Creates and deletes, many requests on their way, until it is stopped; what was created is deleted.
async fn write(client: &Client, writer: usize, stop: &CancellationToken, done: &AtomicU64) {
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    let options = &options;
    join_all((0..WRITERS.1).map(|lane| async move {
        let mut number = 0_u64;
        while !stop.is_cancelled() {
            let path = format!("{ROOT}/w{writer}-{lane:02}-{number:08}");
            client.create(&path, b"0123456789abcdef", options).await.expect("a creation");
            client.delete(&path, None).await.expect("a deletion");
            done.fetch_add(2, Ordering::Relaxed);
            number += 1;
        }
    }))
    .await;
}
