//! Bad input: a clear refusal with a stable code, never a panic, never a closed server.

use harness::scene::{Scene, Shared};
use harness::stream::{Stream, try_open};
use harness::{Console, zookeeper};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use zooscope_protocol::codec::Codec;
use zooscope_protocol::replica::Received;
use zooscope_protocol::{RefusalCode, View};

static SCENE: Shared = Shared::new();

async fn scene() -> Option<&'static Scene> {
    SCENE.get().await
}

/// The console goes on as if nothing had been.
async fn unharmed(console: &Console) {
    assert_eq!(console.get("/clusters").await.status, 200);
    assert!(!console.log().contains("panicked"), "{}", console.log());
}

#[tokio::test]
async fn wrong_addresses_and_parameters_are_problems_with_codes() {
    let Some(Scene { console, .. }) = scene().await else { return };
    let long = format!("/clusters/test/node?path=/{}", "a".repeat(60_000));
    for (path, status, code) in [
        ("/nowhere", 404, RefusalCode::NotFound),
        ("/clusters/nobody/locks", 404, RefusalCode::UnknownCluster),
        ("/clusters/nobody/stream", 404, RefusalCode::UnknownCluster),
        ("/clusters/test/children?path=app", 400, RefusalCode::BadPath),
        ("/clusters/test/children?path=", 400, RefusalCode::BadPath),
        ("/clusters/test/children?path=/a/../b", 400, RefusalCode::BadPath),
        ("/clusters/test/children?path=/a//b", 400, RefusalCode::BadPath),
        ("/clusters/test/children?path=/a%00b", 400, RefusalCode::BadPath),
        ("/clusters/test/children?path=/%ff", 400, RefusalCode::BadPath),
        ("/clusters/test/children", 400, RefusalCode::BadRequest),
        ("/clusters/test/children?path=/&limit=0", 400, RefusalCode::BadRequest),
        ("/clusters/test/children?path=/&limit=-1", 400, RefusalCode::BadRequest),
        ("/clusters/test/children?path=/&limit=99999999999999999999", 400, RefusalCode::BadRequest),
        ("/clusters/test/children?path=/nowhere", 404, RefusalCode::NoNode),
        ("/clusters/test/node?path=/nowhere", 404, RefusalCode::NoNode),
        ("/clusters/test/locks/at?path=/", 404, RefusalCode::NoLock),
        ("/clusters/test/queues/at?path=/", 404, RefusalCode::NoQueue),
        ("/clusters/test/queues/items?path=/", 404, RefusalCode::NoQueue),
        ("/clusters/test/locks?sort=sideways", 400, RefusalCode::BadRequest),
        ("/clusters/test/locks?unknown=1", 400, RefusalCode::BadRequest),
        ("/clusters/test/events?after=never", 400, RefusalCode::BadRequest),
        ("/clusters/test/stream", 400, RefusalCode::BadRequest),
    ] {
        let reply = console.get(path).await;
        // A byte that is no UTF-8 is replaced by the reader of the query, and the replacement is no part of a path.
        assert_eq!((reply.status, reply.problem().code), (status, code), "{path}: {}", reply.text);
    }
    let reply = console.get(&long).await;
    assert!((400..500).contains(&reply.status), "{}", reply.status);
    unharmed(console).await;
}

#[tokio::test]
async fn wrong_bodies_are_problems_with_codes() {
    let Some(Scene { console, .. }) = scene().await else { return };
    let plans = "/clusters/test/plans";
    let send = async |body: Vec<u8>, kind: &str| {
        let request = console.request("POST", plans).headers(console.site_headers());
        console.send(request.header("content-type", kind).body(body)).await
    };
    let target = json!({"path": "/a", "czxid": "1", "version": 0});
    let with = |key: &str, value: serde_json::Value| {
        let mut action = target.clone();
        action["type"] = json!("release");
        action[key] = value;
        action.to_string().into_bytes()
    };
    for (body, status, code) in [
        (b"{".to_vec(), 400, RefusalCode::BadBody),
        (b"".to_vec(), 400, RefusalCode::BadBody),
        (b"null".to_vec(), 400, RefusalCode::BadBody),
        (b"[1,2]".to_vec(), 400, RefusalCode::BadBody),
        (b"\xff\xfe".to_vec(), 400, RefusalCode::BadBody),
        (with("type", json!("explode")), 400, RefusalCode::BadBody),
        (with("path", json!("a")), 400, RefusalCode::BadBody),
        (with("path", json!("/a/../b")), 400, RefusalCode::BadBody),
        (with("path", json!("/a\u{0}b")), 400, RefusalCode::BadBody),
        (with("czxid", json!(1)), 400, RefusalCode::BadBody),
        (with("version", json!("0")), 400, RefusalCode::BadBody),
        (with("session", json!("12")), 400, RefusalCode::BadBody),
        (with("more", json!(1)), 400, RefusalCode::BadBody),
        (with("path", json!("/nowhere")), 409, RefusalCode::Changed),
        (vec![b'a'; 2 * 1024 * 1024], 413, RefusalCode::TooLarge),
    ] {
        let reply = send(body.clone(), "application/json").await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        assert_eq!((reply.status, reply.problem().code), (status, code), "{shown}: {}", reply.text);
    }
    let reply = send(with("czxid", json!("1")), "text/plain").await;
    assert_eq!((reply.status, reply.problem().code), (415, RefusalCode::BadMediaType));
    let reply = console.send(console.request("PUT", plans).headers(console.site_headers())).await;
    assert_eq!((reply.status, reply.problem().code), (405, RefusalCode::BadMethod));
    unharmed(console).await;
}

#[tokio::test]
async fn who_is_not_from_here_is_refused() {
    let Some(Scene { console, .. }) = scene().await else { return };
    let body = json!({"type": "release", "path": "/a", "czxid": "1", "version": 0});
    let post = |headers: &[(&str, &str)]| {
        let request = console.request("POST", "/clusters/test/plans").json(&body);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    let origin = console.url("");
    let foreign = |request| async move {
        let reply = console.send(request).await;
        assert_eq!(
            (reply.status, reply.problem().code),
            (403, RefusalCode::ForeignRequest),
            "{}",
            reply.text
        );
    };
    foreign(post(&[])).await;
    foreign(post(&[("x-zooscope", "1")])).await;
    foreign(post(&[("origin", &origin)])).await;
    foreign(post(&[("origin", "http://evil.example"), ("x-zooscope", "1")])).await;
    foreign(post(&[("origin", "null"), ("x-zooscope", "1")])).await;
    foreign(post(&[("origin", &origin), ("x-zooscope", "1"), ("sec-fetch-site", "cross-site")])).await;
    for host in ["evil.example", "127.0.0.1.evil.example:80"] {
        let reply = console.send(console.request("GET", "/clusters").header("host", host)).await;
        assert_eq!((reply.status, reply.problem().code), (421, RefusalCode::ForeignHost), "{host}");
    }
    for wrong in [None, Some("http://evil.example"), Some("null")] {
        let subprotocol = Codec::Json.subprotocol();
        assert!(try_open(console, subprotocol, wrong).await.is_err(), "{wrong:?}");
    }
    let page = console.send(console.request("GET", "/../../c/test/locks")).await;
    assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    unharmed(console).await;
}

#[tokio::test]
async fn a_frame_that_is_none_is_refused_and_the_stream_goes_on() {
    let Some(Scene { console, zookeeper }) = scene().await else { return };
    let client = zookeeper::client(&zookeeper.connect()).await;
    zookeeper::put(&client, "/there", b"").await;
    for codec in Codec::ALL {
        let mut stream = Stream::open_as(console, codec).await;
        let texts = [
            "",
            "{",
            "null",
            r#"{"explode":{}}"#,
            r#"{"subscribe":{"id":1}}"#,
            r#"{"subscribe":{"id":1,"cluster":"test","view":{"node":{"path":"a"}}}}"#,
            r#"{"subscribe":{"id":1,"cluster":"test","view":{"journal":{"path":null,"limit":0}}}}"#,
        ];
        for text in texts {
            stream.send_raw(Message::Text(text.into())).await;
            refused(&mut stream, RefusalCode::BadFrame).await;
        }
        for bytes in [vec![], vec![0xff; 64], vec![9; 4]] {
            stream.send_raw(Message::Binary(bytes.into())).await;
            refused(&mut stream, RefusalCode::BadFrame).await;
        }
        let id = stream.subscribe(View::Overview).await;
        stream.until(id, crate::agreement::LIMIT, "the stream goes on", |_| true).await;
        let nobody =
            zooscope_protocol::ClientFrame::Subscribe { id, cluster: "nobody".into(), view: View::Overview };
        stream.send(&nobody).await;
        refused(&mut stream, RefusalCode::UnknownCluster).await;
    }
    unharmed(console).await;
}

async fn refused(stream: &mut Stream, expected: RefusalCode) {
    loop {
        if let Received::Refused { code, .. } = stream.next().await {
            assert_eq!(code, expected);
            return;
        }
    }
}
