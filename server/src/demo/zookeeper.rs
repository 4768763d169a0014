//! A private, real ZooKeeper server: a Java process of this one, on 127.0.0.1, with its own data directory.

mod class_path;

use std::fs::{self, File};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::child::Child;
use class_path::ClassPath;

/// How long a server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How often another free port is tried when somebody else was quicker.
const PORT_ATTEMPTS: usize = 3;

/// What a private ZooKeeper is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// An unpacked ZooKeeper distribution. Without one, `ZOOKEEPER_HOME`, then Debian's packages are used.
    pub home: Option<PathBuf>,
    /// The address of this machine to listen on.
    pub address: IpAddr,
    /// The port for clients; a free one without it.
    pub port: Option<u16>,
    /// Whether the AdminServer answers over HTTP.
    pub admin_server: bool,
    /// The AdminServer's port; a free one without it.
    pub admin_port: Option<u16>,
    /// The Java heap, in MiB.
    pub heap_mib: u32,
    /// More flags of Java's. One here wins over one that is set without it.
    pub java: Vec<String>,
    /// ZooKeeper's tick in milliseconds: session timeouts lie between 2 and 20 ticks.
    pub tick_ms: u32,
    /// The id in an ensemble; the ensemble's `server.N=` lines belong into `extra`.
    pub my_id: Option<u8>,
    /// More lines of `zoo.cfg`. A line here wins over the one that is written without it.
    pub extra: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            home: None,
            address: Ipv4Addr::LOCALHOST.into(),
            port: None,
            admin_server: false,
            admin_port: None,
            heap_mib: 256,
            java: Vec::new(),
            tick_ms: 1_000,
            my_id: None,
            extra: Vec::new(),
        }
    }
}

/// Why a private ZooKeeper does not run. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no Java.
    #[error(
        "java was not found: install a Java runtime, version 11 or newer (Debian: `apt install \
         default-jre-headless`), or set JAVA_HOME"
    )]
    NoJava,
    /// There is no ZooKeeper.
    #[error(
        "no ZooKeeper was found: install it (Debian: `apt install zookeeper`), or unpack a release from \
         zookeeper.apache.org and name its directory with --zookeeper-home or ZOOKEEPER_HOME"
    )]
    NoZooKeeper,
    /// The given directory holds none.
    #[error("{} holds no ZooKeeper: expected lib/zookeeper-*.jar or zookeeper-*.jar there", .0.display())]
    NotAHome(PathBuf),
    /// The AdminServer needs a library that is not installed.
    #[error(
        "the AdminServer needs servlet-api.jar, which is not installed (Debian: `apt install libservlet-api-java \
         libjetty9-java`)"
    )]
    NoServletApi,
    /// A file or process could not be made.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// The process ended before it answered.
    #[error("ZooKeeper ended before it answered; the end of its log:\n{0}")]
    Ended(String),
    /// The process runs but did not answer in time.
    #[error("ZooKeeper did not answer within {limit} seconds; the end of its log:\n{0}", limit = START_LIMIT.as_secs())]
    Silent(String),
}

/// A running (or, between [`PrivateZooKeeper::kill9`] and [`PrivateZooKeeper::restart`], stopped) server. It is killed
/// and its data removed on drop; if this process is killed itself, the server dies with it.
#[derive(Debug)]
pub struct PrivateZooKeeper {
    // Declared before `directory`: the process ends before its files go.
    child: Option<Child>,
    class_path: ClassPath,
    options: Options,
    port: u16,
    admin_port: Option<u16>,
    directory: tempfile::TempDir,
}

impl PrivateZooKeeper {
    /// Starts a server and waits until it serves.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn start(options: Options) -> Result<Self, Error> {
        let class_path = ClassPath::find(options.home.as_deref(), options.admin_server)?;
        let mut attempt = 1;
        loop {
            let directory = tempfile::Builder::new()
                .prefix("zooscope-zookeeper-")
                .tempdir()
                .map_err(|source| Error::Io { doing: "making ZooKeeper's data directory", source })?;
            let port = match options.port {
                Some(port) => port,
                None => free_port(options.address)?,
            };
            let admin_port = match (options.admin_server, options.admin_port) {
                (false, _) => None,
                (true, Some(port)) => Some(port),
                (true, None) => Some(free_port(options.address)?),
            };
            let mut server = Self {
                child: None,
                class_path: class_path.clone(),
                options: options.clone(),
                port,
                admin_port,
                directory,
            };
            server.write_configuration()?;
            match server.run().await {
                Ok(()) => return Ok(server),
                // A port that was free a moment ago may be taken by now.
                Err(Error::Ended(log))
                    if options.port.is_none()
                        && attempt < PORT_ATTEMPTS
                        && log.contains("Address already in use") =>
                {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The connect string for clients: `127.0.0.1:PORT`.
    pub fn connect(&self) -> String {
        SocketAddr::new(self.options.address, self.port).to_string()
    }

    /// The port for clients.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port of the AdminServer, if it was asked for.
    pub fn admin_port(&self) -> Option<u16> {
        self.admin_port
    }

    /// Where its data, its configuration (`zoo.cfg`) and its log (`zookeeper.log`) are.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        const LINES: usize = 30;
        let text = fs::read(self.directory().join("zookeeper.log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// Whether the process runs.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.ended(), Ok(None)))
    }

    /// Ends it as a power cut would: `kill -9`. Data and port stay for [`PrivateZooKeeper::restart`].
    pub fn kill9(&mut self) {
        self.child = None;
    }

    /// Ends it in order, within ten seconds, else by force. Data and port stay.
    pub async fn stop(&mut self) {
        if let Some(mut child) = self.child.take()
            && child.terminate().is_ok()
        {
            let limit = Instant::now() + Duration::from_secs(10);
            while matches!(child.ended(), Ok(None)) && Instant::now() < limit {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Starts it again on the same port with the same data, and waits until it serves. A running server is killed first.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.kill9();
        self.run().await
    }

    /// Suspends the process: connections stay open and nothing answers.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self) -> io::Result<()> {
        self.child.as_ref().ok_or_else(not_running)?.pause()
    }

    /// Lets a suspended process go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self) -> io::Result<()> {
        self.child.as_ref().ok_or_else(not_running)?.resume()
    }

    /// Sends a four-letter word (`srvr`, `cons`, `dump`, `wchp` …) and returns the whole answer.
    ///
    /// # Errors
    /// When the server does not take the connection.
    pub async fn ask(&self, word: &str) -> io::Result<String> {
        let exchange = async {
            let mut stream = TcpStream::connect((self.options.address, self.port)).await?;
            stream.write_all(word.as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        tokio::time::timeout(Duration::from_secs(5), exchange)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    fn write_configuration(&self) -> Result<(), Error> {
        let failed = |source| Error::Io { doing: "writing ZooKeeper's configuration", source };
        let data = self.directory().join("data");
        fs::create_dir(&data).map_err(failed)?;
        if let Some(id) = self.options.my_id {
            fs::write(data.join("myid"), id.to_string()).map_err(failed)?;
        }
        let mut lines = vec![
            format!("tickTime={}", self.options.tick_ms),
            "initLimit=20".to_owned(),
            "syncLimit=10".to_owned(),
            format!("dataDir={}", data.display()),
            format!("clientPort={}", self.port),
            format!("clientPortAddress={}", self.options.address),
            "maxClientCnxns=0".to_owned(),
            "4lw.commands.whitelist=*".to_owned(),
            format!("admin.enableServer={}", self.admin_port.is_some()),
            // What is written here lives as long as one demo or test: it must survive `kill -9`, not a power cut.
            "forceSync=no".to_owned(),
            "preAllocSize=4096".to_owned(),
        ];
        if let Some(port) = self.admin_port {
            lines.push(format!("admin.serverAddress={}", self.options.address));
            lines.push(format!("admin.serverPort={port}"));
        }
        let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
        lines.retain(|line| !self.options.extra.iter().any(|extra| key(extra) == key(line)));
        lines.extend(self.options.extra.iter().cloned());
        fs::write(self.directory().join("zoo.cfg"), lines.join("\n") + "\n").map_err(failed)
    }

    /// Starts the process and waits until it serves.
    async fn run(&mut self) -> Result<(), Error> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.directory().join("zookeeper.log"))
            .map_err(|source| Error::Io { doing: "opening ZooKeeper's log", source })?;
        let errors =
            log.try_clone().map_err(|source| Error::Io { doing: "opening ZooKeeper's log", source })?;
        let mut command = Command::new(java());
        command
            .arg(format!("-Xmx{}m", self.options.heap_mib))
            // A short life on few cores: start quickly, use few threads, leave nothing behind.
            .args([
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Djava.awt.headless=true",
            ])
            .args(["-Dzookeeper.jmx.log4j.disable=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"])
            .args(&self.options.java)
            .arg(format!("-Dzookeeper.log.dir={}", self.directory().display()))
            .arg("-cp")
            .arg(self.class_path.as_os_str())
            .arg("org.apache.zookeeper.server.quorum.QuorumPeerMain")
            .arg(self.directory().join("zoo.cfg"))
            .current_dir(self.directory())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors);
        let child =
            Child::spawn_in(&mut command, self.directory()).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => Error::NoJava,
                _ => Error::Io { doing: "starting java", source },
            })?;
        self.child = Some(child);
        let limit = Instant::now() + START_LIMIT;
        loop {
            // "Mode:" is in the answer of a server that serves; one that starts or looks for a leader says so instead.
            // Another program on the port may say anything, so the process is looked at as well.
            let answers = self.ask("srvr").await.is_ok_and(|answer| answer.contains("Mode:"));
            if !self.is_running() {
                self.child = None;
                return Err(Error::Ended(self.log()));
            }
            if answers {
                return Ok(());
            }
            if Instant::now() > limit {
                self.child = None;
                return Err(Error::Silent(self.log()));
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

fn not_running() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "ZooKeeper does not run")
}

fn java() -> PathBuf {
    std::env::var_os("JAVA_HOME")
        .map(|home| Path::new(&home).join("bin/java"))
        .filter(|java| java.is_file())
        .unwrap_or_else(|| PathBuf::from("java"))
}

/// A port of this address that is free at this moment.
///
/// # Errors
/// When the machine has no such address.
pub fn free_port(address: IpAddr) -> Result<u16, Error> {
    TcpListener::bind((address, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|source| Error::Io { doing: "looking for a free port", source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_directory_without_zookeeper_is_named_in_the_error() {
        let home = tempfile::tempdir().unwrap();
        let options = Options { home: Some(home.path().to_owned()), ..Options::default() };
        let error = PrivateZooKeeper::start(options).await.unwrap_err();
        assert!(matches!(error, Error::NotAHome(_)), "{error}");
        assert!(error.to_string().contains(&home.path().display().to_string()), "{error}");
    }
}
