//! Following: what is dirty is read again, at most one batch at a time, and published.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use zooscope_model::{Put, Roster};
use zooscope_protocol::{Status, ZnodePath};

use super::Followed;
use super::pulse::Beat;
use crate::clock;
use crate::ensemble::{Connection, Error, Read, Session};
use crate::mirror::budget::Budget;
use crate::mirror::reader::{Found, Pace, found};
use crate::mirror::scan::{children, denied, record};
use crate::mirror::writer::Writer;

/// The most paths that are taken at once; the batches made of them are sized by what their answers cost.
const TAKE: usize = 2_000;
/// The most directories that are listed again in one second because their count of children does not agree.
const LISTINGS: usize = 20;
/// Every how many seconds the znodes that could not be read are tried again: an ACL changes without an event.
const RETRY_DENIED: u64 = 30;
/// The most of them that are tried again at once.
const RETRIES: usize = 200;

/// What a read brought.
enum Brought {
    /// Znodes that were dirty.
    Znodes(Vec<(ZnodePath, Found)>),
    /// Directories that were listed because their count of children did not agree with the mirror's.
    Listings(Vec<(ZnodePath, Vec<String>)>),
}

/// Follows until the stream breaks, and returns what broke it.
pub(super) async fn run(
    writer: &mut Writer,
    budget: &Budget,
    followed: &Followed,
    roster: &mut watch::Receiver<Arc<Roster>>,
    denied: Vec<ZnodePath>,
) -> Error {
    let Followed { session, dirty, ear, pulse } = followed;
    let mut beat = pulse.beat();
    let mut pace = Some(Pace::new(budget.batch_bytes()));
    let mut reading: Option<BoxFuture<'_, (Pace, Result<Brought, Error>)>> = None;
    let mut suspects = BTreeSet::new();
    let mut unreadable: BTreeSet<ZnodePath> = denied.into_iter().collect();
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut second = 0_u64;
    loop {
        tokio::select! {
            () = ear.interrupted() => return Error::NoAnswer,
            Some((learned, brought)) = wait(&mut reading) => {
                reading = None;
                pace = Some(learned);
                match brought {
                    Ok(Brought::Znodes(znodes)) => {
                        writer.heard().answer(clock::now());
                        apply(writer, followed, znodes, &mut suspects, &mut unreadable);
                    }
                    Ok(Brought::Listings(listings)) => compare(writer, followed, &listings),
                    Err(error) => return error,
                }
            }
            () = dirty.marked(), if reading.is_none() => {
                if dirty.overflowed() {
                    return Error::NoAnswer;
                }
                let paths = dirty.take(TAKE);
                let pace = pace.take().unwrap_or_else(|| Pace::new(budget.batch_bytes()));
                reading = Some(read(session, budget, pace, paths).boxed());
            }
            Ok(()) = roster.changed() => {
                let told = roster.borrow_and_update().clone();
                writer.roster(told);
            }
            Ok(()) = beat.changed() => {
                let seen = *beat.borrow_and_update();
                match seen {
                    Beat::Regular => writer.status(connected(session), None),
                    Beat::Silent => {
                        let silent = "ZooKeeper accepts the connection and does not answer.".to_owned();
                        writer.status(Status::Stale, Some(silent));
                    }
                    Beat::NoChroot => return Error::NoNode,
                }
            }
            _ = seconds.tick() => {
                second += 1;
                writer.tick();
                if second.is_multiple_of(RETRY_DENIED) {
                    unreadable.iter().take(RETRIES).cloned().for_each(|path| dirty.mark(path));
                }
                if reading.is_none() && dirty.is_empty() {
                    let doubtful = doubtful(writer, &mut suspects);
                    if !doubtful.is_empty() {
                        let pace = pace.take().unwrap_or_else(|| Pace::new(budget.batch_bytes()));
                        reading = Some(list(session, budget, pace, doubtful).boxed());
                    }
                }
            }
        }
    }
}

async fn wait<T>(reading: &mut Option<BoxFuture<'_, T>>) -> Option<T> {
    match reading {
        Some(reading) => Some(reading.await),
        None => std::future::pending().await,
    }
}

fn connected(session: &Session) -> Status {
    match session.connection() {
        Connection::ReadOnly => Status::ReadOnly,
        _ => Status::Live,
    }
}

/// Reads the dirty paths in as many batches as their answers need, one after the other.
async fn read(
    session: &Session,
    budget: &Budget,
    mut pace: Pace,
    paths: Vec<ZnodePath>,
) -> (Pace, Result<Brought, Error>) {
    let mut wanted = VecDeque::from(paths);
    let mut znodes = Vec::new();
    while !wanted.is_empty() {
        let batch = pace.batch(&mut wanted);
        budget.request().await;
        let readings = match session.read(&batch).await {
            Ok(readings) => readings,
            Err(error) => return (pace, Err(error)),
        };
        budget.answer(pace.learn(&readings)).await;
        for (read, reading) in batch.into_iter().zip(readings) {
            let (Read::Data(path) | Read::Children(path)) = read;
            match found(session, &path, reading).await {
                Ok(found) => znodes.push((path, found)),
                Err(error) => return (pace, Err(error)),
            }
        }
    }
    (pace, Ok(Brought::Znodes(znodes)))
}

/// Lists directories again.
async fn list(
    session: &Session,
    budget: &Budget,
    pace: Pace,
    paths: Vec<ZnodePath>,
) -> (Pace, Result<Brought, Error>) {
    let mut listings = Vec::new();
    for path in paths {
        budget.request().await;
        match session.children(&path).await {
            Ok(names) => {
                budget.answer(names.iter().map(String::len).sum()).await;
                listings.push((path, names));
            }
            Err(Error::NoNode | Error::NoAuth) => {}
            Err(error) => return (pace, Err(error)),
        }
    }
    (pace, Ok(Brought::Listings(listings)))
}

/// Writes what was read, and publishes it as one revision.
fn apply(
    writer: &mut Writer,
    followed: &Followed,
    znodes: Vec<(ZnodePath, Found)>,
    suspects: &mut BTreeSet<ZnodePath>,
    unreadable: &mut BTreeSet<ZnodePath>,
) {
    let mut changed = false;
    for (path, found) in znodes {
        let (put, children) = match found {
            Found::Nothing => {
                unreadable.remove(&path);
                changed |= writer.remove(&path);
                continue;
            }
            Found::Znode(data, stat) => {
                unreadable.remove(&path);
                (writer.put(&path, record(&data, stat)), stat.num_children)
            }
            Found::Denied(stat) => {
                unreadable.insert(path.clone());
                (writer.put(&path, denied(stat)), 0)
            }
        };
        match put {
            Put::Orphan => {
                // The parent was created in the same moment and is not read yet, or is gone: read both again.
                if let Some(parent) = path.parent() {
                    followed.dirty.mark(parent);
                }
                followed.dirty.mark(path);
            }
            Put::Same => {}
            Put::Created | Put::Changed => {
                changed = true;
                if children > 0 {
                    suspects.insert(path);
                }
            }
        }
    }
    if changed {
        writer.publish();
    }
}

/// The directories whose count of children does not agree with the mirror's although nothing is on its way: something was
/// missed, as the children of a directory that became readable.
fn doubtful(writer: &Writer, suspects: &mut BTreeSet<ZnodePath>) -> Vec<ZnodePath> {
    let mut doubtful = Vec::new();
    while doubtful.len() < LISTINGS
        && let Some(path) = suspects.pop_first()
    {
        let disagrees = writer.tree().get(&path).is_some_and(|znode| {
            usize::try_from(znode.stat().num_children).unwrap_or_default() != znode.child_count()
        });
        if disagrees {
            doubtful.push(path);
        }
    }
    doubtful
}

/// Marks the children that only one of the two, ZooKeeper and the mirror, knows of.
fn compare(writer: &Writer, followed: &Followed, listings: &[(ZnodePath, Vec<String>)]) {
    for (path, names) in listings {
        let Some(znode) = writer.tree().get(path) else { continue };
        for child in children(path, names).filter(|child| znode.child(child.name()).is_none()) {
            followed.dirty.mark(child);
        }
        let listed: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let gone = znode.children().filter(|(name, _)| !listed.contains(name));
        gone.filter_map(|(name, _)| path.child(name).ok()).for_each(|child| followed.dirty.mark(child));
    }
}
