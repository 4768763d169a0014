//! The scan: the whole tree, read aside in batches while the watch already runs.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{FuturesOrdered, StreamExt};
use zooscope_model::{Record, Tree};
use zooscope_protocol::{Stat, ZnodePath};

use super::budget::Budget;
use super::reader::{Found, Pace, Wanted, found};
use crate::ensemble::{Error, Read, Reading, Session};

/// How many batches are on their way at once: one is being answered while the last one is put into the tree.
const IN_FLIGHT: usize = 4;

/// How far a scan is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// Znodes read.
    pub(super) znodes: u64,
    /// Znodes known of: those read and those listed.
    pub(super) expected: u64,
}

/// Reads the whole tree. `progress` is told after each batch. Errors: the first request that failed as a whole.
pub(super) async fn scan(
    session: &Session,
    budget: &Budget,
    mut progress: impl FnMut(Progress),
) -> Result<Tree, Error> {
    let mut tree = Tree::default();
    let mut pace = Pace::default();
    let mut wanted = VecDeque::from([Wanted::Data(ZnodePath::root())]);
    let mut flying = FuturesOrdered::new();
    let mut known = 1;
    loop {
        while flying.len() < IN_FLIGHT && !wanted.is_empty() {
            budget.request().await;
            let batch = pace.batch(&mut wanted);
            flying.push_back(async move {
                let readings = session.read(&batch).await;
                (batch, readings)
            });
        }
        let Some((batch, readings)) = flying.next().await else {
            return Ok(tree);
        };
        let readings = readings?;
        budget.answer(pace.learn(&readings)).await;
        for (read, reading) in batch.into_iter().zip(readings) {
            match (read, reading) {
                (Read::Children(path), Reading::Children(names)) => {
                    known += names.len() as u64;
                    wanted.extend(children(&path, &names).map(Wanted::Data));
                }
                (Read::Children(_), Reading::Failed(Error::NoNode | Error::NoAuth)) => {}
                (Read::Children(_), Reading::Failed(error)) => return Err(error),
                (Read::Children(_), Reading::Data(..)) => {}
                (Read::Data(path), reading) => match found(session, &path, reading).await? {
                    Found::Znode(data, stat) => {
                        if stat.num_children > 0 {
                            let count = usize::try_from(stat.num_children).unwrap_or_default();
                            wanted.push_front(Wanted::Children(path.clone(), count));
                        }
                        tree.put(&path, record(&data, stat));
                    }
                    Found::Denied(stat) => {
                        tree.put(&path, denied(stat));
                    }
                    Found::Nothing => {}
                },
            }
        }
        progress(Progress { znodes: tree.len(), expected: known });
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
