//! What the clients of the demo say they do, to compare with what the console shows.

use std::io::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Where reports go. It is called from many tasks and must not block for long.
pub type Report = Arc<dyn Fn(&Event) + Send + Sync>;

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

/// Writes the event as a line of JSON on standard output.
pub fn to_stdout(event: &Event) {
    if let Ok(line) = serde_json::to_string(event) {
        // Nobody reads standard output any more: the demo goes on.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}
