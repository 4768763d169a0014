//! Batched reads: as many in one request as keep its answer of a good size.

use std::collections::VecDeque;

use zooscope_protocol::{Stat, ZnodePath};

use crate::ensemble::{Error, Read, Reading, Session};

/// The most reads in one batch.
const MAX_READS: usize = 1_000;
/// The most bytes of paths in one batch. A request over ZooKeeper's 1 MiB is answered by a closed connection.
const MAX_REQUEST_BYTES: usize = 256 * 1024;
/// What a listing costs for each child before any is known: a sequential name with a GUID.
const NAME_BYTES: usize = 56;
/// What a stat and the framing around it cost.
const STAT_BYTES: usize = 88;

/// How large batches may be, learned from the answers.
#[derive(Debug)]
pub(super) struct Pace {
    data_bytes: usize,
    target_bytes: usize,
}

/// A batch that is being put together.
#[derive(Debug)]
pub(super) struct Batch {
    data_bytes: usize,
    target_bytes: usize,
    answer: usize,
    request: usize,
    reads: usize,
}

/// A znode that was read: what it is, or that it is none.
#[derive(Debug)]
pub(super) enum Found {
    /// It is there.
    Znode(Vec<u8>, Stat),
    /// It is there, and may not be read.
    Denied(Stat),
    /// It is not there.
    Nothing,
}

impl Pace {
    /// Batches whose answers are of about so many bytes. Before the first answer they are small: nobody knows how large the znodes
    /// are.
    pub(super) fn new(target_bytes: usize) -> Self {
        Self { data_bytes: target_bytes / 64, target_bytes }
    }

    /// An empty batch.
    pub(super) fn begin(&self) -> Batch {
        Batch {
            data_bytes: self.data_bytes,
            target_bytes: self.target_bytes,
            answer: 0,
            request: 0,
            reads: 0,
        }
    }

    /// Takes the next batch off the front: data and stats of znodes of which no size is known.
    pub(super) fn batch(&self, wanted: &mut VecDeque<ZnodePath>) -> Vec<Read> {
        let mut batch = self.begin();
        let mut reads = Vec::new();
        while wanted.front().is_some_and(|path| batch.takes_data(path)) {
            reads.extend(wanted.pop_front().map(Read::Data));
        }
        reads
    }

    /// Learns from the answers of a batch, and returns their size in bytes.
    pub(super) fn learn(&mut self, readings: &[Reading]) -> usize {
        let (mut data, mut znodes, mut names) = (0, 0, 0);
        for reading in readings {
            match reading {
                Reading::Data(bytes, _) => {
                    data += bytes.len();
                    znodes += 1;
                }
                Reading::Children(children) => {
                    names += children.iter().map(|name| name.len() + 4).sum::<usize>();
                }
                Reading::Failed(_) => {}
            }
        }
        if let Some(mean) = data.checked_div(znodes) {
            // Large znodes are believed at once, small ones slowly.
            self.data_bytes = if mean > self.data_bytes { mean } else { (self.data_bytes + mean) / 2 };
        }
        data + znodes * STAT_BYTES + names
    }
}

impl Batch {
    /// Whether the data of one more znode goes into it. The first read always does.
    pub(super) fn takes_data(&mut self, path: &ZnodePath) -> bool {
        self.takes(self.data_bytes + STAT_BYTES, path)
    }

    /// Whether the names of so many children go into it.
    pub(super) fn takes_children(&mut self, path: &ZnodePath, count: usize) -> bool {
        self.takes(count.saturating_mul(NAME_BYTES), path)
    }

    fn takes(&mut self, cost: usize, path: &ZnodePath) -> bool {
        let answer = self.answer.saturating_add(cost);
        let request = self.request + path.as_str().len() + 16;
        let full = answer > self.target_bytes || request > MAX_REQUEST_BYTES || self.reads == MAX_READS;
        if full && self.reads > 0 {
            return false;
        }
        (self.answer, self.request, self.reads) = (answer, request, self.reads + 1);
        true
    }
}

/// What the answer for one znode's data means. A znode that may not be read still shows its stat.
pub(super) async fn found(session: &Session, path: &ZnodePath, reading: Reading) -> Result<Found, Error> {
    match reading {
        Reading::Data(data, stat) => Ok(Found::Znode(data, stat)),
        Reading::Failed(Error::NoNode) => Ok(Found::Nothing),
        Reading::Failed(Error::NoAuth) => Ok(session.stat(path).await?.map_or(Found::Nothing, Found::Denied)),
        Reading::Failed(error) => Err(error),
        Reading::Children(_) => Ok(Found::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(count: usize) -> VecDeque<ZnodePath> {
        (0..count).map(|n| ZnodePath::parse(&format!("/{n}")).unwrap()).collect()
    }

    #[test]
    fn batches_grow_while_znodes_are_small_and_shrink_at_once_when_they_are_large() {
        let mut pace = Pace::new(512 * 1024);
        assert!(pace.batch(&mut paths(2_000)).len() < 70);
        for _ in 0..12 {
            pace.learn(&vec![Reading::Data(vec![0; 64], Stat::default()); 100]);
        }
        assert_eq!(pace.batch(&mut paths(2_000)).len(), MAX_READS);
        pace.learn(&[Reading::Data(vec![0; 1_000_000], Stat::default())]);
        assert_eq!(pace.batch(&mut paths(2_000)).len(), 1);
    }

    #[test]
    fn a_huge_directory_is_listed_alone() {
        let mut batch = Pace::new(512 * 1024).begin();
        assert!(batch.takes_children(&ZnodePath::root(), 1_000_000));
        assert!(!batch.takes_children(&ZnodePath::root(), 1));
        assert!(!batch.takes_data(&ZnodePath::root()));
    }
}
