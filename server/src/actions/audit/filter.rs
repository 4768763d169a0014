//! Which lines of the log are asked for.

use rusqlite::types::Value;
use zooscope_protocol::{Timestamp, ZnodePath};

/// What lines must be like; what is not given lets all of them through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only lines older than this number.
    pub after: Option<u64>,
    /// By this subject.
    pub subject: Option<String>,
    /// Whose name, subject or address contains this.
    pub who: Option<String>,
    /// Of one of these kinds.
    pub kinds: Vec<String>,
    /// Of this cluster.
    pub cluster: Option<String>,
    /// About this znode, or one below it.
    pub path: Option<ZnodePath>,
    /// With this outcome; [`Filter::OPEN`] for the last line of an action that has none.
    pub outcome: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// With this text in who, kind, path, reason, ticket, detail or id; letters of ASCII in either case.
    pub text: Option<String>,
    /// Only the newest line of each action.
    pub newest: bool,
}

impl Filter {
    /// The outcome of what has none.
    pub const OPEN: &'static str = "open";

    /// The condition in SQL and its values.
    pub(super) fn sql(&self) -> (String, Vec<Value>) {
        const LAST: &str = "NOT EXISTS (SELECT 1 FROM log AS later WHERE later.audit_id = log.audit_id AND later.seq > log.seq)";
        let mut parts: Vec<String> = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        let mut add = |part: &str, given: Vec<Value>| {
            parts.push(part.to_owned());
            values.extend(given);
        };
        let text = |text: &str| Value::Text(text.to_owned());
        if let Some(after) = self.after {
            add("seq < ?", vec![Value::Integer(i64::try_from(after).unwrap_or(i64::MAX))]);
        }
        if let Some(from) = self.from {
            add("at >= ?", vec![Value::Integer(from.0)]);
        }
        if let Some(to) = self.to {
            add("at < ?", vec![Value::Integer(to.0)]);
        }
        if let Some(subject) = &self.subject {
            add("subject = ?", vec![text(subject)]);
        }
        if let Some(cluster) = &self.cluster {
            add("cluster = ?", vec![text(cluster)]);
        }
        if !self.kinds.is_empty() {
            let marks = vec!["?"; self.kinds.len()].join(", ");
            add(&format!("kind IN ({marks})"), self.kinds.iter().map(|kind| text(kind)).collect());
        }
        if let Some(path) = self.path.as_ref().filter(|path| !path.is_root()) {
            // `0` is the character after `/`.
            let (below, beyond) = (format!("{path}/"), format!("{path}0"));
            add(
                "(path = ? OR path >= ? AND path < ?)",
                vec![text(path.as_str()), text(&below), text(&beyond)],
            );
        }
        match self.outcome.as_deref() {
            Some(Self::OPEN) => add(&format!("outcome IS NULL AND {LAST}"), Vec::new()),
            Some(outcome) => add("outcome = ?", vec![text(outcome)]),
            None => {}
        }
        if self.newest {
            add(LAST, Vec::new());
        }
        for (wanted, columns) in [
            (&self.who, ["who", "subject", "address"].as_slice()),
            (
                &self.text,
                &["who", "subject", "address", "kind", "path", "reason", "ticket", "detail", "audit_id"],
            ),
        ] {
            if let Some(wanted) = wanted {
                let any: Vec<_> =
                    columns.iter().map(|column| format!(r"{column} LIKE ? ESCAPE '\'")).collect();
                let pattern = text(&contains(wanted));
                add(&format!("({})", any.join(" OR ")), vec![pattern; columns.len()]);
            }
        }
        let condition = if parts.is_empty() { "TRUE".to_owned() } else { parts.join(" AND ") };
        (condition, values)
    }
}

/// The pattern of what contains a text.
fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
