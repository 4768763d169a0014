//! The log: for people on a terminal, JSON lines for machines with `ZOOSCOPE_LOG_FORMAT=json`. It goes to stderr, for
//! stdout carries the one line that says where the console listens.
//!
//! Field names that are used throughout: `cluster`, `path`, `session`, `audit_id`, `error`. An error is logged once, where it
//! is handled, with its chain of causes.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts the log. `ZOOSCOPE_LOG` filters it, as `info,zooscope=debug`.
pub fn start() {
    let filter =
        EnvFilter::try_from_env("ZOOSCOPE_LOG").unwrap_or_else(|_| EnvFilter::new("warn,zooscope=info"));
    let colours = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        // Where the log cannot be written, to say so there would panic.
        .log_internal_errors(false);
    let json = std::env::var("ZOOSCOPE_LOG_FORMAT").is_ok_and(|format| format == "json");
    // A second start, as in tests that run several servers, keeps the first.
    if json {
        builder.json().try_init().ok()
    } else {
        builder.compact().try_init().ok()
    };
}

/// An error and its causes in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
