//! The audit log: one JSON line before each action and one after, appended and on disk before anything goes on.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use zooscope_protocol::api::{AuditEntry, AuditPage, AuditPhase};
use zooscope_protocol::{Plan, Role};

use super::marker::Verdict;
use crate::auth::Principal;
use crate::clock;

/// The log.
#[derive(Debug)]
pub struct Audit {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    path: PathBuf,
    entries: Vec<AuditEntry>,
    seq: u64,
}

/// Why the log cannot be kept.
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
    /// The file cannot be opened, read or written.
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
    /// A line is not an entry, so the file is not this console's log or was cut.
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
    /// The writing task was ended by the end of the process.
    #[error("the server is being stopped")]
    Stopped,
}

/// Who did it, as the log keeps it.
#[derive(Debug, Clone)]
pub(super) struct By {
    pub(super) who: String,
    subject: String,
    role: Option<Role>,
    address: Option<IpAddr>,
}

/// What both lines of an action say.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) audit_id: String,
    pub(super) cluster: String,
    pub(super) by: By,
    pub(super) plan: Plan,
    pub(super) reason: String,
}

/// What both lines of a change of the console's own say: no znode is touched, so there is no plan.
#[derive(Debug)]
pub struct Note {
    pub(super) audit_id: String,
    by: By,
    said: String,
}

/// The cluster of a line that is about all of them.
const EVERY: &str = "*";

/// How many lines are kept in memory to be shown; the file keeps all.
const SHOWN: usize = 10_000;

impl Audit {
    const FILE: &'static str = "audit.jsonl";

    /// Opens the log in this folder, and makes both if they are not there.
    pub(super) fn open(folder: &Path) -> Result<Self, AuditError> {
        std::fs::create_dir_all(folder)
            .map_err(|source| AuditError::Folder { path: folder.to_owned(), source })?;
        let path = folder.join(Self::FILE);
        let failed = |doing| {
            let path = path.clone();
            move |source| AuditError::File { path, doing, source }
        };
        let file =
            OpenOptions::new().create(true).append(true).read(true).open(&path).map_err(failed("opened"))?;
        let mut text = String::new();
        (&file).read_to_string(&mut text).map_err(failed("read"))?;
        // A line without its end was being written when the server died; nothing was done on the strength of it.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64).map_err(failed("mended"))?;
        }
        let mut entries = Vec::new();
        for (index, line) in text[..whole].lines().enumerate() {
            let entry = serde_json::from_str(line).map_err(|source| AuditError::Line {
                path: path.clone(),
                line: index + 1,
                source,
            })?;
            entries.push(entry);
        }
        let seq = entries.last().map_or(0, |entry: &AuditEntry| entry.seq);
        Ok(Self { inner: Arc::new(Mutex::new(Inner { file, path, entries, seq })) })
    }

    /// Writes down what is about to be done. Nothing is done when this fails.
    pub(super) async fn intent(&self, line: &Line) -> Result<(), AuditError> {
        let mut entry = entry(line, AuditPhase::Intent);
        entry.plan = Some(line.plan.clone());
        self.append(entry).await
    }

    /// Writes down how it ended.
    pub(super) async fn outcome(&self, line: &Line, verdict: &Verdict) -> Result<(), AuditError> {
        let mut entry = entry(line, AuditPhase::Outcome);
        entry.outcome = Some(verdict.word().to_owned());
        match verdict {
            Verdict::Done(done) => {
                entry.detail.clone_from(&done.doubt);
                entry.created = done.created.as_ref().map(ToString::to_string);
            }
            Verdict::Refused(refusal) => entry.detail = Some(refusal.detail.clone()),
            Verdict::Unknown => entry.detail = Some("it is being decided; a later line tells".to_owned()),
        }
        self.append(entry).await
    }

    /// Writes down a change of the console's own that is about to be made.
    pub(super) async fn note_intent(&self, note: &Note) -> Result<(), AuditError> {
        self.append(note.entry(AuditPhase::Intent)).await
    }

    /// Writes down how it ended; `refused` says why it was not made.
    pub(super) async fn note_outcome(&self, note: &Note, refused: Option<String>) -> Result<(), AuditError> {
        let mut entry = note.entry(AuditPhase::Outcome);
        entry.outcome = Some(if refused.is_some() { "refused" } else { "done" }.to_owned());
        entry.detail = refused.or(entry.detail);
        self.append(entry).await
    }

    /// A page, the newest line first, of lines older than number `after`.
    pub(super) fn page(&self, after: Option<u64>, limit: usize, subject: Option<&str>) -> AuditPage {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let older = inner.entries.iter().rev().filter(|entry| after.is_none_or(|after| entry.seq < after));
        let older = older.filter(|entry| subject.is_none_or(|subject| entry.subject == subject));
        let mut items: Vec<AuditEntry> = older.take(limit + 1).cloned().collect();
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|entry| entry.seq);
        AuditPage { items, next }
    }

    /// What was begun and whose end is not in the log: a server died, or the outcome was unknown.
    pub(super) fn open_intents(&self) -> Vec<Line> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open: BTreeMap<&str, &AuditEntry> = BTreeMap::new();
        for entry in &inner.entries {
            let decided = entry.outcome.as_deref().is_some_and(|outcome| outcome != "unknown");
            match entry.phase {
                AuditPhase::Intent => drop(open.insert(&entry.audit_id, entry)),
                AuditPhase::Outcome if decided => drop(open.remove(entry.audit_id.as_str())),
                AuditPhase::Outcome => {}
            }
        }
        let line = |entry: &AuditEntry| {
            Some(Line {
                audit_id: entry.audit_id.clone(),
                cluster: entry.cluster.clone(),
                by: By::of(entry),
                plan: entry.plan.clone()?,
                reason: entry.reason.clone().unwrap_or_default(),
            })
        };
        open.into_values().filter_map(line).collect()
    }

    async fn append(&self, mut entry: AuditEntry) -> Result<(), AuditError> {
        let inner = self.inner.clone();
        let written = tokio::task::spawn_blocking(move || {
            let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
            entry.seq = inner.seq + 1;
            let path = inner.path.clone();
            let failed = |source| AuditError::File { path, doing: "written", source };
            let write = serde_json::to_string(&entry).map_err(std::io::Error::from).and_then(|text| {
                inner.file.write_all(format!("{text}\n").as_bytes())?;
                inner.file.sync_data()
            });
            write.map_err(failed)?;
            inner.seq = entry.seq;
            if inner.entries.len() == SHOWN {
                inner.entries.remove(0);
            }
            inner.entries.push(entry);
            Ok(())
        });
        written.await.unwrap_or(Err(AuditError::Stopped))
    }
}

impl By {
    fn of(entry: &AuditEntry) -> Self {
        Self {
            who: entry.who.clone(),
            subject: entry.subject.clone(),
            role: entry.role,
            address: entry.address,
        }
    }
}

impl From<&Principal> for By {
    fn from(principal: &Principal) -> Self {
        Self {
            who: principal.name.clone(),
            subject: principal.subject.clone(),
            role: Some(principal.role),
            address: Some(principal.address),
        }
    }
}

impl Note {
    /// A change by this person, in a sentence.
    pub(super) fn new(who: &Principal, said: String) -> Self {
        let digest = Sha256::digest(format!("{}/{}/{said}", clock::now(), who.subject));
        let audit_id = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { audit_id, by: By::from(who), said }
    }

    fn entry(&self, phase: AuditPhase) -> AuditEntry {
        AuditEntry {
            seq: 0,
            audit_id: self.audit_id.clone(),
            at: clock::now(),
            phase,
            cluster: EVERY.to_owned(),
            who: self.by.who.clone(),
            subject: self.by.subject.clone(),
            role: self.by.role,
            address: self.by.address,
            plan: None,
            reason: None,
            outcome: None,
            detail: Some(self.said.clone()),
            created: None,
        }
    }
}

fn entry(line: &Line, phase: AuditPhase) -> AuditEntry {
    AuditEntry {
        seq: 0,
        audit_id: line.audit_id.clone(),
        at: clock::now(),
        phase,
        cluster: line.cluster.clone(),
        who: line.by.who.clone(),
        subject: line.by.subject.clone(),
        role: line.by.role,
        address: line.by.address,
        plan: None,
        reason: Some(line.reason.clone()),
        outcome: None,
        detail: None,
        created: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_before_there_were_roles_is_read() {
        let line = r#"{"seq":1,"audit_id":"a","at":"2026-01-01T00:00:00Z","phase":"intent","cluster":"c","who":"127.0.0.1","plan":null,"reason":null,"outcome":null,"detail":null,"created":null}"#;
        let entry: AuditEntry = serde_json::from_str(line).unwrap();
        assert_eq!((entry.who.as_str(), entry.role, entry.address), ("127.0.0.1", None, None));
    }

    #[test]
    fn a_line_that_was_being_written_at_a_crash_is_cut_off_and_the_rest_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(Audit::FILE);
        let entry = AuditEntry {
            seq: 7,
            audit_id: "a".into(),
            at: clock::now(),
            phase: AuditPhase::Intent,
            cluster: "c".into(),
            who: "w".into(),
            subject: "local:w".into(),
            role: Some(Role::Operator),
            address: None,
            plan: None,
            reason: None,
            outcome: None,
            detail: None,
            created: None,
        };
        let whole = format!("{}\n", serde_json::to_string(&entry).unwrap());
        std::fs::write(&path, format!("{whole}{{\"seq\":8,\"aud")).unwrap();
        let audit = Audit::open(folder.path()).unwrap();
        assert_eq!(audit.page(None, 10, None).items, [entry]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
        std::fs::write(&path, "not a log\n").unwrap();
        assert!(matches!(Audit::open(folder.path()), Err(AuditError::Line { line: 1, .. })));
    }
}
