//! A server that means harm, against a real client behind the relay.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::ensemble::{ConnectString, Connection, Session, WatchEvent};

/// What the server does once a session is there and the watch is set.
#[derive(Debug, Clone, Copy)]
enum Harm {
    /// Announces a reply of so many bytes, and sends zeros for as long as they are taken.
    Announce(i32),
    /// Sends events for as long as they are taken, at most so many.
    Events(u64),
    /// Sends one event of so many bytes.
    Event(usize),
    /// Does nothing wrong.
    None,
}

/// A server. The number is how many bytes, or events, were taken from it.
async fn server(harm: Harm) -> (Access, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connect = ConnectString::parse(&listener.local_addr().unwrap().to_string()).unwrap();
    let taken = Arc::new(AtomicU64::new(0));
    let counting = taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, harm, counting.clone()));
        }
    });
    (Access { max_reply: 4 * 1024 * 1024, ..Access::plain(connect) }, taken)
}

async fn frame(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = stream.read_i32().await?;
    let mut frame = vec![0; usize::try_from(length).unwrap_or_default()];
    stream.read_exact(&mut frame).await?;
    Ok(frame)
}

fn framed(body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len()).unwrap().to_be_bytes(), body].concat()
}

fn reply(number: [u8; 4], body: &[u8]) -> Vec<u8> {
    framed(&[&number, &1_i64.to_be_bytes()[..], &0_i32.to_be_bytes(), body].concat())
}

/// That a znode was made whose path has so many bytes.
fn event(path: usize) -> Vec<u8> {
    let length = i32::try_from(path).unwrap().to_be_bytes();
    let path = format!("/{}", "x".repeat(path - 1));
    reply(EVENT, &[&1_i32.to_be_bytes()[..], &3_i32.to_be_bytes(), &length, path.as_bytes()].concat())
}

async fn serve(mut stream: TcpStream, harm: Harm, taken: Arc<AtomicU64>) -> std::io::Result<()> {
    frame(&mut stream).await?;
    let session =
        [&[0; 4][..], &15_000_i32.to_be_bytes(), &7_i64.to_be_bytes(), &16_i32.to_be_bytes(), &[1; 16], &[0]];
    stream.write_all(&framed(&session.concat())).await?;
    loop {
        let request = frame(&mut stream).await?;
        let number: [u8; 4] = request[..4].try_into().unwrap();
        stream.write_all(&reply(number, &[0; 4])).await?;
        // `addWatch`
        if request[4..8] == 106_i32.to_be_bytes() {
            break;
        }
    }
    match harm {
        Harm::Announce(length) => {
            stream.write_all(&length.to_be_bytes()).await?;
            loop {
                stream.write_all(&[0; 4_096]).await?;
                taken.fetch_add(4_096, Ordering::Relaxed);
            }
        }
        Harm::Events(most) => {
            let event = event(101);
            for _ in 0..most {
                stream.write_all(&event).await?;
                taken.fetch_add(1, Ordering::Relaxed);
            }
        }
        // What it takes beside its path is its number, zxid and error, and its type, state and the path's length.
        Harm::Event(length) => stream.write_all(&event(length - 28)).await?,
        Harm::None => {}
    }
    while frame(&mut stream).await.is_ok() {}
    Ok(())
}

/// The resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

async fn until_lost(session: &Session) {
    let start = Instant::now();
    while session.connection() == Connection::Connected {
        assert!(start.elapsed() < Duration::from_secs(20), "the connection is ended");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_reply_of_no_length_or_of_too_much_ends_the_connection_at_once() {
    for length in [i32::MAX, i32::MIN, -2, -1, 0, 3, 4 * 1024 * 1024 + 1] {
        let (access, taken) = server(Harm::Announce(length)).await;
        let before = resident();
        let session = Session::open(&access, Duration::from_secs(15)).await.unwrap();
        let _watch = session.watch().await.unwrap();
        until_lost(&session).await;
        // What lies in the buffers of the system is on no heap.
        assert!(taken.load(Ordering::Relaxed) < 16 * 1024 * 1024, "{length}");
        assert!(resident() < before + 48 * 1024, "{length}: {before} KiB before, {} KiB after", resident());
    }
}

#[tokio::test]
async fn a_million_events_that_nobody_hears_wait_at_the_server() {
    const ALL: u64 = 1_000_000;
    let (access, taken) = server(Harm::Events(ALL)).await;
    let session = Session::open(&access, Duration::from_secs(15)).await.unwrap();
    let before = resident();
    let mut watch = session.watch().await.unwrap();
    // The client connects anew at once, so that it was lost may not be seen from here; that no more is taken is.
    let mut let_through = 0;
    while let_through == 0 || let_through != taken.load(Ordering::Relaxed) {
        let_through = taken.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    assert!(let_through < ALL, "the server could not say all of it");
    assert!(resident() < before + 64 * 1024, "{before} KiB before, {} KiB after", resident());
    // What was let through is heard, and then that something is missing.
    let mut heard = 0;
    while let WatchEvent::Znode { .. } = watch.next().await {
        heard += 1;
    }
    assert_eq!(heard, Backlog::EVENTS, "{let_through}");
}

#[tokio::test]
async fn an_event_that_is_longer_than_any_path_ends_the_connection() {
    for (length, taken) in [(MAX_EVENT, true), (MAX_EVENT + 1, false)] {
        let (access, _) = server(Harm::Event(length)).await;
        let session = Session::open(&access, Duration::from_secs(15)).await.unwrap();
        let mut watch = session.watch().await.unwrap();
        // A path of that length is read by nobody, but it was let through.
        let event = watch.next().await;
        let heard = matches!(event, WatchEvent::Znode { .. } | WatchEvent::Unreadable(_));
        assert_eq!(heard, taken, "{length}");
    }
}

#[tokio::test]
async fn what_is_heard_is_never_held_back_for_long() {
    const ALL: u64 = 200_000;
    let (access, _) = server(Harm::Events(ALL)).await;
    let session = Session::open(&access, Duration::from_secs(15)).await.unwrap();
    let mut watch = session.watch().await.unwrap();
    for number in 0..ALL {
        assert!(matches!(watch.next().await, WatchEvent::Znode { .. }), "{number}");
    }
    assert_eq!(session.connection(), Connection::Connected);
}

#[tokio::test]
async fn a_session_that_is_dropped_leaves_no_port_open() {
    let (access, _) = server(Harm::None).await;
    let session = Session::open(&access, Duration::from_secs(15)).await.unwrap();
    let address = session.relay.addresses[0];
    drop(session);
    let start = Instant::now();
    while TcpStream::connect(address).await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(5), "the port is closed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
