//! How the console makes itself known to ZooKeeper where a name and a password in clear will not do: SASL, and certificates.

use std::path::Path;
use std::time::Duration;

use harness::terminator::Authority;
use harness::zookeeper::{Options, SESSION_TIMEOUT, free_port, options};
use harness::{Console, eventually};
use zookeeper_client::{Acl, Acls, AuthId, Client, CreateMode, Error, Permission, SaslOptions};
use zooscope_protocol::Action;

use crate::agreement::LIMIT;
use crate::foretold::target;
use crate::identities::{private_zookeeper, secret, started};
use crate::shelf::done;

const LOOKS: &str = "looks-canary-3d0c";
const ACTS: &str = "acts-canary-58e1";
/// How long a console may take until it has looked.
const START: Duration = Duration::from_secs(20);

/// A server that knows three users by SASL and serves nobody else.
fn with_sasl(folder: &Path) -> Options {
    let jaas = folder.join("jaas.conf");
    let users = format!(
        "Server {{ org.apache.zookeeper.server.auth.DigestLoginModule required \
         user_looks=\"{LOOKS}\" user_acts=\"{ACTS}\" user_app=\"app\"; }};"
    );
    std::fs::write(&jaas, users).unwrap();
    let mut options = options();
    options.java.push(format!("-Djava.security.auth.login.config={}", jaas.display()));
    options.extra.extend(
        [
            "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
            "enforce.auth.enabled=true",
            "enforce.auth.schemes=sasl",
        ]
        .map(str::to_owned),
    );
    options
}

/// A server that takes only clients with a certificate of this authority, on the port beside it.
fn with_certificates(authority: &Authority) -> (Options, u16) {
    let mut options = options();
    let port = free_port(options.address).unwrap();
    options.extra.extend([
        "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory".to_owned(),
        format!("secureClientPort={port}"),
        format!("ssl.keyStore.location={}", authority.holder("localhost").both.display()),
        format!("ssl.trustStore.location={}", authority.file().display()),
        // The names in the certificates of clients are those of people, not of machines.
        "ssl.hostnameVerification=false".to_owned(),
        "ssl.clientAuth=need".to_owned(),
    ]);
    (options, port)
}

/// A lock that is held, which one may read and one may release, and nobody else but who made it.
async fn lock(app: &Client, looks: AuthId, acts: AuthId) {
    let all = Acl::new(Permission::ALL, AuthId::authed());
    let reads = Acl::new(Permission::READ, looks);
    let releases = Acl::new(
        Permission::READ | Permission::WRITE | Permission::CREATE | Permission::DELETE,
        acts.clone(),
    );
    let directory = [all.clone(), reads.clone(), releases];
    let contender = [all, reads, Acl::new(Permission::READ, acts)];
    app.create("/lock", b"", &CreateMode::Persistent.with_acls(Acls::new(&directory))).await.unwrap();
    let prefix = "/lock/_c_07b3c2a1-0000-4000-8000-000000000000-lock-";
    app.create(prefix, b"", &CreateMode::EphemeralSequential.with_acls(Acls::new(&contender))).await.unwrap();
}

/// Releases the lock, which who looks may not.
async fn releases(console: &Console, app: &Client) {
    console.live(START).await;
    let lock = eventually("the lock is told", LIMIT, async || console.lock("/lock").await.ok_or(())).await;
    let holder = &lock.lock.holders[0].member;
    done(console, &Action::Release(target(holder)), "released").await;
    assert_eq!(app.list_children("/lock").await.unwrap(), Vec::<String>::new());
}

/// Why a console does not follow.
async fn failure(console: &Console) -> String {
    eventually("it is told", START, async || {
        let info = console.cluster().await.info;
        info.error.clone().ok_or(info)
    })
    .await
}

#[tokio::test]
async fn it_is_known_by_sasl_and_its_passwords_are_not_said() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = private_zookeeper(with_sasl(folder.path())).await else { return };
    let connect = server.connect();
    let connector = Client::connector().with_session_timeout(SESSION_TIMEOUT);
    let app = connector.with_sasl(SaslOptions::digest_md5("app", "app")).connect(&connect).await.unwrap();
    lock(&app, AuthId::new("sasl", "looks"), AuthId::new("sasl", "acts")).await;

    let configuration = |looks: &str| {
        let identity = |table: &str, user: &str, password: &str| {
            let file = secret(folder.path(), user, password);
            format!(
                "[cluster.{table}]\nscheme = 'sasl'\nuser = '{user}'\npassword_file = '{}'\n",
                file.display()
            )
        };
        let (auth, actor) = (identity("auth", "looks", looks), identity("actor", "acts", ACTS));
        format!("[[cluster]]\nname = 'test'\nzookeeper = '{connect}'\n{auth}{actor}")
    };
    let console = started(&configuration(LOOKS)).await;
    releases(&console, &app).await;
    let marker = app.list_children("/zooscope/ops").await.unwrap().remove(0);
    let denied = app.set_data(&format!("/zooscope/ops/{marker}"), b"void", None).await.unwrap_err();
    assert_eq!(denied, Error::NoAuth, "nobody else decides an outcome");
    let log = console.log();
    assert!(!log.contains(LOOKS) && !log.contains(ACTS), "nothing secret is logged");

    let console = started(&configuration("not the password")).await;
    let failed = failure(&console).await;
    assert!(failed.contains("credentials"), "{failed}");
}

#[tokio::test]
async fn it_is_known_by_its_certificate_and_not_without_one() {
    let authority = Authority::new();
    let (options, port) = with_certificates(&authority);
    let Some(server) = private_zookeeper(options).await else { return };
    let connector = Client::connector().with_session_timeout(SESSION_TIMEOUT);
    let app = connector.with_auth("digest", b"app:app").connect(&server.connect()).await.unwrap();
    lock(&app, AuthId::new("x509", "CN=looks"), AuthId::new("x509", "CN=acts")).await;

    let secure = format!("[[cluster]]\nname = 'test'\nzookeeper = 'tcp+tls://localhost:{port}'\n");
    let ca = format!("[cluster.tls]\nca = '{}'\n", authority.file().display());
    let own = |name: &str| {
        let holder = authority.holder(name);
        format!("certificate = '{}'\nkey = '{}'\n", holder.certificate.display(), holder.key.display())
    };
    let toml = format!("{secure}{ca}{}[cluster.actor]\n{}", own("looks"), own("acts"));
    let console = started(&toml).await;
    releases(&console, &app).await;

    let console = started(&format!("{secure}{ca}")).await;
    let failed = failure(&console).await;
    assert!(failed.contains("answers"), "{failed}");
}
