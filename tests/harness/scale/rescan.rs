//! A lost session: what changed meanwhile is told, exactly that, and nothing else moves on any screen.

use std::time::{Duration, Instant};

use tokio::time::timeout;
use zookeeper_client::{Acls, CreateMode};
use zooscope_protocol::api::JournalPage;
use zooscope_protocol::{Content, EventKind, Status, SubscriptionId, View, ZnodePath};

use super::grove::{self, Budget, Grove, Shape};
use super::memory;
use crate::console::CLUSTER;
use crate::proxy::Proxy;
use crate::stream::Stream;

/// How many directories have a change in them: of data, a znode more, a znode less.
const CHANGES: [usize; 3] = [4, 3, 3];
/// How many znodes differ by that: in a directory that has one more or one less, its own stat differs, too.
pub const DIFFER: usize = CHANGES[0] + 2 * CHANGES[1] + 2 * CHANGES[2];

/// What was measured.
#[derive(Debug, Clone)]
pub struct Rescanned {
    /// From the end of the disturbance until the mirror was live again.
    pub live: Duration,
    /// How many znodes differ, as the journal tells.
    pub told: Option<usize>,
    /// How many frames came for the screens on which something changed: one each is right.
    pub changed: Vec<usize>,
    /// How many frames came for the screens on which nothing changed.
    pub unchanged: Vec<usize>,
    /// The most memory that the console has had, and what it has, in KiB.
    pub resident: Option<u64>,
}

/// Cuts the console off, changes ten znodes, and lets it come back.
///
/// # Panics
/// When something that was changed is not shown, or the console does not come back within the limit.
pub async fn measure(grove: &Grove, limit: Duration) -> Rescanned {
    let proxy = Proxy::start(&grove.zookeeper.connect()).await;
    let console = grove::console(&proxy.connect(), Budget::Off, "").await;
    console.live(limit).await;
    let client = grove.client().await;
    let mut stream = Stream::open(&console).await;
    let mut screens = Vec::new();
    for directory in 0..CHANGES.iter().sum::<usize>() + 3 {
        screens.push(stream.subscribe(children(directory)).await);
    }
    for id in &screens {
        stream.until(*id, Duration::from_secs(20), "a directory is shown", |_| true).await;
    }
    let znodes = console.cluster().await.info.znodes;

    proxy.cut();
    crate::eventually("the console knows that it is blind", Duration::from_secs(30), async || {
        let status = console.cluster().await.info.status;
        if status == Status::Stale { Ok(()) } else { Err(status) }
    })
    .await;
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    let [data, more, less] = CHANGES;
    for directory in 0..data {
        client.set_data(&Shape::leaf(directory, 0), b"changed", None).await.expect("a write");
    }
    for directory in data..data + more {
        let path = format!("{}/more", Shape::directory(directory));
        client.create(&path, b"", &options).await.expect("a creation");
    }
    for directory in data + more..data + more + less {
        client.delete(&Shape::leaf(directory, 0), None).await.expect("a deletion");
    }
    proxy.heal();
    let start = Instant::now();
    console.live(limit).await;
    let live = start.elapsed();

    let mut frames = vec![0; screens.len()];
    while let Ok(received) = timeout(Duration::from_secs(2), changed(&mut stream, &screens)).await {
        frames[received] += 1;
    }
    memory::mirrors(&console, znodes + more as u64 - less as u64, Duration::from_secs(1)).await;
    let unchanged = frames.split_off(data + more + less);
    let page: JournalPage = console.read(&format!("/clusters/{CLUSTER}/events?limit=1000")).await;
    let gap = page.events.iter().rev().find(|event| event.kind == EventKind::Gap);
    let told = gap.and_then(|gap| number_before(gap.note.as_deref()?, " znodes differ"));
    for (directory, id) in screens.iter().enumerate().take(data + more + less) {
        let Some(Content::Children(list)) = stream.content(*id) else { panic!("a directory is shown") };
        let right = match directory {
            _ if directory < data => list.rows.iter().any(|row| row.data_length == 7),
            _ if directory < data + more => list.total as usize == grove.shape.each + 1,
            _ => list.total as usize == grove.shape.each - 1,
        };
        assert!(right, "directory {directory} shows what changed in it");
    }
    Rescanned { live, told, changed: frames, unchanged, resident: console.resident_kib() }
}

fn children(directory: usize) -> View {
    let path = ZnodePath::parse(&Shape::directory(directory)).expect("a path");
    View::Children { path, query: String::new(), start: 0, limit: 2_000 }
}

/// The screen that the next frame is for.
async fn changed(stream: &mut Stream, screens: &[SubscriptionId]) -> usize {
    loop {
        if let zooscope_protocol::replica::Received::Changed(id) = stream.next().await
            && let Some(screen) = screens.iter().position(|its| *its == id)
        {
            return screen;
        }
    }
}

fn number_before(text: &str, what: &str) -> Option<usize> {
    text.split_once(what)?.0.rsplit(' ').next()?.parse().ok()
}
