//! The follower: connects, scans, follows, and after every break in the connection scans again.
//!
//! Its life is a state machine as a value; recovery is a transition, never a nested loop. Events that happen while a
//! connection is lost are never delivered (ZOOKEEPER-4698), so every reconnection ends in a rescan, and what happened
//! in between is a gap in the journal.

mod ear;
mod live;
mod pulse;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use zooscope_model::Roster;
use zooscope_protocol::{EventKind, Status, ZnodePath};

use super::budget::Budget;
use super::dirty::Dirty;
use super::scan::{Scanned, scan};
use super::writer::Writer;
use crate::clock;
use crate::ensemble::{self, Access, Connection, Error, Session};
use crate::telemetry::chain;
use ear::Ear;
use pulse::Pulse;

/// How a follower is to follow.
#[derive(Debug)]
pub struct Following {
    /// How the ensemble is reached, and as whom.
    pub access: Access,
    /// The session time-out to ask for.
    pub session_timeout: Duration,
    /// What may be asked of the ensemble.
    pub budget: Budget,
    /// What the servers tell of their sessions.
    pub roster: watch::Receiver<Arc<Roster>>,
}

/// The shortest and the longest pause between two attempts to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));
/// How long to wait before what cannot work is tried again.
const GIVEN_UP: Duration = Duration::from_secs(10);
/// How often the progress of a scan is published.
const PROGRESS: Duration = Duration::from_millis(200);

/// Follows one cluster until cancelled.
pub async fn follow(following: Following, writer: Writer, cancel: CancellationToken) {
    let mut follower = Follower { following, writer, scanned: false, blind_since: None };
    let mut state = State::Connect { attempt: 0 };
    loop {
        state = tokio::select! {
            () = cancel.cancelled() => return,
            next = follower.step(state) => next,
        };
    }
}

#[derive(Debug)]
struct Follower {
    following: Following,
    writer: Writer,
    /// Whether there is a tree to show; before, the mirror is connecting or scanning, after, at worst stale.
    scanned: bool,
    /// Since when changes may have been missed.
    blind_since: Option<Instant>,
}

/// Where the follower is.
#[derive(Debug)]
enum State {
    /// There is no session.
    Connect {
        /// How many attempts failed before this one.
        attempt: u32,
    },
    /// There is a session with a watch, and the tree is to be read.
    Scan(Followed),
    /// The tree is read, but for these znodes that may not be read, and every change is followed.
    Live(Followed, Vec<ZnodePath>),
}

/// A session that is being followed. Its tasks end with it.
#[derive(Debug)]
struct Followed {
    session: Session,
    dirty: Arc<Dirty>,
    ear: Ear,
    pulse: Pulse,
}

impl Follower {
    async fn step(&mut self, state: State) -> State {
        match state {
            State::Connect { attempt } => match self.connect().await {
                Ok(followed) => State::Scan(followed),
                Err(error) => {
                    let pause = pause(attempt);
                    warn!(cluster = self.writer.info().name, attempt, error = %chain(&error), "no session with ZooKeeper");
                    let (status, sentence) = self.explain(&error, pause);
                    self.writer.status(status, Some(sentence));
                    tokio::time::sleep(pause).await;
                    State::Connect { attempt: attempt.saturating_add(1) }
                }
            },
            State::Scan(followed) => match self.scan(&followed).await {
                Ok(denied) => State::Live(followed, denied),
                Err(error) => self.broken(followed, &error).await,
            },
            State::Live(followed, denied) => {
                let Following { budget, roster, .. } = &mut self.following;
                let error = live::run(&mut self.writer, budget, &followed, roster, denied).await;
                self.blind_since = Some(Instant::now());
                // Who is behind a session may be another one when the connection is back.
                self.writer.roster(Arc::default());
                self.broken(followed, &error).await
            }
        }
    }

    /// Opens a session and sets its watch.
    async fn connect(&mut self) -> Result<Followed, ConnectError> {
        let before = if self.scanned { Status::Stale } else { Status::Connecting };
        if self.writer.info().status != Status::Failed {
            self.writer.status(before, self.writer.info().error.clone());
        }
        self.writer.disconnected();
        let access = &self.following.access;
        let session = Session::open(access, self.following.session_timeout).await?;
        let version = ensemble::server_version(&access.connect).await;
        if session.stat(&ZnodePath::root()).await?.is_none() {
            return Err(ConnectError::NoChroot);
        }
        let dirty = Arc::new(Dirty::default());
        let ear = Ear::listen(session.watch().await?, dirty.clone(), self.writer.mirror().journal().clone());
        info!(cluster = self.writer.info().name, session = %session.id(), version, "connected to ZooKeeper");
        self.writer.connected(&session, version);
        let pulse = Pulse::start(session.clone(), self.writer.mirror().clone());
        Ok(Followed { session, dirty, ear, pulse })
    }

    /// Reads the whole tree and publishes it, live. Returns the znodes that may not be read.
    async fn scan(&mut self, followed: &Followed) -> Result<Vec<ZnodePath>, Error> {
        let before = if self.scanned { Status::Stale } else { Status::Scanning };
        let why = self.scanned.then(|| "catching up after a lost connection".to_owned());
        self.writer.status(before, why);
        let started = Instant::now();
        followed.ear.forget();
        followed.dirty.clear();
        let (writer, scanned) = (&mut self.writer, self.scanned);
        let before = writer.tree().clone();
        let mut told = started;
        let Scanned { tree, denied } = scan(&followed.session, &self.following.budget, &before, |progress| {
            writer.heard().answer(clock::now());
            if !scanned && told.elapsed() >= PROGRESS {
                told = Instant::now();
                writer.progress(progress.znodes, progress.expected);
            }
        })
        .await?;
        let znodes = tree.len();
        if let Some(since) = self.blind_since.take().filter(|_| self.scanned) {
            let differ = zooscope_model::diff(&before, &tree).len();
            let blind = since.elapsed().as_secs_f64();
            let note =
                format!("blind for {blind:.1} s; {differ} znodes differ; what happened between is not known");
            self.writer.mirror().journal().record(clock::now(), EventKind::Gap, None, None, Some(note));
        }
        self.scanned = true;
        self.writer.replace(tree);
        let status = match followed.session.connection() {
            Connection::ReadOnly => Status::ReadOnly,
            _ => Status::Live,
        };
        self.writer.status(status, None);
        let took = started.elapsed();
        self.writer.mirror().scanned(took);
        info!(cluster = self.writer.info().name, znodes, took_ms = took.as_millis(), "scanned the tree");
        Ok(denied)
    }

    /// What follows a broken scan or a broken stream: a session and a watch of their own. The client would resume its
    /// session and set its watches again by itself, but where the answer to that is lost with the connection no event
    /// comes any more and nothing tells (seen with zookeeper-client 0.11.2).
    async fn broken(&mut self, followed: Followed, error: &Error) -> State {
        let connection = followed.session.connection();
        warn!(cluster = self.writer.info().name, ?connection, error = %chain(error), "interrupted");
        drop(followed);
        if matches!(error, Error::Unsupported) {
            return State::Connect { attempt: self.give_up(error).await };
        }
        let status = if self.scanned { Status::Stale } else { Status::Connecting };
        self.writer.status(status, Some("The connection to ZooKeeper is lost; trying again.".to_owned()));
        if matches!(connection, Connection::Connected | Connection::ReadOnly) {
            // The connection is back already, or the server refused one request: read everything again, not at once.
            tokio::time::sleep(PAUSES.0).await;
        }
        State::Connect { attempt: 0 }
    }

    /// Says that it cannot work so, and waits before it is tried again.
    async fn give_up(&mut self, error: &Error) -> u32 {
        let sentence = format!("{error}. Zooscope needs ZooKeeper 3.6 or newer.");
        self.writer.status(Status::Failed, Some(sentence));
        tokio::time::sleep(GIVEN_UP).await;
        u32::MAX
    }

    fn explain(&self, error: &ConnectError, pause: Duration) -> (Status, String) {
        let connect = &self.following.access.connect;
        let again = format!("Trying again in {:.1} s.", pause.as_secs_f64());
        match error {
            ConnectError::NoChroot => (
                Status::Failed,
                format!(
                    "There is no znode `{}`: create it, or correct the chroot in the connect string. {again}",
                    connect.chroot()
                ),
            ),
            ConnectError::Ensemble(Error::AuthFailed) => {
                (Status::Failed, format!("ZooKeeper refused the console's credentials. {again}"))
            }
            ConnectError::Ensemble(Error::Unsupported) => {
                (Status::Failed, format!("{} {again}", Error::Unsupported))
            }
            ConnectError::Ensemble(_) => {
                let status = if self.scanned { Status::Stale } else { Status::Connecting };
                (
                    status,
                    format!("No server of `{connect}` answers. Check that ZooKeeper runs there. {again}"),
                )
            }
        }
    }
}

/// Why there is no session to follow.
#[derive(Debug, thiserror::Error)]
enum ConnectError {
    #[error("the chroot does not exist")]
    NoChroot,
    #[error("the session could not be opened")]
    Ensemble(#[from] Error),
}

/// Twice as long each time, and never all consoles at the same moment.
fn pause(attempt: u32) -> Duration {
    let doubled = PAUSES.0.saturating_mul(1_u32.checked_shl(attempt.min(16)).unwrap_or(u32::MAX));
    let jitter = 0.75 + f64::from(u32::try_from(clock::now().0 & 0xff).unwrap_or_default()) / 512.0;
    doubled.min(PAUSES.1).mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        assert!(pause(0) < Duration::from_millis(400));
        assert!(pause(3) > pause(0));
        assert!(pause(u32::MAX) <= Duration::from_millis(2_500));
    }
}
