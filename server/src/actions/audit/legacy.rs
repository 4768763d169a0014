//! The log of before there was a database: a file of JSON lines, read in once and left where it is.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zooscope_protocol::api::{AuditEntry, AuditIdentity, AuditPhase};
use zooscope_protocol::{Target, ZnodePath};

use super::AuditError;
use super::line::blank;
use super::store::Store;

/// The file.
const FILE: &str = "audit.jsonl";
/// The kind of the line that says that the file was read in.
const KIND: &str = "import";

/// What of an action's plan the columns want.
#[derive(Deserialize)]
struct Planned {
    action: Acted,
}

#[derive(Deserialize)]
struct Acted {
    r#type: String,
    path: ZnodePath,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

/// Reads the file in, if there is one and that was not done before.
pub(super) fn read_in(store: &Store) -> Result<(), AuditError> {
    let path = store.folder().join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(AuditError::File { path, doing: "read", source }),
    };
    let done = "SELECT EXISTS (SELECT 1 FROM log WHERE kind = ?) OR EXISTS (SELECT 1 FROM anchor)";
    let done: bool =
        store.writer().query_row(done, [KIND], |row| row.get(0)).map_err(store.failed("read"))?;
    if done {
        return Ok(());
    }
    // A line without its end was being written when the server died; nothing was done on the strength of it.
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let mut entries = entries(whole, &path)?;
    let digest = hex::encode(Sha256::digest(whole.as_bytes()));
    let said = format!("{} lines of `{FILE}` were read in; its SHA-256 is {digest}", entries.len());
    entries.push(AuditEntry {
        audit_id: digest[..32].to_owned(),
        who: "zooscope".to_owned(),
        outcome: Some("done".to_owned()),
        detail: Some(said),
        ..blank(AuditPhase::Outcome, KIND)
    });
    store.append_all(entries)
}

fn entries(text: &str, path: &Path) -> Result<Vec<AuditEntry>, AuditError> {
    let read = |(index, line): (usize, &str)| {
        let entry: AuditEntry = serde_json::from_str(line).map_err(|source| AuditError::Line {
            path: path.to_owned(),
            line: index + 1,
            source,
        })?;
        Ok(with_columns(entry))
    };
    let mut entries = text.lines().enumerate().map(read).collect::<Result<Vec<_>, AuditError>>()?;
    // What is told of an action in its intent is told in its outcome too.
    let mut begun = std::collections::HashMap::new();
    for entry in &mut entries {
        if entry.phase == AuditPhase::Intent {
            begun.insert(entry.audit_id.clone(), (entry.kind.clone(), entry.path.clone(), entry.identity));
        } else if let Some((kind, path, identity)) = begun.get(&entry.audit_id) {
            (entry.kind, entry.path, entry.identity) = (kind.clone(), path.clone(), *identity);
        }
    }
    Ok(entries)
}

/// A line with the columns that its plan tells.
fn with_columns(entry: AuditEntry) -> AuditEntry {
    let planned = entry.plan.clone().and_then(|plan| serde_json::from_value::<Planned>(plan).ok());
    let Some(Planned { action: Acted { r#type, path, rest } }) = planned else {
        // Before there was a database only recipes were noted without a plan.
        return AuditEntry { kind: "recipe".to_owned(), ..entry };
    };
    let target = serde_json::Map::from_iter([("path".to_owned(), Value::from(path.as_str()))]);
    let target: Option<Target> =
        serde_json::from_value(Value::Object(target.into_iter().chain(rest).collect())).ok();
    let identity = target.map(|target| AuditIdentity {
        czxid: target.czxid,
        version: target.version,
        session: target.session,
    });
    AuditEntry { kind: r#type, path: Some(path.to_string()), identity, ..entry }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::audit::{Audit, Filter};
    use crate::config;

    const LINES: &str = concat!(
        r#"{"seq":1,"audit_id":"a","at":"2026-01-01T00:00:00Z","phase":"intent","cluster":"c","who":"127.0.0.1","plan":{"digest":"d","action":{"type":"release","path":"/l/x-1","czxid":"7","version":0,"session":"0x1"},"steps":[]},"reason":"why","outcome":null,"detail":null,"created":null}"#,
        "\n",
        r#"{"seq":2,"audit_id":"a","at":"2026-01-01T00:00:01Z","phase":"outcome","cluster":"c","who":"127.0.0.1","plan":null,"reason":"why","outcome":"done","detail":null,"created":null}"#,
        "\n",
        r#"{"seq":3,"audit_id":"b","at":"2026-01-01T00:00:02Z","phase":"intent","cluster":"*","who":"127.0.0.1","plan":null,"reason":null,"outcome":null,"detail":"keep the recipe","created":null}"#,
        "\n",
    );

    #[tokio::test]
    async fn a_file_of_lines_is_read_in_once_and_a_line_that_was_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, format!("{LINES}{{\"seq\":4,\"aud")).unwrap();
        for _ in 0..2 {
            let audit = Audit::open(folder.path(), &config::Audit::default()).unwrap();
            let page = audit.page(Filter::default(), 10).await.unwrap();
            let told: Vec<_> = page.items.iter().map(|entry| (entry.seq, entry.kind.as_str())).collect();
            assert_eq!(told, [(4, "import"), (3, "recipe"), (2, "release"), (1, "release")]);
            let outcome = &page.items[2];
            assert_eq!((outcome.path.as_deref(), outcome.identity.unwrap().czxid.0), (Some("/l/x-1"), 7));
        }
        assert!(std::fs::read_to_string(&path).unwrap().starts_with(LINES), "it is left as it is");
    }

    #[tokio::test]
    async fn what_is_no_log_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "not a log\n").unwrap();
        let opened = Audit::open(folder.path(), &config::Audit::default());
        assert!(matches!(opened, Err(AuditError::Line { line: 1, .. })), "{opened:?}");
    }
}
