//! Answers of real servers, recorded (`server/tests/fixtures/server-answers`).

use std::path::{Path, PathBuf};

use super::told::Watchers;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/server-answers")
}

/// One answer.
pub(super) fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every answer, with its name.
pub(super) fn all() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for server in std::fs::read_dir(folder()).unwrap().flatten() {
        for file in std::fs::read_dir(server.path()).unwrap().flatten() {
            let name = format!("{}/{}", server.file_name().display(), file.file_name().display());
            all.push((name.clone(), text(&name)));
        }
    }
    assert!(all.len() > 90, "{}", all.len());
    all
}

/// Who watches what, a line each.
pub(super) fn watchers(watchers: &Watchers) -> Vec<String> {
    let line = |(path, sessions): (&zooscope_protocol::ZnodePath, _)| {
        let sessions: &std::collections::BTreeSet<zooscope_protocol::SessionId> = sessions;
        let sessions: Vec<_> = sessions.iter().map(|session| format!("{:x}", session.0)).collect();
        format!("{path} {}", sessions.join(" "))
    };
    watchers.iter().map(line).collect()
}
