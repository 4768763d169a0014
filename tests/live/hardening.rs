//! What somebody may send who means harm: to the configuration, the sockets, the headers, the stream.

use std::time::{Duration, Instant};

use harness::console::{run_to_end, serve};
use harness::person::{PASSWORD, users};
use harness::scene::Scene;
use harness::stream::Stream;
use harness::{Console, Person, eventually};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use zooscope_protocol::codec::Codec;
use zooscope_protocol::{RefusalCode, Role, View};

/// A certificate for `localhost` in a folder, and what knows it.
struct Tls {
    folder: tempfile::TempDir,
    pem: String,
}

impl Tls {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let made =
            rcgen::generate_simple_self_signed(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pem = made.cert.pem();
        std::fs::write(folder.path().join("crt"), &pem).unwrap();
        let key = folder.path().join("key");
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self { folder, pem }
    }

    fn table(&self) -> String {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        format!("[tls]\ncertificate = '{}'\nkey = '{}'\n", at("crt"), at("key"))
    }
}

#[tokio::test]
async fn an_open_door_is_refused_at_the_start() {
    use std::os::unix::fs::PermissionsExt as _;
    let tls = Tls::new();
    let (tls, people) = (tls.table(), users(&[("bob", Role::Admin, false)]));
    let folder = tempfile::tempdir().unwrap();
    let hosts = "allowed_hosts = ['console.example']\n";
    let proxies = "trusted_proxies = ['10.0.0.1/32']\n";
    let loose = people.replace("$argon2id$v=19$m=19456", "$argon2id$v=19$m=1024");
    // What the configuration says, and what is said of it; nothing where it is right.
    let configurations: Vec<(String, &str)> = vec![
        (String::new(), ""),
        ("listen = '[::1]:9180'".into(), ""),
        ("listen = '0.0.0.0:9180'".into(), "listen: "),
        ("listen = '[::]:9180'".into(), "listen: "),
        ("listen = '10.0.0.5:9180'".into(), "listen: "),
        ("listen = '[::ffff:10.0.0.5]:9180'".into(), "listen: "),
        (format!("listen = '0.0.0.0:9180'\n{tls}"), "auth.mode"),
        (format!("listen = '0.0.0.0:9180'\n{people}"), "[tls]"),
        (format!("listen = '0.0.0.0:9180'\n{people}{tls}"), "allowed_hosts"),
        (format!("listen = '0.0.0.0:9180'\n{hosts}{people}{tls}"), ""),
        (format!("listen = '0.0.0.0:9180'\n{hosts}{proxies}{people}"), ""),
        (proxies.to_owned(), "trusted_proxies: "),
        ("trusted_proxies = ['10.0.0.1']".into(), "mask"),
        ("trusted_proxies = ['2001:db8::1']".into(), "mask"),
        (people.clone(), ""),
        (loose, "weak hash"),
        ("[auth]\nmode = 'static'".into(), "auth.user"),
        (
            "[auth]\nmode = 'none'\n[[auth.user]]\nname='a'\npassword='admin'\nrole='admin'".into(),
            "hash-password",
        ),
        ("[auth]\nmode = 'proxy'".into(), "auth.proxy"),
        ("[auth]\nmode = 'oidc'".into(), "auth.oidc"),
        ("[auth]\nmode = 'everybody'".into(), "auth.mode"),
        ("[tls]\ncertificate = '/nowhere/crt'\nkey = '/nowhere/key'".into(), "tls.certificate"),
        (format!("{people}[[policy]]\npath = '/a'\nrequire = {{ approvals = 1 }}"), ""),
        ("[[policy]]\npath = '/a'\nrequire = { approvals = 1 }".into(), "policy.require"),
        ("[[policy]]\npath = '/a'\nrequire = { step_up = '5m' }".into(), "policy.require"),
    ];
    for (index, (toml, says)) in configurations.iter().enumerate() {
        let path = folder.path().join(format!("{index}.toml"));
        std::fs::write(&path, toml).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let path = path.to_str().unwrap();
        let (code, said) = run_to_end(&["check-config", "--config", path]).await;
        assert_eq!(code, Some(if says.is_empty() { 0 } else { 2 }), "{toml}: {said}");
        assert!(said.contains(says), "{toml}: {said}");
        assert!(!said.contains("$argon2id"), "no hash is shown: {said}");
        if !says.is_empty() {
            assert_eq!(run_to_end(&["serve", "--config", path]).await.0, Some(2), "{toml}");
        }
    }
    let path = folder.path().join("open.toml");
    std::fs::write(&path, &people).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, said) = run_to_end(&["check-config", "--config", path.to_str().unwrap()]).await;
    assert!(code == Some(2) && said.contains("chmod 600"), "{said}");
}

#[tokio::test]
async fn a_console_with_a_certificate_speaks_tls_only() {
    let tls = Tls::new();
    let root = reqwest::Certificate::from_pem(tls.pem.as_bytes()).unwrap();
    let toml = format!("{}{}", users(&[("bob", Role::Admin, false)]), tls.table());
    let client = reqwest::Client::builder().tls_certs_only([root]);
    let console = Console::run_in(serve(&["test=127.0.0.1:1"], &[]), &toml, client).await;
    assert!(console.url("").starts_with("https://"));
    let (bob, reply) = Person::try_in(&console, "bob", PASSWORD).await.unwrap();
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-zooscope=") && cookie.contains("Secure") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(!cookie.contains("Domain"), "{cookie}");
    let session = bob.get("/session").await;
    assert_eq!(session.status, 200);
    assert!(session.headers["strict-transport-security"].to_str().unwrap().starts_with("max-age="));
    // Its own page comes by TLS.
    let plain = format!("http://{}", console.address());
    let foreign =
        bob.request("POST", "/logout").header("origin", &plain).header("x-zooscope", "1").json(&json!({}));
    assert_eq!(console.send(foreign).await.problem().code, RefusalCode::ForeignRequest);
    assert!(reqwest::get(&plain).await.is_err(), "nothing is answered without");
}

#[tokio::test]
async fn every_kind_of_answer_has_its_headers() {
    let Some(scene) = crate::auth::staffed("").await else { return };
    let console = &scene.console;
    let bob = Person::sign_in(console, "bob").await;
    let client = reqwest::Client::new();
    let page = async |path: &str| console.send(client.get(console.url(path))).await;
    let long = "a".repeat(20_000);
    let kinds = [
        ("page", page("/").await, 200),
        ("screen", page("/c/test/locks").await, 200),
        ("no page", page("/nowhere.js").await, 404),
        ("health", page("/healthz").await, 200),
        ("not signed in", console.get("/clusters").await, 401),
        ("answer", bob.get("/clusters").await, 200),
        ("no address", bob.get("/nowhere").await, 404),
        ("no method", bob.post("/clusters", &json!({})).await, 405),
        ("bad request", bob.get("/clusters/test/locks?limit=-1").await, 400),
        (
            "forbidden",
            Person::sign_in(console, "vic")
                .await
                .post("/freeze", &json!({"on": true, "reason": "no reason"}))
                .await,
            403,
        ),
        ("wrong body", bob.post("/freeze", &json!({"on": "perhaps"})).await, 400),
        ("too long", bob.post("/freeze", &json!({"on": true, "reason": "x".repeat(70_000)})).await, 413),
        (
            "foreign host",
            console.send(console.request("GET", "/clusters").header("host", "evil.example")).await,
            421,
        ),
        ("wrong login", Person::try_in(console, "bob", "wrong").await.unwrap_err(), 401),
        ("too long a login", console.post("/login", &json!({"user": "a", "password": long})).await, 413),
    ];
    let common: HeaderMap = HeaderMap::from_iter(
        [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ]
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())),
    );
    for (kind, reply, status) in &kinds {
        assert_eq!(reply.status, *status, "{kind}: {}", reply.text);
        for (name, value) in &common {
            assert_eq!(reply.headers.get(name), Some(value), "{kind}: {name}");
        }
        let policy = reply.headers["content-security-policy"].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types default",
        ] {
            assert!(policy.contains(part), "{kind}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{kind}: {policy}");
        let foreign = reply.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(foreign, None, "{kind}: no page elsewhere reads it");
        assert!(!reply.headers.contains_key("strict-transport-security"), "{kind}: not without TLS");
        if reply.media_type.contains("json") {
            assert_eq!(reply.headers["cache-control"], "no-store", "{kind}");
        }
        assert!(!reply.headers.contains_key("server"), "{kind}");
        assert!(!reply.text.contains("evil.example"), "{kind}: nothing is reflected");
    }
}

#[tokio::test]
async fn slow_and_long_headers_end_and_others_are_served() {
    let Some(scene) = Scene::start().await else { return };
    let console = &scene.console;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut socket = TcpStream::connect(console.address()).await.unwrap();
        socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.unwrap();
        slow.push(socket);
    }
    let start = Instant::now();
    assert_eq!(console.get("/clusters").await.status, 200);
    assert!(start.elapsed() < Duration::from_secs(8), "others are served before the slow ones end");
    for mut socket in slow {
        let ended = tokio::time::timeout(Duration::from_secs(20), async {
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).await.ok();
        });
        assert!(ended.await.is_ok(), "a slow header ends");
    }
    assert!(start.elapsed() < Duration::from_secs(20));
    let send = async |request: Vec<u8>| {
        let mut socket = TcpStream::connect(console.address()).await.unwrap();
        socket.write_all(&request).await.ok();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut answer))
            .await
            .expect("it ends")
            .ok();
        String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
    };
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "a".repeat(40_000));
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X-Many: 1\r\n".repeat(150));
    for (request, what) in [(long.into_bytes(), "long"), (many.into_bytes(), "many")] {
        let line = send(request).await;
        assert!(line.contains(" 431 ") || line.is_empty(), "{what}: {line}");
    }
    for request in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let line = send(request.to_vec()).await;
        assert!(!line.contains(" 200 "), "{:?}: {line}", String::from_utf8_lossy(request));
    }
    assert_eq!(console.get("/clusters").await.status, 200);
}

#[tokio::test]
async fn a_thousand_who_sign_in_at_once_cost_a_bounded_memory_and_nobody_else_waits() {
    let Some(scene) = crate::auth::staffed("").await else { return };
    let console = &scene.console;
    let bob = Person::sign_in(console, "bob").await;
    let before = console.resident_kib();
    let flood = async {
        let tries = (0..300).map(|index| {
            let login = json!({"user": format!("nobody{index}"), "password": "wrong wrong"});
            async move { console.post("/login", &login).await.status }
        });
        futures::future::join_all(tries).await
    };
    let served = async {
        let mut longest = Duration::ZERO;
        for _ in 0..20 {
            let start = Instant::now();
            assert_eq!(bob.get("/session").await.status, 200);
            longest = longest.max(start.elapsed());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        longest
    };
    let (statuses, longest) = tokio::join!(flood, served);
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429 | 503)), "{statuses:?}");
    assert!(statuses.contains(&429) || statuses.contains(&503), "not all of them are computed");
    assert!(longest < Duration::from_secs(10), "who is signed in is served: {longest:?}");
    if let (Some(before), Some(after)) = (before, console.resident_kib()) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        let most = before + cores * 19_456 + 48 * 1024;
        assert!(after < most, "{before} KiB before, {after} KiB after");
    }
}

#[tokio::test]
async fn the_stream_takes_no_more_than_it_should() {
    let Some(scene) = Scene::start().await else { return };
    for codec in Codec::ALL {
        let mut stream = Stream::open_as(&scene.console, codec).await;
        stream.send_raw(Message::Text(" ".repeat(Codec::MAX_CLIENT_BYTES + 1).into())).await;
        let (_, code) = stream.until_closed(Duration::from_secs(5)).await;
        assert!(code.is_none_or(|code| code == 1009), "{code:?}");
    }
    // What is offered as compressed is not taken: a small frame cannot become a large one.
    let mut socket = TcpStream::connect(scene.console.address()).await.unwrap();
    let request = format!(
        "GET /api/v1/clusters/test/stream HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: zooscope.v1.json\r\n\
         Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n",
        scene.console.address()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4_096];
    let read = socket.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).to_lowercase();
    assert!(answer.contains(" 101 ") && !answer.contains("sec-websocket-extensions"), "{answer}");
}

#[tokio::test]
async fn one_person_has_a_bounded_number_of_streams() {
    let Some(scene) = crate::auth::staffed("[limits]\nstreams_per_person = 2\n").await else { return };
    let ann = Person::sign_in(&scene.console, "ann").await;
    let (mut first, mut second) = (ann.stream(Codec::Json).await, ann.stream(Codec::Json).await);
    // A stream has its place when it streams, which is after the answer to its request.
    for stream in [&mut first, &mut second] {
        let id = stream.subscribe(View::Overview).await;
        stream.until(id, crate::agreement::LIMIT, "it streams", |_| true).await;
    }
    let (said, _) = ann.stream(Codec::Json).await.until_closed(Duration::from_secs(5)).await;
    assert!(said.unwrap().contains("too many"));
    let id = first.subscribe(View::Status).await;
    first.until(id, crate::agreement::LIMIT, "those that are open go on", |_| true).await;
    drop(first);
    let bob = Person::sign_in(&scene.console, "bob").await;
    let mut other = bob.stream(Codec::Json).await;
    let id = other.subscribe(View::Overview).await;
    other.until(id, crate::agreement::LIMIT, "another's are another's", |_| true).await;
    let mut again = eventually("a place is free again", crate::agreement::LIMIT, async || {
        let mut again = ann.stream(Codec::Json).await;
        // Where there is no place yet, it is told so and closed.
        let closed =
            tokio::time::timeout(Duration::from_secs(2), again.until_closed(crate::agreement::LIMIT));
        match closed.await {
            Err(_) => Ok(again),
            Ok(told) => Err(told),
        }
    })
    .await;
    let id = again.subscribe(View::Overview).await;
    again.until(id, crate::agreement::LIMIT, "it streams", |_| true).await;
}

#[tokio::test]
async fn a_console_that_acts_on_nothing_writes_nothing() {
    let Some(mut scene) = Scene::start().await else { return };
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    harness::zookeeper::put(&client, "/ro/x", b"").await;
    let connect = format!("test={}", scene.zookeeper.connect());
    scene.console.restart_with(&[&connect], &["--read-only"]).await;
    scene.console.live(Duration::from_secs(20)).await;
    let before = client.get_children("/").await.unwrap();
    let target = json!({"path": "/ro/x", "czxid": "1", "version": 0});
    for kind in ["release", "requeue"] {
        let mut action = target.clone();
        action["type"] = json!(kind);
        let reply = scene.console.post("/clusters/test/plans", &action).await;
        assert_eq!((reply.status, reply.problem().code), (403, RefusalCode::ReadOnly), "{kind}");
    }
    let body = json!({"name": "n", "path": "/declared/*", "kind": "mutex", "members": "n-(?<sequence>\\d+)"});
    assert_eq!(scene.console.post("/recipes", &body).await.problem().code, RefusalCode::ReadOnly);
    let execute = json!({"reason": "a test", "idempotency_key": "k", "confirm": "x"});
    let reply = scene.console.post("/clusters/test/plans/nowhere/execute", &execute).await;
    assert_ne!(reply.status, 200);
    let after = client.get_children("/").await.unwrap();
    assert_eq!((before.0, before.1.pzxid), (after.0, after.1.pzxid), "not even a marker's folder was made");
    let session: Value = scene.console.read("/session").await;
    assert_eq!(session["read_only"], true);
}
