//! The words of the audit log.

use zooscope_protocol::api::{AuditEntry, AuditPhase};

pub const AUDIT: &str = "Audit";
pub const FILTER_AUDIT: &str = "who, path, reason, ticket";
pub const FILTER_AUDIT_LABEL: &str = "Filter the audit log by who, path, reason, ticket or id";
pub const NO_AUDIT_TITLE: &str = "Nothing was done yet";
pub const NO_AUDIT_BODY: &str = "Each action shows here, with who did it, why, and what came of it.";
pub const NO_AUDIT_MATCH_BODY: &str = "No entry passes the filters. Take one away.";
pub const AUDIT_FAILED_TITLE: &str = "The audit log could not be read";
pub const WHAT: &str = "What";
pub const WHY: &str = "Reason";
pub const TICKET: &str = "Ticket";
pub const OUTCOME: &str = "Outcome";
pub const ROLE: &str = "Role";
pub const ADDRESS: &str = "Address";
pub const SUBJECT: &str = "Known as";
pub const ENTRY_ID: &str = "Entry";
pub const THE_ID: &str = "the id of the entry";
pub const THE_HASH: &str = "the hash";
pub const EXPORT: &str = "Export";
pub const EXPORT_HINT: &str = "Everything that passes the filters, with all lines, as a file";
pub const FROM: &str = "From";
pub const UNTIL: &str = "Until";
pub const ALL_CLUSTERS: &str = "All clusters";
pub const ANY_KIND: &str = "Any kind";
pub const NO_ENTRY_TITLE: &str = "No such entry";
pub const LINES_TITLE: &str = "Lines of the log";
pub const LINES_HINT: &str = "Each hash covers its line and the hash of the line before.";
pub const PLAN_TITLE: &str = "The plan";
pub const IMAGES_TITLE: &str = "What was there before";
pub const DATA_MASKED: &str =
    "The configuration does not let its data be shown. It is kept, so that it can be put back.";
pub const DATA_CUT: &str = "Only the beginning is shown; all of it is kept.";
pub const SEEN_AS: &str = "The znode";
pub const EVERY_CLUSTER: &str = "all clusters";

/// The outcomes that can be filtered by: the value of the address and its words.
pub const OUTCOMES: [(&str, &str); 6] = [
    ("", "All"),
    ("done", "Done"),
    ("refused", "Refused"),
    ("unknown", "Unknown"),
    ("denied", "Denied"),
    ("open", "Open"),
];

/// The kinds that can be filtered by, with their words.
pub const AUDIT_KINDS: [(&str, &str); 16] = [
    ("release", "Release"),
    ("revoke", "Ask to release"),
    ("evict", "Evict"),
    ("cure", "Cure"),
    ("requeue", "Requeue"),
    ("dead_letter", "Dead-letter"),
    ("replay", "Replay"),
    ("delete", "Delete"),
    ("create", "Create"),
    ("set_data", "Write data"),
    ("restore", "Restore"),
    ("recipe", "Recipes"),
    ("login", "Log in"),
    ("sign_out", "End of sessions"),
    ("import", "Import"),
    ("archive", "Archive"),
];

/// A kind in words; one that this site does not know is shown as it is.
pub fn audit_kind(kind: &str) -> String {
    let known = AUDIT_KINDS.iter().find(|(known, _)| *known == kind);
    known.map_or_else(|| kind.replace('_', " "), |(_, words)| (*words).to_owned())
}

/// An outcome in a word.
pub fn outcome_word(entry: &AuditEntry) -> String {
    match entry.outcome.as_deref() {
        None => "open".to_owned(),
        Some(outcome) => outcome.to_owned(),
    }
}

/// When a line was written, in a word.
pub fn audit_phase(phase: AuditPhase) -> &'static str {
    match phase {
        AuditPhase::Intent => "before",
        AuditPhase::Image => "kept",
        AuditPhase::Outcome => "after",
    }
}

/// The title of an entry.
pub fn entry_title(entry: &AuditEntry) -> String {
    match &entry.path {
        Some(path) => format!("{} {path}", audit_kind(&entry.kind)),
        None => audit_kind(&entry.kind),
    }
}

/// A filter that can be taken away.
pub fn without(key: &str) -> String {
    format!("Do not filter by {key}")
}
