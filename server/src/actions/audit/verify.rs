//! Checking a log: each line's hash is computed again from what the line says and from the hash before it.
//!
//! A chain does not know where it ends. That it was not cut short is held against what was noted of its newest line: in
//! `audit.head` beside it, which finds an accident or a careless hand, and in what somebody kept elsewhere, which finds
//! whoever may write to both.

use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _};

use super::cells::{COLUMNS, Hash, NOTHING, digest};
use super::{archive, image, store};

/// A log whose chain is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// How many lines there are.
    pub entries: u64,
    /// The number of the newest; 0 when there is none.
    pub seq: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// Whether it was held against a line that was noted elsewhere: without one, an end that was cut off is not found.
    pub held_against: bool,
}

/// Where a log is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// There is none.
    #[error("there is no audit log at `{0}`")]
    Absent(PathBuf),
    /// The chain breaks.
    #[error("the chain breaks at entry {seq}: {why}")]
    At {
        /// At which line, by the number that it should have.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// A line that is known to have been written: its number and hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known(u64, Hash);

impl std::str::FromStr for Known {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (seq, hash) = text.split_once(':')?;
            Some(Self(seq.parse().ok().filter(|seq| *seq > 0)?, store::unhex(hash)?))
        };
        parse().ok_or("write the number of an entry, a colon, and its hash of 64 hexadecimal digits")
    }
}

/// Checks the log in a data folder, which a running server may write to meanwhile, or with `file` one of its archives.
/// `known` are lines that must be in it.
pub fn verify(folder: &Path, file: Option<&Path>, known: &[Known]) -> Result<Whole, Broken> {
    let path = file.map_or_else(|| folder.join(store::FILE), Path::to_owned);
    // Read first: what is appended in the meantime is newer.
    let noted = store::noted(folder).filter(|_| file.is_none()).map(|(seq, hash)| Known(seq, hash));
    if !path.is_file() {
        return Err(Broken::Absent(path));
    }
    let mut seen = NOTHING_SEEN;
    let checked = store::reader(&path).and_then(|mut connection| {
        let snapshot = connection.transaction()?;
        check(&snapshot, &mut seen, known.iter().chain(&noted), file.is_some())
    });
    match checked {
        Ok(None) => Ok(Whole {
            entries: seen.entries,
            seq: seen.seq,
            hash: hex::encode(seen.hash),
            held_against: noted.is_some() || !known.is_empty(),
        }),
        Ok(Some(why)) => Err(Broken::At { seq: seen.seq + 1, why }),
        Err(error) => Err(Broken::At { seq: seen.seq + 1, why: format!("the file is damaged ({error})") }),
    }
}

/// How far the check came.
struct Seen {
    entries: u64,
    seq: u64,
    hash: Hash,
}

const NOTHING_SEEN: Seen = Seen { entries: 0, seq: 0, hash: NOTHING };

/// Goes through the lines in their order; `Some` says what is wrong with the line after those that were seen.
fn check<'a>(
    connection: &Connection,
    seen: &mut Seen,
    known: impl Iterator<Item = &'a Known>,
    is_archive: bool,
) -> rusqlite::Result<Option<String>> {
    let anchor = "SELECT seq, hash FROM anchor ORDER BY seq DESC LIMIT 1";
    let anchor =
        connection.query_row(anchor, [], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
    if let Some((seq, hash)) = anchor {
        (seen.seq, seen.hash) = (seq.cast_unsigned(), hash);
        // Of what stands before an archive the log itself tells.
        if !is_archive && !archive::is_told(connection, seen.seq, &seen.hash)? {
            return Ok(Some("no line says that those before it were archived".to_owned()));
        }
    }
    let known: Vec<&Known> = known.filter(|known| known.0 > seen.seq).collect();
    let sql = format!("SELECT {}, prev_hash, hash FROM log ORDER BY seq", COLUMNS.join(", "));
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq = row.get::<_, i64>(0)?.cast_unsigned();
        if seq != seen.seq + 1 {
            return Ok(Some(format!("it is missing; the next that is there is {seq}")));
        }
        let mut cells = Vec::with_capacity(COLUMNS.len());
        for column in 0..COLUMNS.len() {
            cells.push(row.get_ref(column)?);
        }
        let (before, told): (Hash, Hash) = (row.get(COLUMNS.len())?, row.get(COLUMNS.len() + 1)?);
        if before != seen.hash {
            return Ok(Some("it does not follow the entry before it".to_owned()));
        }
        let images = cells.last().copied().unwrap_or(ValueRef::Null);
        if digest(&seen.hash, cells.iter().copied()) != told {
            return Ok(Some("it is not what was written".to_owned()));
        }
        match images {
            ValueRef::Blob(kept) if kept != image::digest(connection, seq)? => {
                return Ok(Some("the before-images beside it are not what was kept".to_owned()));
            }
            _ => {}
        }
        if known.iter().any(|known| known.0 == seq && known.1 != told) {
            return Ok(Some("its hash is not the one that was noted when it was written".to_owned()));
        }
        *seen = Seen { entries: seen.entries + 1, seq, hash: told };
    }
    if let Some(known) = known.iter().find(|known| known.0 > seen.seq) {
        return Ok(Some(format!("it is missing; the log went on to {} when that was noted", known.0)));
    }
    let orphans = "SELECT EXISTS (SELECT 1 FROM image WHERE line NOT IN (SELECT seq FROM log WHERE images IS NOT NULL))";
    if connection.query_row(orphans, [], |row| row.get(0))? {
        return Ok(Some("there are before-images that no entry knows".to_owned()));
    }
    let sound: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok((sound != "ok").then(|| format!("all entries are whole, but the file is damaged ({sound})")))
}
