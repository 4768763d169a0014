//! Every recipe of kazoo, from idle to contended to handed over, told as kazoo says itself.

use std::time::Duration;

use harness::{Peer, State, eventually};
use serde_json::json;
use zooscope_protocol::{LockKind, MemberState, Mode, QueueKind};

use crate::agreement::LIMIT;
use crate::stage::{Shared, Stage, all_are, identities, line, texts};

static STAGE: Shared = Shared::const_new();

pub(crate) async fn stage() -> Option<&'static Stage> {
    Stage::of(&STAGE, Peer::kazoo).await
}

#[tokio::test]
async fn a_lock_is_handed_down_its_line() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/lock", &stage.peer);
    let names = stage.line_up(path, &["Lock"; 4], json!({})).await;
    let lock = stage.agreed(path).await;
    assert_eq!((lock.lock.kind, lock.lock.held_by, lock.lock.blocked), (LockKind::Mutex, 1, 3));
    assert!(lock.lock.recipe.0.contains(&"kazoo.Lock".to_owned()), "{}", lock.lock.recipe);
    assert_eq!(line(&lock), texts(&stage.tell(&names[0]).await["contenders"]));
    assert!(lock.lock.held_seen, "the console saw the holder acquire");

    for (holder, next) in names.iter().zip(&names[1..]) {
        stage.hand_over(holder, &[next]).await;
        let lock = stage.agreed(path).await;
        assert_eq!(line(&lock), texts(&stage.tell(next).await["contenders"]));
    }
    // One that comes back stands last, under the same name with another number.
    peer.acquire(&names[0]).await;
    stage.stands(path, &[&names[3]], &[&names[0]]).await;
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
async fn a_persistent_lock_outlives_its_session() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/persistent", &stage.peer);
    for (name, ephemeral) in [("persistent", false), ("heir", true)] {
        peer.client(name).await;
        peer.make(name, name, "Lock", path, json!({"ephemeral": ephemeral})).await;
    }
    peer.hold("persistent").await;
    peer.acquire("heir").await;
    let lock = stage.stands(path, &["persistent"], &["heir"]).await.lock;
    assert_eq!(lock.holders[0].member.session, None, "a persistent znode has no owner");
    assert_eq!(lock.waiters[0].member.waits_for.as_ref(), Some(&lock.holders[0].member.path));
    peer.ask(json!({"do": "end", "client": "persistent"})).await;
    let observer = stage.observer().await;
    observer.sync(path).await.unwrap();
    let lock = stage.stands(path, &["persistent"], &["heir"]).await.lock;
    assert_eq!(peer.report().await.object("heir").unwrap().state, State::Waiting);
    observer.delete(lock.holders[0].member.path.as_str(), None).await.unwrap();
    peer.until("heir", State::Holding).await;
    stage.stands(path, &["heir"], &[]).await;
}

#[tokio::test]
async fn readers_and_writers_stand_as_they_block_each_other() {
    let Some(stage) = stage().await else { return };
    let path = "/kazoo/rw";
    let kinds = ["ReadLock", "ReadLock", "WriteLock", "ReadLock", "WriteLock"];
    let names = stage.line_up(path, &kinds, json!({})).await;
    let lock = stage.agreed(path).await;
    assert_eq!((lock.lock.kind, lock.lock.held_by, lock.lock.blocked), (LockKind::ReadWrite, 2, 3));
    assert_eq!(line(&lock), texts(&stage.tell(&names[2]).await["contenders"]));
    let modes: Vec<_> = lock.lock.waiters.iter().map(|body| body.member.mode).collect();
    assert_eq!(modes, [Mode::Write, Mode::Read, Mode::Write]);
    let [writer, reader, last] = [0, 1, 2].map(|at| &lock.lock.waiters[at].member);
    assert_eq!(writer.waits_for.as_ref(), Some(&lock.lock.holders[1].member.path), "the nearest before it");
    assert_eq!(reader.waits_for.as_ref(), Some(&writer.path), "a reader waits for the writer");
    assert_eq!(last.waits_for.as_ref(), Some(&reader.path));

    stage.peer.release(&names[0]).await.unwrap();
    stage.stands(path, &[&names[1]], &[&names[2], &names[3], &names[4]]).await;
    stage.agreed(path).await;
    stage.hand_over(&names[1], &[&names[2]]).await;
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.held_by, lock.blocked, lock.holders[0].member.mode), (1, 2, Mode::Write));
    stage.hand_over(&names[2], &[&names[3]]).await;
    stage.agreed(path).await;
    stage.hand_over(&names[3], &[&names[4]]).await;
    stage.agreed(path).await;
}

#[tokio::test]
async fn a_semaphore_has_holders_and_an_inner_lock() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/semaphore", &stage.peer);
    let names = stage.make(path, &["Semaphore"; 5], json!({"leases": 2})).await;
    let observer = stage.observer().await;
    peer.hold(&names[0]).await;
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.kind, lock.capacity, lock.held_by), (LockKind::Semaphore, Some(2), 1));
    peer.hold(&names[1]).await;
    for (ahead, name) in names[2..].iter().enumerate() {
        peer.acquire(name).await;
        harness::zookeeper::members(&observer, "/kazoo/semaphore-__lock__", ahead + 1).await;
    }
    let lock = stage.agreed(path).await;
    let told = stage.tell(&names[0]).await;
    let mut holders = texts(&told["holders"]);
    holders.sort_unstable();
    assert_eq!(
        identities(&lock.lock.holders),
        holders,
        "in the order in which they came, as their names sort"
    );
    // The library tells the data of the inner lock as Python writes bytes down.
    let waiters =
        texts(&told["waiters"]).into_iter().map(|text| text.trim_start_matches("b'").trim_end_matches('\''));
    assert_eq!(identities(&lock.lock.waiters), waiters.collect::<Vec<_>>());
    assert_eq!((lock.lock.held_by, lock.lock.blocked), (2, 3));
    assert_eq!(
        lock.lock.waiters[0].member.waits_for.as_ref().unwrap().as_str(),
        path,
        "the first awaits a lease"
    );
    assert_eq!(lock.lock.waiters[1].member.waits_for.as_ref(), Some(&lock.lock.waiters[0].member.path));
    let inner = stage.console().lock("/kazoo/semaphore-__lock__").await;
    assert!(inner.is_none(), "the inner lock is a part of the semaphore, and no lock by itself");

    stage.hand_over(&names[1], &[&names[2]]).await;
    stage.agreed(path).await;
    stage.hand_over(&names[0], &[&names[3]]).await;
    stage.stands(path, &[&names[2], &names[3]], &[&names[4]]).await;
    stage.agreed(path).await;
    // A holder whose session ends gives its lease back without knowing.
    peer.ask(json!({"do": "end", "client": names[2]})).await;
    peer.until(&names[4], State::Holding).await;
    stage.agreed(path).await;
}

#[tokio::test]
async fn an_election_has_one_leader() {
    let Some(stage) = stage().await else { return };
    let path = "/kazoo/election";
    let names = stage.line_up(path, &["Election"; 3], json!({})).await;
    let lock = stage.agreed(path).await;
    assert!(lock.lock.recipe.0.contains(&"kazoo.Election".to_owned()), "{}", lock.lock.recipe);
    assert_eq!(line(&lock), texts(&stage.tell(&names[0]).await["contenders"]));
    stage.hand_over(&names[0], &[&names[1]]).await;
    let lock = stage.agreed(path).await;
    assert_eq!(line(&lock), texts(&stage.tell(&names[1]).await["contenders"]));
}

#[tokio::test]
async fn a_queue_is_told_in_the_order_in_which_it_is_taken() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/queue", &stage.peer);
    peer.client("queue").await;
    peer.make("queue", "queue", "Queue", path, json!({})).await;
    for (data, priority) in [("low", 200), ("urgent", 10), ("first", 100), ("second", 100), ("at once", 0)] {
        peer.ask(json!({"do": "put", "object": "queue", "data": data, "priority": priority})).await;
    }
    let queue = stage.depth(path, 5, None).await.queue;
    assert_eq!((queue.kind, queue.consumers), (QueueKind::Priority, None));
    assert_eq!(stage.tell("queue").await["length"], 5);
    let told = stage.items(path).await;
    assert_eq!(stage.taken("queue", 5).await, told);
    stage.depth(path, 0, None).await;
}

#[tokio::test]
async fn an_item_that_is_taken_stays_until_it_is_consumed() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/locking", &stage.peer);
    let mut sessions = Vec::new();
    for name in ["worker a", "worker b"] {
        sessions.push(peer.client(name).await);
        peer.make(name, name, "LockingQueue", path, json!({})).await;
    }
    for (data, priority) in [("last", 300), ("first", 50), ("middle", 100)] {
        peer.ask(json!({"do": "put", "object": "worker a", "data": data, "priority": priority})).await;
    }
    stage.depth(path, 3, Some(0)).await;
    let told = stage.items(path).await;
    assert_eq!(stage.taken("worker a", 1).await, told[..1]);
    assert_eq!(stage.taken("worker b", 1).await, told[1..2]);
    let queue = stage.depth(path, 3, Some(2)).await.queue;
    assert_eq!((queue.kind, queue.consumers), (QueueKind::Locking, Some(2)));
    let told_of_it = stage.tell("worker a").await;
    assert_eq!((&told_of_it["length"], &told_of_it["holds"]), (&json!(3), &json!(true)));
    let items = stage.console().items(path).await;
    let by: Vec<_> = items.iter().map(|body| body.item.taken_by.map(|session| session.to_string())).collect();
    assert_eq!(by, [Some(sessions[0].clone()), Some(sessions[1].clone()), None]);

    // Given back it is the first again; consumed it is gone; and a session that ends gives back what it had.
    assert_eq!(peer.ask(json!({"do": "give_back", "object": "worker a"})).await["given_back"], true);
    stage.depth(path, 3, Some(1)).await;
    assert_eq!(stage.items(path).await, told);
    assert_eq!(stage.taken("worker a", 1).await, told[..1]);
    assert_eq!(peer.ask(json!({"do": "finish", "object": "worker a"})).await["finished"], true);
    stage.depth(path, 2, Some(1)).await;
    peer.ask(json!({"do": "end", "client": "worker b"})).await;
    stage.depth(path, 2, Some(0)).await;
    assert_eq!(stage.items(path).await, told[1..]);
    assert_eq!(stage.taken("worker a", 1).await, told[1..2]);
}

#[tokio::test]
async fn a_barrier_is_no_lock_by_itself() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/barrier", &stage.peer);
    let names = stage.make(path, &["Barrier"; 2], json!({})).await;
    peer.ask(json!({"do": "close", "object": names[0]})).await;
    peer.acquire(&names[1]).await;
    let waiting = stage.session(&names[1]).await;
    eventually("kazoo watches the barrier", LIMIT, async || {
        let watches = stage.watches().await;
        watches.get(path).is_some_and(|by| by.contains(&waiting)).then_some(()).ok_or(watches)
    })
    .await;
    stage.neither(path).await;
    assert_eq!(peer.ask(json!({"do": "open", "object": names[0]})).await["opened"], true);
    peer.until(&names[1], State::Idle).await;
}

#[tokio::test]
async fn a_double_barrier_fills_and_opens_and_empties() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/double", &stage.peer);
    let names = stage.make(path, &["DoubleBarrier"; 3], json!({"members": 3})).await;
    for (ahead, name) in names[..2].iter().enumerate() {
        peer.acquire(name).await;
        harness::zookeeper::members(&stage.observer().await, path, ahead + 1).await;
    }
    stage.stands(path, &[], &[&names[0], &names[1]]).await;
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.kind, lock.blocked), (LockKind::Barrier, 2));
    assert!(lock.recipe.0.contains(&"kazoo.DoubleBarrier".to_owned()), "{}", lock.recipe);
    for waiter in &lock.waiters {
        assert_eq!(waiter.member.waits_for.as_ref().unwrap().as_str(), "/kazoo/double/ready");
    }
    peer.acquire(&names[2]).await;
    for name in &names {
        peer.until(name, State::Holding).await;
    }
    let lock = stage.agreed(path).await.lock;
    assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::Barrier, 3, 0));
    assert_eq!(identities(&lock.holders), names);

    for name in &names {
        peer.release(name).await.unwrap();
    }
    for name in &names {
        peer.until(name, State::Idle).await;
    }
    stage.stands(path, &[], &[]).await;
}

#[tokio::test]
async fn a_party_is_a_group() {
    let Some(stage) = stage().await else { return };
    for (path, kind) in [("/kazoo/party", "Party"), ("/kazoo/shallow", "ShallowParty")] {
        let peer = &stage.peer;
        let names: Vec<_> = ["ann", "bob", "cy-rus"].iter().map(|name| format!("{kind} {name}")).collect();
        for name in &names {
            peer.client(name).await;
            peer.make(name, name, kind, path, json!({})).await;
            peer.acquire(name).await;
        }
        let members: Vec<_> = names.iter().map(String::as_str).collect();
        let lock = stage.stands(path, &members, &[]).await.lock;
        assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::Group, 3, 0));
        assert!(lock.recipe.0.contains(&format!("kazoo.{kind}")), "{}", lock.recipe);
        all_are(&lock.holders, MemberState::Present);
        assert_eq!(texts(&stage.tell(&names[0]).await["members"]), members);
        for (name, holder) in names.iter().zip(&lock.holders) {
            assert_eq!(holder.member.session.unwrap().to_string(), stage.session(name).await);
        }
        assert_eq!(peer.release(&names[0]).await.unwrap()["released"], true);
        peer.ask(json!({"do": "end", "client": names[1]})).await;
        stage.stands(path, &members[2..], &[]).await;
        assert_eq!(texts(&stage.tell(&names[2]).await["members"]), members[2..]);
    }
}

#[tokio::test]
async fn a_lease_has_a_holder_until_its_time() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/lease", &stage.peer);
    let names = stage.make(path, &["NonBlockingLease"; 2], json!({"seconds": 600})).await;
    for name in &names {
        peer.acquire(name).await;
    }
    let says: Vec<_> = {
        let report = peer.report().await;
        names.iter().map(|name| report.object(name).unwrap().says).collect()
    };
    assert_eq!(says, [Some(true), Some(false)]);
    let lock = stage.stands(path, &[&names[0]], &[]).await.lock;
    assert_eq!((lock.kind, lock.held_by, lock.blocked), (LockKind::Lease, 1, 0));
    assert!(lock.recipe.0.contains(&"kazoo.NonBlockingLease".to_owned()), "{}", lock.recipe);
    let holder = &lock.holders[0].member;
    assert_eq!((holder.session, holder.name.as_str()), (None, "lease_holder"), "it outlives its session");
    peer.ask(json!({"do": "end", "client": names[0]})).await;
    stage.stands(path, &[&names[0]], &[]).await;
}

#[tokio::test]
async fn a_lease_that_is_over_is_taken_by_another() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/short-lease", &stage.peer);
    peer.client("short").await;
    peer.make("short", "short", "NonBlockingLease", path, json!({"seconds": 1})).await;
    peer.acquire("short").await;
    stage.stands(path, &["short"], &[]).await;
    peer.client("long").await;
    peer.make("long", "long", "NonBlockingLease", path, json!({"seconds": 600})).await;
    eventually("the other gets the lease", Duration::from_secs(5), async || {
        peer.acquire("long").await;
        let state = peer.report().await.object("long").unwrap().state;
        if state == State::Holding { Ok(()) } else { Err(state) }
    })
    .await;
    stage.stands(path, &["long"], &[]).await;
}

#[tokio::test]
async fn several_leases_are_one_each() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/leases-of-many", &stage.peer);
    let names = stage.make(path, &["MultiNonBlockingLease"; 3], json!({"count": 2})).await;
    for name in &names {
        peer.acquire(name).await;
    }
    let report = peer.report().await;
    let says: Vec<_> = names.iter().map(|name| report.object(name).unwrap().says.unwrap()).collect();
    assert_eq!(says, [true, true, false]);
    for (number, name) in names[..2].iter().enumerate() {
        let lock = stage.stands(&format!("{path}/{number}"), &[name], &[]).await.lock;
        assert_eq!(lock.kind, LockKind::Lease);
    }
}

#[tokio::test]
async fn the_partners_of_a_set_hold_its_parts() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/set", &stage.peer);
    let parts = ["east", "north", "south", "west"];
    // A partner's identity is a part of its znode's name.
    let names = ["partner-a", "partner-b"].map(str::to_owned);
    for name in &names {
        peer.client(name).await;
        peer.make(name, name, "SetPartitioner", path, json!({"set": parts})).await;
    }
    for name in &names {
        peer.acquire(name).await;
    }
    held_as_said(stage, path, &names, &parts).await;
    let group = stage.console().lock("/kazoo/set/party").await.expect("the partners are a group").lock;
    assert_eq!((group.kind, group.held_by), (LockKind::Group, 2));
    // They stand by their sessions' znodes, and which of the two came first is not told.
    let mut present = identities(&group.holders);
    present.sort();
    assert_eq!(present, names);

    // One goes, and the other gets the whole set.
    peer.release(&names[1]).await.unwrap();
    held_as_said(stage, path, &names[..1], &parts).await;
}

#[tokio::test]
async fn a_name_is_told_as_it_was_given() {
    let Some(stage) = stage().await else { return };
    let (path, peer) = ("/kazoo/named", &stage.peer);
    // kazoo's semaphore writes the name of a waiter down as Python does bytes.
    let names = ["Zoë's", "back\\slash", "日本 'x' \"y\""];
    for name in names {
        peer.client(name).await;
        peer.make(name, name, "Semaphore", path, json!({"leases": 1})).await;
    }
    peer.hold(names[0]).await;
    for (ahead, name) in names[1..].iter().enumerate() {
        peer.acquire(name).await;
        harness::zookeeper::members(&stage.observer().await, "/kazoo/named-__lock__", ahead + 1).await;
    }
    stage.stands(path, &names[..1], &names[1..]).await;
}

/// Waits until the partners have the whole set, and the console tells of each part who has it.
async fn held_as_said(stage: &Stage, path: &str, names: &[String], parts: &[&str]) {
    eventually("each part has the holder that says so", Duration::from_secs(15), async || {
        let mut wrong = Vec::new();
        let mut said = 0;
        for name in names {
            let told = stage.peer.try_ask(json!({"do": "tell", "object": name})).await.unwrap_or_default();
            let session = stage.session(name).await;
            // Whoever came first may have had all parts until the other came.
            if told["partition"].as_array().is_none_or(Vec::is_empty) {
                wrong.push(format!("{name} has no part"));
            }
            for part in told["partition"].as_array().into_iter().flatten() {
                said += 1;
                let part = part.as_str().unwrap();
                let lock = stage.console().lock(&format!("{path}/locks/{part}")).await;
                let holder = lock.and_then(|body| body.lock.holders.first()?.member.session);
                if holder.map(|session| session.to_string()).as_ref() != Some(&session) {
                    wrong.push(format!("{name} has {part}, told is {holder:?}"));
                }
            }
        }
        if said == parts.len() && wrong.is_empty() { Ok(()) } else { Err((said, wrong)) }
    })
    .await;
}

#[tokio::test]
async fn a_counter_is_no_lock_and_no_queue() {
    let Some(stage) = stage().await else { return };
    let peer = &stage.peer;
    peer.client("counter").await;
    for (path, curator) in [("/kazoo/counter", false), ("/kazoo/curators-counter", true)] {
        peer.make("counter", path, "Counter", path, json!({"support_curator": curator})).await;
        for amount in [5, -2] {
            peer.ask(json!({"do": "add", "object": path, "amount": amount})).await;
        }
        assert_eq!(stage.tell(path).await["value"], 3);
        stage.neither(path).await;
    }
}
