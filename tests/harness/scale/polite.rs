//! Politeness: how long another client's writes take while the console scans, and while there is no console.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use zookeeper_client::Client;

use super::Quantiles;
use super::grove::{self, Budget, Grove};
use crate::zookeeper;

/// What the other client writes to.
const PATH: &str = "/polite";
/// How often the other client writes.
const EVERY: Duration = Duration::from_millis(4);

/// How long its writes took.
#[derive(Debug, Clone)]
pub struct Politeness {
    /// Without a console.
    pub alone: Quantiles,
    /// While a console scanned.
    pub beside: Quantiles,
    /// How long one scan took.
    pub scan: Duration,
}

/// Measures both over about so long each. The console is started again and again, because a scan is short.
///
/// # Panics
/// When the server or the console does not answer.
pub async fn measure(grove: &Grove, each: Duration) -> Politeness {
    let client = grove::client(&grove.zookeeper.connect()).await;
    zookeeper::put(&client, PATH, b"").await;
    let always = AtomicBool::new(true);
    let alone = async |span| {
        let stop = CancellationToken::new();
        tokio::join!(written(&client, &stop, &always), async {
            tokio::time::sleep(span).await;
            stop.cancel();
        })
        .0
    };
    // What is measured is a server that is warm.
    alone(each / 4).await;
    let alone = alone(each).await;

    let (scanning, stop) = (AtomicBool::new(false), CancellationToken::new());
    let scans = async {
        let start = Instant::now();
        let (mut scans, mut scanned) = (0, Duration::ZERO);
        while scanned < each && start.elapsed() < each * 10 {
            let console = grove.console(Budget::Default).await;
            let began = Instant::now();
            scanning.store(true, Ordering::SeqCst);
            console.live(Duration::from_secs(600)).await;
            scanning.store(false, Ordering::SeqCst);
            scanned += began.elapsed();
            scans += 1;
        }
        stop.cancel();
        scanned / scans
    };
    let (beside, scan) = tokio::join!(written(&client, &stop, &scanning), scans);
    Politeness { alone: Quantiles::of(alone), beside: Quantiles::of(beside), scan }
}

/// Writes one after the other until it is stopped, and says how long each took that was asked and answered while it counted.
async fn written(client: &Client, stop: &CancellationToken, counts: &AtomicBool) -> Vec<Duration> {
    let mut paced = interval(EVERY);
    paced.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut took = Vec::new();
    while stop.run_until_cancelled(paced.tick()).await.is_some() {
        let counted = counts.load(Ordering::SeqCst);
        let asked = Instant::now();
        client.set_data(PATH, &[b'x'; 64], None).await.expect("a write");
        if counted && counts.load(Ordering::SeqCst) {
            took.push(asked.elapsed());
        }
    }
    took
}
