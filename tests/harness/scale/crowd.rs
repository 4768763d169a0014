//! A crowd of browsers at the list of locks while the locks change hands, and one among them that does not read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use zookeeper_client::{Acls, Client, CreateMode};
use zooscope_protocol::codec::{Codec, Message};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::replica::Received;
use zooscope_protocol::{Content, Replica, ServerFrame, View};

use super::Quantiles;
use super::{grove, process};
use crate::Console;
use crate::console::CLUSTER;
use crate::stream::Stream;

/// Where the locks are, how many, and how many contend for each.
const LOCKS: (&str, usize, usize) = ("/crowd", 100, 4);
/// How many sessions contend.
const SESSIONS: usize = 8;
/// How many of the browsers look at once at what they are sent.
const LOOKERS: usize = 20;
/// How long browsers may take to be right after the last change.
const SETTLE: Duration = Duration::from_secs(10);
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
    /// From the last change until every browser showed who holds; `None` when not all did within [`SETTLE`].
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
pub async fn measure(
    connect: &str,
    console: &Console,
    browsers: usize,
    rate: usize,
    span: Duration,
) -> Crowd {
    let mut locks = Locks::make(connect).await;
    crate::eventually("the locks are recognised", Duration::from_secs(20), async || {
        let found = console.locks().await.len();
        if found >= LOCKS.1 { Ok(()) } else { Err(found) }
    })
    .await;
    let before = console.resident_kib();
    let committed: Committed = Arc::default();
    let frames: Frames = Arc::default();
    let (stop, stopped) = watch::channel(false);
    // It is read at the end; a sample that were lost would be measured as none, so one without room fails the run.
    let (lags, mut lag) = mpsc::channel(1 << 22);
    let mut crowd = JoinSet::new();
    for number in 0..browsers {
        let mut stream = Stream::open(console).await;
        let id = stream.subscribe(view()).await;
        if number % (browsers / LOOKERS).max(1) == 0 {
            // Those at both ends and some between: the last was let in last.
            let (committed, lags, mut stopped) = (committed.clone(), lags.clone(), stopped.clone());
            crowd.spawn(async move {
                let mut shown = Holders::new();
                let mut last = Instant::now();
                loop {
                    tokio::select! {
                        received = stream.next() => if !matches!(received, Received::Changed(_)) { continue },
                        _ = stopped.changed() => return (shown, last),
                    }
                    let Some(Content::Locks(list)) = stream.content(id) else { continue };
                    last = Instant::now();
                    let now = holders(list);
                    let committed = committed.lock().unwrap_or_else(PoisonError::into_inner);
                    let news = now.iter().filter(|(path, holder)| shown.get(*path) != Some(holder));
                    for commit in news.filter_map(|(_, holder)| committed.get(holder)) {
                        // Nobody listens any more once the measurement is over.
                        lags.try_send(last.saturating_duration_since(*commit))
                            .expect("there is room for each lag");
                    }
                    drop(committed);
                    shown = now;
                }
            });
        } else {
            crowd.spawn(keep(stream, frames.clone(), stopped.clone()));
        }
    }
    drop(lags);
    let mut stalled = Stream::open(console).await;
    stalled.subscribe(view()).await;

    // The locks change hands on a thread of its own: a thousand browsers on few cores must not slow them down.
    let turning = {
        let committed = committed.clone();
        let runtime = tokio::runtime::Handle::current();
        std::thread::spawn(move || {
            let own = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            // The sessions live where they were opened; only the waiting is here.
            let _entered = runtime.enter();
            let changes = own.block_on(locks.turn(rate, span, &committed));
            (locks, changes)
        })
    };
    let start = (Instant::now(), process::computed(console.process()));
    let turned = tokio::task::spawn_blocking(move || turning.join()).await.expect("a thread");
    let (locks, changes) = turned.expect("the locks change hands");
    let (ended, took) = (Instant::now(), start.0.elapsed().as_secs_f64());
    let cores = match (start.1, process::computed(console.process())) {
        (Some(before), Some(after)) => (after - before).as_secs_f64() / took,
        _ => 0.0,
    };
    let after = console.resident_kib();
    // What is still on its way arrives; then each browser says what it shows.
    tokio::time::sleep(SETTLE).await;
    // Asked before the browsers say it: what they do then takes all processors for a while.
    let truth = locks.truth().await;
    stop.send_replace(true);
    let (mut agree, mut last) = (0, ended);
    while let Some(browser) = crowd.join_next().await {
        let (shown, at) = browser.expect("a browser");
        agree += usize::from(shown == truth);
        last = last.max(at);
    }
    drop(stalled);
    let mut sample = Vec::new();
    while let Ok(one) = lag.try_recv() {
        sample.push(one);
    }
    let bytes_each = before
        .zip(after)
        .map(|(before, after)| after.saturating_sub(before) * 1_024 / browsers.max(1) as u64);
    Crowd {
        per_second: changes as f64 / took,
        cores,
        bytes_each,
        lag: Quantiles::of(sample),
        right: (agree == browsers).then(|| last - ended),
        agree,
    }
}

/// What is kept of the frames of all browsers: equal ones once.
type Frames = Arc<Mutex<Kept>>;

#[derive(Debug, Default)]
struct Kept {
    frames: HashSet<Arc<[u8]>>,
    /// What a browser shows that was sent these frames, by their addresses.
    shown: HashMap<Vec<usize>, Holders>,
}

/// Receives as fast as it can, and reads what it received only at the end: a thousand browsers in one process would else measure
/// that process.
async fn keep(mut stream: Stream, kept: Frames, mut stopped: watch::Receiver<bool>) -> (Holders, Instant) {
    let mut own: Vec<Arc<[u8]>> = Vec::new();
    let mut last = Instant::now();
    loop {
        let message = tokio::select! {
            message = stream.raw() => message,
            _ = stopped.changed() => break,
        };
        match &message {
            // Snapshots and deltas are the frames that are not short; what else comes is the hello and a heartbeat a second.
            Message::Binary(bytes) if matches!(bytes.first(), Some(1 | 2)) => {
                last = Instant::now();
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let known = kept.frames.get(bytes.as_slice()).cloned();
                let frame = known.unwrap_or_else(|| Arc::from(bytes.as_slice()));
                kept.frames.insert(frame.clone());
                own.push(frame);
            }
            _ => drop(stream.understand(&message).await),
        }
    }
    let key: Vec<usize> = own.iter().map(|frame| frame.as_ptr().addr()).collect();
    if let Some(shown) = kept.lock().unwrap_or_else(PoisonError::into_inner).shown.get(&key) {
        return (shown.clone(), last);
    }
    let mut replica = Replica::default();
    let (id, _) = replica.subscribe(CLUSTER, view());
    for frame in own {
        let frame: ServerFrame = Codec::Postcard.decode(&Message::Binary(frame.to_vec())).expect("a frame");
        let received = replica.receive(frame);
        assert!(matches!(received, Received::Changed(_)), "no frame is missing: {received:?}");
    }
    let shown = match replica.content(id) {
        Some(Content::Locks(list)) => holders(list),
        _ => Holders::new(),
    };
    kept.lock().unwrap_or_else(PoisonError::into_inner).shown.insert(key, shown.clone());
    (shown, last)
}

/// When each contender was told that it holds, by the name of its znode.
pub(super) type Committed = Arc<Mutex<HashMap<String, Instant>>>;

fn view() -> View {
    View::Locks { query: LOCKS.0.to_owned(), sort: LockSort::Path, limit: 1_000 }
}

fn holders(list: &zooscope_protocol::view::LockList) -> Holders {
    let held = list.rows.iter().filter_map(|lock| Some((lock.path.to_string(), lock.holders.first()?)));
    held.map(|(path, holder)| (path, holder.path.name().to_owned())).collect()
}

/// The locks and who queues at each.
pub(super) struct Locks {
    clients: Vec<Client>,
    lines: Vec<std::collections::VecDeque<(usize, String)>>,
    next: usize,
}

impl Locks {
    pub(super) async fn make(connect: &str) -> Self {
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
    pub(super) async fn turn(&mut self, rate: usize, span: Duration, committed: &Committed) -> usize {
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
                turns.push((
                    owner,
                    format!("{}/{gone}", directory(lock)),
                    session,
                    format!("{}/{came}", directory(lock)),
                    holds,
                ));
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
