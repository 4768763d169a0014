//! The built console as a child process.

mod client;
mod confine;
mod process;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use zooscope::demo::child::Child;

pub use client::{Reply, confirmed, encode};
pub use process::run_to_end;

/// The name of the cluster in every test.
pub const CLUSTER: &str = "test";

/// A running console. It is killed and its data removed on drop.
#[derive(Debug)]
pub struct Console {
    child: Child,
    address: String,
    http: reqwest::Client,
    arguments: Vec<String>,
    directory: tempfile::TempDir,
}

impl Console {
    /// Starts a console on this ensemble, as cluster [`CLUSTER`], and waits until it listens.
    ///
    /// # Panics
    /// When it is not built or does not start.
    pub async fn start(connect: &str) -> Self {
        Self::start_with(&[&format!("{CLUSTER}={connect}")], &[]).await
    }

    /// Starts a console on several ensembles and with more flags.
    ///
    /// # Panics
    /// When it is not built or does not start.
    pub async fn start_with(ensembles: &[&str], flags: &[&str]) -> Self {
        Self::run(serve(ensembles, flags)).await
    }

    /// Starts the demo: a private ZooKeeper, its clients, and a console on it as cluster `demo`.
    ///
    /// # Panics
    /// When it is not built or does not start.
    pub async fn demo() -> Self {
        Self::run(vec!["demo".to_owned()]).await
    }

    /// Starts a console on this ensemble with more in its configuration file.
    ///
    /// # Panics
    /// When it is not built or does not start.
    pub async fn configured(connect: &str, toml: &str, flags: &[&str]) -> Self {
        let arguments = serve(&[&format!("{CLUSTER}={connect}")], flags);
        Self::run_in(arguments, toml, reqwest::Client::builder()).await
    }

    /// The same with a client of one's own making: one that knows the certificate, say.
    ///
    /// # Panics
    /// When it is not built or does not start.
    pub async fn run_in(arguments: Vec<String>, toml: &str, http: reqwest::ClientBuilder) -> Self {
        Self::begin(arguments, toml, http, false).await
    }

    async fn begin(arguments: Vec<String>, toml: &str, http: reqwest::ClientBuilder, confined: bool) -> Self {
        let directory = tempfile::Builder::new().prefix("zooscope-console-").tempdir().expect("a directory");
        if !toml.is_empty() {
            let path = directory.path().join("zooscope.toml");
            std::fs::write(&path, toml).expect("the configuration is written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
                .expect("it is nobody else's");
        }
        let command = confined.then(|| confine::command(directory.path())).flatten();
        let command = command.unwrap_or_else(|| Command::new(process::binary()));
        let (child, address) = process::spawn_by(command, &arguments, "127.0.0.1:0", directory.path()).await;
        // Tests that share a console have a runtime each, and a connection ends with the runtime that opened it: none is kept.
        let http = http.timeout(Duration::from_secs(30)).pool_max_idle_per_host(0);
        let http = http.redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { child, address, http, arguments, directory }
    }

    /// Starts a console that may do nothing on this machine but serve and keep its data: see `console/confine.rs`. Where the tests are
    /// not root's it is as unprivileged as they are.
    ///
    /// # Panics
    /// When it is not built or does not start.
    pub async fn confined(connect: &str) -> Self {
        let arguments = serve(&[&format!("{CLUSTER}={connect}")], &[]);
        Self::begin(arguments, "", reqwest::Client::builder(), true).await
    }

    async fn run(arguments: Vec<String>) -> Self {
        Self::run_in(arguments, "", reqwest::Client::builder()).await
    }

    /// Ends it as a crash would. Its data and its address stay for [`Console::restart`].
    pub fn kill9(&mut self) {
        self.child.kill();
    }

    /// Starts it again with the same flags, on the same address and data.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn restart(&mut self) {
        if self.is_running() {
            self.child.kill();
        }
        (self.child, self.address) =
            process::spawn(&self.arguments, self.address(), self.directory.path()).await;
    }

    /// Starts it again with these flags instead, on the same address and data.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn restart_with(&mut self, ensembles: &[&str], flags: &[&str]) {
        self.arguments = serve(ensembles, flags);
        self.restart().await;
    }

    /// Lets the console stop when it reaches a point of an action (`failpoint.rs` of the server tells which there are) for the
    /// so-many-th time. A console that was built for release has no such points.
    ///
    /// # Panics
    /// When the file that says so cannot be written.
    pub fn arm(&self, point: &str, time: u32) {
        std::fs::write(self.directory.path().join("arm"), format!("{point} {time}")).expect("a file");
    }

    /// Lets the console panic when it reaches a point of an action for the first time.
    ///
    /// # Panics
    /// When the file that says so cannot be written.
    pub fn arm_panic(&self, point: &str) {
        std::fs::write(self.directory.path().join("arm"), format!("{point} panic")).expect("a file");
    }

    /// Whether the console has stopped at the point that was armed.
    pub fn has_reached(&self) -> bool {
        self.directory.path().join("reached").exists()
    }

    /// Lets the console go on, or start without a point.
    pub fn disarm(&self) {
        let _ = std::fs::remove_file(self.directory.path().join("reached"));
        let _ = std::fs::remove_file(self.directory.path().join("arm"));
    }

    /// `HOST:PORT` where it listens.
    pub fn address(&self) -> &str {
        self.address.split_once("://").map_or(&self.address, |(_, address)| address)
    }

    /// The address of a page or resource.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("console.log")).unwrap_or_default()
    }

    /// Where it keeps its data.
    pub fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Replaces its configuration file, which it reads at its next start or when it is told to.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn configure(&self, toml: &str) {
        let path = self.directory.path().join("zooscope.toml");
        std::fs::write(&path, toml).expect("the configuration is written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("it is nobody else's");
    }

    /// What is in its configuration file.
    pub fn configuration(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("zooscope.toml")).unwrap_or_default()
    }

    /// Tells it to read its configuration again.
    ///
    /// # Panics
    /// When there is no `kill`.
    pub fn reload(&self) {
        let told = std::process::Command::new("kill").args(["-HUP", &self.pid().to_string()]).status();
        assert!(told.expect("there is `kill`").success(), "the console takes the signal");
    }

    /// Adds rules to its configuration, and waits until it has taken them.
    ///
    /// # Panics
    /// When it does not.
    pub async fn add_rules(&self, toml: &str) {
        let taken = || self.log().matches("the configuration was read again").count();
        let before = taken();
        self.configure(&format!("{}{toml}", self.configuration()));
        self.reload();
        crate::eventually("the rules are taken", Duration::from_secs(5), async || {
            if taken() > before { Ok(()) } else { Err(self.log()) }
        })
        .await;
    }

    /// Lets no file of its grow beyond so many bytes, as a disk that is full; `None` for no limit.
    ///
    /// # Panics
    /// When there is no `prlimit`.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let told = std::process::Command::new("prlimit")
            .args(["--pid", &self.pid().to_string(), &format!("--fsize={limit}:unlimited")])
            .status();
        assert!(told.expect("there is `prlimit`").success(), "the limit is set");
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.ended(), Ok(None))
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Its resident memory in KiB, where the operating system tells.
    pub fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }
}

impl Drop for Console {
    /// Where a test fails, what the console said last may tell why.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("the console's log ends:\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
    }
}

/// The arguments of a console on these ensembles.
pub fn serve(ensembles: &[&str], flags: &[&str]) -> Vec<String> {
    let clusters = ensembles.iter().flat_map(|ensemble| ["--zookeeper", ensemble]);
    let arguments = ["serve"].into_iter().chain(clusters).chain(flags.iter().copied());
    arguments.map(str::to_owned).collect()
}
