//! More connections than there are places, and connections that say nothing: those who are served stay served.

use std::time::{Duration, Instant};

use harness::scene::Scene;
use harness::{Console, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One request on a connection that stays open.
async fn asked(socket: &mut TcpStream) -> Duration {
    let start = Instant::now();
    socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = vec![0; 4_096];
    let length =
        tokio::time::timeout(Duration::from_secs(5), socket.read(&mut answer)).await.unwrap().unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..length]));
    start.elapsed()
}

/// What half of a hundred take at most: a machine that is busy with other tests makes any single one slow.
async fn median(socket: &mut TcpStream) -> Duration {
    let mut took = Vec::new();
    for _ in 0..100 {
        took.push(asked(socket).await);
    }
    took.sort();
    took[50]
}

#[tokio::test]
async fn who_finds_no_place_is_told_so_at_once_and_who_has_one_keeps_it() {
    let Some(scene) = Scene::start().await else { return };
    let toml = "[limits]\nsockets = 100\n";
    let console = Console::configured(&scene.zookeeper.connect(), toml, &[]).await;
    console.live(Duration::from_secs(20)).await;
    let mut healthy = TcpStream::connect(console.address()).await.unwrap();
    let usual = median(&mut healthy).await;
    let before = console.resident_kib();
    // They take all places, and say nothing or the beginning of something.
    let mut idle = Vec::new();
    for number in 0..99 {
        let mut socket = TcpStream::connect(console.address()).await.unwrap();
        if number % 2 == 0 {
            socket.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ").await.unwrap();
        }
        idle.push(socket);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (mut told, start) = (0, Instant::now());
    for _ in 0..1_200 {
        let mut socket = TcpStream::connect(console.address()).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut answer))
            .await
            .expect("it ends")
            .ok();
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 503") && answer.contains("Retry-After"),
            "{answer}"
        );
        told += usize::from(!answer.is_empty());
        // Whoever is served goes on to ask; who says nothing for ten seconds would lose the place.
        asked(&mut healthy).await;
        if start.elapsed() > Duration::from_secs(6) {
            break;
        }
    }
    assert!(told >= 20, "they are told: {told}");
    let now = median(&mut healthy).await;
    assert!(now < usual * 2 + Duration::from_millis(50), "{usual:?} before, {now:?} now");
    if let (Some(before), Some(after)) = (before, console.resident_kib()) {
        assert!(after < before + 32 * 1024, "{before} KiB before, {after} KiB after");
    }
    // Who says nothing loses the place, and others find one.
    eventually("there are places again", Duration::from_secs(20), async || {
        let mut socket = TcpStream::connect(console.address()).await.map_err(|error| error.to_string())?;
        socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.ok();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.ok();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(answer) }
    })
    .await;
    drop(idle);
}
