//! The database: opened, appended to, read from.
//!
//! One connection writes, under a lock, on threads that may block. Readers have connections of their own that cannot write;
//! in WAL mode they never wait for the writer, nor it for them.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior};
use tokio::sync::Semaphore;
use zooscope_protocol::api::AuditEntry;

use super::AuditError;
use super::cells::{self, Cells, Hash, head};
use super::image::{self, Image};

/// The file in the data folder.
pub(super) const FILE: &str = "audit.db";
/// The file that says what the newest line is.
pub(super) const HEAD: &str = "audit.head";

/// The layout that this version reads and writes.
const LAYOUT: i64 = 1;
/// How long a connection waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many readers there may be at once.
const READERS: usize = 4;

/// Lines are added and never changed. Only what was archived before may be deleted: the anchor says up to where.
const SCHEMA: &str = "
CREATE TABLE log (
    seq INTEGER PRIMARY KEY, audit_id TEXT NOT NULL, at INTEGER NOT NULL, phase TEXT NOT NULL, cluster TEXT NOT NULL,
    who TEXT NOT NULL, subject TEXT NOT NULL, role TEXT, address TEXT, kind TEXT NOT NULL, path TEXT, reason TEXT,
    ticket TEXT, czxid INTEGER, version INTEGER, session INTEGER, plan TEXT, outcome TEXT, detail TEXT, created TEXT,
    images BLOB, prev_hash BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE INDEX log_action ON log (audit_id, seq);
CREATE TABLE image (
    line INTEGER NOT NULL, place INTEGER NOT NULL, path TEXT NOT NULL, data BLOB NOT NULL, acl TEXT NOT NULL,
    stat TEXT NOT NULL, PRIMARY KEY (line, place)
) STRICT;
CREATE TABLE anchor (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, file TEXT NOT NULL) STRICT;
CREATE TRIGGER log_kept BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER image_kept BEFORE UPDATE ON image BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER anchor_kept BEFORE UPDATE ON anchor BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER log_stays BEFORE DELETE ON log
    WHEN OLD.seq > (SELECT coalesce(max(seq), 0) FROM anchor)
    BEGIN SELECT RAISE(ABORT, 'the audit log is never deleted from'); END;
CREATE TRIGGER image_stays BEFORE DELETE ON image
    WHEN OLD.line > (SELECT coalesce(max(seq), 0) FROM anchor)
    BEGIN SELECT RAISE(ABORT, 'the audit log is never deleted from'); END;
CREATE TRIGGER anchor_stays BEFORE DELETE ON anchor BEGIN SELECT RAISE(ABORT, 'the audit log is never deleted from'); END;
";

/// The log's database.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Arc<Semaphore>,
}

impl Store {
    /// Opens the database in this folder, and makes both if they are not there.
    pub(super) fn open(folder: &Path) -> Result<Self, AuditError> {
        std::fs::create_dir_all(folder)
            .map_err(|source| AuditError::Folder { path: folder.to_owned(), source })?;
        let path = folder.join(FILE);
        let writer = open(&path)?;
        // The file's name is on disk before anything relies on what is in it.
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| AuditError::Folder { path: folder.to_owned(), source })?;
        Ok(Self {
            folder: folder.to_owned(),
            path,
            writer: Mutex::new(writer),
            readers: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// The folder that it is in.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The writer, for as long as nobody else has it. Its calls block.
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a line with what is kept beside it, and returns when it is on disk. Blocks.
    pub(super) fn append(&self, entry: AuditEntry, images: &[Image]) -> Result<AuditEntry, AuditError> {
        let mut writer = self.writer();
        let written = append(&mut writer, vec![entry], images).map_err(self.failed("written"))?;
        // There is one, for there was one.
        let entry = written.into_iter().next().ok_or(AuditError::Stopped)?;
        // Before the next line may be written, so that the newest is told last.
        self.tell(&entry);
        Ok(entry)
    }

    /// The newest intent of an action. Blocks.
    pub(super) fn intent(&self, audit_id: &str) -> Result<Option<AuditEntry>, AuditError> {
        let sql = "SELECT * FROM log WHERE audit_id = ? AND phase = 'intent' ORDER BY seq DESC LIMIT 1";
        let writer = self.writer();
        writer.query_row(sql, [audit_id], cells::entry).optional().map_err(self.failed("read"))
    }

    /// Appends many lines at once.
    pub(super) fn append_all(&self, entries: Vec<AuditEntry>) -> Result<(), AuditError> {
        let mut writer = self.writer();
        let written = append(&mut writer, entries, &[]).map_err(self.failed("written"))?;
        if let Some(newest) = written.last() {
            self.tell(newest);
        }
        Ok(())
    }

    /// Asks a connection that cannot write. The question runs on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, AuditError> {
        let permit = self.readers.clone().acquire_owned().await.map_err(|_| AuditError::Stopped)?;
        let own = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            // It is one of a few until it ends, also where nobody waits for the answer any more.
            let _permit = permit;
            let mut reader = reader(&own.path).map_err(own.failed("opened"))?;
            question(&mut reader).map_err(own.failed("read"))
        });
        asked.await.unwrap_or(Err(AuditError::Stopped))
    }

    /// The error of something that was tried.
    pub(super) fn failed(&self, doing: &'static str) -> impl FnOnce(rusqlite::Error) -> AuditError + use<> {
        let path = self.path.clone();
        move |source| AuditError::Database { path, doing, source }
    }

    /// Says what the newest line is where a log that lost its end can be held against it: in a file beside the database, and
    /// in the server's log, which is often kept elsewhere. The line is on disk already, so a failure stops nothing.
    fn tell(&self, entry: &AuditEntry) {
        let AuditEntry { seq, audit_id, hash, .. } = entry;
        tracing::info!(audit_id, seq, hash, "audit");
        let (path, aside) = (self.folder.join(HEAD), self.folder.join("audit.head.new"));
        let write = || {
            let mut file = private().create(true).truncate(true).write(true).open(&aside)?;
            file.write_all(format!("{seq} {hash}\n").as_bytes())?;
            drop(file);
            std::fs::rename(&aside, &path)
        };
        if let Err(error) = write() {
            tracing::warn!(path = %path.display(), %error, "the newest line of the audit log was not noted");
        }
    }
}

/// Opens a database to write to it, and lays it out where it is new. Only the server's own user may read it.
pub(super) fn open(path: &Path) -> Result<Connection, AuditError> {
    let failed = |source| AuditError::Database { path: path.to_owned(), doing: "opened", source };
    private().create(true).append(true).open(path).map_err(|source| AuditError::File {
        path: path.to_owned(),
        doing: "opened",
        source,
    })?;
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    let layout = prepare(&mut connection).map_err(failed)?;
    if layout != LAYOUT {
        return Err(AuditError::Layout { path: path.to_owned(), layout });
    }
    Ok(connection)
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // Each commit is on disk before it returns.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // After a checkpoint the file beside the database shrinks again.
    connection.pragma_update(None, "journal_size_limit", 4 * 1024 * 1024)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut layout = layout(&transaction)?;
    if layout == 0 {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "user_version", LAYOUT)?;
        layout = LAYOUT;
    }
    transaction.commit()?;
    Ok(layout)
}

fn layout(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Opens a database to read it. A folder that cannot be written to is read as it is, which is right where nobody writes.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = |connection: Connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        layout(&connection)?;
        Ok(connection)
    };
    let opened = Connection::open_with_flags(path, flags).and_then(open);
    let beside = path.with_extension("db-wal");
    match (opened, path.to_str()) {
        (Err(rusqlite::Error::SqliteFailure(error, _)), Some(text))
            if error.code == rusqlite::ErrorCode::CannotOpen && path.exists() && !beside.exists() =>
        {
            let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            let address = format!("file:{escaped}?immutable=1");
            Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI).and_then(open)
        }
        (opened, _) => opened,
    }
}

/// Appends lines in one transaction; `images` go with the first.
fn append(
    connection: &mut Connection,
    entries: Vec<AuditEntry>,
    images: &[Image],
) -> rusqlite::Result<Vec<AuditEntry>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut seq, mut hash) = head(&transaction)?;
    let mut written = Vec::with_capacity(entries.len());
    for (place, mut entry) in entries.into_iter().enumerate() {
        seq += 1;
        entry.seq = seq;
        let kept = if place == 0 && !images.is_empty() {
            Some(image::insert(&transaction, seq, images)?)
        } else {
            None
        };
        hash = Cells::new(&entry, kept).insert(&transaction, &hash)?;
        entry.hash = hex::encode(hash);
        written.push(entry);
    }
    transaction.commit()?;
    Ok(written)
}

/// What [`HEAD`] says.
pub(super) fn noted(folder: &Path) -> Option<(u64, Hash)> {
    let text = std::fs::read_to_string(folder.join(HEAD)).ok()?;
    let (seq, hash) = text.trim().split_once(' ')?;
    Some((seq.parse().ok()?, unhex(hash)?))
}

/// A hash that is written in hexadecimal.
pub(super) fn unhex(text: &str) -> Option<Hash> {
    hex::decode(text).ok()?.try_into().ok()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}
