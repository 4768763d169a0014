//! Every lock, election, barrier and group of Curator, from idle to contended to handed over, told as Curator says itself.
//! Its queues have a file of their own.

use harness::{Peer, State, eventually};
use serde_json::json;
use zooscope_protocol::api::LockBody;
use zooscope_protocol::view::Deadlock;
use zooscope_protocol::{LockKind, MemberState, Mode};

use crate::agreement::LIMIT;
use crate::stage::{Shared, Stage, all_are, identities, line, paths, texts};

static STAGE: Shared = Shared::const_new();

pub(crate) async fn stage() -> Option<&'static Stage> {
    Stage::of(&STAGE, Peer::curator).await
}

#[tokio::test]
async fn a_mutex_is_handed_down_its_line() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/mutex", &stage.peer);
    let names = stage.line_up(path, &["InterProcessMutex"; 4], json!({})).await;
    let lock = stage.agreed(path).await;
    assert_eq!((lock.lock.kind, lock.lock.held_by, lock.lock.blocked), (LockKind::Mutex, 1, 3));
    assert!(lock.lock.recipe.0.contains(&"curator.InterProcessMutex".to_owned()), "{}", lock.lock.recipe);
    assert_eq!(paths(&lock), texts(&stage.tell(&names[0]).await["participants"]));

    for (holder, next) in names.iter().zip(&names[1..]) {
        stage.hand_over(holder, &[next]).await;
        let lock = stage.agreed(path).await;
        assert_eq!(paths(&lock), texts(&stage.tell(next).await["participants"]));
        assert_eq!(lock.lock.holders[0].member.session.unwrap().to_string(), stage.session(next).await);
    }
    peer.acquire(&names[0]).await;
    harness::zookeeper::members(&stage.observer().await, path, 2).await;
    stage.agreed(path).await;
    stage.hand_over(&names[3], &[&names[0]]).await;
    peer.release(&names[0]).await.unwrap();
    let idle = stage.stands(path, &[], &[]).await.lock;
    assert_eq!(
        (idle.kind, idle.held_by, idle.blocked),
        (LockKind::Mutex, 0, 0),
        "an idle lock stays in sight"
    );
}

#[tokio::test]
async fn a_mutex_that_is_entered_again_has_one_member() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/again", &stage.peer);
    let names = stage.make(path, &["InterProcessMutex"; 2], json!({})).await;
    for _ in 0..3 {
        peer.hold(&names[0]).await;
    }
    peer.acquire(&names[1]).await;
    harness::zookeeper::members(&stage.observer().await, path, 2).await;
    for _ in 0..2 {
        let lock = stage.agreed(path).await.lock;
        assert_eq!((lock.held_by, lock.blocked), (1, 1));
        peer.release(&names[0]).await.unwrap();
        assert_eq!(peer.until(&names[0], State::Holding).await.says, Some(true));
    }
    stage.hand_over(&names[0], &[&names[1]]).await;
    stage.agreed(path).await;
}

#[tokio::test]
async fn two_threads_of_one_client_are_two_members_and_no_deadlock() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/threads", &stage.peer);
    let session = peer.client("threads").await;
    for thread in ["thread 1", "thread 2"] {
        peer.make("threads", thread, "InterProcessMutex", path, json!({})).await;
    }
    peer.line_up(&stage.observer().await, path, &["thread 1", "thread 2"]).await;
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.held_by, lock.blocked), (1, 1));
    for body in lock.holders.iter().chain(&lock.waiters) {
        assert_eq!(body.member.session.unwrap().to_string(), session);
    }
    let deadlocks: Vec<Deadlock> = stage.console().read("/clusters/test/deadlocks").await;
    let about_it = deadlocks.iter().flat_map(|deadlock| &deadlock.members);
    assert!(about_it.into_iter().all(|member| member.session.to_string() != session), "{deadlocks:?}");
    stage.hand_over("thread 1", &["thread 2"]).await;
    stage.stands(path, &identities(&lock.holders), &[]).await;
}

#[tokio::test]
async fn a_holder_that_can_be_revoked_is_asked() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/revocable", &stage.peer);
    for (name, revocable) in [("revocable", true), ("impatient", false)] {
        peer.client(name).await;
        peer.make(name, name, "InterProcessMutex", path, json!({"revocable": revocable})).await;
    }
    peer.line_up(&stage.observer().await, path, &["revocable", "impatient"]).await;
    let lock = stage.agreed(path).await.lock;
    let holder = lock.holders[0].member.clone();
    assert_eq!(holder.identity, None, "it writes no data, so that it can be asked");
    let watches = stage.watches().await;
    assert!(watches[holder.path.as_str()].contains(&stage.session("revocable").await), "{watches:?}");

    let ask = json!({"do": "revoke", "object": "impatient", "path": holder.path});
    peer.ask(ask).await;
    eventually("the holder is asked", LIMIT, async || {
        let told = stage.tell("revocable").await;
        if told["revocations"] == 1 { Ok(()) } else { Err(told) }
    })
    .await;
    let asked = eventually("the console has seen the request", LIMIT, async || {
        let lock = stage.console().lock(path).await.expect("the lock").lock;
        if lock.holders[0].member.version == 1 { Ok(lock) } else { Err(lock.holders) }
    })
    .await;
    assert_eq!(asked.holders[0].member.path, holder.path, "it holds until it releases");
    assert_eq!(asked.holders[0].member.identity, None, "a request is no name");
    stage.hand_over("revocable", &["impatient"]).await;
    stage.agreed(path).await;
}

#[tokio::test]
async fn a_mutex_of_one_lease_is_told_as_a_semaphore() {
    let Some(stage) = stage().await else { return };
    let path = "/curator/semaphore-mutex";
    let names = stage.make(path, &["InterProcessSemaphoreMutex"; 3], json!({})).await;
    queue_up(stage, path, &names, 1).await;
    let lock = pending(stage, path).await.lock;
    assert_eq!((lock.kind, lock.capacity, lock.held_by, lock.blocked), (LockKind::Semaphore, Some(1), 1, 2));
    assert!(lock.recipe.0.contains(&"curator.InterProcessSemaphoreMutex".to_owned()), "{}", lock.recipe);
    stage.hand_over(&names[0], &[&names[1]]).await;
    stage.agreed(path).await;
    stage.hand_over(&names[1], &[&names[2]]).await;
    stage.agreed(path).await;
    stage.peer.release(&names[2]).await.unwrap();
    stage.stands(path, &[], &[]).await;
}

#[tokio::test]
async fn a_semaphore_has_one_pending_lease_at_most() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/semaphore", &stage.peer);
    let names = stage.make(path, &["InterProcessSemaphoreV2"; 5], json!({"leases": 2})).await;
    queue_up(stage, path, &names[..2], 2).await;
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.held_by, lock.blocked), (2, 0));
    queue_up(stage, path, &names[2..], 0).await;
    let lock = pending(stage, path).await;
    assert_eq!((lock.lock.kind, lock.lock.capacity), (LockKind::Semaphore, Some(2)));
    assert_eq!(line(&lock)[..2], names[..2]);
    let states: Vec<_> = lock.lock.waiters.iter().map(|body| body.member.state).collect();
    assert_eq!(states, [MemberState::Pending, MemberState::Waiting, MemberState::Waiting]);
    let leases = ["/curator/semaphore/locks", "/curator/semaphore/leases"];
    for part in leases {
        assert!(stage.console().lock(part).await.is_none(), "{part} is a part of the semaphore");
    }
    // The library counts the leases that are laid down, the pending one among them.
    assert_eq!(stage.tell(&names[0]).await["participants"].as_array().unwrap().len(), 3);

    stage.hand_over(&names[1], &[&names[2]]).await;
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.held_by, lock.blocked), (2, 2));
    // A holder's session ends, and the next has its lease.
    peer.ask(json!({"do": "end", "client": names[0]})).await;
    peer.until(&names[3], State::Holding).await;
    stage.agreed(path).await;
}

#[tokio::test]
async fn a_semaphore_whose_size_is_shared_grows() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/resized", &stage.peer);
    let count = json!({"leases": 1, "count_path": "/curator/size"});
    let names = stage.make(path, &["InterProcessSemaphoreV2"; 3], count).await;
    queue_up(stage, path, &names, 1).await;
    let lock = pending(stage, path).await.lock;
    assert_eq!((lock.capacity, lock.held_by, lock.blocked), (Some(1), 1, 2));
    stage.neither("/curator/size").await;
    peer.ask(json!({"do": "resize", "object": names[0], "leases": 2})).await;
    peer.until(&names[1], State::Holding).await;
    // The third lays down its pending lease a moment later; only that says that there is no room.
    eventually("two hold and there is no room for a third", LIMIT, async || {
        let lock = stage.agreed(path).await.lock;
        let told = (lock.capacity, lock.held_by, lock.blocked);
        if told == (Some(2), 2, 1) { Ok(()) } else { Err(told) }
    })
    .await;
}

/// The semaphore once its first waiter has laid down its lease, which alone says that there is no room.
async fn pending(stage: &Stage, path: &str) -> LockBody {
    eventually("the first waiter's lease is pending", LIMIT, async || {
        let lock = stage.agreed(path).await;
        let first = lock.lock.waiters.first().map(|body| body.member.state);
        if first == Some(MemberState::Pending) { Ok(lock) } else { Err(first) }
    })
    .await
}

/// Lets contenders of a semaphore queue up in this order, of which so many get a lease at once.
pub(crate) async fn queue_up(stage: &Stage, path: &str, names: &[String], leases: usize) {
    let observer = stage.observer().await;
    for (ahead, name) in names.iter().enumerate() {
        stage.peer.acquire(name).await;
        if ahead < leases {
            stage.peer.until(name, State::Holding).await;
        } else {
            harness::zookeeper::members(&observer, &format!("{path}/locks"), ahead + 1 - leases).await;
        }
    }
}

#[tokio::test]
async fn readers_and_writers_stand_as_they_block_each_other() {
    let Some(stage) = stage().await else { return };
    let path = "/curator/rw";
    let kinds = ["ReadLock", "ReadLock", "WriteLock", "ReadLock", "WriteLock", "ReadLock"];
    let names = stage.line_up(path, &kinds, json!({})).await;
    let lock = stage.agreed(path).await;
    assert_eq!((lock.lock.kind, lock.lock.held_by, lock.lock.blocked), (LockKind::ReadWrite, 2, 4));
    assert_eq!(line(&lock), names);
    let first_writer = lock.lock.waiters[0].member.path.clone();
    for reader in [1, 3] {
        let reader = &lock.lock.waiters[reader].member;
        assert_eq!((reader.mode, reader.waits_for.as_ref()), (Mode::Read, Some(&first_writer)));
    }
    stage.peer.release(&names[0]).await.unwrap();
    stage.stands(path, &[&names[1]], &[&names[2], &names[3], &names[4], &names[5]]).await;
    stage.agreed(path).await;
    stage.hand_over(&names[1], &[&names[2]]).await;
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.held_by, lock.holders[0].member.mode), (1, Mode::Write));
    stage.hand_over(&names[2], &[&names[3]]).await;
    stage.stands(path, &[&names[3]], &[&names[4], &names[5]]).await;
    stage.agreed(path).await;
    stage.hand_over(&names[3], &[&names[4]]).await;
    stage.agreed(path).await;
    stage.hand_over(&names[4], &[&names[5]]).await;
    stage.agreed(path).await;
}

#[tokio::test]
async fn a_writer_that_reads_on_holds_twice() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/downgrade", &stage.peer);
    let names = stage.line_up(path, &["WriteLock", "ReadLock"], json!({})).await;
    peer.ask(json!({"do": "downgrade", "object": names[0]})).await;
    stage.stands(path, &[&names[0], &names[0]], &[&names[1]]).await;
    let lock = stage.agreed(path).await.lock;
    let modes: Vec<_> = lock.holders.iter().map(|body| body.member.mode).collect();
    assert_eq!((modes, lock.held_by, lock.blocked), (vec![Mode::Write, Mode::Read], 2, 1));
    // The writer lets go, and both read.
    stage.hand_over(&names[0], &[&names[1]]).await;
    assert_eq!(peer.until(&names[0], State::Holding).await.says, Some(true));
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.held_by, lock.blocked), (2, 0));
    all_are(&lock.holders, MemberState::Holding);
}

#[tokio::test]
async fn locks_that_are_taken_together_are_each_told() {
    let Some(stage) = stage().await else { return };
    let peer = &stage.peer;
    let [a, b, c] = ["/curator/multi-a", "/curator/multi-b", "/curator/multi-c"];
    for (name, of) in [("holds a and b", [a, b]), ("holds c, wants a", [c, a])] {
        peer.client(name).await;
        peer.make(name, name, "InterProcessMultiLock", of[0], json!({"paths": of})).await;
    }
    peer.acquire("holds a and b").await;
    peer.until("holds a and b@/curator/multi-a", State::Holding).await;
    for path in [a, b] {
        stage.agreed(path).await;
    }
    // The second has the one and waits for the other; the library says only that it waits.
    peer.acquire("holds c, wants a").await;
    let [first, second] = ["holds a and b@/curator/multi-a", "holds c, wants a@/curator/multi-c"];
    let (first, second) = (stage.session(first).await, stage.session(second).await);
    eventually("it holds one and waits for the other", LIMIT, async || {
        let mut told = Vec::new();
        for path in [a, b, c] {
            let lock = stage.console().lock(path).await;
            let sessions = |members: &[zooscope_protocol::api::MemberBody]| {
                members.iter().map(|body| body.member.session.unwrap().to_string()).collect::<Vec<_>>()
            };
            told.push(lock.map(|lock| (sessions(&lock.lock.holders), sessions(&lock.lock.waiters))));
        }
        let expected = [
            Some((vec![first.clone()], vec![second.clone()])),
            Some((vec![first.clone()], vec![])),
            Some((vec![second.clone()], vec![])),
        ];
        if told == expected { Ok(()) } else { Err(told) }
    })
    .await;
    peer.release("holds a and b").await.unwrap();
    peer.until("holds c, wants a@/curator/multi-a", State::Holding).await;
    for path in [a, c] {
        stage.agreed(path).await;
    }
    stage.stands(b, &[], &[]).await;
}

#[tokio::test]
async fn elections_have_one_leader() {
    let Some(stage) = stage().await else { return };
    for (path, kind) in [("/curator/latch", "LeaderLatch"), ("/curator/selector", "LeaderSelector")] {
        let names = stage.line_up(path, &[kind; 3], json!({})).await;
        for leader in 0..2 {
            let lock = stage.agreed(path).await;
            assert!(lock.lock.recipe.0.contains(&format!("curator.{kind}")), "{}", lock.lock.recipe);
            let told = stage.tell(&names[leader]).await;
            assert_eq!(
                (told["leader"].as_str(), line(&lock)),
                (Some(&*names[leader]), texts(&told["participants"]))
            );
            assert_eq!(
                lock.lock.kind == LockKind::Election,
                kind == "LeaderLatch",
                "a selector is laid out as a mutex"
            );
            stage.hand_over(&names[leader], &[&names[leader + 1]]).await;
        }
        stage.peer.release(&names[2]).await.unwrap();
        stage.stands(path, &[], &[]).await;
    }
}

#[tokio::test]
async fn a_barrier_is_no_lock_by_itself() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/barrier", &stage.peer);
    let names = stage.make(path, &["DistributedBarrier"; 2], json!({})).await;
    peer.ask(json!({"do": "close", "object": names[0]})).await;
    peer.acquire(&names[1]).await;
    let waiting = stage.session(&names[1]).await;
    eventually("Curator watches the barrier", LIMIT, async || {
        let watches = stage.watches().await;
        watches.get(path).is_some_and(|by| by.contains(&waiting)).then_some(()).ok_or(watches)
    })
    .await;
    stage.neither(path).await;
    peer.ask(json!({"do": "open", "object": names[0]})).await;
    peer.until(&names[1], State::Idle).await;
}

#[tokio::test]
async fn a_double_barrier_fills_and_opens_and_empties() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/double", &stage.peer);
    let names = stage.make(path, &["DistributedDoubleBarrier"; 3], json!({"members": 3})).await;
    for (ahead, name) in names[..2].iter().enumerate() {
        peer.acquire(name).await;
        harness::zookeeper::members(&stage.observer().await, path, ahead + 1).await;
    }
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::Barrier, 0, 2));
    assert!(lock.recipe.0.contains(&"curator.DistributedDoubleBarrier".to_owned()), "{}", lock.recipe);
    for waiter in &lock.waiters {
        assert_eq!(waiter.member.waits_for.as_ref().unwrap().as_str(), "/curator/double/ready");
    }
    peer.acquire(&names[2]).await;
    for name in &names {
        peer.until(name, State::Holding).await;
    }
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::Barrier, 3, 0));

    for name in &names {
        peer.release(name).await.unwrap();
    }
    for name in &names {
        peer.until(name, State::Idle).await;
    }
    stage.stands(path, &[], &[]).await;
}

#[tokio::test]
async fn the_members_of_a_group_are_present() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/curator/group", &stage.peer);
    let names = ["member a", "member b", "member c"];
    for name in names {
        peer.client(name).await;
        peer.make(name, name, "GroupMember", path, json!({})).await;
        peer.acquire(name).await;
        peer.until(name, State::Present).await;
        // A member's znode is made in the background.
        let path = format!("{path}/{name}");
        eventually("it is there", LIMIT, async || stage.console().node(&path).await.map(|_| ()).ok_or(()))
            .await;
    }
    let lock = stage.stands(path, &names, &[]).await.lock;
    assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::Group, 3, 0));
    assert!(lock.recipe.0.contains(&"curator.GroupMember".to_owned()), "{}", lock.recipe);
    all_are(&lock.holders, MemberState::Present);
    eventually("the library counts them", LIMIT, async || {
        let told = stage.tell(names[0]).await;
        if texts(&told["members"]) == names { Ok(()) } else { Err(told) }
    })
    .await;
    // One leaves, and one whose session ends is gone. What is left of a group of one looks like any other ephemeral znode.
    peer.release(names[0]).await.unwrap();
    stage.stands(path, &names[1..], &[]).await;
    peer.ask(json!({"do": "end", "client": names[1]})).await;
    stage.neither(&format!("{path}/{}", names[2])).await;
}

#[tokio::test]
async fn numbers_and_nodes_are_no_locks_and_no_queues() {
    let Some(stage) = stage().await else { return };
    let peer = &stage.peer;
    peer.client("numbers").await;
    for (path, kind) in
        [("/curator/numbers/count", "SharedCount"), ("/curator/numbers/long", "DistributedAtomicLong")]
    {
        peer.make("numbers", path, kind, path, json!({})).await;
        for amount in [5, -2] {
            peer.ask(json!({"do": "add", "object": path, "amount": amount})).await;
        }
        eventually(&format!("{path} is 3"), LIMIT, async || {
            let told = stage.tell(path).await;
            if told["value"] == 3 { Ok(()) } else { Err(told) }
        })
        .await;
        stage.neither(path).await;
    }
    stage.neither("/curator/numbers").await;

    let nodes =
        [("plain", "EPHEMERAL", false), ("kept", "PERSISTENT", false), ("guarded", "EPHEMERAL", true)];
    let numbered = [("numbered", "EPHEMERAL_SEQUENTIAL", false), ("both", "EPHEMERAL_SEQUENTIAL", true)];
    for (name, mode, protection) in nodes.into_iter().chain(numbered) {
        let path = format!("/curator/nodes-{name}/node");
        let more = json!({"mode": mode, "protection": protection});
        peer.make("numbers", &path, "PersistentNode", &path, more).await;
        peer.acquire(&path).await;
        let made = eventually("the node is made", LIMIT, async || {
            let told = stage.tell(&path).await;
            told["path"].as_str().map(str::to_owned).ok_or(told)
        })
        .await;
        stage.neither(&made).await;
        stage.neither(&format!("/curator/nodes-{name}")).await;
    }
}
