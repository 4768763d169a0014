//! Mutexes through `zookeeper-client`'s own lock, in each of the ways that it names its znodes.

use std::time::Duration;

use zookeeper_client::{Acls, CreateMode, Error, LockOptions, LockPrefix};

use super::session::{Actors, Session};

/// How a lock's contenders name their znodes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names {
    /// As Curator does: `_c_<uuid>-` and this.
    Curator(&'static str),
    /// This and the number, in every client.
    Shared(&'static str),
    /// The client's name, `-`, this and the number.
    Custom(&'static str),
}

/// What one contender does with one lock, again and again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turns {
    pub(super) path: &'static str,
    pub(super) names: Names,
    /// How long it holds.
    pub(super) hold: Duration,
    /// How long it stays away after that.
    pub(super) rest: Duration,
}

const CURATOR: Names = Names::Curator("lock-");

/// Starts every contender of every lock here.
pub(super) fn start(actors: &Actors, billing_waiters: usize) {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let millis = Duration::from_millis;
    let contenders = [
        ("billing-worker", billing_waiters + 1, "/app/locks/billing", CURATOR, minutes(20), millis(500)),
        ("indexer", 4, "/app/locks/index", CURATOR, millis(900), millis(300)),
        ("reporter", 3, "/app/locks/report", Names::Shared("lock-"), millis(8_000), millis(500)),
        ("ledger", 4, "/app/locks/ledger", Names::Custom("lock-"), millis(15_000), millis(500)),
        ("migrator", 1, "/app/locks/schema", CURATOR, minutes(30), millis(5_000)),
        ("exporter", 1, "/app/locks/nightly", CURATOR, millis(10_000), millis(50_000)),
    ];
    for (name, count, path, names, hold, rest) in contenders {
        for number in 1..=count {
            let turns = Turns { path, names, hold, rest };
            actors.spawn(format!("{name}-{number:02}"), move |session| take_turns(session, turns));
        }
    }
}

/// Takes the lock, holds it, gives it back, stays away, and so on.
pub(super) async fn take_turns(session: Session, turns: Turns) -> Result<(), Error> {
    // Made beforehand, so that the lock's directory stays when nobody contends for it.
    session.directory(turns.path).await?;
    loop {
        take_turn(&session, turns).await?;
        tokio::time::sleep(turns.rest).await;
    }
}

async fn take_turn(session: &Session, turns: Turns) -> Result<(), Error> {
    let Turns { path, names, hold, .. } = turns;
    let shared;
    let prefix = match names {
        Names::Curator(name) => LockPrefix::new_curator(path, name)?,
        Names::Shared(prefix) => {
            shared = format!("{path}/{prefix}");
            LockPrefix::new_shared(&shared)?
        }
        Names::Custom(name) => LockPrefix::new_custom(format!("{path}/{}-{name}", session.name()), name)?,
    };
    let options = LockOptions::new(Acls::anyone_all())
        .with_ancestor_options(CreateMode::Persistent.with_acls(Acls::anyone_all()))?;
    session.report_lock("waits", path, None);
    let lock = session.client().lock(prefix, session.name().as_bytes(), options).await?;
    let node = lock.lock_path().to_owned();
    session.report_lock("acquired", path, Some(&node));
    tokio::time::sleep(hold).await;
    // Like the other libraries, this one does not watch its own znode: somebody may have released it by force meanwhile.
    if session.client().check_stat(&node).await?.is_none() {
        session.report_lock("lost", path, Some(&node));
        return Ok(());
    }
    drop(lock);
    session.report_lock("released", path, Some(&node));
    Ok(())
}
