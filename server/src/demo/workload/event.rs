//! What the clients of the demo say they do, to compare with what the console shows.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Where the clients of the demo say what they do.
#[derive(Clone)]
pub struct Report(Arc<dyn Fn(&Event) + Send + Sync>);

/// One deed of one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The client's name, which it also writes as data where its library lets it.
    pub client: String,
    /// What it did: `waits`, `acquired`, `released`, `gave_up`, `lost` (its znode was gone before it released), `enqueued`,
    /// `took`, `finished` or `failed`.
    pub event: String,
    /// The lock that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
    /// The queue that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The znode that it is about, as far as the library tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The client's session: `0x` and 16 digits.
    pub session: String,
}

impl Report {
    /// A line of JSON for each event on standard output.
    pub fn to_stdout() -> Self {
        Self(Arc::new(|event| write(&mut std::io::stdout().lock(), event)))
    }

    /// A line of JSON for each event in a file.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn to_file(path: &Path) -> std::io::Result<Self> {
        let file = Mutex::new(File::create(path)?);
        let tell =
            move |event: &Event| write(&mut *file.lock().unwrap_or_else(PoisonError::into_inner), event);
        Ok(Self(Arc::new(tell)))
    }

    /// One event more.
    pub(super) fn tell(&self, event: &Event) {
        (self.0)(event);
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Report")
    }
}

fn write(log: &mut impl Write, event: &Event) {
    if let Ok(line) = serde_json::to_string(event) {
        // Where nobody reads it any more or the disk is full the demo goes on.
        writeln!(log, "{line}").ok();
    }
}
