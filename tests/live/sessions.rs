//! Who is behind a session: what the console tells beside what the clients' own sockets say.

use std::time::{Duration, Instant};

use harness::console::{CLUSTER, encode};
use harness::zookeeper::{Options, PrivateZooKeeper, options};
use harness::{Console, Ensemble, Peer, eventually, presence::Missing};
use serde_json::{Value, json};
use zooscope_protocol::api::{ClientSessionBody, ClientSessionDetail};
use zooscope_protocol::session::{Source, SourceKind};

use crate::agreement::there;

/// How long the console may take to ask the servers again and to tell.
const LIMIT: Duration = Duration::from_secs(15);
/// The sessions that are lost on purpose live so long.
const LIFE: Duration = Duration::from_secs(20);

/// A console that is told where the AdminServers are, or that there are none.
async fn console(connect: &str, admin: &str) -> Console {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("console.toml");
    let toml = format!("[[cluster]]\nname = '{CLUSTER}'\nzookeeper = '{connect}'\nadmin = '{admin}'\n");
    std::fs::write(&file, toml).unwrap();
    let console = Console::start_with(&[], &["--config", file.to_str().unwrap()]).await;
    console.live(Duration::from_secs(20)).await;
    console
}

async fn zookeeper(options: Options) -> Option<PrivateZooKeeper> {
    match PrivateZooKeeper::start(options).await {
        Ok(zookeeper) => Some(zookeeper),
        Err(error) => {
            Missing::new(error.to_string(), "ZooKeeper and Java are what is tested against").skip();
            None
        }
    }
}

/// The address of the AdminServers of servers that share its port.
fn admin_of(zookeeper: &PrivateZooKeeper) -> String {
    format!("http://{{host}}:{}/commands", zookeeper.admin_port().unwrap())
}

/// Waits until an AdminServer answers promptly. The first answer of one that was just started may take longer than a console waits,
/// which leaves it alone for a minute then.
async fn awake(zookeeper: &PrivateZooKeeper) {
    let connect = zookeeper.connect();
    let (host, _) = connect.rsplit_once(':').expect("a host and a port");
    let base = admin_of(zookeeper).replace("{host}", host);
    for command in ["connections", "dump"] {
        let address = format!("{base}/{command}");
        eventually("the AdminServer answers promptly", Duration::from_secs(60), async || {
            let asked = Instant::now();
            let answer = reqwest::get(&address).await.map_err(|error| error.to_string())?.status();
            let prompt = answer.is_success() && asked.elapsed() < Duration::from_secs(1);
            if prompt { Ok(()) } else { Err(format!("{answer} after {:?}", asked.elapsed())) }
        })
        .await;
    }
}

async fn sessions(console: &Console) -> Vec<ClientSessionBody> {
    console.read(&format!("/clusters/{CLUSTER}/sessions")).await
}

async fn sources(console: &Console) -> Vec<Source> {
    console.read(&format!("/clusters/{CLUSTER}/sources")).await
}

/// One session; `None` when it has ended.
async fn session(console: &Console, session: &str) -> Option<ClientSessionDetail> {
    let reply = console.get(&format!("/clusters/{CLUSTER}/sessions/at?session={session}")).await;
    (reply.status == 200).then(|| reply.json())
}

/// The addresses of a kazoo client's own socket: its own end, and the server's.
async fn socket(peer: &Peer, client: &str) -> (String, String) {
    let told = peer.ask(json!({"do": "socket", "client": client})).await;
    let address = |end: &Value| {
        let (host, port) = (end[0].as_str().unwrap(), end[1].as_u64().unwrap());
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    };
    (address(&told["own"]), address(&told["server"]))
}

/// A holder with a session of this length.
async fn holder(peer: &Peer, client: &str, path: &str, life: Duration) -> String {
    let answer = peer.ask(json!({"do": "client", "client": client, "timeout": life.as_secs_f64()})).await;
    peer.make(client, client, "Lock", path, json!({})).await;
    peer.hold(client).await;
    answer["session"].as_str().unwrap().to_owned()
}

/// Holds a lock with kazoo and waits until the console tells of the holder what its own socket says.
async fn agree(console: &Console, zookeeper: &PrivateZooKeeper, by: SourceKind) {
    let Some(peer) = there(Peer::kazoo(&zookeeper.connect()).await) else { return };
    let path = format!("/who-{}", zookeeper.port());
    let id = holder(&peer, "worker", &path, Duration::from_secs(4)).await;
    let (own, server) = socket(&peer, "worker").await;
    // Each is heard from another: who is connected, when sessions end, the tree.
    let told = eventually("the session has its client, its end and its znode", LIMIT, async || {
        let told = session(console, &id).await;
        let whole = |told: &ClientSessionDetail| {
            let ClientSessionBody { peer, expires_in_ms, ephemerals, .. } = &told.session;
            let answered = told.sources.iter().all(|source| source.problem.is_none());
            peer.client.is_some() && expires_in_ms.is_some() && *ephemerals == 1 && answered
        };
        match told {
            Some(told) if whole(&told) => Ok(told),
            told => Err(told),
        }
    })
    .await;
    let ClientSessionBody { peer: told_peer, expires_in_ms, .. } = &told.session;
    assert_eq!(told_peer.client.as_deref(), Some(own.as_str()));
    assert_eq!(told_peer.server.as_deref(), Some(server.as_str()));
    assert_eq!((told_peer.timeout_ms, told_peer.connected), (Some(4_000), Some(true)));
    assert!(told_peer.last_operation.is_some(), "{told_peer:?}");
    // It pings every 1.3 s, and a tick is half a second.
    let left = expires_in_ms.expect("a server that stands alone tells when a session ends");
    assert!(left <= 5_000, "{left}");
    assert_eq!(told.sources.len(), 1);
    assert_eq!((told.sources[0].by, &told.sources[0].problem), (by, &None));
    assert_eq!(told.sources[0].server, zookeeper.connect());
    assert_eq!(told.ephemerals.len(), 1, "{told:?}");
    let listed = sessions(console).await;
    assert!(listed.iter().any(|listed| listed.session.to_string() == id), "{listed:?}");
    let lock = console.lock(&path).await.expect("the lock");
    assert_eq!(lock.lock.holders[0].member.client.as_deref(), Some(own.as_str()));
    assert!(lock.because.is_some_and(|because| because.len() > 20));
}

#[tokio::test]
async fn a_client_is_told_as_its_own_socket_says_by_words() {
    let Some(zookeeper) = zookeeper(options()).await else { return };
    agree(&console(&zookeeper.connect(), "off").await, &zookeeper, SourceKind::FourLetterWords).await;
}

#[tokio::test]
async fn a_client_is_told_as_its_own_socket_says_by_the_admin_server_of_a_netty_server() {
    let extra = vec!["serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory".to_owned()];
    let Some(zookeeper) = zookeeper(Options { admin_server: true, extra, ..options() }).await else { return };
    awake(&zookeeper).await;
    let by_admin = console(&zookeeper.connect(), &admin_of(&zookeeper)).await;
    agree(&by_admin, &zookeeper, SourceKind::AdminServer).await;
    drop(by_admin);
    agree_again_by_words(&zookeeper).await;
}

async fn agree_again_by_words(zookeeper: &PrivateZooKeeper) {
    agree(&console(&zookeeper.connect(), "off").await, zookeeper, SourceKind::FourLetterWords).await;
}

#[tokio::test]
async fn a_client_is_told_as_its_own_socket_says_over_ipv6() {
    let address = std::net::Ipv6Addr::LOCALHOST.into();
    let Some(zookeeper) = zookeeper(Options { address, admin_server: true, ..options() }).await else {
        return;
    };
    awake(&zookeeper).await;
    let by_admin = console(&zookeeper.connect(), &admin_of(&zookeeper)).await;
    agree(&by_admin, &zookeeper, SourceKind::AdminServer).await;
    drop(by_admin);
    agree_again_by_words(&zookeeper).await;
}

#[tokio::test]
async fn a_lost_client_counts_down_and_goes_when_it_was_said_to() {
    let extra = vec!["maxSessionTimeout=30000".to_owned()];
    let Some(zookeeper) = zookeeper(Options { admin_server: true, extra, ..options() }).await else {
        return;
    };
    let (Some(paused), Some(killed)) =
        (there(Peer::kazoo(&zookeeper.connect()).await), there(Peer::kazoo(&zookeeper.connect()).await))
    else {
        return;
    };
    awake(&zookeeper).await;
    let console = console(&zookeeper.connect(), &admin_of(&zookeeper)).await;
    // The console's clock is set while nothing is lost yet.
    eventually("the server is asked", LIMIT, async || {
        let told = sources(&console).await;
        if told.iter().all(|source| source.by == SourceKind::AdminServer) { Ok(()) } else { Err(told) }
    })
    .await;
    let stopped = holder(&paused, "stopped", "/lost/stopped", LIFE).await;
    let dead = holder(&killed, "dead", "/lost/dead", LIFE).await;
    // What time-out a session has is known from when its client had a connection.
    for id in [&dead, &stopped] {
        eventually("its time-out is known", LIMIT, async || {
            let told = session(&console, id).await.map(|told| told.session.peer);
            told.as_ref().and_then(|peer| peer.timeout_ms).ok_or(told)
        })
        .await;
    }
    paused.pause();
    drop(killed);
    // The dead one's socket is closed, and its session lives on; the stopped one's socket is open.
    let (mut expires, mut left) = (None, u64::MAX);
    let limit = Instant::now() + 3 * LIFE;
    let gone = loop {
        assert!(Instant::now() < limit, "the session did not end; last: {expires:?}");
        match session(&console, &dead).await {
            Some(told) if told.session.ephemerals == 0 => break zooscope::clock::now(),
            Some(told) if told.session.peer.connected == Some(false) => {
                assert_eq!(told.session.peer.client, None);
                let now = told.session.expires_in_ms.expect("it is said when it ends");
                // What is told is set anew with each look at the server: by less than a tick, and by what the answer took.
                assert!(now <= left.saturating_add(2_000), "{left} ms, then {now} ms");
                left = now;
                expires = told.session.peer.expires;
                if let Some(told) = session(&console, &stopped).await {
                    assert_ne!(told.session.peer.connected, Some(false), "its connection is open: {told:?}");
                }
            }
            Some(_) => {}
            None => break zooscope::clock::now(),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let expires = expires.expect("it was told without a connection before it ended");
    let off = gone.0 - expires.0;
    assert!((-2_000..=5_000).contains(&off), "said to end at {expires}, ended at {gone}");
    paused.resume();
}

#[tokio::test]
async fn a_server_that_does_not_tell_says_how_to_allow_it() {
    let extra = vec!["4lw.commands.whitelist=srvr".to_owned()];
    let Some(zookeeper) = zookeeper(Options { extra, ..options() }).await else { return };
    let Some(peer) = there(Peer::kazoo(&zookeeper.connect()).await) else { return };
    let console = console(&zookeeper.connect(), "off").await;
    let id = holder(&peer, "worker", "/quiet", Duration::from_secs(4)).await;
    let (told, problem) = eventually("why nothing is told", LIMIT, async || {
        let told = session(&console, &id).await.ok_or("no session")?;
        let problem = told.sources.first().and_then(|source| source.problem.clone());
        // Until it has answered, that is what is said.
        let problem = problem.filter(|problem| problem.contains("cons")).ok_or("nothing")?;
        Ok::<_, &str>((told, problem))
    })
    .await;
    assert_eq!(told.session.peer, zooscope_protocol::Peer::default());
    assert_eq!(told.sources[0].by, SourceKind::Nothing);
    for part in ["4lw.commands.whitelist=", "cons", "dump", "zoo.cfg", "admin.enableServer"] {
        assert!(problem.contains(part), "{problem}");
    }
}

#[tokio::test]
async fn an_admin_server_that_belongs_to_another_server_is_not_believed() {
    let Some(zookeeper) = zookeeper(options()).await else { return };
    let Some(other) = self::zookeeper(Options { admin_server: true, ..options() }).await else { return };
    // Both are on one host, so that one address stands for both.
    awake(&other).await;
    let connect = format!("{},{}", zookeeper.connect(), other.connect());
    let console = console(&connect, &admin_of(&other)).await;
    let told = eventually("both are asked", LIMIT, async || {
        let told = sources(&console).await;
        if told.iter().all(|source| source.by != SourceKind::Nothing) && !told.is_empty() {
            Ok(told)
        } else {
            Err(told)
        }
    })
    .await;
    assert_eq!(
        told.iter().map(|source| source.by).collect::<Vec<_>>(),
        [SourceKind::FourLetterWords, SourceKind::AdminServer]
    );
}

#[tokio::test]
async fn nobody_is_asked_while_nobody_looks() {
    let Some(zookeeper) = zookeeper(options()).await else { return };
    let console = console(&zookeeper.connect(), "off").await;
    let asked = async || {
        let text = console.send(reqwest::Client::new().get(console.url("/metrics"))).await.text;
        let line = text.lines().find_map(|line| line.strip_prefix("zooscope_roster_requests_total "));
        line.and_then(|count| count.parse::<u64>().ok()).unwrap_or_else(|| panic!("{text}"))
    };
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(asked().await, 0);
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(sources(&console).await.len(), 1);
    }
    // `cons` and `dump`, once for all that looked at the same moment, and once more after five seconds.
    let (count, rounds) = (asked().await, 1 + start.elapsed().as_secs() / 5);
    assert!((2..=2 * rounds).contains(&count), "{count} requests in {:?}", start.elapsed());
}

#[tokio::test]
async fn a_waiter_that_watches_nothing_is_found_on_its_lock_s_page() {
    let Some(zookeeper) = zookeeper(Options { admin_server: true, ..options() }).await else { return };
    let Some(peer) = there(Peer::kazoo(&zookeeper.connect()).await) else { return };
    awake(&zookeeper).await;
    for admin in [admin_of(&zookeeper), "off".to_owned()] {
        let console = console(&zookeeper.connect(), &admin).await;
        let path = if admin == "off" { "/sleep-words" } else { "/sleep-admin" };
        let name = path.trim_start_matches('/');
        let client = harness::zookeeper::client(&zookeeper.connect()).await;
        holder(&peer, name, path, Duration::from_secs(4)).await;
        // One contender as kazoo writes it, of a program that forgot to watch.
        let options =
            zookeeper_client::CreateMode::EphemeralSequential.with_acls(zookeeper_client::Acls::anyone_all());
        let asleep = format!("{path}/{}__lock__", "0123456789abcdef0123456789abcdef");
        client.create(&asleep, b"sleeper", &options).await.expect("a contender is created");
        // And one of kazoo's own, that watches the one before it.
        let waiter = format!("{name}-waiter");
        peer.client(&waiter).await;
        peer.make(&waiter, &waiter, "Lock", path, json!({})).await;
        peer.acquire(&waiter).await;
        let found = eventually("the sleeper is found", Duration::from_secs(30), async || {
            let lock = console.lock(path).await;
            let findings = lock.map(|lock| lock.lock.findings).unwrap_or_default();
            let found = findings.iter().find(|finding| finding.code == "never_wakes").cloned();
            found.ok_or(findings)
        })
        .await;
        assert_eq!(found.members.len(), 1, "{found:?}");
        assert!(found.members[0].as_str().starts_with(&asleep), "{found:?}");
    }
}

#[tokio::test]
async fn an_ensemble_is_put_together_from_all_its_servers() {
    let Some(ensemble) = Ensemble::start(Options { admin_server: true, ..Ensemble::options() }).await else {
        return;
    };
    for server in &ensemble.servers {
        awake(server).await;
    }
    let admin = admin_of(&ensemble.servers[0]);
    for (admin, by) in [(admin.as_str(), SourceKind::AdminServer), ("off", SourceKind::FourLetterWords)] {
        let console = console(&ensemble.connect(), admin).await;
        let mut holders = Vec::new();
        for (index, server) in ensemble.servers.iter().enumerate() {
            let Some(peer) = there(Peer::kazoo(&server.connect()).await) else { return };
            let path = format!("/ensemble/{by:?}-{index}");
            let id = holder(&peer, "worker", &path, LIFE).await;
            let (own, at) = socket(&peer, "worker").await;
            assert_eq!(at, server.connect());
            holders.push((id, own, at, peer));
        }
        for (id, own, at, _) in &holders {
            // The leader may have been asked before the session began, and its server after.
            let told = eventually("each session has its client and its end", LIMIT, async || {
                let told = session(&console, id).await;
                let whole = |told: &ClientSessionDetail| {
                    told.session.peer.client.is_some() && told.session.expires_in_ms.is_some()
                };
                told.filter(whole).ok_or(())
            })
            .await;
            let peer = &told.session.peer;
            assert_eq!((peer.client.as_ref(), peer.server.as_ref()), (Some(own), Some(at)));
            assert_eq!((peer.connected, peer.timeout_ms), (Some(true), Some(10_000)));
            let left = told.session.expires_in_ms.unwrap_or_default();
            assert!((1_000..=11_500).contains(&left), "{left}");
            assert!(told.sources.iter().all(|source| source.by == by), "{:?}", told.sources);
        }
        if by == SourceKind::FourLetterWords {
            a_server_that_hangs_holds_up_nobody(&console, &ensemble, &holders).await;
        }
    }
}

/// Pauses a follower that the console is not connected to.
async fn a_server_that_hangs_holds_up_nobody(
    console: &Console,
    ensemble: &Ensemble,
    holders: &[(String, String, String, Peer)],
) {
    let own = console.cluster().await.info.session.expect("a session").to_string();
    let at = eventually("the console's server is told", LIMIT, async || {
        session(console, &own).await.and_then(|told| told.session.peer.server).ok_or(())
    })
    .await;
    let mut paused = None;
    for server in &ensemble.servers {
        let leads = server.ask("srvr").await.unwrap().contains("Mode: leader");
        if !leads && server.connect() != at {
            paused = Some(server);
        }
    }
    let paused = paused.expect("of two followers one is not the console's");
    paused.pause().unwrap();
    let told = eventually("the one that hangs is named", LIMIT, async || {
        let asked = Instant::now();
        let told = sources(console).await;
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        let silent = |source: &&Source| source.by == SourceKind::Nothing;
        let silent: Vec<_> = told.iter().filter(silent).map(|source| source.server.clone()).collect();
        if silent == [paused.connect()] { Ok(told) } else { Err(told) }
    })
    .await;
    assert!(told.iter().any(|source| source.problem.is_some()), "{told:?}");
    for told in sessions(console).await {
        let own = holders.iter().find(|(id, ..)| *id == told.session.to_string());
        let Some((_, client, server, _)) = own else { continue };
        assert_ne!(told.peer.connected, Some(false), "nobody knows that: {told:?}");
        if *server != paused.connect() {
            assert_eq!(told.peer.client.as_ref(), Some(client));
        }
    }
    paused.resume().unwrap();
}

#[tokio::test]
async fn what_is_asked_wrongly_is_a_problem_with_a_code() {
    let Some(zookeeper) = zookeeper(options()).await else { return };
    let console = console(&zookeeper.connect(), "off").await;
    for (path, status) in [
        ("sessions?limit=0", 400),
        ("sessions?x=1", 400),
        ("sessions/at?session=7", 400),
        ("sessions/at?session=0x00000000000000ff", 404),
        ("findings?limit=100000", 400),
    ] {
        let reply = console.get(&format!("/clusters/{CLUSTER}/{path}")).await;
        assert_eq!(reply.problem().status, status, "{path}");
    }
    for path in ["sessions", "waits", "findings", "findings?code=herd"] {
        let reply = console.get(&format!("/clusters/{CLUSTER}/{path}")).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    }
    let reply = console.get(&format!("/clusters/{CLUSTER}/sessions?q={}", encode("no such"))).await;
    assert_eq!(reply.json::<Vec<ClientSessionBody>>(), Vec::new());
}
