//! A line of the log as the database keeps it, and the hash that chains it to the line before.
//!
//! The hash covers the cells themselves, as they are stored: each is written with its kind and its length, so no two lines
//! have the same bytes. Whoever checks a log needs nothing but SHA-256 and this order of columns.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{OptionalExtension as _, Row, Transaction};
use sha2::{Digest as _, Sha256};
use zooscope_protocol::api::{AuditEntry, AuditIdentity, AuditPhase};
use zooscope_protocol::{Role, SessionId, Timestamp, Zxid};

/// SHA-256, in bytes.
pub(super) type Hash = [u8; 32];

/// What the first line is chained to.
pub(super) const NOTHING: Hash = [0; 32];

/// The columns that the hash covers, in its order.
pub(super) const COLUMNS: [&str; 21] = [
    "seq", "audit_id", "at", "phase", "cluster", "who", "subject", "role", "address", "kind", "path",
    "reason", "ticket", "czxid", "version", "session", "plan", "outcome", "detail", "created", "images",
];

/// What every hash begins with, so that it is never that of anything else.
const SALT: &[u8] = b"zooscope audit 1\n";

/// A line that is about to be written.
#[derive(Debug)]
pub(super) struct Cells(Vec<Value>);

impl Cells {
    /// The cells of an entry; `images` is the hash of what is kept beside it.
    pub(super) fn new(entry: &AuditEntry, images: Option<Hash>) -> Self {
        let text = |text: &str| Value::Text(text.to_owned());
        let maybe = |text: Option<&str>| text.map_or(Value::Null, |text| Value::Text(text.to_owned()));
        let identity = entry.identity;
        Self(vec![
            Value::Integer(entry.seq as i64),
            text(&entry.audit_id),
            Value::Integer(entry.at.0),
            text(entry.phase.name()),
            text(&entry.cluster),
            text(&entry.who),
            text(&entry.subject),
            maybe(entry.role.map(Role::name)),
            maybe(entry.address.map(|address| address.to_string()).as_deref()),
            text(&entry.kind),
            maybe(entry.path.as_deref()),
            maybe(entry.reason.as_deref()),
            maybe(entry.ticket.as_deref()),
            identity.map_or(Value::Null, |identity| Value::Integer(identity.czxid.0)),
            identity.map_or(Value::Null, |identity| Value::Integer(identity.version.into())),
            identity
                .and_then(|identity| identity.session)
                .map_or(Value::Null, |session| Value::Integer(session.0)),
            maybe(entry.plan.as_ref().map(ToString::to_string).as_deref()),
            maybe(entry.outcome.as_deref()),
            maybe(entry.detail.as_deref()),
            maybe(entry.created.as_deref()),
            images.map_or(Value::Null, |hash| Value::Blob(hash.to_vec())),
        ])
    }

    /// Writes the line, chained to the one before, and returns its hash.
    pub(super) fn insert(self, transaction: &Transaction<'_>, before: &Hash) -> rusqlite::Result<Hash> {
        let hash = digest(before, self.0.iter().map(ValueRef::from));
        let marks = vec!["?"; COLUMNS.len() + 2].join(", ");
        let sql = format!("INSERT INTO log ({}, prev_hash, hash) VALUES ({marks})", COLUMNS.join(", "));
        let chain = [Value::Blob(before.to_vec()), Value::Blob(hash.to_vec())];
        let cells = self.0.into_iter().chain(chain);
        transaction.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(cells))?;
        Ok(hash)
    }
}

/// The hash of a line.
pub(super) fn digest<'a>(before: &Hash, cells: impl Iterator<Item = ValueRef<'a>>) -> Hash {
    let mut hash = Sha256::new();
    hash.update(SALT);
    hash.update(before);
    cells.for_each(|cell| cover(&mut hash, cell));
    hash.finalize().into()
}

/// Adds one cell to a hash: its kind, its length where it has one, and its bytes.
pub(super) fn cover(hash: &mut Sha256, cell: ValueRef<'_>) {
    let (kind, bytes): (u8, &[u8]) = match cell {
        ValueRef::Null => return hash.update([0]),
        ValueRef::Integer(number) => {
            hash.update([1]);
            return hash.update(number.to_be_bytes());
        }
        ValueRef::Text(bytes) => (2, bytes),
        ValueRef::Blob(bytes) => (3, bytes),
        // No column holds one, and a forged one must not be the same as nothing.
        ValueRef::Real(number) => {
            hash.update([4]);
            return hash.update(number.to_bits().to_be_bytes());
        }
    };
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

/// The newest line's number and hash; of an empty log what comes before its first line.
pub(super) fn head(connection: &rusqlite::Connection) -> rusqlite::Result<(u64, Hash)> {
    let read = |sql| {
        let pair = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?));
        connection.prepare_cached(sql)?.query_row([], pair).optional()
    };
    Ok(read("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1")?
        .or(read("SELECT seq, hash FROM anchor ORDER BY seq DESC LIMIT 1")?)
        .unwrap_or((0, NOTHING)))
}

/// The entry of a row of `SELECT *`-like columns: [`COLUMNS`] and `hash`.
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let phase: String = row.get("phase")?;
    let czxid: Option<i64> = row.get("czxid")?;
    let version: Option<i32> = row.get("version")?;
    let session: Option<i64> = row.get("session")?;
    let role: Option<String> = row.get("role")?;
    let address: Option<String> = row.get("address")?;
    let plan: Option<String> = row.get("plan")?;
    Ok(AuditEntry {
        seq: row.get::<_, i64>("seq")?.cast_unsigned(),
        audit_id: row.get("audit_id")?,
        at: Timestamp(row.get("at")?),
        phase: AuditPhase::ALL.into_iter().find(|known| known.name() == phase).unwrap_or(AuditPhase::Outcome),
        cluster: row.get("cluster")?,
        who: row.get("who")?,
        subject: row.get("subject")?,
        role: role.and_then(|role| Role::ALL.into_iter().find(|known| known.name() == role)),
        address: address.and_then(|address| address.parse().ok()),
        kind: row.get("kind")?,
        path: row.get("path")?,
        reason: row.get("reason")?,
        ticket: row.get("ticket")?,
        identity: czxid.zip(version).map(|(czxid, version)| AuditIdentity {
            czxid: Zxid(czxid),
            version,
            session: session.map(SessionId),
        }),
        plan: plan.and_then(|plan| serde_json::from_str(&plan).ok()),
        outcome: row.get("outcome")?,
        detail: row.get("detail")?,
        created: row.get("created")?,
        hash: hex::encode(row.get::<_, Hash>("hash")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_differ_have_hashes_that_differ() {
        let hash = |cells: &[Value]| digest(&NOTHING, cells.iter().map(ValueRef::from));
        let text = |text: &str| Value::Text(text.to_owned());
        let pairs = [
            (vec![text("ab"), text("c")], vec![text("a"), text("bc")]),
            (vec![text("")], vec![Value::Null]),
            (vec![Value::Integer(0)], vec![Value::Null]),
            (vec![Value::Integer(0)], vec![Value::Real(0.0)]),
            (vec![text("a")], vec![Value::Blob(b"a".to_vec())]),
        ];
        for (one, other) in pairs {
            assert_ne!(hash(&one), hash(&other), "{one:?} {other:?}");
        }
        assert_ne!(digest(&NOTHING, std::iter::empty()), digest(&[1; 32], std::iter::empty()));
    }
}
