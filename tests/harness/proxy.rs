//! A TCP proxy that breaks links on demand: cut, stall, heal, slow down, lose a reply.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A listening proxy in front of one address. It stops on drop.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct State {
    target: String,
    /// Goes up with each cut: connections of an older generation end.
    generation: watch::Sender<u64>,
    /// Whether new connections are refused.
    refusing: AtomicBool,
    /// Whether bytes are held back.
    stalled: watch::Sender<bool>,
    latency_ms: AtomicU64,
    /// How many pieces from the target are lost before the connection that they were for is cut.
    lose_replies: AtomicUsize,
    connections: AtomicUsize,
    /// What is put between two pieces that the target sends, once on each connection that is open at the time.
    injected: watch::Sender<Vec<u8>>,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 for connections to `HOST:PORT`.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start(target: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            target: target.to_owned(),
            generation: watch::Sender::new(0),
            refusing: AtomicBool::new(false),
            stalled: watch::Sender::new(false),
            latency_ms: AtomicU64::new(0),
            lose_replies: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            injected: watch::Sender::default(),
        });
        let stop = CancellationToken::new();
        let accepting = state.clone();
        let stopping = stop.clone();
        tokio::spawn(async move {
            while let Some(Ok((inbound, _))) = stopping.run_until_cancelled(listener.accept()).await {
                let state = accepting.clone();
                let stopping = stopping.clone();
                tokio::spawn(async move { stopping.run_until_cancelled(state.carry(inbound)).await });
            }
        });
        Self { address, state, stop }
    }

    /// The connect string for clients.
    pub fn connect(&self) -> String {
        self.address.to_string()
    }

    /// Ends every connection and refuses new ones, as an unplugged cable that is noticed.
    pub fn cut(&self) {
        self.state.refusing.store(true, Ordering::SeqCst);
        self.state.generation.send_modify(|generation| *generation += 1);
    }

    /// Ends every connection and takes new ones, as a restarted firewall.
    pub fn reset(&self) {
        self.state.generation.send_modify(|generation| *generation += 1);
    }

    /// Holds every byte back, both ways, while connections stay open: an unplugged cable that nobody notices.
    pub fn stall(&self) {
        self.state.stalled.send_replace(true);
    }

    /// Ends all trouble. Bytes that were held back go on.
    pub fn heal(&self) {
        self.state.refusing.store(false, Ordering::SeqCst);
        self.state.latency_ms.store(0, Ordering::SeqCst);
        self.state.lose_replies.store(0, Ordering::SeqCst);
        self.state.stalled.send_replace(false);
    }

    /// Delays every piece by this much, each way.
    pub fn delay(&self, latency: Duration) {
        let millis = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.state.latency_ms.store(millis, Ordering::SeqCst);
    }

    /// Loses the next piece that the target sends, and cuts the connection that it was for: the request was done, and the
    /// client does not know.
    pub fn lose_next_reply(&self) {
        self.state.lose_replies.store(1, Ordering::SeqCst);
    }

    /// Says this to every client that is connected, in the target's name, between two of its replies.
    pub fn inject(&self, bytes: &[u8]) {
        self.state.injected.send_replace(bytes.to_vec());
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl State {
    async fn carry(&self, inbound: TcpStream) {
        if self.refusing.load(Ordering::SeqCst) {
            return;
        }
        let mut generation = self.generation.subscribe();
        let Ok(outbound) = TcpStream::connect(&self.target).await else { return };
        self.connections.fetch_add(1, Ordering::SeqCst);
        let (from_client, to_client) = inbound.into_split();
        let (from_target, to_target) = outbound.into_split();
        tokio::select! {
            () = self.pump(from_client, to_target, false) => {}
            () = self.pump(from_target, to_client, true) => {}
            _ = generation.changed() => {}
        }
    }

    async fn pump(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, replies: bool) {
        let (mut stalled, mut injected) = (self.stalled.subscribe(), self.injected.subscribe());
        let mut piece = vec![0; 64 * 1024];
        loop {
            let read = tokio::select! {
                read = from.read(&mut piece) => read,
                Ok(()) = injected.changed(), if replies => {
                    let bytes = injected.borrow_and_update().clone();
                    if to.write_all(&bytes).await.is_err() {
                        return;
                    }
                    continue;
                }
            };
            let length = match read {
                Ok(0) | Err(_) => return,
                Ok(length) => length,
            };
            let latency = self.latency_ms.load(Ordering::SeqCst);
            if latency > 0 {
                tokio::time::sleep(Duration::from_millis(latency)).await;
            }
            if stalled.wait_for(|stalled| !stalled).await.is_err() {
                return;
            }
            let lost = |left: usize| left.checked_sub(1);
            if replies && self.lose_replies.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lost).is_ok() {
                return;
            }
            if to.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each piece with itself.
    async fn echo() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    async fn ask(stream: &mut TcpStream) -> std::io::Result<usize> {
        stream.write_all(b"ping").await?;
        stream.read(&mut [0; 8]).await
    }

    #[tokio::test]
    async fn a_link_breaks_and_heals() {
        let proxy = Proxy::start(&echo().await).await;
        let mut stream = TcpStream::connect(proxy.connect()).await.unwrap();
        assert_eq!(ask(&mut stream).await.unwrap(), 4);

        proxy.stall();
        let silence = tokio::time::timeout(Duration::from_millis(100), ask(&mut stream)).await;
        assert!(silence.is_err(), "nothing comes through while stalled");
        proxy.heal();
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 4, "what was held back goes on");

        proxy.cut();
        assert!(matches!(ask(&mut stream).await, Ok(0) | Err(_)), "a cut ends the connection");
        let mut refused = TcpStream::connect(proxy.connect()).await.unwrap();
        assert!(matches!(ask(&mut refused).await, Ok(0) | Err(_)), "and refuses new ones");
        proxy.heal();

        proxy.lose_next_reply();
        let mut unlucky = TcpStream::connect(proxy.connect()).await.unwrap();
        assert!(matches!(ask(&mut unlucky).await, Ok(0) | Err(_)), "the reply is lost with its connection");
        let mut lucky = TcpStream::connect(proxy.connect()).await.unwrap();
        assert_eq!(ask(&mut lucky).await.unwrap(), 4);
        assert_eq!(proxy.connections(), 3);
    }
}
