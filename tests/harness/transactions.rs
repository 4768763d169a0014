//! ZooKeeper's own record of what was done: its transaction log, read from the disk. Nobody's word is taken for it.
//!
//! Source: ZooKeeper 3.8, `FileTxnLog`, `zookeeper.jute`: a header of 16 bytes; then a checksum (8 bytes), a length (4 bytes), a
//! transaction and `B`, until a length of 0.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// An ephemeral znode that another session than its owner deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// Where it was.
    pub path: String,
    /// The transaction that had created it.
    pub czxid: i64,
}

/// The ephemeral znodes that another session than their owner deleted, in order of path and creation.
///
/// # Panics
/// When the log cannot be read.
pub fn taken(server: &Path) -> Vec<Taken> {
    let mut taken = history(server).taken;
    taken.sort();
    taken
}

/// The transactions so far that changed a znode, by the sessions that asked for them: creating, deleting, writing data or ACLs. That
/// sessions begin and end is none.
///
/// # Panics
/// When the log cannot be read.
pub fn writes(server: &Path) -> BTreeMap<i64, usize> {
    history(server).writes
}

/// The sessions that were begun and have not ended.
///
/// # Panics
/// When the log cannot be read.
pub fn sessions(server: &Path) -> BTreeSet<i64> {
    history(server).open
}

fn history(server: &Path) -> History {
    let folder = server.join("data/version-2");
    let mut logs: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter_map(|path| {
            let zxid = path.file_name()?.to_str()?.strip_prefix("log.")?;
            Some((i64::from_str_radix(zxid, 16).ok()?, path.clone()))
        })
        .collect();
    logs.sort();
    let mut history = History::default();
    for (_, log) in logs {
        let bytes = fs::read(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        history.read(&bytes).unwrap_or_else(|| panic!("{} is no transaction log", log.display()));
    }
    history
}

#[derive(Default)]
struct History {
    /// By path: what created it, and the owner of an ephemeral one.
    there: BTreeMap<String, (i64, i64)>,
    taken: Vec<Taken>,
    writes: BTreeMap<i64, usize>,
    open: BTreeSet<i64>,
}

/// The transactions that matter, by their number in the log.
const CREATE: [i32; 2] = [1, 15];
const CREATE_PLAIN: [i32; 2] = [19, 21];
const DELETE: [i32; 2] = [2, 20];
const MULTI: i32 = 14;
const CREATE_SESSION: i32 = -10;
const CLOSE_SESSION: i32 = -11;
/// All that change a znode; beside those above to write data and an ACL, and what is checked alone. A transaction that failed is -1.
const WRITES: [i32; 10] = [1, 2, 5, 7, 13, 14, 15, 19, 20, 21];

impl History {
    fn read(&mut self, log: &[u8]) -> Option<()> {
        let mut reader = Reader(log);
        (reader.take(4)? == b"ZKLG").then_some(())?;
        reader.take(12)?;
        loop {
            // The end of the file, or of what is written of it.
            if reader.0.len() < 12 || reader.0[..12] == [0; 12] {
                return Some(());
            }
            reader.take(8)?;
            let transaction = reader.bytes()?;
            reader.take(1)?;
            let mut transaction = Reader(transaction);
            let session = transaction.long()?;
            transaction.int()?;
            let zxid = transaction.long()?;
            transaction.long()?;
            let kind = transaction.int()?;
            if WRITES.contains(&kind) {
                *self.writes.entry(session).or_default() += 1;
            }
            self.one(kind, &mut transaction, session, zxid)?;
        }
    }

    fn one(&mut self, kind: i32, body: &mut Reader<'_>, session: i64, zxid: i64) -> Option<()> {
        match kind {
            _ if CREATE.contains(&kind) => {
                let path = body.text()?;
                body.bytes()?;
                for _ in 0..body.int()? {
                    body.int()?;
                    body.text()?;
                    body.text()?;
                }
                let ephemeral = body.take(1)? == [1];
                self.there.insert(path, (zxid, if ephemeral { session } else { 0 }));
            }
            _ if CREATE_PLAIN.contains(&kind) => drop(self.there.insert(body.text()?, (zxid, 0))),
            _ if DELETE.contains(&kind) => {
                let path = body.text()?;
                if let Some((czxid, owner)) = self.there.remove(&path)
                    && owner != 0
                    && owner != session
                {
                    self.taken.push(Taken { path, czxid });
                }
            }
            MULTI => {
                for _ in 0..body.int()? {
                    let kind = body.int()?;
                    self.one(kind, &mut Reader(body.bytes()?), session, zxid)?;
                }
            }
            CREATE_SESSION => drop(self.open.insert(session)),
            CLOSE_SESSION => {
                self.open.remove(&session);
                self.there.retain(|_, (_, owner)| *owner != session);
            }
            _ => {}
        }
        Some(())
    }
}

/// Big-endian numbers, and bytes after their length.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn int(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn long(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.int()?;
        if length < 0 { Some(&[]) } else { self.take(usize::try_from(length).ok()?) }
    }

    fn text(&mut self) -> Option<String> {
        self.bytes().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
    }
}
