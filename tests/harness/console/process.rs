//! The console's process: started, and waited for.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use zooscope::demo::child::Child;

/// How long the console may take until it listens. The demo starts a ZooKeeper and its clients before.
const START_LIMIT: Duration = Duration::from_secs(120);

/// Starts a console in a directory with a subcommand and its flags, and waits until it listens; the answer is its URL.
pub(super) async fn spawn(arguments: &[String], listen: &str, directory: &Path) -> (Child, String) {
    spawn_by(Command::new(binary()), arguments, listen, directory).await
}

/// The same by a command that ends in the console's program.
pub(super) async fn spawn_by(
    mut command: Command,
    arguments: &[String],
    listen: &str,
    directory: &Path,
) -> (Child, String) {
    let log = File::options().create(true).append(true).open(directory.join("console.log"));
    command.args(arguments).args(["--listen", listen]);
    command.arg("--data-dir").arg(directory.join("data")).current_dir(directory);
    // Where a test arms a point at which the console stops; see `failpoint.rs` of the server.
    command.env("ZOOSCOPE_FAILPOINTS", directory);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log.expect("a log file"));
    let mut child = Child::spawn_in(&mut command, directory).expect("the console starts");
    let output = child.process().stdout.take().expect("a pipe");
    let (sender, receiver) = mpsc::sync_channel(1);
    // Reads to the end, so that the console never waits for a full pipe.
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("listening on ") {
                let _ = sender.try_send(address.trim().to_owned());
            }
        }
    });
    let address = tokio::task::spawn_blocking(move || receiver.recv_timeout(START_LIMIT)).await;
    let Ok(Ok(address)) = address else {
        let log = std::fs::read_to_string(directory.join("console.log")).unwrap_or_default();
        panic!("the console does not listen; its log:\n{log}");
    };
    (child, address)
}

/// What the console, run to its end with these flags, says: the exit code and what it wrote, on standard output first.
///
/// # Panics
/// When it is not built, or has not ended after [`START_LIMIT`].
pub async fn run_to_end(arguments: &[&str]) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().expect("a directory");
    let output = tokio::process::Command::new(binary())
        .args(arguments)
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(START_LIMIT, output).await.expect("it ends").expect("it starts");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// The console's binary: `ZOOSCOPE_BIN`, or the one that was built into the folder of the test's own.
pub(super) fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("ZOOSCOPE_BIN").filter(|path| !path.is_empty()) {
        return PathBuf::from(path);
    }
    let test = std::env::current_exe().expect("the path of the test");
    let binary = test.parent().and_then(|deps| deps.parent()).map(|profile| profile.join("zooscope"));
    binary.filter(|binary| binary.is_file()).unwrap_or_else(|| {
        panic!("the console is not built: `cargo build --package zooscope` first, or run `make test`")
    })
}
