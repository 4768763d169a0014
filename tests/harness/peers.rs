//! Real lock and queue clients, driven by the tests: kazoo in Python, Curator in Java.
//!
//! Both are one process each that speaks lines of JSON, and hold many clients with a session each. What they report is
//! what their libraries say of themselves, never what is on ZooKeeper: it is the truth that the console is compared with.
//!
//! | command | answer |
//! |---|---|
//! | `client` *name* | opens a session: `session` |
//! | `end` *name* | ends the session in order |
//! | `socket` *name* | of kazoo: the addresses of the client's own socket, `own` and `server` |
//! | `make` *name*, *object*, `kind`, `path` … | a lock or queue object of that client |
//! | `acquire` *object* | begins to acquire, and answers at once |
//! | `release` *object* | gives it back, or leaves; `released`, or `error` with what the library threw |
//! | `turns` *object*, `hold_ms`, `rest_ms` | acquires and releases until `settle` |
//! | `settle` | every object stays as it is; one that is away stays away |
//! | `report` | of every object: `client`, `session`, `state` ([`State`]), `says` (what the library says) |
//! | `tell` *object* | what the library says of the whole: `contenders`, `members`, `leader`, `length`, `value` … |
//! | `put`, `take`, `finish`, `give_back`, `length`, `shards` *queue* | queues |
//! | `close`, `open` *barrier*; `downgrade`, `revoke`, `resize`, `add` *object* | what one recipe alone can |

pub(crate) mod curator;
mod report;

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use zooscope::demo::child::Child;

use crate::presence::{Missing, file, program};
pub use report::{Object, Report, State};

/// How long a peer may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

type Pending = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// A running process of lock clients. It is killed on drop.
#[derive(Debug)]
pub struct Peer {
    // Declared first: its reader thread ends with it.
    child: Child,
    input: Mutex<Input>,
    pending: Pending,
    /// What its clients are, for messages: `kazoo` or `curator`.
    pub library: &'static str,
}

#[derive(Debug)]
struct Input {
    pipe: ChildStdin,
    next: u64,
}

/// A command that runs one of the Python programs with kazoo's library.
pub(crate) fn python(name: &str) -> Result<Command, Missing> {
    let python = program("ZOOSCOPE_PEERS_PYTHON", &["python3", "python"], "install Python 3.9 or newer")?;
    let mut command = Command::new(&python);
    if let Some(path) = std::env::var_os("ZOOSCOPE_PEERS_PYTHONPATH").filter(|path| !path.is_empty()) {
        command.env("PYTHONPATH", path);
    }
    command.args(["-B", "-u"]).arg(file(name));
    Ok(command)
}

impl Peer {
    /// kazoo, with the Python that `ZOOSCOPE_PEERS_PYTHON` names (else `python3`) and the libraries in
    /// `ZOOSCOPE_PEERS_PYTHONPATH` (else where Python finds them itself).
    ///
    /// # Errors
    /// When there is no Python that can import kazoo.
    pub async fn kazoo(connect: &str) -> Result<Self, Missing> {
        let cure =
            "`make test` installs it; or `pip install --target DIR kazoo` and ZOOSCOPE_PEERS_PYTHONPATH=DIR";
        let mut command = python("peers/kazoo_peer.py")?;
        command.arg(connect);
        Self::start("kazoo", command).await.map_err(|error| Missing::new(format!("kazoo ({error})"), cure))
    }

    /// Curator, run by the Java that `JAVA_HOME` or `PATH` gives, with the libraries of Debian or the class path in
    /// `ZOOSCOPE_PEERS_CLASSPATH`.
    ///
    /// # Errors
    /// When there is no JDK or no Curator.
    pub async fn curator(connect: &str) -> Result<Self, Missing> {
        let program = curator::program()?;
        let mut command = Command::new(program.java);
        command.args(["-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]);
        command.args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp"]).arg(program.class_path);
        command.arg("CuratorPeer").arg(connect);
        Self::start("curator", command)
            .await
            .map_err(|error| Missing::new(format!("Curator ({error})"), curator::CURE))
    }

    async fn start(library: &'static str, mut command: Command) -> Result<Self, String> {
        let log = tempfile::tempfile().map_err(|error| error.to_string())?;
        let mut errors = log.try_clone().map_err(|error| error.to_string())?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = Child::spawn(&mut command).map_err(|error| error.to_string())?;
        let process = child.process();
        let (Some(pipe), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("no pipes".to_owned());
        };
        let pending = Pending::default();
        let waiting = pending.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let Ok(answer) = serde_json::from_str::<Value>(&line) else { continue };
                let Some(id) = answer.get("id").and_then(Value::as_u64) else { continue };
                let asked = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                if let Some(asked) = asked {
                    let _ = asked.send(answer);
                }
            }
            // The process is gone: whoever still waits is told so by the end of its channel.
            waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
        });
        let peer = Self { child, input: Mutex::new(Input { pipe, next: 0 }), pending, library };
        match peer.try_ask(json!({"do": "hello"})).await {
            Ok(_) => Ok(peer),
            Err(error) => {
                drop(peer);
                let mut said = String::new();
                let _ = std::io::Seek::rewind(&mut errors);
                let _ = std::io::Read::read_to_string(&mut errors, &mut said);
                Err(format!("{error}; it said: {}", said.trim().lines().last().unwrap_or("nothing")))
            }
        }
    }

    /// Sends a command and awaits the answer, which may be an error of the library.
    ///
    /// # Errors
    /// What the library threw, or that the process does not answer.
    pub async fn try_ask(&self, mut command: Value) -> Result<Value, String> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
            input.next += 1;
            let id = input.next;
            command["id"] = json!(id);
            self.pending.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
            writeln!(input.pipe, "{command}").map_err(|error| error.to_string())?;
        }
        let answer = tokio::time::timeout(ANSWER_LIMIT, receiver).await;
        let answer = answer.map_err(|_| format!("no answer to {command}"))?;
        let answer = answer.map_err(|_| "the process ended".to_owned())?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer),
        }
    }

    /// Sends a command that must succeed.
    ///
    /// # Panics
    /// When the library throws or the process does not answer.
    pub async fn ask(&self, command: Value) -> Value {
        let text = command.to_string();
        self.try_ask(command).await.unwrap_or_else(|error| panic!("{} {text}: {error}", self.library))
    }

    /// Opens a session and returns its id as the console writes it.
    pub async fn client(&self, name: &str) -> String {
        let answer = self.ask(json!({"do": "client", "client": name})).await;
        answer["session"].as_str().expect("a session id").to_owned()
    }

    /// Makes an object of a client; `more` are the arguments of its kind.
    pub async fn make(&self, client: &str, object: &str, kind: &str, path: &str, more: Value) {
        let mut command =
            json!({"do": "make", "client": client, "object": object, "kind": kind, "path": path});
        if let (Some(command), Value::Object(more)) = (command.as_object_mut(), more) {
            command.extend(more);
        }
        self.ask(command).await;
    }

    /// Begins to acquire.
    pub async fn acquire(&self, object: &str) {
        self.ask(json!({"do": "acquire", "object": object})).await;
    }

    /// Begins to acquire, and waits until the library says that it holds.
    pub async fn hold(&self, object: &str) {
        self.acquire(object).await;
        self.until(object, State::Holding).await;
    }

    /// Lets objects queue up at a lock that nobody contends for, in this order: each begins when the znode of the one before
    /// it is there, and the first of them holds.
    pub async fn line_up(&self, observer: &zookeeper_client::Client, directory: &str, objects: &[&str]) {
        for (ahead, object) in objects.iter().enumerate() {
            self.acquire(object).await;
            crate::zookeeper::members(observer, directory, ahead + 1).await;
        }
        if let Some(first) = objects.first() {
            self.until(first, State::Holding).await;
        }
    }

    /// Waits until an object is in this state.
    ///
    /// # Panics
    /// When it is not within ten seconds.
    pub async fn until(&self, object: &str, state: State) -> Object {
        let what = format!("{} {object} is {state:?}", self.library);
        crate::eventually(&what, Duration::from_secs(10), async || {
            let report = self.report().await;
            match report.object(object) {
                Some(found) if found.state == state => Ok(found.clone()),
                found => Err(found.cloned()),
            }
        })
        .await
    }

    /// Gives a lock back.
    ///
    /// # Errors
    /// What the library threw.
    pub async fn release(&self, object: &str) -> Result<Value, String> {
        self.try_ask(json!({"do": "release", "object": object})).await
    }

    /// What every object says of itself.
    pub async fn report(&self) -> Report {
        let answer = self.ask(json!({"do": "report"})).await;
        serde_json::from_value(answer["objects"].clone())
            .map(Report)
            .unwrap_or_else(|error| panic!("{error} in {answer}"))
    }

    /// Suspends the process with all its clients: their sessions will expire.
    ///
    /// # Panics
    /// When it has ended.
    pub fn pause(&self) {
        self.child.pause().expect("the peer runs");
    }

    /// Lets the process go on.
    ///
    /// # Panics
    /// When it has ended.
    pub fn resume(&self) {
        self.child.resume().expect("the peer runs");
    }
}
