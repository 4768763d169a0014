//! Releases that race with hand-overs: never is a znode deleted that was not seen. What was deleted is read from ZooKeeper's own
//! transaction log; what was said to be done is the console's answer. Both must be the same, to the last czxid.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::scene::Scene;
use harness::transactions::{Taken, taken};
use harness::{Console, Peer, confirmed, eventually, settle, zookeeper};
use serde_json::json;
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::{Action, Outcome};

use crate::agreement::there;
use crate::foretold::target;

/// How long a campaign may take for each release.
const PACE: Duration = Duration::from_secs(2);

/// What came of the releases at one lock.
#[derive(Debug, Default)]
struct Tally {
    done: Vec<Taken>,
    refused: u32,
}

/// A number that is another each time, below a bound.
fn below(bound: u64) -> u64 {
    static STATE: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    let mut x = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) % bound
}

async fn pause(below_ms: u64) {
    tokio::time::sleep(Duration::from_millis(below(below_ms))).await;
}

/// Releases whoever is seen to hold, as often as there are turns left.
async fn releases(console: &Console, path: &str, left: &AtomicU32, end: Instant) -> Tally {
    let mut tally = Tally::default();
    let take = |left: u32| left.checked_sub(1);
    while Instant::now() < end && left.load(Ordering::Relaxed) > 0 {
        let Some(holder) = console.lock(path).await.and_then(|lock| lock.lock.holders.into_iter().next())
        else {
            pause(5).await;
            continue;
        };
        let Ok(plan) = console.plan(&Action::Release(target(&holder.member))).await else { continue };
        if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            break;
        }
        pause(20).await;
        let key = format!("race-{:016x}", below(u64::MAX));
        match console.execute(&plan.digest, &confirmed(&plan.confirm.expected, &key)).await {
            Ok(executed) if executed.outcome == Outcome::Done => tally.done.extend(
                plan.deleted().map(|znode| Taken { path: znode.path.to_string(), czxid: znode.czxid.0 }),
            ),
            Ok(executed) => {
                assert_eq!(executed.outcome, Outcome::Refused, "{path}: nothing is left unknown");
                tally.refused += 1;
            }
            Err(_) => tally.refused += 1,
        }
    }
    tally
}

/// Lets real clients take turns at a lock of their library.
async fn turns(peer: &Peer, kind: &str, path: &str) {
    // From one that is gone before it can be released to one that even a busy machine catches.
    for (number, hold) in [20, 120, 600].into_iter().enumerate() {
        let name = format!("{path}#{number}");
        peer.client(&name).await;
        peer.make(&name, &name, kind, path, json!({"leases": 1})).await;
        peer.ask(json!({"do": "turns", "object": name, "hold_ms": hold, "rest_ms": 3})).await;
    }
}

/// A contender that comes again and again under the very same name, in a directory that is made again each time: nothing but
/// its czxid tells its lives apart.
async fn namesakes(client: Client, stop: Arc<AtomicBool>, directory: String, sequential: bool) {
    let persistent = CreateMode::Persistent.with_acls(Acls::anyone_all());
    let mode = if sequential { CreateMode::EphemeralSequential } else { CreateMode::Ephemeral };
    let name = "0123456789abcdef0123456789abcdef";
    while !stop.load(Ordering::Relaxed) {
        let path = if sequential {
            client.create(&directory, b"", &persistent).await.ok();
            format!("{directory}/{name}__lock__")
        } else {
            format!("{directory}/{name}")
        };
        let Ok((_, sequence)) = client.create(&path, b"", &mode.with_acls(Acls::anyone_all())).await else {
            pause(3).await;
            continue;
        };
        let own = if sequential { format!("{path}{sequence}") } else { path };
        pause(500).await;
        // Whether it was released meanwhile is nothing to it: it goes, and comes again.
        client.delete(&own, None).await.ok();
        if sequential {
            client.delete(&directory, None).await.ok();
        }
        pause(4).await;
    }
}

#[tokio::test]
async fn a_release_never_takes_a_znode_that_was_not_seen() {
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let (Some(kazoo), Some(curator)) =
        (there(Peer::kazoo(&connect).await), there(Peer::curator(&connect).await))
    else {
        return;
    };
    let real = [
        (&kazoo, "Lock", "/race/kazoo-lock"),
        (&kazoo, "Semaphore", "/race/kazoo-semaphore"),
        (&curator, "InterProcessMutex", "/race/curator-mutex"),
        (&curator, "InterProcessSemaphoreV2", "/race/curator-semaphore"),
        (&curator, "LeaderLatch", "/race/curator-latch"),
    ];
    for (peer, kind, path) in real {
        turns(peer, kind, path).await;
    }
    let observer = zookeeper::client(&connect).await;
    zookeeper::put(&observer, "/race/forged-semaphore", b"1").await;
    zookeeper::put(&observer, "/race/forged-semaphore-__lock__", b"").await;
    let forged = [("/race/forged-lock", true), ("/race/forged-semaphore", false)];
    let stop = Arc::new(AtomicBool::new(false));
    let mut forgers = Vec::new();
    for (path, sequential) in forged {
        let client = zookeeper::client(&connect).await;
        forgers.push(tokio::spawn(namesakes(client, stop.clone(), path.to_owned(), sequential)));
    }

    let races = settle::count("ZOOSCOPE_RACES", 100);
    let paths: Vec<&str> = real.iter().map(|(.., path)| *path).chain(forged.map(|(path, _)| path)).collect();
    let left = AtomicU32::new(races);
    let end = Instant::now() + PACE * races.max(60);
    let tallies = join_all(paths.iter().map(|path| releases(&scene.console, path, &left, end))).await;
    let tallies: BTreeMap<&str, Tally> = paths.iter().copied().zip(tallies).collect();

    // Nobody hangs: at every real lock turns are taken on.
    for (_, _, path) in real {
        let directory =
            if path.ends_with("curator-semaphore") { format!("{path}/leases") } else { path.to_owned() };
        let changes = async || observer.get_children(&directory).await.map(|(_, stat)| stat.cversion).ok();
        let before = changes().await;
        eventually(&format!("{path} is handed over"), Duration::from_secs(30), async || {
            let now = changes().await;
            if now > before.map(|before| before + 4) { Ok(()) } else { Err((before, now)) }
        })
        .await;
    }
    stop.store(true, Ordering::Relaxed);
    for forger in forgers {
        forger.await.expect("a forger ends in order");
    }

    let mut done: Vec<Taken> = tallies.values().flat_map(|tally| tally.done.iter().cloned()).collect();
    done.sort();
    let refused: u32 = tallies.values().map(|tally| tally.refused).sum();
    let counts: Vec<_> =
        tallies.iter().map(|(path, tally)| (path, tally.done.len(), tally.refused)).collect();
    eprintln!("{races} releases raced: {} done, {refused} refused; {counts:?}", done.len());
    assert_eq!(u32::try_from(done.len()).unwrap() + refused, races, "every one was answered");
    assert!(done.len() >= races as usize / 10 && refused >= races / 20, "they do race: {counts:?}");
    let taken = taken(scene.zookeeper.directory());
    assert_eq!(taken, done, "what other sessions deleted is what was said to be released");
}
