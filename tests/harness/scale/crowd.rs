//! A crowd of browsers at the list of locks while the locks change hands, and one among them that does not read.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::{Content, View};

use super::Quantiles;
use super::{grove, process};
use crate::Console;
use crate::stream::Stream;

/// Where the locks are, how many, and how many contend for each.
const LOCKS: (&str, usize, usize) = ("/crowd", 100, 4);
/// How many sessions contend.
const SESSIONS: usize = 8;
/// How often hands change, so many at once as make up the rate.
const EVERY: Duration = Duration::from_millis(10);

/// What was measured.
#[derive(Debug, Clone)]
pub struct Crowd {
    /// Changes a second.
    pub per_second: f64,
    /// How many of its processors the console used while they changed.
    pub cores: f64,
    /// What each browser added to its resident memory, in bytes.
    pub bytes_each: Option<u64>,
    /// From the answer to a change until a browser showed who holds now, of some browsers.
    pub lag: Quantiles,
    /// From the last change until every browser showed who holds; `None` when not all did within ten seconds.
    pub right: Option<Duration>,
    /// How many browsers are right at the end.
    pub agree: usize,
}

/// Who holds, by the path of the lock: the name of the holder's znode.
type Holders = BTreeMap<String, String>;

/// Lets so many browsers look, and changes hands at about this rate for so long.
///
/// # Panics
/// When the server or the console does not answer.
pub async fn measure(connect: &str, console: &Console, browsers: usize, rate: usize, span: Duration) -> Crowd {
    let mut locks = Locks::make(connect).await;
    crate::eventually("the locks are recognised", Duration::from_secs(20), async || {
        let found = console.locks().await.len();
        if found >= LOCKS.1 { Ok(()) } else { Err(found) }
    })
    .await;
    let before = console.resident_kib();
    let committed: Committed = Arc::default();
    let (truth, known) = watch::channel(None::<Holders>);
    let mut crowd = JoinSet::new();
    let (lags, mut lag) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..browsers {
        let mut stream = Stream::open(console).await;
        let id = stream.subscribe(view()).await;
        let (mut known, committed, lags) = (known.clone(), committed.clone(), lags.clone());
        // Those at both ends and some between: the last was let in last.
        let looks = number % (browsers / 20).max(1) == 0;
        crowd.spawn(async move {
            let mut shown = Holders::new();
            loop {
                tokio::select! {
                    _ = stream.next() => {}
                    _ = known.changed() => {}
                }
                let Some(Content::Locks(list)) = stream.content(id) else { continue };
                if looks {
                    let now = holders(list);
                    let at = Instant::now();
                    let news = now.iter().filter(|(path, holder)| shown.get(*path) != Some(holder));
                    let committed = committed.lock().unwrap_or_else(PoisonError::into_inner);
                    for commit in news.filter_map(|(_, holder)| committed.get(holder)) {
                        let _ = lags.send(at.saturating_duration_since(*commit));
                    }
                    drop(committed);
                    shown = now;
                }
                if known.borrow().as_ref().is_some_and(|truth| *truth == holders(list)) {
                    return;
                }
            }
        });
    }
    drop(lags);
    let mut stalled = Stream::open(console).await;
    stalled.subscribe(view()).await;

    let start = (Instant::now(), process::computed(console.process()));
    let changes = locks.turn(rate, span, &committed).await;
    let took = start.0.elapsed().as_secs_f64();
    let cores = match (start.1, process::computed(console.process())) {
        (Some(before), Some(after)) => (after - before).as_secs_f64() / took,
        _ => 0.0,
    };
    let ended = Instant::now();
    let after = console.resident_kib();
    truth.send_replace(Some(locks.truth().await));
    let all = async { while crowd.join_next().await.is_some() {} };
    let right = tokio::time::timeout(Duration::from_secs(10), all).await.ok().map(|()| ended.elapsed());
    let agree = browsers - crowd.len();
    crowd.abort_all();
    let mut sample = Vec::new();
    while let Ok(one) = lag.try_recv() {
        sample.push(one);
    }
    drop(stalled);
    let bytes_each =
        before.zip(after).map(|(before, after)| after.saturating_sub(before) * 1_024 / browsers.max(1) as u64);
    Crowd { per_second: changes as f64 / took, cores, bytes_each, lag: Quantiles::of(sample), right, agree }
}

/// When each contender was told that it holds, by the name of its znode.
type Committed = Arc<Mutex<HashMap<String, Instant>>>;

fn view() -> View {
    View::Locks { query: LOCKS.0.to_owned(), sort: LockSort::Path, limit: 1_000 }
}

fn holders(list: &zooscope_protocol::view::LockList) -> Holders {
    let held = list.rows.iter().filter_map(|lock| Some((lock.path.to_string(), lock.holders.first()?)));
    held.map(|(path, holder)| (path, holder.path.name().to_owned())).collect()
}

/// The locks and who queues at each.
struct Locks {
    clients: Vec<Client>,
    lines: Vec<std::collections::VecDeque<(usize, String)>>,
    next: usize,
}

impl Locks {
    async fn make(connect: &str) -> Self {
        let mut clients = Vec::new();
        for _ in 0..SESSIONS {
            clients.push(grove::client(connect).await);
        }
        let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
        let mut locks = Self { clients, lines: vec![Default::default(); LOCKS.1], next: 0 };
        for lock in 0..LOCKS.1 {
            locks.clients[0].mkdir(&directory(lock), &options).await.expect("a lock is made");
            for _ in 0..LOCKS.2 {
                locks.come(lock).await;
            }
        }
        locks
    }

    fn contender(&mut self, lock: usize) -> (usize, String) {
        self.next += 1;
        let contender = (self.next % SESSIONS, format!("{0:032x}__lock__{0:010}", self.next));
        self.lines[lock].push_back(contender.clone());
        contender
    }

    async fn come(&mut self, lock: usize) {
        let (session, name) = self.contender(lock);
        let options = CreateMode::Ephemeral.with_acls(Acls::anyone_all());
        let path = format!("{}/{name}", directory(lock));
        self.clients[session].create(&path, b"", &options).await.expect("a contender comes");
    }

    /// Lets one go and another come at one lock after the other, and returns how many changes that were.
    async fn turn(&mut self, rate: usize, span: Duration, committed: &Committed) -> usize {
        let start = Instant::now();
        let mut paced = interval(EVERY);
        paced.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (mut changes, mut lock) = (0, 0);
        let hands = (rate as f64 * EVERY.as_secs_f64() / 2.0).ceil() as usize;
        while start.elapsed() < span {
            paced.tick().await;
            let mut turns = Vec::new();
            for _ in 0..hands {
                lock = (lock + 1) % LOCKS.1;
                let (owner, gone) = self.lines[lock].pop_front().expect("somebody holds");
                let (session, came) = self.contender(lock);
                let (_, holds) = self.lines[lock].front().expect("somebody waits").clone();
                turns.push((owner, format!("{}/{gone}", directory(lock)), session, format!("{}/{came}", directory(lock)), holds));
            }
            let clients = &self.clients;
            let turns = turns.into_iter().map(|(owner, gone, session, came, holds)| async move {
                let options = CreateMode::Ephemeral.with_acls(Acls::anyone_all());
                let come = clients[session].create(&came, b"", &options);
                let go = clients[owner].delete(&gone, None);
                let go = async {
                    go.await.expect("a holder goes");
                    committed.lock().unwrap_or_else(PoisonError::into_inner).insert(holds, Instant::now());
                };
                let (come, ()) = tokio::join!(come, go);
                come.expect("a contender comes");
            });
            futures::future::join_all(turns).await;
            changes += hands * 2;
        }
        changes
    }

    /// Who holds, by ZooKeeper's own word.
    async fn truth(&self) -> Holders {
        let mut truth = Holders::new();
        for lock in 0..LOCKS.1 {
            let directory = directory(lock);
            let names = self.clients[0].list_children(&directory).await.expect("a listing");
            let first = names.into_iter().min().expect("somebody holds");
            truth.insert(directory, first);
        }
        truth
    }
}

fn directory(lock: usize) -> String {
    format!("{}/l{lock:03}", LOCKS.0)
}
