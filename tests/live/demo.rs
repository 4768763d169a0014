//! The demo: every lock is shown with the holder that its client logs, every queue is there, and all of it stops together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use harness::{Console, eventually};
use zooscope::demo::workload::Event;
use zooscope_protocol::Status;
use zooscope_protocol::api::{ClusterBody, LockBody, Page, QueueBody};

/// What the demo promises; see `server/src/demo/workload.rs`.
const LOCKS: [&str; 13] = [
    "/app/election/leader",
    "/app/election/scheduler",
    "/app/locks/account-a",
    "/app/locks/account-b",
    "/app/locks/billing",
    "/app/locks/index",
    "/app/locks/inventory",
    "/app/locks/ledger",
    "/app/locks/nightly",
    "/app/locks/report",
    "/app/locks/schema",
    "/app/rw/catalog",
    "/app/semaphores/uploads",
];
const QUEUES: [&str; 5] = ["/jobs/audit", "/jobs/imports", "/jobs/mail", "/jobs/thumbs", "/jobs/webhooks"];

/// Sessions by lock.
type Holders = BTreeMap<String, BTreeSet<String>>;

/// Who holds by what the clients logged so far.
fn logged(console: &Console) -> Holders {
    let log = std::fs::read_to_string(console.data_dir().join("clients.jsonl")).unwrap_or_default();
    let mut holders = Holders::new();
    // The last line may be half written.
    for event in log.lines().filter_map(|line| serde_json::from_str::<Event>(line).ok()) {
        let Some(lock) = event.lock else { continue };
        let held = holders.entry(lock).or_default();
        match event.event.as_str() {
            "acquired" => drop(held.insert(event.session)),
            "released" | "lost" => drop(held.remove(&event.session)),
            _ => {}
        }
    }
    holders
}

/// Who holds by what the console shows.
async fn shown(console: &Console) -> Holders {
    let page: Page<LockBody> = console.read("/clusters/demo/locks?limit=1000").await;
    let sessions = |body: &LockBody| {
        body.lock.holders.iter().filter_map(|holder| Some(holder.member.session?.to_string())).collect()
    };
    page.items.iter().map(|body| (body.lock.path.to_string(), sessions(body))).collect()
}

#[tokio::test]
async fn every_lock_of_the_demo_is_shown_with_the_holder_that_its_client_logs() {
    let console = Console::demo().await;
    eventually("the demo is live with all its locks and queues", Duration::from_secs(60), async || {
        let clusters: Vec<ClusterBody> = console.read("/clusters").await;
        let queues: Page<QueueBody> = console.read("/clusters/demo/queues").await;
        let queues: Vec<String> = queues.items.iter().map(|body| body.queue.path.to_string()).collect();
        let locks: Vec<String> = shown(&console).await.into_keys().collect();
        let whole = LOCKS.iter().all(|lock| locks.iter().any(|known| known == lock))
            && QUEUES.iter().all(|queue| queues.iter().any(|known| known == queue));
        if whole && clusters[0].info.status == Status::Live { Ok(()) } else { Err((locks, queues)) }
    })
    .await;

    // Each lock is compared at a moment when nothing moves at it: the log says the same before and after the look.
    let mut agreed = BTreeSet::new();
    eventually("each lock was seen with the holder that is logged", Duration::from_secs(60), async || {
        let before = logged(&console);
        let shown = shown(&console).await;
        let after = logged(&console);
        let none = BTreeSet::new();
        for lock in LOCKS {
            let of = |holders: &Holders| holders.get(lock).unwrap_or(&none).clone();
            // One of them is held but now and then; every other is seen while it is held.
            let held = !of(&after).is_empty() || lock == "/app/locks/nightly";
            if held && of(&before) == of(&after) && of(&shown) == of(&after) {
                agreed.insert(lock);
            }
        }
        let left: Vec<_> = LOCKS.iter().filter(|lock| !agreed.contains(*lock)).collect();
        if left.is_empty() { Ok(()) } else { Err((format!("{left:?}"), before, shown)) }
    })
    .await;
}
