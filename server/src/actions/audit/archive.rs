//! Old lines leave the log for an archive of the same shape. What leaves is vouched for by an anchor, the number and hash of
//! the last line that left, and by a line of the log itself that says so.

use std::path::PathBuf;

use rusqlite::{Connection, TransactionBehavior, params};
use zooscope_protocol::Timestamp;
use zooscope_protocol::api::{AuditEntry, AuditPhase};

use super::AuditError;
use super::cells::{COLUMNS, Cells, Hash, head};
use super::line::blank;
use super::store::{self, Store};

/// The kind of the line that says that older ones were archived.
const KIND: &str = "archive";

/// Moves what was written before this moment into an archive beside the log, and returns where. An action that is not over
/// stays, and everything after its beginning. Blocks.
pub(super) fn archive(store: &Store, before: Timestamp) -> Result<Option<PathBuf>, AuditError> {
    let mut writer = store.writer();
    let Some((seq, hash)) = last_to_leave(&writer, before).map_err(store.failed("read"))? else {
        return Ok(None);
    };
    let name = format!("audit-{seq}.db");
    let path = store.folder().join(&name);
    // One of this name was left by a server that died in the middle; nothing has left the log for it.
    for suffix in ["", "-wal", "-shm"] {
        std::fs::remove_file(store.folder().join(format!("{name}{suffix}"))).ok();
    }
    drop(store::open(&path)?);
    copy(&writer, &path, seq).map_err(store.failed("archived"))?;
    leave(&mut writer, seq, &hash, &name).map_err(store.failed("archived"))?;
    Ok(Some(path))
}

/// The last line that may leave.
fn last_to_leave(connection: &Connection, before: Timestamp) -> rusqlite::Result<Option<(u64, Hash)>> {
    // Lines are in the order of their writing, and their times too, but for a clock that was set back.
    let oldest_to_stay = "SELECT min(seq) FROM log WHERE at >= ?";
    let stays: Option<i64> = connection.query_row(oldest_to_stay, [before.0], |row| row.get(0))?;
    let open = "SELECT min(seq) FROM log AS begun WHERE phase = 'intent' AND NOT EXISTS (
                    SELECT 1 FROM log WHERE audit_id = begun.audit_id AND seq > begun.seq
                    AND phase = 'outcome' AND (outcome <> 'unknown' OR begun.plan IS NULL) AND (?1 IS NULL OR seq < ?1))";
    let open: Option<i64> = connection.query_row(open, [stays], |row| row.get(0))?;
    let beyond = stays.into_iter().chain(open).min().unwrap_or(i64::MAX);
    let last = "SELECT seq, hash FROM log WHERE seq < ? ORDER BY seq DESC LIMIT 1";
    let mut statement = connection.prepare(last)?;
    let mut rows = statement.query([beyond])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))
}

/// Copies what leaves, with the anchors that it stands on.
fn copy(connection: &Connection, path: &std::path::Path, seq: u64) -> rusqlite::Result<()> {
    let columns = COLUMNS.join(", ");
    connection.execute("ATTACH DATABASE ? AS archive", [path.to_string_lossy()])?;
    let copied = (|| {
        let transaction = connection.unchecked_transaction()?;
        transaction.execute(
            &format!(
                "INSERT INTO archive.log ({columns}, prev_hash, hash)
                 SELECT {columns}, prev_hash, hash FROM main.log WHERE seq <= ? ORDER BY seq"
            ),
            [seq as i64],
        )?;
        transaction
            .execute("INSERT INTO archive.image SELECT * FROM main.image WHERE line <= ?", [seq as i64])?;
        transaction.execute("INSERT INTO archive.anchor SELECT * FROM main.anchor", [])?;
        transaction.commit()
    })();
    connection.execute("DETACH DATABASE archive", [])?;
    copied
}

/// Takes out what was copied, and says so in the log.
fn leave(connection: &mut Connection, seq: u64, hash: &Hash, name: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (newest, before) = head(&transaction)?;
    let entry = AuditEntry {
        seq: newest + 1,
        audit_id: hex::encode(hash)[..32].to_owned(),
        who: "zooscope".to_owned(),
        outcome: Some("done".to_owned()),
        detail: Some(told(seq, hash, name)),
        ..blank(AuditPhase::Outcome, KIND)
    };
    Cells::new(&entry, None).insert(&transaction, &before)?;
    transaction
        .execute("INSERT INTO anchor (seq, hash, file) VALUES (?, ?, ?)", params![seq as i64, hash, name])?;
    transaction.execute("DELETE FROM image WHERE line <= ?", [seq as i64])?;
    transaction.execute("DELETE FROM log WHERE seq <= ?", [seq as i64])?;
    transaction.commit()
}

fn told(seq: u64, hash: &Hash, name: &str) -> String {
    format!("entries up to {seq}, whose hash is {}, are in `{name}`", hex::encode(hash))
}

/// Whether a line of the log says that what is before this anchor was archived.
pub(super) fn is_told(connection: &Connection, seq: u64, hash: &Hash) -> rusqlite::Result<bool> {
    let name: String =
        connection.query_row("SELECT file FROM anchor WHERE seq = ?", [seq as i64], |row| row.get(0))?;
    let said = "SELECT EXISTS (SELECT 1 FROM log WHERE kind = ? AND detail = ?)";
    connection.query_row(said, params![KIND, told(seq, hash, &name)], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::actions::audit::verify::{Broken, verify};
    use crate::actions::audit::{Audit, Filter};
    use crate::config;

    fn line(at: i64, id: &str, phase: AuditPhase) -> AuditEntry {
        let outcome = (phase == AuditPhase::Outcome).then(|| "done".to_owned());
        AuditEntry { audit_id: id.to_owned(), at: Timestamp(at), outcome, ..blank(phase, "release") }
    }

    fn filled(folder: &Path) -> Store {
        let store = Store::open(folder).unwrap();
        for (at, id) in [(10, "a"), (20, "b"), (30, "c")] {
            store.append(line(at, id, AuditPhase::Intent), &[]).unwrap();
            store.append(line(at + 1, id, AuditPhase::Outcome), &[]).unwrap();
        }
        store
    }

    #[tokio::test]
    async fn what_is_old_leaves_and_both_chains_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path());
        let first = archive(&store, Timestamp(20)).unwrap().unwrap();
        assert_eq!(first, folder.path().join("audit-2.db"));
        assert_eq!(verify(folder.path(), Some(&first), &[]).unwrap().entries, 2);
        let second = archive(&store, Timestamp(30)).unwrap().unwrap();
        assert_eq!(verify(folder.path(), Some(&second), &[]).unwrap().seq, 4);
        assert_eq!(archive(&store, Timestamp(30)).unwrap(), None, "nothing is left to leave");
        drop(store);
        let audit = Audit::open(folder.path(), &config::Audit::default()).unwrap();
        let page = audit.page(Filter::default(), 10).await.unwrap();
        let told: Vec<_> = page.items.iter().map(|entry| (entry.seq, entry.kind.as_str())).collect();
        assert_eq!(told, [(8, "archive"), (7, "archive"), (6, "release"), (5, "release")]);
        assert_eq!(verify(folder.path(), None, &[]).unwrap().entries, 4);
    }

    #[test]
    fn an_action_that_is_not_over_stays_and_what_came_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.append(line(10, "a", AuditPhase::Intent), &[]).unwrap();
        store.append(line(11, "b", AuditPhase::Intent), &[]).unwrap();
        store.append(line(12, "b", AuditPhase::Outcome), &[]).unwrap();
        assert_eq!(archive(&store, Timestamp(1_000)).unwrap(), None);
        store.append(line(2_000, "a", AuditPhase::Outcome), &[]).unwrap();
        assert_eq!(archive(&store, Timestamp(1_000)).unwrap(), None, "its end is not old");
        assert!(archive(&store, Timestamp(3_000)).unwrap().is_some());
    }

    #[test]
    fn lines_cannot_be_taken_away_behind_an_anchor_that_no_line_tells_of() {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path());
        let writer = store.writer();
        assert!(writer.execute("DELETE FROM log WHERE seq = 1", []).is_err());
        assert!(writer.execute("UPDATE log SET who = 'nobody' WHERE seq = 1", []).is_err());
        let forged = "INSERT INTO anchor SELECT seq, hash, 'x' FROM log WHERE seq = 2";
        writer.execute(forged, []).unwrap();
        writer.execute("DELETE FROM log WHERE seq <= 2", []).unwrap();
        let broken = verify(folder.path(), None, &[]).unwrap_err();
        assert!(matches!(broken, Broken::At { seq: 3, .. }), "{broken}");
    }
}
