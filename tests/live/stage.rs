//! A ZooKeeper with AdminServer, a console on it, and one library's clients, shared by the tests of a file; and what is
//! compared: what the console tells, what the library says, and what the server says is watched.

use std::collections::{BTreeMap, BTreeSet};

use harness::presence::Missing;
use harness::scene::Scene;
use harness::{Console, Peer, State, eventually, zookeeper};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use zooscope_protocol::MemberState;
use zooscope_protocol::api::{LockBody, MemberBody, QueueBody};

use crate::agreement::{LIMIT, agree, there};

/// Where the tests of a file play. A static is never dropped: its processes end with the test process.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) peer: Peer,
}

/// A stage that is set when first needed.
pub(crate) type Shared = OnceCell<Option<Stage>>;

impl Stage {
    /// The stage. `None`, said loudly, where the machine lacks something.
    pub(crate) async fn of(
        shared: &'static Shared,
        peer: impl AsyncFnOnce(&str) -> Result<Peer, Missing>,
    ) -> Option<&'static Self> {
        let set = async || {
            let options = zookeeper::Options { admin_server: true, ..zookeeper::options() };
            let scene = Scene::start_on(options).await?;
            let peer = there(peer(&scene.zookeeper.connect()).await)?;
            Some(Self { scene, peer })
        };
        shared.get_or_init(set).await.as_ref()
    }

    pub(crate) fn console(&self) -> &Console {
        &self.scene.console
    }

    /// A client that has nothing to do with the library.
    pub(crate) async fn observer(&self) -> zookeeper_client::Client {
        zookeeper::client(&self.scene.zookeeper.connect()).await
    }

    /// Makes contenders of these kinds at a path, each with a session and the identity of its own: `PATH#0`, `PATH#1`, …
    pub(crate) async fn make(&self, path: &str, kinds: &[&str], more: Value) -> Vec<String> {
        let mut names = Vec::new();
        for (number, kind) in kinds.iter().enumerate() {
            let name = format!("{path}#{number}");
            self.peer.client(&name).await;
            self.peer.make(&name, &name, kind, path, more.clone()).await;
            names.push(name);
        }
        names
    }

    /// Makes contenders and lets them queue up in this order. The first holds.
    pub(crate) async fn line_up(&self, path: &str, kinds: &[&str], more: Value) -> Vec<String> {
        let names = self.make(path, kinds, more).await;
        let objects: Vec<&str> = names.iter().map(String::as_str).collect();
        self.peer.line_up(&self.observer().await, path, &objects).await;
        names
    }

    /// The lock once the console tells the holders and waiters that the library names, and the server lists for each
    /// waiter's session the watch that the console tells, and no other in this lock.
    pub(crate) async fn agreed(&self, path: &str) -> LockBody {
        eventually(&format!("the watches at {path} are those told"), LIMIT, async || {
            let lock = agree(self.console(), &self.peer, path).await;
            let watches = self.watches().await;
            let told: BTreeMap<_, _> =
                lock.lock.waiters.iter().filter_map(|waiter| expected(path, waiter)).collect();
            let said: BTreeMap<_, _> = told
                .keys()
                .map(|session: &String| {
                    let watched = watches.iter().filter(|(watched, sessions)| {
                        watched.starts_with(path) && sessions.contains(session)
                    });
                    (session.clone(), watched.map(|(watched, _)| watched.clone()).collect())
                })
                .collect();
            if told == said { Ok(lock) } else { Err(format!("told {told:?}, watched {said:?}")) }
        })
        .await
    }

    /// The lock once it is told so: who holds and who waits, by identity, in this order.
    pub(crate) async fn stands(&self, path: &str, holders: &[&str], waiters: &[&str]) -> LockBody {
        eventually(&format!("{path} is held by {holders:?}, awaited by {waiters:?}"), LIMIT, async || {
            let lock = self.console().lock(path).await;
            match lock {
                Some(lock)
                    if identities(&lock.lock.holders) == holders
                        && identities(&lock.lock.waiters) == waiters =>
                {
                    Ok(lock)
                }
                other => Err(other.map(|lock| {
                    (identities(&lock.lock.holders).join(", "), identities(&lock.lock.waiters).join(", "))
                })),
            }
        })
        .await
    }

    /// The queue once it is so deep and so much of it is in flight.
    pub(crate) async fn depth(&self, path: &str, depth: u32, in_flight: Option<u32>) -> QueueBody {
        eventually(&format!("{path} is {depth} deep"), LIMIT, async || {
            match self.console().queue(path).await {
                Some(body) if (body.queue.depth, body.queue.in_flight) == (depth, in_flight) => Ok(body),
                other => Err(other.map(|body| (body.queue.depth, body.queue.in_flight))),
            }
        })
        .await
    }

    /// What the items of a queue carry, in the order that the console tells.
    pub(crate) async fn items(&self, path: &str) -> Vec<String> {
        let items = self.console().items(path).await;
        items.iter().map(|body| body.item.preview.text().unwrap_or_default().to_owned()).collect()
    }

    /// What the consumer of a queue is given, item by item.
    pub(crate) async fn taken(&self, queue: &str, count: usize) -> Vec<String> {
        let mut taken = Vec::new();
        for _ in 0..count {
            let answer = self.peer.ask(json!({"do": "take", "object": queue})).await;
            taken.push(answer["data"].as_str().unwrap_or("nothing").to_owned());
        }
        taken
    }

    /// Waits until the console's mirror has a znode of which it says that it is no lock and no queue.
    pub(crate) async fn neither(&self, path: &str) {
        eventually(&format!("{path} is mirrored"), LIMIT, async || {
            self.console().node(path).await.map(|_| ()).ok_or("not there")
        })
        .await;
        assert_eq!(self.console().lock(path).await.map(|body| body.lock.recipe), None, "{path}");
        assert_eq!(self.console().queue(path).await.map(|body| body.queue.recipe), None, "{path}");
    }

    /// What the library says of the whole of an object.
    pub(crate) async fn tell(&self, object: &str) -> Value {
        self.peer.ask(json!({"do": "tell", "object": object})).await
    }

    /// The session of an object's client.
    pub(crate) async fn session(&self, object: &str) -> String {
        self.peer.report().await.object(object).expect("an object that is reported").session.clone()
    }

    /// The sessions that watch a znode, by path, as the server says. It lists no watches on children.
    pub(crate) async fn watches(&self) -> BTreeMap<String, BTreeSet<String>> {
        #[derive(Deserialize)]
        struct Answer {
            path_to_session_ids: BTreeMap<String, Vec<i64>>,
        }
        let port = self.scene.zookeeper.admin_port().expect("an AdminServer");
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/commands/watches_by_path")).await;
        let text = answer.expect("the AdminServer answers").text().await.expect("a body");
        let answer: Answer = serde_json::from_str(&text).expect("the watches by path");
        let session = |id: &i64| format!("0x{:016x}", id.cast_unsigned());
        answer
            .path_to_session_ids
            .into_iter()
            .map(|(path, sessions)| (path, sessions.iter().map(session).collect()))
            .collect()
    }

    /// Gives a lock back, and waits until the library says that another holds.
    pub(crate) async fn hand_over(&self, from: &str, to: &[&str]) {
        self.peer.release(from).await.expect("the library gives it back");
        for object in to {
            self.peer.until(object, State::Holding).await;
        }
    }
}

/// The session of a waiter and what the server must list for it: a watch on the znode that it waits for, or nothing where
/// that is the directory of the members, whose children are watched.
fn expected(path: &str, waiter: &MemberBody) -> Option<(String, BTreeSet<String>)> {
    let session = waiter.member.session?.to_string();
    let watched = waiter.member.waits_for.as_ref().map(|watched| watched.to_string());
    let children = |watched: &String| watched == path || *watched == format!("{path}/leases");
    Some((session, watched.filter(|watched| !children(watched)).into_iter().collect()))
}

/// Who members say they are, in their order.
pub(crate) fn identities(members: &[MemberBody]) -> Vec<&str> {
    members.iter().map(|body| body.member.identity.as_deref().unwrap_or("nobody")).collect()
}

/// Who holds and who waits, in their order.
pub(crate) fn line(lock: &LockBody) -> Vec<&str> {
    let (holders, waiters) = (identities(&lock.lock.holders), identities(&lock.lock.waiters));
    [holders, waiters].concat()
}

/// The znodes of those who hold and then of those who wait.
pub(crate) fn paths(lock: &LockBody) -> Vec<&str> {
    lock.lock.holders.iter().chain(&lock.lock.waiters).map(|body| body.member.path.as_str()).collect()
}

/// A list of texts of an answer.
pub(crate) fn texts(answer: &Value) -> Vec<&str> {
    answer.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text")).collect()
}

/// Asserts where members stand.
pub(crate) fn all_are(members: &[MemberBody], state: MemberState) {
    assert!(members.iter().all(|body| body.member.state == state), "{members:?}");
}
