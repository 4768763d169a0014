//! As whom the console is at ZooKeeper: the mirror reads, an action acts, and neither's password goes where it should not.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::console::run_to_end;
use harness::person::users;
use harness::terminator::{Authority, Certificate, Terminator};
use harness::zookeeper::{Options, PrivateZooKeeper, SESSION_TIMEOUT, options};
use harness::{Console, eventually, zookeeper};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use zookeeper_client::{Acl, Acls, AuthId, Client, CreateMode, Permission};
use zooscope_protocol::api::Execute;
use zooscope_protocol::{Action, Outcome, Role, Status};

use crate::agreement::LIMIT;
use crate::foretold::target;
use crate::shelf::done;

const LOOKS: &str = "looks-canary-7af3";
const ACTS: &str = "acts-canary-91be";

pub(crate) fn secret(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// A configuration of cluster `test` with two identities.
fn configuration(zookeeper: &str, tls: Option<&Path>, folder: &Path) -> String {
    let tls = tls.map(|ca| format!("[cluster.tls]\nca = '{}'\n", ca.display())).unwrap_or_default();
    let identity = |table: &str, user: &str, password: &str| {
        let file = secret(folder, user, password);
        format!(
            "[cluster.{table}]\nscheme = 'digest'\nuser = '{user}'\npassword_file = '{}'\n",
            file.display()
        )
    };
    format!(
        "[[cluster]]\nname = 'test'\nzookeeper = '{zookeeper}'\n{tls}{}{}",
        identity("auth", "looks", LOOKS),
        identity("actor", "acts", ACTS)
    )
}

pub(crate) async fn started(toml: &str) -> Console {
    Console::run_in(vec!["serve".to_owned()], toml, reqwest::Client::builder()).await
}

pub(crate) async fn private_zookeeper(options: Options) -> Option<PrivateZooKeeper> {
    match PrivateZooKeeper::start(options).await {
        Ok(zookeeper) => Some(zookeeper),
        Err(error) => {
            harness::presence::Missing::new(
                error.to_string(),
                "ZooKeeper and Java are what is tested against",
            )
            .skip();
            None
        }
    }
}

/// A client that is known as this user.
async fn known(connect: &str, user: &str, password: &str) -> Client {
    let connector = Client::connector().with_session_timeout(SESSION_TIMEOUT);
    connector.with_auth("digest", format!("{user}:{password}").as_bytes()).connect(connect).await.unwrap()
}

/// The id that ZooKeeper knows a user by.
async fn id(connect: &str, user: &str, password: &str) -> AuthId {
    let client = known(connect, user, password).await;
    let path = format!("/id-{user}");
    client.create(&path, b"", &CreateMode::Ephemeral.with_acls(Acls::creator_all())).await.unwrap();
    client.get_acl(&path).await.unwrap().0[0].auth_id().clone()
}

#[tokio::test]
async fn who_looks_may_only_read_and_who_acts_is_there_for_one_action() {
    let Some(server) = private_zookeeper(options()).await else { return };
    let connect = server.connect();
    let (looks, acts) = (id(&connect, "looks", LOOKS).await, id(&connect, "acts", ACTS).await);
    let app = known(&connect, "app", "app").await;
    // A lock of Curator's, and a queue of kazoo's, of an application that lets the two in and nobody else.
    let owned = |acts_may: Permission| {
        vec![
            Acl::new(Permission::ALL, AuthId::authed()),
            Acl::new(Permission::READ, looks.clone()),
            Acl::new(acts_may, acts.clone()),
        ]
    };
    let directory = owned(Permission::READ | Permission::WRITE | Permission::CREATE | Permission::DELETE);
    let directory = CreateMode::Persistent.with_acls(Acls::new(&directory));
    // Who may administer an item is told its ACL whole, without which it is not given to another znode.
    let own = owned(Permission::READ | Permission::ADMIN);
    for path in ["/app", "/app/lock", "/app/queue"] {
        app.create(path, b"", &directory).await.unwrap();
    }
    let mut names = Vec::new();
    for number in 0..2 {
        let prefix = format!("/app/lock/_c_{number}7b3c2a1-0000-4000-8000-00000000000{number}-lock-");
        let mode = CreateMode::EphemeralSequential.with_acls(Acls::new(&own));
        let (_, sequence) = app.create(&prefix, b"", &mode).await.unwrap();
        names.push(format!("{prefix}{sequence}"));
    }
    let item = CreateMode::PersistentSequential.with_acls(Acls::new(&own));
    app.create("/app/queue/entry-100-", b"item", &item).await.unwrap();
    // What is the console's own is made by who acts.
    let folder = tempfile::tempdir().unwrap();
    let console = started(&configuration(&connect, None, folder.path())).await;
    console.live(Duration::from_secs(20)).await;

    let mirror = known(&connect, "looks", LOOKS).await;
    assert!(
        mirror.delete(&names[0], None).await.is_err()
            && mirror.set_data("/app/lock", b"", None).await.is_err()
    );
    let lock =
        eventually("the lock is told", LIMIT, async || console.lock("/app/lock").await.ok_or(())).await;
    let holder = &lock.lock.holders[0].member;
    assert_eq!(holder.path.as_str(), names[0]);
    done(&console, &Action::Release(target(holder)), "released").await;
    let left = app.list_children("/app/lock").await.unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    let item = crate::shelf::items(&console, "/app/queue", 1).await.remove(0);
    done(&console, &Action::Requeue(crate::shelf::target(&item).into()), "moved").await;
    let moved = app.list_children("/app/queue").await.unwrap();
    assert!(moved.len() == 1 && !item.path.as_str().ends_with(&moved[0]), "{moved:?}");

    // Markers are the actor's: nobody else writes the word that decides an outcome.
    let nobody = zookeeper::client(&connect).await;
    let markers = nobody.list_children("/zooscope/ops").await.unwrap();
    assert!(markers.len() >= 2, "{markers:?}");
    let marker = format!("/zooscope/ops/{}", markers[0]);
    assert!(nobody.set_data(&marker, b"void", None).await.is_err());
    assert!(
        mirror
            .create("/zooscope/ops/x", b"", &CreateMode::Persistent.with_acls(Acls::anyone_all()))
            .await
            .is_err()
    );
    // After the actions nobody is left who acts: what ZooKeeper wrote down of sessions is closed, but for the mirror's.
    drop((mirror, nobody));
    // A session that was left open would end by itself a moment later.
    eventually("who acted is gone", Duration::from_secs(5), async || {
        let open = harness::transactions::sessions(server.directory());
        // The application's and the mirror's.
        if open.len() == 2 { Ok(()) } else { Err(open) }
    })
    .await;
    let log = console.log();
    assert!(!log.contains(LOOKS) && !log.contains(ACTS), "nothing secret is logged");
    for address in ["/clusters", "/audit?limit=100", "/clusters/test/node?path=/app/lock"] {
        let told = console.get(address).await.text;
        assert!(!told.contains("canary"), "{address}: {told}");
    }
}

#[tokio::test]
async fn who_acts_and_may_not_is_told_so_and_who_looks_does_not_act_instead() {
    let Some(server) = private_zookeeper(options()).await else { return };
    let connect = server.connect();
    let looks = id(&connect, "looks", LOOKS).await;
    let app = known(&connect, "app", "app").await;
    // Who looks may do everything here, and who acts nothing.
    let acl = [Acl::new(Permission::ALL, AuthId::authed()), Acl::new(Permission::ALL, looks)];
    app.create("/lock", b"", &CreateMode::Persistent.with_acls(Acls::new(&acl))).await.unwrap();
    let prefix = "/lock/_c_07b3c2a1-0000-4000-8000-000000000000-lock-";
    app.create(prefix, b"", &CreateMode::EphemeralSequential.with_acls(Acls::new(&acl))).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let console = started(&configuration(&connect, None, folder.path())).await;
    console.live(Duration::from_secs(20)).await;
    let lock = eventually("the lock is told", LIMIT, async || console.lock("/lock").await.ok_or(())).await;
    let holder = &lock.lock.holders[0].member;
    let plan = console.plan(&Action::Release(target(holder))).await.unwrap();
    let executed = console
        .execute(
            &plan.digest,
            &Execute {
                reason: "a test".into(),
                idempotency_key: "k".into(),
                confirm: plan.confirm.expected.clone(),
                ..Execute::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(executed.outcome, Outcome::Refused, "{executed:?}");
    assert_eq!(app.list_children("/lock").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_password_goes_only_to_a_server_that_is_who_it_should_be() {
    let Some(server) = private_zookeeper(options()).await else { return };
    let connect = server.connect();
    let (authority, other) = (Authority::new(), Authority::new());
    let right = Certificate { name: "localhost", expired: false };
    let folder = tempfile::tempdir().unwrap();

    let terminator = Terminator::start(&authority, right, &connect).await;
    let at = format!("tcp+tls://localhost:{}", terminator.port());
    let console = started(&configuration(&at, Some(&authority.file()), folder.path())).await;
    console.live(Duration::from_secs(20)).await;
    let heard = String::from_utf8_lossy(&terminator.heard()).into_owned();
    assert!(heard.contains(LOOKS), "so it looks when it is heard");
    assert!(!heard.contains(ACTS), "nobody has acted");

    // The name in the certificate is another's, although the address is right; its time is over; nobody vouches for it.
    let wrong_name = Certificate { name: "127.0.0.1", ..right };
    let expired = Certificate { expired: true, ..right };
    for (what, vouches, certificate) in
        [("name", &authority, wrong_name), ("time", &authority, expired), ("authority", &other, right)]
    {
        let terminator = Terminator::start(vouches, certificate, &connect).await;
        let at = format!("tcp+tls://localhost:{}", terminator.port());
        let console = started(&configuration(&at, Some(&authority.file()), folder.path())).await;
        eventually("it is said", Duration::from_secs(20), async || {
            let log = console.log();
            if log.contains("not believed to be who it should be") { Ok(()) } else { Err(log) }
        })
        .await;
        assert_ne!(console.cluster().await.info.status, Status::Live, "{what}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(terminator.heard(), b"", "{what}: nothing is said to it");
    }

    // A server that speaks plainly where TLS is expected hears a greeting of TLS and no password.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("tcp+tls://localhost:{}", listener.local_addr().unwrap().port());
    let console = started(&configuration(&at, Some(&authority.file()), folder.path())).await;
    for _ in 0..2 {
        let (mut stream, _) =
            tokio::time::timeout(Duration::from_secs(10), listener.accept()).await.unwrap().unwrap();
        let mut captured = vec![0; 64 * 1024];
        let length = stream.read(&mut captured).await.unwrap();
        let said = String::from_utf8_lossy(&captured[..length]);
        assert_eq!(captured[0], 0x16, "a handshake of TLS: {said}");
        assert!(!said.contains(LOOKS) && !said.contains("looks") && !said.contains("digest"), "{said}");
    }
    assert_ne!(console.cluster().await.info.status, Status::Live);
}

#[tokio::test]
async fn a_password_in_clear_to_another_machine_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zooscope.toml");
    let people = users(&[("bob", Role::Admin, false)]);
    let toml = format!("{people}{}", configuration("zk.example:2181", None, folder.path()));
    secret(folder.path(), "zooscope.toml", &toml);
    for command in ["check-config", "serve"] {
        let (code, said) = run_to_end(&[command, "--config", path.to_str().unwrap()]).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("cluster.auth") && said.contains("tcp+tls://"), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}
