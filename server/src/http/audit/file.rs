//! The audit log as a file: CSV for spreadsheets, JSON, and JSON lines.

use futures::{Stream, stream};
use serde::Deserialize;
use zooscope_protocol::api::AuditEntry;

use crate::actions::{Audit, AuditError, Filter};

/// How many lines are read at once.
const CHUNK: usize = 500;

/// The columns of a CSV file.
const COLUMNS: [&str; 21] = [
    "seq", "at", "audit_id", "phase", "cluster", "who", "subject", "role", "address", "kind", "path",
    "reason", "ticket", "czxid", "version", "session", "outcome", "detail", "created", "plan", "hash",
];

/// The shape of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    /// RFC 4180, with a line of names; no cell is a formula.
    Csv,
    /// One array.
    Json,
    /// One object a line.
    Ndjson,
}

impl Format {
    /// Its media type.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// The end of a file's name.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }

    /// What stands before the first line.
    fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => csv(std::iter::once(COLUMNS.map(str::to_owned))),
            Self::Json => b"[".to_vec(),
            Self::Ndjson => Vec::new(),
        }
    }

    /// What stands after the last.
    fn foot(self) -> &'static [u8] {
        match self {
            Self::Json => b"\n]\n",
            Self::Csv | Self::Ndjson => b"",
        }
    }

    /// Some lines; `first` when none are before them.
    fn lines(self, entries: &[AuditEntry], first: bool) -> Vec<u8> {
        if self == Self::Csv {
            return csv(entries.iter().map(cells));
        }
        let mut bytes = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            if self == Self::Json {
                bytes.extend(if first && place == 0 { b"\n".as_slice() } else { b",\n" });
            }
            // Writing an entry as JSON cannot fail.
            bytes.extend(serde_json::to_vec(entry).unwrap_or_default());
            if self == Self::Ndjson {
                bytes.push(b'\n');
            }
        }
        bytes
    }
}

/// The file, chunk by chunk. The next is read when the one before is on its way.
pub(super) fn chunks(
    audit: Audit,
    filter: Filter,
    format: Format,
    veil: impl Fn(&mut AuditEntry) + Clone + Send,
) -> impl Stream<Item = Result<Vec<u8>, AuditError>> + Send {
    let start = Some((filter, true));
    stream::try_unfold(start, move |state| {
        let (audit, veil) = (audit.clone(), veil.clone());
        async move {
            let Some((filter, first)) = state else { return Ok(None) };
            let mut page = audit.page(filter.clone(), CHUNK).await?;
            page.items.iter_mut().for_each(veil);
            let mut bytes = if first { format.head() } else { Vec::new() };
            bytes.extend(format.lines(&page.items, first));
            if page.next.is_none() {
                bytes.extend(format.foot());
            }
            let rest = page.next.map(|next| (Filter { after: Some(next), ..filter }, false));
            Ok(Some((bytes, rest)))
        }
    })
}

fn cells(entry: &AuditEntry) -> [String; 21] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let shown = |value: Option<String>| value.unwrap_or_default();
    [
        entry.seq.to_string(),
        entry.at.to_string(),
        entry.audit_id.clone(),
        entry.phase.name().to_owned(),
        entry.cluster.clone(),
        entry.who.clone(),
        entry.subject.clone(),
        shown(entry.role.map(|role| role.to_string())),
        shown(entry.address.map(|address| address.to_string())),
        entry.kind.clone(),
        text(&entry.path),
        text(&entry.reason),
        text(&entry.ticket),
        shown(entry.identity.map(|identity| identity.czxid.to_string())),
        shown(entry.identity.map(|identity| identity.version.to_string())),
        shown(entry.identity.and_then(|identity| identity.session).map(|session| session.to_string())),
        text(&entry.outcome),
        text(&entry.detail),
        text(&entry.created),
        shown(entry.plan.as_ref().map(ToString::to_string)),
        entry.hash.clone(),
    ]
}

/// Records by RFC 4180, each cell safe in a spreadsheet.
fn csv<const N: usize>(records: impl Iterator<Item = [String; N]>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    for record in records {
        // Nothing fails that writes to memory, and all records have the same length.
        writer.write_record(record.map(harmless)).ok();
    }
    writer.into_inner().unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula: where it begins like one an apostrophe stands before it, which spreadsheets
/// read as "this is text". One that begins with an apostrophe gets another, so that every cell can be read back.
fn harmless(mut cell: String) -> String {
    const BEGINNINGS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠'];
    if cell.starts_with(BEGINNINGS) {
        cell.insert(0, '\'');
    }
    cell
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_back(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        let records = reader.records().map(|record| record.unwrap());
        records.map(|record| record.iter().map(str::to_owned).collect()).collect()
    }

    proptest! {
        #[test]
        fn a_table_is_read_back_and_has_no_formula(
            rows in prop::collection::vec(prop::array::uniform3("[=+@\t\r\n'\",;|a-c＝-]{0,4}\\PC{0,3}[\r\n\"=\\x00]{0,2}"), 0..5)
        ) {
            let bytes = csv(rows.iter().cloned());
            let table = read_back(&bytes);
            prop_assert_eq!(table.len(), rows.len());
            for (read, row) in table.iter().zip(&rows) {
                for (cell, original) in read.iter().zip(row) {
                    prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']), "{:?}", cell);
                    prop_assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), original);
                }
            }
        }
    }

    #[test]
    fn a_formula_is_text() {
        let bytes = csv(std::iter::once(["=1+1".to_owned(), "a\r\n\"b\"".to_owned(), "-1".to_owned()]));
        assert_eq!(String::from_utf8(bytes).unwrap(), "\"'=1+1\",\"a\r\n\"\"b\"\"\",\"'-1\"\r\n");
    }
}
