//! The audit log: what is done, by whom and why, on disk before it is done and after.
//!
//! It is a SQLite database to which lines are only added, each with a hash over itself and the hash of the line before.

mod archive;
mod cells;
mod conceal;
mod denials;
mod filter;
mod image;
mod legacy;
mod line;
mod store;
mod verify;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use zooscope_protocol::api::{AuditAction, AuditEntry, AuditImage, AuditPage, AuditPhase};
use zooscope_protocol::{Plan, Timestamp, ZnodePath};

pub use filter::Filter;
pub use image::Image;
pub use line::{By, Note};
pub(super) use line::{Line, Open};
pub use verify::{Broken, Known, Whole, verify};

use super::marker::{UNTOLD, Verdict};
use crate::clock;
use crate::config::Audit as Told;
use conceal::Conceal;
use denials::Denials;
use line::{EVERY, UNMARKED};
use store::Store;

/// The log.
#[derive(Debug, Clone)]
pub struct Audit {
    store: Arc<Store>,
    conceal: Conceal,
    keep_days: u32,
    denials: Arc<Mutex<Denials>>,
}

/// Why the log cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The folder cannot be made.
    #[error("the folder `{path}` cannot be made")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be opened, read or written.
    #[error("`{path}` cannot be {doing}")]
    File {
        /// Which.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database cannot be opened, read or written.
    #[error("`{path}` cannot be {doing}")]
    Database {
        /// Which.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// The database is laid out as a newer version does it.
    #[error("`{path}` has layout {layout}: it was written by a newer version, so start that one")]
    Layout {
        /// Which.
        path: PathBuf,
        /// Its layout.
        layout: i64,
    },
    /// A line of the old log is not an entry, so the file is not this console's log or was cut.
    #[error("line {line} of `{path}` is no entry of an audit log; move the file away to begin a new one")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// There is no intent to which before-images could belong.
    #[error("the audit log has no intent `{0}`")]
    NoIntent(String),
    /// The data of a znode is larger than a before-image may be.
    #[error("`{0}` has more than {most} KiB of data, which no before-image keeps", most = Image::MAX_DATA / 1024)]
    TooLarge(ZnodePath),
    /// The thread was ended by the end of the process.
    #[error("the server is being stopped")]
    Stopped,
}

/// How many lines of one action are told.
const LINES: usize = 1_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Audit {
    /// Opens the log in this folder, and makes both if they are not there.
    pub(super) fn open(folder: &Path, told: &Told) -> Result<Self, AuditError> {
        let store = Arc::new(Store::open(folder)?);
        legacy::read_in(&store)?;
        let (conceal, denials) = (Conceal::new(told), Arc::default());
        Ok(Self { store, conceal, keep_days: told.keep_days, denials })
    }

    /// Writes down what is about to be done, with its plan. Nothing is done when this fails.
    pub(super) async fn intent(&self, line: &Line, plan: &Plan) -> Result<(), AuditError> {
        let mut entry = line.entry(AuditPhase::Intent);
        // Writing a plan as JSON cannot fail.
        entry.plan = serde_json::to_value(plan).ok().map(|plan| self.conceal.plan(plan));
        entry.detail = line.approved_by.as_ref().map(|by| format!("approved by {by}"));
        self.append(entry, Vec::new()).await
    }

    /// Keeps what is about to be deleted, for the action whose intent was written down. Nothing is deleted when this fails.
    pub async fn before_image(&self, audit_id: &str, images: Vec<Image>) -> Result<(), AuditError> {
        if let Some(image) = images.iter().find(|image| image.data.len() > Image::MAX_DATA) {
            return Err(AuditError::TooLarge(image.path.clone()));
        }
        let detail = match images.as_slice() {
            [image] => format!("`{}` is kept as it is", image.path),
            images => format!("{} znodes are kept as they are", images.len()),
        };
        let kept = |begun| AuditEntry { phase: AuditPhase::Image, plan: None, detail: Some(detail), ..begun };
        self.follow(audit_id, kept, images).await
    }

    /// Writes down that the transaction of an action bears no marker, before it is sent.
    pub(super) async fn unmarked(&self, audit_id: &str) -> Result<(), AuditError> {
        let unmarked = |begun| AuditEntry { detail: Some(UNMARKED.to_owned()), ..begun };
        self.follow(audit_id, unmarked, Vec::new()).await
    }

    /// Writes another line of an action whose intent was written down, made of that.
    async fn follow(
        &self,
        audit_id: &str,
        line: impl FnOnce(AuditEntry) -> AuditEntry + Send + 'static,
        images: Vec<Image>,
    ) -> Result<(), AuditError> {
        let (store, audit_id) = (self.store.clone(), audit_id.to_owned());
        let written = tokio::task::spawn_blocking(move || {
            // Asked of the writer: whoever searches the log must not hold up what is done.
            let begun = store.intent(&audit_id)?.ok_or(AuditError::NoIntent(audit_id))?;
            store.append(AuditEntry { at: clock::now(), ..line(begun) }, &images).map(drop)
        });
        written.await.unwrap_or(Err(AuditError::Stopped))
    }

    /// Writes down how it ended.
    pub(super) async fn outcome(&self, line: &Line, verdict: &Verdict) -> Result<(), AuditError> {
        let mut entry = line.entry(AuditPhase::Outcome);
        entry.outcome = Some(verdict.word().to_owned());
        match verdict {
            Verdict::Done(done) => {
                entry.detail = done.doubt.clone().or_else(|| done.gone.map(|gone| went(gone).to_owned()));
                entry.created = done.created.first().map(|(_, new)| new.to_string());
            }
            Verdict::Refused(refusal) => entry.detail = Some(refusal.detail.clone()),
            Verdict::Unknown => entry.detail = Some("it is being decided; a later line tells".to_owned()),
            Verdict::Untold => entry.detail = Some(UNTOLD.to_owned()),
        }
        self.append(entry, Vec::new()).await
    }

    /// Writes down a change of the console's own that is about to be made.
    pub(super) async fn note_intent(&self, note: &Note) -> Result<(), AuditError> {
        self.append(note.entry(AuditPhase::Intent), Vec::new()).await
    }

    /// Writes down how it ended; `refused` says why it was not made.
    pub(super) async fn note_outcome(&self, note: &Note, refused: Option<String>) -> Result<(), AuditError> {
        let mut entry = note.entry(AuditPhase::Outcome);
        entry.outcome = Some(if refused.is_some() { "refused" } else { "done" }.to_owned());
        entry.detail = refused.or(entry.detail);
        self.append(entry, Vec::new()).await
    }

    /// Writes down what somebody wanted and may not. Of a flood of them the first are written and the others counted.
    pub(super) async fn denied(
        &self,
        note: &Note,
        cluster: Option<&str>,
        path: Option<&ZnodePath>,
    ) -> Result<(), AuditError> {
        let mut entry = note.entry(AuditPhase::Outcome);
        let Some(left_out) = self.denials.lock().unwrap_or_else(PoisonError::into_inner).next(entry.at)
        else {
            return Ok(());
        };
        if left_out > 0 {
            entry.detail = Some(format!("{}; {left_out} more before it were not written down", note.said));
        }
        entry.outcome = Some("denied".to_owned());
        entry.cluster = cluster.unwrap_or(EVERY).to_owned();
        entry.path = path.map(ToString::to_string);
        self.append(entry, Vec::new()).await
    }

    /// A page of the lines that a filter lets through, the newest first.
    pub async fn page(&self, filter: Filter, limit: usize) -> Result<AuditPage, AuditError> {
        let (condition, mut values) = filter.sql();
        values.push(i64::try_from(limit).unwrap_or(i64::MAX - 1).saturating_add(1).into());
        let sql = format!("SELECT * FROM log WHERE {condition} ORDER BY seq DESC LIMIT ?");
        let mut items = self
            .store
            .read(move |connection| {
                let mut statement = connection.prepare(&sql)?;
                statement
                    .query_map(rusqlite::params_from_iter(values), cells::entry)?
                    .collect::<Result<Vec<_>, _>>()
            })
            .await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|entry| entry.seq);
        Ok(AuditPage { items, next })
    }

    /// One action, whole; `None` where there is none of this id.
    pub async fn action(&self, audit_id: &str) -> Result<Option<AuditAction>, AuditError> {
        let lines = self.lines(audit_id).await?;
        if lines.is_empty() {
            return Ok(None);
        }
        let images: Vec<AuditImage> =
            self.images(audit_id).await?.into_iter().map(|image| self.conceal.image(image)).collect();
        Ok(Some(AuditAction { audit_id: audit_id.to_owned(), lines, images }))
    }

    /// What an action was about to delete, whole and unmasked, so that it can be put back. Empty where nothing was kept.
    pub async fn images(&self, audit_id: &str) -> Result<Vec<Image>, AuditError> {
        let audit_id = audit_id.to_owned();
        self.store.read(move |connection| image::of(connection, &audit_id)).await
    }

    /// What was begun and whose end is not in the log: a server died, or the outcome was unknown.
    pub(super) async fn open_intents(&self) -> Result<Vec<Open>, AuditError> {
        let sql = "SELECT * FROM log AS begun WHERE phase = 'intent' AND plan IS NOT NULL AND NOT EXISTS (
                       SELECT 1 FROM log WHERE audit_id = begun.audit_id AND seq > begun.seq
                       AND phase = 'outcome' AND outcome <> 'unknown') ORDER BY seq";
        let ask = move |connection: &mut rusqlite::Connection| {
            connection.prepare(sql)?.query_map([], cells::entry)?.collect::<Result<Vec<_>, _>>()
        };
        // An action that was begun twice is decided once.
        let entries = self.store.read(ask).await?;
        let open: BTreeMap<_, _> = entries.into_iter().map(|entry| (entry.audit_id.clone(), entry)).collect();
        Ok(open.into_values().map(Open::of).collect())
    }

    /// Ends the changes of the console's own that a server died in the middle of. Nobody can tell any more how they ended.
    pub(super) async fn close_notes(&self) -> Result<(), AuditError> {
        let sql = "SELECT * FROM log AS begun WHERE phase = 'intent' AND plan IS NULL AND NOT EXISTS (
                       SELECT 1 FROM log WHERE audit_id = begun.audit_id AND seq > begun.seq) ORDER BY seq";
        let ask = move |connection: &mut rusqlite::Connection| {
            connection.prepare(sql)?.query_map([], cells::entry)?.collect::<Result<Vec<_>, _>>()
        };
        for begun in self.store.read(ask).await? {
            let said = begun.detail.as_deref().unwrap_or_default();
            let detail = format!("the server ended in the middle, so look whether it was done: {said}");
            let entry = AuditEntry {
                at: clock::now(),
                phase: AuditPhase::Outcome,
                outcome: Some("unknown".to_owned()),
                detail: Some(detail),
                ..begun
            };
            self.append(entry, Vec::new()).await?;
        }
        Ok(())
    }

    /// Moves lines that are older than they are kept into an archive.
    pub(super) async fn archive(&self) -> Result<Option<PathBuf>, AuditError> {
        let own = self.clone();
        let before = Timestamp(clock::now().0 - i64::from(self.keep_days) * DAY_MS);
        let archived = tokio::task::spawn_blocking(move || archive::archive(&own.store, before));
        archived.await.unwrap_or(Err(AuditError::Stopped))
    }

    /// The lines of an action, the oldest first.
    async fn lines(&self, audit_id: &str) -> Result<Vec<AuditEntry>, AuditError> {
        let audit_id = audit_id.to_owned();
        let sql = format!("SELECT * FROM log WHERE audit_id = ? ORDER BY seq LIMIT {LINES}");
        let ask = move |connection: &mut rusqlite::Connection| {
            connection.prepare(&sql)?.query_map([audit_id], cells::entry)?.collect()
        };
        self.store.read(ask).await
    }

    async fn append(&self, entry: AuditEntry, images: Vec<Image>) -> Result<(), AuditError> {
        let store = self.store.clone();
        let written = tokio::task::spawn_blocking(move || store.append(entry, &images).map(drop));
        written.await.unwrap_or(Err(AuditError::Stopped))
    }
}

/// Whether the holder that was asked to let go did.
fn went(gone: bool) -> &'static str {
    if gone { "the znode went" } else { "the znode was still there when it was no longer waited for" }
}

#[cfg(test)]
mod tests;
