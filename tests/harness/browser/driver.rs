//! chromedriver: a child process, and those of its commands that WebDriver does not have.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use zooscope::demo::child::Child;

use crate::presence::{Missing, program};

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running chromedriver. It is killed on drop, with the browsers that it started.
#[derive(Debug)]
pub(super) struct Driver {
    // Declared before the directory, in which it writes.
    _child: Child,
    port: u16,
    chromium: PathBuf,
    http: reqwest::Client,
    directory: tempfile::TempDir,
}

impl Driver {
    pub(super) async fn start() -> Result<Self, Missing> {
        let cure = "Debian: `apt install chromium chromium-driver`";
        let chromedriver = program("ZOOSCOPE_CHROMEDRIVER", &["chromedriver"], cure)?;
        let chromium = program(
            "ZOOSCOPE_CHROMIUM",
            &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
            cure,
        )?;
        let directory = tempfile::Builder::new().prefix("zooscope-browser-").tempdir().expect("a directory");
        let log = File::create(directory.path().join("chromedriver.log")).expect("a log file");
        let mut command = Command::new(chromedriver);
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        // What Chromium would write in the home directory goes with the profile.
        command.env("HOME", directory.path()).env("TMPDIR", directory.path());
        let mut child = Child::spawn_in(&mut command, directory.path()).expect("chromedriver starts");
        let output = child.process().stdout.take().expect("a pipe");
        let (sender, receiver) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let port =
                    line.rsplit_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.'));
                if let Some(port) = port.and_then(|port| port.parse::<u16>().ok()) {
                    let _ = sender.try_send(port);
                }
            }
        });
        let port = tokio::task::spawn_blocking(move || receiver.recv_timeout(START_LIMIT)).await;
        let port = port.expect("a thread").expect("chromedriver tells its port");
        let http = reqwest::Client::builder().timeout(START_LIMIT).build().expect("a client");
        Ok(Self { _child: child, port, chromium, http, directory })
    }

    pub(super) fn chromium(&self) -> &Path {
        &self.chromium
    }

    /// A directory for the browser's profile.
    pub(super) fn profile(&self) -> PathBuf {
        self.directory.path().join("profile")
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("chromedriver.log")).unwrap_or_default()
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A command of Chromium's own developer tools.
    pub(super) async fn devtools(&self, session: &str, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.post(&format!("/session/{session}/goog/cdp/execute"), &body).await
    }

    /// The lines of one of the browser's logs since the last look: `browser` is its console, `performance` what its developer tools
    /// tell of the network.
    pub(super) async fn log_lines(&self, session: &str, log: &str) -> Vec<Value> {
        let answer = self.post(&format!("/session/{session}/se/log"), &json!({"type": log})).await;
        answer.as_array().cloned().unwrap_or_default()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.http.post(self.url(path)).json(body).send().await;
        let answer = answer.expect("chromedriver answers");
        let status = answer.status();
        let answer: Value = answer.json().await.expect("chromedriver answers with JSON");
        assert!(status.is_success(), "chromedriver refuses {body}: {answer}");
        answer["value"].clone()
    }
}

/// Whether this process is root's, told by whose its own entry is.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
