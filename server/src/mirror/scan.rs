//! The scan: the whole tree, read aside in batches while the watch already runs.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{FuturesOrdered, StreamExt};
use zooscope_model::{Growth, Open, Record, Slot, Tree};
use zooscope_protocol::{Stat, ZnodePath};

use super::budget::Budget;
use super::reader::{Found, Pace, found};
use crate::ensemble::{Error, Read, Reading, Session};

/// How far a scan is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// Znodes read.
    pub(super) znodes: u64,
    /// Znodes known of: those read and those listed.
    pub(super) expected: u64,
}

/// What a scan brought.
#[derive(Debug)]
pub(super) struct Scanned {
    /// The tree. What is as it was is shared with the tree before.
    pub(super) tree: Tree,
    /// The znodes that may not be read.
    pub(super) denied: Vec<ZnodePath>,
}

/// What a read is for.
#[derive(Debug, Clone, Copy)]
enum For {
    Data(Slot),
    Children(Open),
}

/// What is to be read. The znodes of a directory that is listed come before any other listing, so that no more names are
/// kept than those of the few directories that are open.
#[derive(Debug, Default)]
struct Wanted {
    znodes: VecDeque<Slot>,
    listings: VecDeque<(Open, ZnodePath, usize)>,
}

/// Reads the whole tree again; of one that was not read yet the tree before has nothing. `progress` is told after each batch.
/// Errors: the first request that failed as a whole.
pub(super) async fn scan(
    session: &Session,
    budget: &Budget,
    before: &Tree,
    mut progress: impl FnMut(Progress),
) -> Result<Scanned, Error> {
    let mut growth = Growth::new(before);
    let mut denied = Vec::new();
    let mut pace = Pace::new(budget.batch_bytes());
    let mut wanted = Wanted::default();
    wanted.znodes.push_back(growth.root());
    let mut flying = FuturesOrdered::new();
    let mut known = 1;
    loop {
        while flying.len() < budget.in_flight() && !wanted.is_empty() {
            budget.request().await;
            let (reads, whats) = wanted.batch(&pace, &growth);
            flying.push_back(async move {
                let readings = session.read(&reads).await;
                (reads, whats, readings)
            });
        }
        let Some((reads, whats, readings)) = flying.next().await else {
            return Ok(Scanned { tree: growth.finish(), denied });
        };
        let readings = readings?;
        budget.answer(pace.learn(&readings)).await;
        for ((read, what), reading) in reads.into_iter().zip(whats).zip(readings) {
            let (Read::Data(path) | Read::Children(path)) = read;
            match (what, reading) {
                (For::Children(open), Reading::Children(names)) => {
                    let before = wanted.znodes.len();
                    wanted.znodes.extend(growth.list(open, names));
                    known += (wanted.znodes.len() - before) as u64;
                }
                (For::Children(open), Reading::Failed(Error::NoNode | Error::NoAuth)) => {
                    drop(growth.list(open, Vec::new()));
                }
                (For::Children(_), Reading::Failed(error)) => return Err(error),
                (For::Children(_), Reading::Data(..)) => {}
                (For::Data(slot), reading) => match found(session, &path, reading).await? {
                    Found::Znode(data, stat) if stat.num_children > 0 => {
                        let count = usize::try_from(stat.num_children).unwrap_or_default();
                        let open = growth.open(slot, path.clone(), record(&data, stat));
                        wanted.listings.push_back((open, path, count));
                    }
                    Found::Znode(data, stat) => growth.leaf(slot, record(&data, stat)),
                    Found::Denied(stat) => {
                        growth.leaf(slot, self::denied(stat));
                        denied.push(path);
                    }
                    Found::Nothing => growth.nothing(slot),
                },
            }
        }
        progress(Progress { znodes: growth.count(), expected: known });
    }
}

impl Wanted {
    fn is_empty(&self) -> bool {
        self.znodes.is_empty() && self.listings.is_empty()
    }

    /// Takes the next batch.
    fn batch(&mut self, pace: &Pace, growth: &Growth) -> (Vec<Read>, Vec<For>) {
        let (mut reads, mut whats) = (Vec::new(), Vec::new());
        let mut batch = pace.begin();
        while let Some(slot) = self.znodes.front().copied() {
            let Some(path) = growth.path(slot) else {
                self.znodes.pop_front();
                continue;
            };
            if !batch.takes_data(&path) {
                return (reads, whats);
            }
            self.znodes.pop_front();
            reads.push(Read::Data(path));
            whats.push(For::Data(slot));
        }
        while let Some((_, path, count)) = self.listings.front() {
            if !batch.takes_children(path, *count) {
                break;
            }
            if let Some((open, path, _)) = self.listings.pop_front() {
                reads.push(Read::Children(path));
                whats.push(For::Children(open));
            }
        }
        (reads, whats)
    }
}

/// The paths of the children with these names. A name that is none by ZooKeeper's rules cannot come from a server.
pub(super) fn children<'a>(
    path: &'a ZnodePath,
    names: &'a [String],
) -> impl Iterator<Item = ZnodePath> + use<'a> {
    names.iter().filter_map(|name| path.child(name).ok())
}

/// What the tree keeps of a znode that was read.
pub(super) fn record(data: &[u8], stat: Stat) -> Record {
    let kept = &data[..data.len().min(Tree::DATA_BYTES)];
    Record { stat, data: Arc::from(kept), readable: true }
}

/// What the tree keeps of a znode that may not be read.
pub(super) fn denied(stat: Stat) -> Record {
    Record { stat, data: Arc::from([]), readable: false }
}
