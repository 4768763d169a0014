//! The kazoo clients of the demo: one Python process with a session for each client.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Event, Options, Report};
use crate::demo::child::Child;

const SCRIPT: &str = include_str!("../kazoo_clients.py");
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// Why the kazoo clients are missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the demo runs WITHOUT its kazoo clients: no kazoo lock, read/write lock, semaphore, election, queue, locking queue and \
     no deadlock, because {reason}. To have them: `pip install --target DIR kazoo`, then set PYTHONPATH=DIR (`make demo` \
     does both)"
)]
pub struct Missing {
    reason: String,
}

/// The running Python process.
#[derive(Debug)]
pub(super) struct KazooClients {
    child: Child,
}

impl KazooClients {
    /// Starts them, if there is a Python with kazoo.
    pub(super) async fn start(options: &Options) -> Result<Self, Missing> {
        let python = options.python.clone().unwrap_or_else(|| PathBuf::from("python3"));
        let connect = options.connect.clone();
        let report = options.report.clone();
        // Starting a process and asking it a first question takes a moment in which the runtime shall not stand still.
        tokio::task::spawn_blocking(move || Self::spawn(&python, &connect, report))
            .await
            .unwrap_or_else(|error| Err(Missing { reason: error.to_string() }))
    }

    fn spawn(python: &PathBuf, connect: &str, report: Report) -> Result<Self, Missing> {
        let missing = |reason: String| Missing { reason };
        let probe = Command::new(python)
            .args(["-c", "import kazoo"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match probe {
            Ok(status) if status.success() => {}
            Ok(_) => return Err(missing(format!("{} cannot import kazoo", python.display()))),
            Err(error) => return Err(missing(format!("{} did not start: {error}", python.display()))),
        }
        let mut command = Command::new(python);
        command.args(["-u", "-c", SCRIPT, connect]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = Child::spawn(&mut command).map_err(|error| missing(error.to_string()))?;
        if let Some(output) = child.process().stdout.take() {
            // A thread and not a task: a pipe to a child is read in a blocking way, and the thread ends with the pipe.
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if let Ok(event) = serde_json::from_str::<Event>(&line) {
                        report.tell(&event);
                    }
                }
            });
        }
        Ok(Self { child })
    }

    /// Closes its standard input, on which it ends its sessions, and kills it if it has not ended in time.
    pub(super) async fn stop(&mut self) {
        drop(self.child.process().stdin.take());
        let limit = Instant::now() + STOP_LIMIT;
        while matches!(self.child.ended(), Ok(None)) && Instant::now() < limit {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.child.kill();
    }
}
