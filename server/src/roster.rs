//! The roster: who is behind each session, as the servers of the ensemble tell it.
//!
//! Servers are asked on demand and gently: only while somebody looks, at most every five seconds, all of them at once, and none
//! holds up the others. Who watches what is asked for only on behalf of locks whose own page is open. What was told is handed to
//! the mirror's writer, the only one that publishes; a minute after the last look it is forgotten, for an address that old may be
//! somebody else's.

mod attention;
mod expiry;
mod merge;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use prometheus_client::metrics::counter::Counter;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use zooscope_model::{Roster, Watches};
use zooscope_protocol::{Peer, SessionId, Timestamp, ZnodePath};

pub use attention::Attention;

use crate::clock;
use crate::config::Cluster;
use crate::ensemble::AdminClient;
use crate::ensemble::told::{Scope, Watchers, in_directories_of};
use crate::mirror::Mirror;
use attention::Wanted;
use merge::{Memory, Own};
use server::{Answer, Asked, Watching};

/// How often servers are asked at most; what is younger is fresh.
pub const EVERY: Duration = Duration::from_secs(5);
/// The shortest time between two questions for watches, when another lock is looked at.
const WATCHES_EVERY: Duration = Duration::from_secs(1);
/// How long the answers of all are awaited before those that are there are told.
const TOGETHER: Duration = Duration::from_secs(1);
/// How long what was told is shown.
const SHOWN: Duration = Duration::from_secs(60);
/// How long the console's own session may take to be heard from before the servers are asked.
const HEARD: Duration = Duration::from_millis(500);

/// What is counted.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Questions put to servers.
    pub requests: Counter,
    /// Those that were not answered.
    pub failures: Counter,
}

/// Keeps the roster of one cluster.
#[derive(Debug)]
pub struct Keeper {
    chroot: ZnodePath,
    mirror: Mirror,
    attention: Attention,
    roster: watch::Sender<Arc<Roster>>,
    servers: Vec<Asked>,
    answers: Vec<Answer>,
    memory: Memory,
    peers: BTreeMap<SessionId, Peer>,
    /// When the sessions were last asked for, by both clocks.
    sessions_at: Option<Instant>,
    sessions_wall: Timestamp,
    /// When watches were last asked for, and for which locks.
    watches_at: Option<Instant>,
    watched: BTreeMap<ZnodePath, Instant>,
    watches: BTreeMap<ZnodePath, Watches>,
    /// Why a server did not tell its watches, in the order of the servers.
    unwatched: Vec<Option<String>>,
}

/// What is to be asked for now.
#[derive(Debug, Default)]
struct Due {
    sessions: bool,
    locks: Vec<ZnodePath>,
}

impl Keeper {
    /// A keeper that has asked nobody. What it learns goes to `roster`.
    pub fn new(
        cluster: &Cluster,
        mirror: Mirror,
        attention: Attention,
        roster: watch::Sender<Arc<Roster>>,
        counts: &Counts,
    ) -> Self {
        let client = AdminClient::default();
        let connect = &cluster.connect;
        let ask = |server: &_| {
            let crate::ensemble::Server { host, .. } = server;
            let alone = connect.servers().filter(|other| other.host == *host).count() == 1;
            Asked::new(server, alone, cluster.admin.as_ref(), cluster.four_letter_words, &client, counts)
        };
        Self {
            chroot: connect.chroot().clone(),
            mirror,
            attention,
            roster,
            servers: connect.servers().map(ask).collect(),
            answers: connect.servers().map(Answer::none_yet).collect(),
            memory: Memory::default(),
            peers: BTreeMap::new(),
            sessions_at: None,
            sessions_wall: Timestamp::default(),
            watches_at: None,
            watched: BTreeMap::new(),
            watches: BTreeMap::new(),
            unwatched: vec![None; connect.servers().len()],
        }
    }

    /// Keeps it until cancelled.
    pub async fn keep(mut self, cancel: CancellationToken) {
        loop {
            let wanted = self.attention.wanted(Instant::now());
            let due = self.due(&wanted);
            if due.sessions || !due.locks.is_empty() {
                tokio::select! {
                    () = cancel.cancelled() => return,
                    () = self.ask(due) => {}
                }
                continue;
            }
            let next = self.next(&wanted);
            let attention = self.attention.clone();
            tokio::select! {
                () = cancel.cancelled() => return,
                () = attention.look_again() => {}
                () = sleep_until_some(next) => self.forget(),
            }
        }
    }

    /// What somebody wants to know and is not fresh. Watches are asked for together with the sessions, so that one roster is of one
    /// moment; only a lock that was opened since then does not wait for that.
    fn due(&self, wanted: &Wanted) -> Due {
        let over = |at: Option<Instant>, span: Duration| at.is_none_or(|at| at.elapsed() >= span);
        let sessions = wanted.sessions && over(self.sessions_at, EVERY);
        let stale = |path: &ZnodePath| over(self.watched.get(path).copied(), EVERY);
        let watches = over(self.watches_at, WATCHES_EVERY) && (sessions || wanted.locks.iter().any(stale));
        Due { sessions, locks: if watches { wanted.locks.clone() } else { Vec::new() } }
    }

    /// When there is something to do next, if nobody looks before.
    fn next(&self, wanted: &Wanted) -> Option<Instant> {
        let sessions = self.sessions_at.filter(|_| wanted.sessions).map(|at| at + EVERY);
        let rested = self.watches_at.map(|at| at + WATCHES_EVERY);
        let watches = wanted.locks.iter().filter_map(|path| match self.watched.get(path) {
            Some(at) => Some(*at + EVERY),
            None => rested,
        });
        let shown = !self.roster.borrow().sources.is_empty();
        let forget = self.sessions_at.filter(|_| shown).map(|at| at + SHOWN);
        watches.chain(sessions).chain(forget).min()
    }

    /// Forgets what nobody has looked at for too long.
    fn forget(&mut self) {
        let old = self.sessions_at.is_none_or(|at| at.elapsed() >= SHOWN);
        if old && !self.roster.borrow().sources.is_empty() {
            self.watches.clear();
            self.watched.clear();
            self.roster.send_replace(Arc::default());
        }
    }

    /// Asks all servers at once, and tells what came back: after a second what there is by then, and again when all have answered.
    async fn ask(&mut self, due: Due) {
        let own = self.own().await;
        let (now, wall) = (Instant::now(), clock::now());
        if due.sessions {
            (self.sessions_at, self.sessions_wall) = (Some(now), wall);
            self.answers = self.servers.iter().map(|asked| Answer::none_yet(asked.server())).collect();
        }
        if !due.locks.is_empty() {
            self.watches_at = Some(now);
            self.watched = due.locks.iter().map(|lock| (lock.clone(), now)).collect();
        }
        let scope = Scope { chroot: self.chroot.clone(), locks: due.locks };
        let mut watching: Vec<Option<Watching>> = self.servers.iter().map(|_| None).collect();
        // Moved out, so that what comes back can be told while others are still being asked.
        let mut servers = std::mem::take(&mut self.servers);
        let mut asking: FuturesUnordered<_> = servers
            .iter_mut()
            .enumerate()
            .map(|(index, server)| {
                let (scope, sessions) = (&scope, due.sessions);
                async move {
                    let answer = if sessions { Some(server.sessions().await) } else { None };
                    let watches =
                        if scope.locks.is_empty() { None } else { Some(server.watches(scope).await) };
                    (index, answer, watches)
                }
            })
            .collect();
        let together = now + TOGETHER;
        let mut told = false;
        loop {
            tokio::select! {
                next = asking.next() => match next {
                    Some((index, answer, watches)) => {
                        if let (Some(answer), Some(place)) = (answer, self.answers.get_mut(index)) {
                            *place = answer;
                        }
                        if let Some(place) = watching.get_mut(index) {
                            *place = watches;
                        }
                    }
                    None => break,
                },
                () = sleep_until(together), if !told => {
                    told = true;
                    self.tell(due.sessions.then_some(own), &scope.locks, &watching, wall);
                }
            }
        }
        drop(asking);
        self.servers = servers;
        self.tell(due.sessions.then_some(own), &scope.locks, &watching, wall);
    }

    /// The console's own session, which has been heard from just now: by it the clocks are set.
    async fn own(&self) -> Option<Own> {
        let session = self.mirror.session()?;
        timeout(HEARD, session.stat(&ZnodePath::root())).await.ok()?.ok()?;
        let timeout_ms = i64::try_from(session.timeout().as_millis()).ok()?;
        Some(Own { session: session.id(), timeout_ms })
    }

    /// Notes who watches what at these locks.
    fn note(&mut self, locks: &[ZnodePath], watching: &[Option<Watching>], at: Timestamp) {
        if locks.is_empty() {
            return;
        }
        let complete = watching.iter().all(|told| matches!(told, Some(Ok(_))));
        let mut all = Watchers::new();
        for (path, sessions) in watching.iter().flatten().flatten().flatten() {
            all.entry(path.clone()).or_default().extend(sessions);
        }
        let of = |lock: &ZnodePath| {
            let own = all.iter().filter(|(path, _)| in_directories_of(lock, path.as_str()));
            let by_path = own.map(|(path, sessions)| (path.clone(), sessions.clone())).collect();
            (lock.clone(), Watches { at, complete, by_path })
        };
        self.watches = locks.iter().map(of).collect();
        self.unwatched =
            watching.iter().map(|told| told.as_ref().and_then(|told| told.as_ref().err().cloned())).collect();
    }

    /// Hands on what is known. `own` is the console's own session, where the sessions were asked for.
    fn tell(
        &mut self,
        own: Option<Option<Own>>,
        locks: &[ZnodePath],
        watching: &[Option<Watching>],
        at: Timestamp,
    ) {
        self.note(locks, watching, at);
        if let Some(own) = own {
            self.peers = self.memory.merge(&self.answers, own, (Instant::now(), clock::now()));
        }
        let sources = self.answers.iter().zip(&self.unwatched).map(|(answer, unwatched)| {
            let mut source = answer.source.clone();
            // A server that tells nothing has said why already.
            if let Some(unwatched) = unwatched.as_ref().filter(|_| !self.watches.is_empty()) {
                source.problem.get_or_insert_with(|| unwatched.clone());
            }
            source
        });
        self.roster.send_replace(Arc::new(Roster {
            at: self.sessions_wall,
            peers: self.peers.clone(),
            sources: sources.collect(),
            watches: self.watches.clone(),
        }));
    }
}

async fn sleep_until_some(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
