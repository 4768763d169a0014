//! Who waits for whom with real clients: a true circle is told with its chain, and what other analysers took for one is not.

use std::collections::BTreeSet;

use harness::presence::Missing;
use harness::scene::Scene;
use harness::{Peer, State, eventually, zookeeper};
use serde_json::{Value, json};
use zooscope_protocol::view::{Deadlock, WaitGraph};

use crate::agreement::{LIMIT, agree, there};

/// A ZooKeeper and a console of a test's own, for what is asked about is the whole of a cluster; and a library's clients.
async fn scene(peer: impl AsyncFnOnce(&str) -> Result<Peer, Missing>) -> Option<(Scene, Peer)> {
    let scene = Scene::start().await?;
    let peer = there(peer(&scene.zookeeper.connect()).await)?;
    Some((scene, peer))
}

/// Makes an object of a client at a path, under the name `CLIENT@PATH`.
async fn make(peer: &Peer, client: &str, kind: &str, path: &str, more: Value) -> String {
    let name = format!("{client}@{path}");
    peer.make(client, &name, kind, path, more).await;
    name
}

async fn deadlocks(scene: &Scene) -> Vec<Deadlock> {
    scene.console.read("/clusters/test/deadlocks").await
}

async fn waits(scene: &Scene) -> WaitGraph {
    scene.console.read("/clusters/test/waits").await
}

/// Begins to acquire and waits until the znode is there, as one of so many in its directory.
async fn wait(scene: &Scene, peer: &Peer, object: &str, directory: &str, members: usize) {
    peer.acquire(object).await;
    let observer = zookeeper::client(&scene.zookeeper.connect()).await;
    zookeeper::members(&observer, directory, members).await;
}

/// Asserts that the console knows who waits for whom, and calls none of it a deadlock: not now, and not after a later change.
async fn no_deadlock(scene: &Scene, waiting: &[(&str, &str)]) {
    let expected: BTreeSet<_> =
        waiting.iter().map(|(who, whom)| ((*who).to_owned(), (*whom).to_owned())).collect();
    let edges = || async {
        let graph = waits(scene).await;
        let edges = graph.edges.iter().map(|edge| (edge.waiter.to_string(), edge.blocker.to_string()));
        (edges.collect::<BTreeSet<_>>(), graph.deadlocks)
    };
    eventually("who waits for whom is told", LIMIT, async || {
        let (edges, _) = edges().await;
        if edges == expected { Ok(()) } else { Err((edges, &expected)) }
    })
    .await;
    let observer = zookeeper::client(&scene.zookeeper.connect()).await;
    zookeeper::put(&observer, "/later", b"").await;
    eventually("a later revision", LIMIT, async || {
        scene.console.node("/later").await.map(|_| ()).ok_or("not there")
    })
    .await;
    assert_eq!(edges().await, (expected, Vec::new()));
    assert_eq!(deadlocks(scene).await, Vec::new());
}

#[tokio::test]
async fn two_who_wait_for_each_other_are_told_with_the_chain() {
    let Some((scene, peer)) = scene(Peer::kazoo).await else { return };
    let (ann, bob, cleo) = (peer.client("ann").await, peer.client("bob").await, peer.client("cleo").await);
    let [ann_a, ann_b] = [
        make(&peer, "ann", "Lock", "/a", json!({})).await,
        make(&peer, "ann", "Lock", "/b", json!({})).await,
    ];
    let [bob_a, bob_b] = [
        make(&peer, "bob", "Lock", "/a", json!({})).await,
        make(&peer, "bob", "Lock", "/b", json!({})).await,
    ];
    let cleo_a = make(&peer, "cleo", "Lock", "/a", json!({})).await;
    peer.hold(&ann_a).await;
    peer.hold(&bob_b).await;
    wait(&scene, &peer, &ann_b, "/b", 2).await;
    assert_eq!(deadlocks(&scene).await, Vec::new(), "one that waits is no circle");
    wait(&scene, &peer, &bob_a, "/a", 2).await;
    wait(&scene, &peer, &cleo_a, "/a", 3).await;
    let told = eventually("the deadlock is confirmed", LIMIT, async || {
        let told = deadlocks(&scene).await;
        match told.as_slice() {
            [deadlock] if deadlock.confirmed => Ok(deadlock.clone()),
            _ => Err(told),
        }
    })
    .await;
    let chain: BTreeSet<_> = told
        .members
        .iter()
        .map(|member| {
            let (holds, waits_for) = (member.holds.to_string(), member.waits_for.to_string());
            (member.session.to_string(), member.identity.clone(), holds, waits_for)
        })
        .collect();
    let link = |session: &str, name: &str, holds: &str, waits_for: &str| {
        (session.to_owned(), Some(name.to_owned()), holds.to_owned(), waits_for.to_owned())
    };
    assert_eq!(chain, BTreeSet::from([link(&ann, "ann", "/a", "/b"), link(&bob, "bob", "/b", "/a")]));
    // Behind `/a` are two, behind `/b` is one: it is cheaper to free `/b`.
    let victim = told.victim.expect("a victim");
    assert_eq!(
        (victim.session.to_string(), victim.lock.as_str()),
        (bob.clone(), "/b"),
        "{}",
        victim.sentence
    );

    let graph = waits(&scene).await;
    let edges: BTreeSet<_> =
        graph.edges.iter().map(|edge| (edge.waiter.to_string(), edge.blocker.to_string())).collect();
    let edge = |from: &String, to: &String| (from.clone(), to.clone());
    assert!(edges.is_superset(&BTreeSet::from([edge(&ann, &bob), edge(&bob, &ann)])), "{edges:?}");
    for node in &graph.sessions {
        assert_eq!(node.deadlocked, node.session.to_string() != cleo, "{node:?}");
    }

    // The way out that the console tells: the victim's lock is freed. Then the one goes on, and the others wait for it.
    let observer = zookeeper::client(&scene.zookeeper.connect()).await;
    observer.delete(victim.member.as_str(), None).await.unwrap();
    peer.until(&ann_b, State::Holding).await;
    eventually("no deadlock is told any more", LIMIT, async || {
        let told = deadlocks(&scene).await;
        if told.is_empty() { Ok(()) } else { Err(told) }
    })
    .await;
}

#[tokio::test]
async fn kazoo_locks_without_names_are_no_deadlock() {
    let Some((scene, peer)) = scene(Peer::kazoo).await else { return };
    let (first, second) = (peer.client("first").await, peer.client("second").await);
    let holder = make(&peer, "first", "Lock", "/unnamed", json!({"identifier": null})).await;
    let waiter = make(&peer, "second", "Lock", "/unnamed", json!({"identifier": null})).await;
    peer.hold(&holder).await;
    wait(&scene, &peer, &waiter, "/unnamed", 2).await;
    let lock = agree(&scene.console, &peer, "/unnamed").await.lock;
    assert_eq!((&lock.holders[0].member.identity, &lock.waiters[0].member.identity), (&None, &None));
    no_deadlock(&scene, &[(&second, &first)]).await;
}

#[tokio::test]
async fn curators_on_one_host_are_no_deadlock() {
    let Some((scene, peer)) = scene(Peer::curator).await else { return };
    let (first, second) = (peer.client("first").await, peer.client("second").await);
    let holder = make(&peer, "first", "InterProcessMutex", "/host", json!({})).await;
    let waiter = make(&peer, "second", "InterProcessMutex", "/host", json!({})).await;
    peer.hold(&holder).await;
    wait(&scene, &peer, &waiter, "/host", 2).await;
    let lock = agree(&scene.console, &peer, "/host").await.lock;
    assert_eq!(
        lock.holders[0].member.identity, lock.waiters[0].member.identity,
        "both write their host's address"
    );
    no_deadlock(&scene, &[(&second, &first)]).await;
}

#[tokio::test]
async fn two_readers_both_hold() {
    let Some((scene, peer)) = scene(Peer::curator).await else { return };
    let mut names = Vec::new();
    for client in ["reader 1", "reader 2"] {
        peer.client(client).await;
        let name = make(&peer, client, "ReadLock", "/shared", json!({})).await;
        peer.hold(&name).await;
        names.push(name);
    }
    let lock = agree(&scene.console, &peer, "/shared").await.lock;
    assert_eq!((lock.held_by, lock.blocked), (2, 0));
    no_deadlock(&scene, &[]).await;
}

#[tokio::test]
async fn a_diamond_at_a_semaphore_is_no_deadlock_until_all_its_holders_are_stuck() {
    let Some((scene, peer)) = scene(Peer::kazoo).await else { return };
    let leases = || json!({"leases": 2});
    let p1 = peer.client("p1").await;
    let (p2, p3) = (peer.client("p2").await, peer.client("p3").await);
    let p1_lock = make(&peer, "p1", "Lock", "/lock", json!({})).await;
    peer.hold(&p1_lock).await;
    for client in ["p2", "p3"] {
        let semaphore = make(&peer, client, "Semaphore", "/semaphore", leases()).await;
        peer.hold(&semaphore).await;
    }
    let p2_lock = make(&peer, "p2", "Lock", "/lock", json!({})).await;
    wait(&scene, &peer, &p2_lock, "/lock", 2).await;
    // p1 waits for either lease: p3 still runs and may give its own back.
    let p1_semaphore = make(&peer, "p1", "Semaphore", "/semaphore", leases()).await;
    wait(&scene, &peer, &p1_semaphore, "/semaphore-__lock__", 1).await;
    no_deadlock(&scene, &[(&p2, &p1), (&p1, &p2), (&p1, &p3)]).await;

    // Now both wait for what p1 holds, and nobody goes on.
    let p3_lock = make(&peer, "p3", "Lock", "/lock", json!({})).await;
    wait(&scene, &peer, &p3_lock, "/lock", 3).await;
    let told = eventually("all three are stuck", LIMIT, async || {
        let told = deadlocks(&scene).await;
        if told.len() == 1 && told[0].confirmed { Ok(told) } else { Err(told) }
    })
    .await;
    let sessions: BTreeSet<_> = told[0].members.iter().map(|member| member.session.to_string()).collect();
    assert!(sessions.contains(&p1), "{told:?}");
    let graph = waits(&scene).await;
    let stuck = graph.sessions.iter().filter(|node| node.deadlocked).map(|node| node.session.to_string());
    let stuck: BTreeSet<_> = stuck.collect();
    assert_eq!(stuck, BTreeSet::from([p1, p2, p3]));
}

#[tokio::test]
async fn a_diamond_of_waiters_is_no_deadlock() {
    let Some((scene, peer)) = scene(Peer::kazoo).await else { return };
    let p1 = peer.client("p1").await;
    for client in ["p2", "p3"] {
        peer.client(client).await;
    }
    let p1_lock = make(&peer, "p1", "Lock", "/lock", json!({})).await;
    peer.hold(&p1_lock).await;
    for (ahead, client) in ["p2", "p3"].into_iter().enumerate() {
        let semaphore = make(&peer, client, "Semaphore", "/semaphore", json!({"leases": 2})).await;
        peer.hold(&semaphore).await;
        let lock = make(&peer, client, "Lock", "/lock", json!({})).await;
        wait(&scene, &peer, &lock, "/lock", ahead + 2).await;
    }
    agree(&scene.console, &peer, "/lock").await;
    let graph = waits(&scene).await;
    let behind = graph
        .sessions
        .iter()
        .find(|node| node.session.to_string() == p1)
        .map(|node| (node.behind, node.root));
    assert_eq!(behind, Some((2, true)), "{graph:?}");
    assert_eq!(deadlocks(&scene).await, Vec::new());
    assert!(graph.sessions.iter().all(|node| !node.deadlocked), "{graph:?}");
}
