//! One change: how long from the request that makes it until a browser has the frame that shows it, and until a bare
//! persistent watch has its event.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use zookeeper_client::{Acls, AddWatchMode, Client, CreateMode, EventType};
use zooscope_protocol::{Content, View, ZnodePath};

use super::Quantiles;
use super::grove;
use crate::Console;
use crate::stream::Stream;

/// The lock whose contenders come and go.
const LOCK: &str = "/latency";

/// What was measured of the same changes.
#[derive(Debug, Clone)]
pub struct Latency {
    /// Until the frame.
    pub frame: Quantiles,
    /// Until the event of a bare watch.
    pub watch: Quantiles,
}

/// A contender of kazoo's Lock, as it names its znode.
fn contender(number: usize) -> String {
    format!("{number:032x}__lock__{number:010}")
}

/// Lets contenders of a lock come and go, one change each time, and looks at the lock as a browser does.
///
/// # Panics
/// When the server or the console does not answer.
pub async fn measure(connect: &str, console: &Console, changes: usize, every: Duration) -> Latency {
    let writer = grove::client(connect).await;
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    writer.create(LOCK, b"", &options).await.expect("the directory is made");
    come(&writer, 0).await;
    let mut stream = Stream::open(console).await;
    let view = View::Lock { path: ZnodePath::parse(LOCK).expect("a path") };
    let id = stream.subscribe(view).await;
    let shows = |content: &Content, there: usize| match content {
        Content::Lock(detail) => detail.holders.len() + detail.waiters.len() == there,
        _ => false,
    };
    stream.until(id, Duration::from_secs(10), "the lock is shown", |content| shows(content, 1)).await;

    // One change is on its way at a time, so both queues are as good as empty.
    let (heard, mut events) = mpsc::channel(16);
    let listener = grove::client(connect).await;
    let mut watcher = listener.watch(LOCK, AddWatchMode::PersistentRecursive).await.expect("a watch");
    let listening = tokio::spawn(async move {
        loop {
            let event = watcher.changed().await;
            if matches!(event.event_type, EventType::NodeCreated | EventType::NodeDeleted)
                && heard.send(Instant::now()).await.is_err()
            {
                return;
            }
        }
    });
    let (saw, mut frames) = mpsc::channel(16);
    let looking = tokio::spawn(async move {
        // Who stands first holds all the time; whether the other is there tells which change a frame shows.
        let mut shown = 1;
        loop {
            stream.next().await;
            let content = stream.content(id).expect("it is shown");
            let now = if shows(content, 2) { 2 } else { 1 };
            if now != shown {
                shown = now;
                if saw.send(Instant::now()).await.is_err() {
                    return;
                }
            }
        }
    });

    let (mut frame, mut watch) = (Vec::new(), Vec::new());
    let mut paced = interval(every);
    paced.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for change in 0..changes {
        paced.tick().await;
        let asked = Instant::now();
        match change % 2 {
            0 => come(&writer, 1 + change / 2).await,
            _ => writer.delete(&path(1 + change / 2), None).await.expect("it goes"),
        }
        let patience = Duration::from_secs(5);
        let event = tokio::time::timeout(patience, events.recv()).await.expect("an event in time");
        watch.push(event.expect("an event").duration_since(asked));
        let shown = tokio::time::timeout(patience, frames.recv()).await.expect("a frame in time");
        frame.push(shown.expect("a frame").duration_since(asked));
    }
    listening.abort();
    looking.abort();
    Latency { frame: Quantiles::of(frame), watch: Quantiles::of(watch) }
}

fn path(number: usize) -> String {
    format!("{LOCK}/{}", contender(number))
}

async fn come(client: &Client, number: usize) {
    let options = CreateMode::Ephemeral.with_acls(Acls::anyone_all());
    client.create(&path(number), b"", &options).await.expect("a contender comes");
}
