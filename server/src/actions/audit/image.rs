//! Before-images: what is deleted, kept whole so that it can be put back.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction, params};
use sha2::{Digest as _, Sha256};
use zooscope_protocol::{AclEntry, Stat, ZnodePath};

use super::cells::{Hash, cover};

/// A znode as it is right before it is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Where it is.
    pub path: ZnodePath,
    /// All of its data.
    pub data: Vec<u8>,
    /// Its ACL.
    pub acl: Vec<AclEntry>,
    /// Its stat.
    pub stat: Stat,
}

impl Image {
    /// The most data that one image keeps, in bytes. It is never cut: half of a znode cannot be put back.
    pub const MAX_DATA: usize = 1024 * 1024;
}

/// Writes the images of a line and returns the hash over all of them, which the line bears.
pub(super) fn insert(transaction: &Transaction<'_>, line: u64, images: &[Image]) -> rusqlite::Result<Hash> {
    let sql = "INSERT INTO image (line, place, path, data, acl, stat) VALUES (?, ?, ?, ?, ?, ?)";
    let mut statement = transaction.prepare_cached(sql)?;
    let json = |error| rusqlite::Error::ToSqlConversionFailure(Box::<serde_json::Error>::from(error));
    for (place, image) in images.iter().enumerate() {
        let acl = serde_json::to_string(&image.acl).map_err(json)?;
        let stat = serde_json::to_string(&image.stat).map_err(json)?;
        statement.execute(params![line as i64, place as i64, image.path.as_str(), image.data, acl, stat])?;
    }
    drop(statement);
    // What was written is what is hashed.
    digest(transaction, line)
}

/// The hash over the images of a line.
pub(super) fn digest(connection: &Connection, line: u64) -> rusqlite::Result<Hash> {
    let sql = "SELECT place, path, data, acl, stat FROM image WHERE line = ? ORDER BY place";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([line as i64])?;
    let mut hash = Sha256::new();
    hash.update(b"zooscope images 1\n");
    while let Some(row) = rows.next()? {
        for column in 0..5 {
            cover(&mut hash, row.get_ref(column).unwrap_or(ValueRef::Null));
        }
    }
    Ok(hash.finalize().into())
}

/// The images of an action, in the order of their keeping.
pub(super) fn of(connection: &Connection, audit_id: &str) -> rusqlite::Result<Vec<Image>> {
    let sql =
        "SELECT image.path, image.data, image.acl, image.stat FROM image JOIN log ON log.seq = image.line
               WHERE log.audit_id = ? ORDER BY image.line, image.place";
    let mut statement = connection.prepare_cached(sql)?;
    let images = statement.query_map([audit_id], |row| {
        let wrong = |column: usize, error: Box<dyn std::error::Error + Send + Sync>| {
            rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error)
        };
        let (path, acl, stat): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
        Ok(Image {
            path: ZnodePath::parse(&path).map_err(|error| wrong(0, Box::new(error)))?,
            data: row.get(1)?,
            acl: serde_json::from_str(&acl).map_err(|error| wrong(2, Box::new(error)))?,
            stat: serde_json::from_str(&stat).map_err(|error| wrong(3, Box::new(error)))?,
        })
    })?;
    images.collect()
}
