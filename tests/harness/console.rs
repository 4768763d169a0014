//! The built console as a child process, and a typed client of its HTTP API.

mod confine;
mod process;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zooscope::demo::child::Child;
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::{
    AuditPage, ClusterBody, Execute, HEADER, ItemBody, LockBody, Page, Problem, QueueBody,
};
use zooscope_protocol::bulk::{BulkPlan, BulkProgress, BulkRequest};
use zooscope_protocol::{Action, Child as Row, Node, Plan};

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

/// Any answer of the console.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The media type, without parameters.
    pub media_type: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Reply {
    /// The body as JSON of this shape.
    ///
    /// # Panics
    /// When it is another.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error} in the body of a {}: {}", self.status, self.text))
    }

    /// The problem that it tells.
    ///
    /// # Panics
    /// When it is not `application/problem+json` with the status of the answer itself.
    pub fn problem(&self) -> Problem {
        assert_eq!(self.media_type, "application/problem+json", "{}: {}", self.status, self.text);
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status, "{}", self.text);
        assert!(problem.detail.len() > 10, "the detail is a sentence: {}", self.text);
        problem
    }
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

    /// A request under `/api/v1`, to be completed and sent with [`Console::send`].
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.http.request(method, self.url(&format!("/api/v1{path}")))
    }

    /// Sends a request.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.unwrap_or_else(|error| panic!("{error:?}; log:\n{}", self.log()));
        let headers = response.headers().clone();
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().to_owned();
        let status = response.status().as_u16();
        Reply { status, media_type, headers, text: response.text().await.expect("a body") }
    }

    /// GET under `/api/v1`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path)).await
    }

    /// GET of something that is there.
    ///
    /// # Panics
    /// When the answer is not 200 or of another shape.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> T {
        let reply = self.get(path).await;
        assert_eq!(reply.status, 200, "GET {path}: {}", reply.text);
        reply.json()
    }

    /// POST under `/api/v1` as the site does it.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Reply {
        let request = self.request("POST", path).headers(self.site_headers()).json(body);
        self.send(request).await
    }

    /// PUT under `/api/v1` as the site does it.
    pub async fn put(&self, path: &str, body: &impl Serialize) -> Reply {
        self.send(self.request("PUT", path).headers(self.site_headers()).json(body)).await
    }

    /// DELETE under `/api/v1` as the site does it.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request("DELETE", path).headers(self.site_headers())).await
    }

    /// The headers that the site's own requests carry.
    pub fn site_headers(&self) -> HeaderMap {
        let origin = HeaderValue::from_str(&self.url("")).expect("an origin");
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_static("1"));
        headers.insert(ORIGIN, origin);
        headers
    }

    /// The cluster of the test.
    pub async fn cluster(&self) -> ClusterBody {
        let clusters: Vec<ClusterBody> = self.read("/clusters").await;
        clusters.into_iter().find(|cluster| cluster.info.name == CLUSTER).expect("the cluster of the test")
    }

    /// Waits until the mirror is live.
    ///
    /// # Panics
    /// When it is not within the limit.
    pub async fn live(&self, limit: Duration) -> ClusterBody {
        crate::eventually("the mirror is live", limit, async || {
            let cluster = self.cluster().await;
            if cluster.info.status == zooscope_protocol::Status::Live { Ok(cluster) } else { Err(cluster) }
        })
        .await
    }

    /// All locks.
    pub async fn locks(&self) -> Vec<LockBody> {
        self.read::<Page<LockBody>>(&format!("/clusters/{CLUSTER}/locks?limit=1000")).await.items
    }

    /// One lock with its members; `None` where none is recognised.
    pub async fn lock(&self, path: &str) -> Option<LockBody> {
        self.found(&format!("/clusters/{CLUSTER}/locks/at?path={}", encode(path))).await
    }

    /// One queue; `None` where none is recognised.
    pub async fn queue(&self, path: &str) -> Option<QueueBody> {
        self.found(&format!("/clusters/{CLUSTER}/queues/at?path={}", encode(path))).await
    }

    /// The first thousand items of a queue, in the order that consumers take them.
    pub async fn items(&self, path: &str) -> Vec<ItemBody> {
        let path = format!("/clusters/{CLUSTER}/queues/items?limit=1000&path={}", encode(path));
        self.read::<Page<ItemBody>>(&path).await.items
    }

    /// A znode; `None` where there is none.
    pub async fn node(&self, path: &str) -> Option<Node> {
        self.found(&format!("/clusters/{CLUSTER}/node?path={}", encode(path))).await
    }

    /// All children of a znode, page by page.
    pub async fn children(&self, path: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let address = format!("/clusters/{CLUSTER}/children?limit=10000&path={}{after}", encode(path));
            let page: Page<Row> = self.read(&address).await;
            rows.extend(page.items);
            match page.next {
                Some(next) => after = format!("&after={}", encode(&next)),
                None => return rows,
            }
        }
    }

    /// The newest lines of the audit log.
    pub async fn audit(&self) -> AuditPage {
        self.read("/audit?limit=1000").await
    }

    /// Asks for the plan of an action.
    ///
    /// # Errors
    /// The problem, when it is refused.
    pub async fn plan(&self, action: &Action) -> Result<Plan, Box<Problem>> {
        let reply = self.post(&format!("/clusters/{CLUSTER}/plans"), action).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(Box::new(reply.problem())) }
    }

    /// Executes a plan.
    ///
    /// # Errors
    /// The problem, when it is refused.
    pub async fn execute(&self, digest: &str, execute: &Execute) -> Result<Executed, Box<Problem>> {
        let reply = self.post(&format!("/clusters/{CLUSTER}/plans/{digest}/execute"), execute).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(Box::new(reply.problem())) }
    }

    /// Asks for the plan of a bulk.
    ///
    /// # Errors
    /// The problem, when it is refused.
    pub async fn plan_bulk(&self, request: &BulkRequest) -> Result<BulkPlan, Box<Problem>> {
        let reply = self.post(&format!("/clusters/{CLUSTER}/bulk"), request).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(Box::new(reply.problem())) }
    }

    /// Begins a bulk.
    ///
    /// # Errors
    /// The problem, when it is refused.
    pub async fn begin_bulk(&self, digest: &str, execute: &Execute) -> Result<BulkProgress, Box<Problem>> {
        let reply = self.post(&format!("/clusters/{CLUSTER}/bulk/{digest}/execute"), execute).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(Box::new(reply.problem())) }
    }

    /// How far a bulk is, with the first ten thousand of its results.
    pub async fn bulk(&self, digest: &str) -> BulkProgress {
        self.read(&format!("/clusters/{CLUSTER}/bulk/{digest}?limit=10000")).await
    }

    /// Waits until a bulk has ended.
    ///
    /// # Panics
    /// When it has not within the limit.
    pub async fn bulk_ended(&self, digest: &str, limit: Duration) -> BulkProgress {
        crate::eventually("the bulk has ended", limit, async || {
            let progress = self.bulk(digest).await;
            if progress.is_over() { Ok(progress) } else { Err((progress.state, progress.left)) }
        })
        .await
    }

    async fn found<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        let reply = self.get(path).await;
        match reply.status {
            200 => Some(reply.json()),
            404 => None,
            _ => panic!("GET {path}: {} {}", reply.status, reply.text),
        }
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

/// What an operator sends who confirms, with what was asked to be typed and a name for the attempt.
pub fn confirmed(expected: &str, key: &str) -> Execute {
    Execute {
        reason: "a test wants it so".to_owned(),
        idempotency_key: key.to_owned(),
        confirm: expected.to_owned(),
        ..Execute::default()
    }
}

/// A value for a query string.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}
