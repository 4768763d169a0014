//! What a test needs from the machine, and what happens where it is missing.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Something that is not installed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what} is missing: {cure}")]
pub struct Missing {
    what: String,
    cure: &'static str,
}

impl Missing {
    /// Names what is missing and how to get it.
    pub fn new(what: impl Into<String>, cure: &'static str) -> Self {
        Self { what: what.into(), cure }
    }

    /// Ends the test loudly: with a panic where `CI=true`, else with a line on standard error that names the test.
    ///
    /// # Panics
    /// Where the environment says `CI=true`, because a run there that tests less is a lie.
    pub fn skip(&self) {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} cannot run: {self}");
        // Not `eprintln!`: the test runner would keep it to itself.
        let _ = writeln!(std::io::stderr().lock(), "SKIPPED {test}: {self}");
    }
}

/// A program of `PATH`, or the one that a variable of the environment names.
///
/// # Errors
/// When neither is there.
pub fn program(variable: &str, names: &[&str], cure: &'static str) -> Result<PathBuf, Missing> {
    if let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |directory| directory.join(name)))
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| Missing::new(names.join(" or "), cure))
}

/// A file of the tests package.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
