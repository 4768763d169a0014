//! A subscriber of the console's stream, as the site is one: the same replica, over a real WebSocket.

use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use zooscope_protocol::codec::{self, Codec};
use zooscope_protocol::replica::Received;
use zooscope_protocol::{ClientFrame, Content, Replica, ServerFrame, SubscriptionId, View};

use crate::Console;
use crate::console::CLUSTER;

/// A connection to the stream with the views that it shows.
#[derive(Debug)]
pub struct Stream {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    codec: Codec,
    replica: Replica,
    /// How many snapshots and how many deltas came, to see that the stream streams.
    pub counts: Counts,
}

/// What came through a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Views sent whole.
    pub snapshots: usize,
    /// Differences.
    pub deltas: usize,
    /// Bytes of all messages.
    pub bytes: usize,
}

impl Stream {
    /// Connects as the site does.
    ///
    /// # Panics
    /// When the console refuses.
    pub async fn open(console: &Console) -> Self {
        Self::open_as(console, Codec::Postcard).await
    }

    /// Connects with this encoding.
    ///
    /// # Panics
    /// When the console refuses.
    pub async fn open_as(console: &Console, codec: Codec) -> Self {
        let origin = console.url("");
        let opened = try_open(console, codec.subprotocol(), Some(&origin)).await;
        Self::over(opened.unwrap_or_else(|error| panic!("the stream opens: {error}")), codec)
    }

    /// The stream over a socket that was opened.
    pub fn over(socket: WebSocketStream<MaybeTlsStream<TcpStream>>, codec: Codec) -> Self {
        Self { socket, codec, replica: Replica::default(), counts: Counts::default() }
    }

    /// Reads until the console ends the stream, and says why it said it does.
    ///
    /// # Panics
    /// When it does not within the limit.
    pub async fn until_closed(&mut self, limit: Duration) -> (Option<String>, Option<u16>) {
        let ended = tokio::time::timeout(limit, async {
            let (mut reason, mut code) = (None, None);
            while let Some(Ok(message)) = self.socket.next().await {
                let message = match message {
                    Message::Binary(bytes) => codec::Message::Binary(bytes.to_vec()),
                    Message::Text(text) => codec::Message::Text(text.as_str().to_owned()),
                    Message::Close(frame) => {
                        code = frame.map(|frame| u16::from(frame.code));
                        continue;
                    }
                    _ => continue,
                };
                if let Ok(ServerFrame::Bye { reason: said }) = self.codec.decode(&message) {
                    reason = Some(said);
                }
            }
            (reason, code)
        });
        ended.await.unwrap_or_else(|_| panic!("the stream is still open after {limit:?}"))
    }

    /// Subscribes to a view of the test's cluster.
    pub async fn subscribe(&mut self, view: View) -> SubscriptionId {
        let (id, frame) = self.replica.subscribe(CLUSTER, view);
        self.send(&frame).await;
        id
    }

    /// Ends a subscription.
    pub async fn unsubscribe(&mut self, id: SubscriptionId) {
        let frame = self.replica.unsubscribe(id);
        self.send(&frame).await;
    }

    /// Sends a frame.
    ///
    /// # Panics
    /// When the connection is closed.
    pub async fn send(&mut self, frame: &ClientFrame) {
        let message = match self.codec.encode(frame).expect("a frame can be written") {
            codec::Message::Text(text) => Message::Text(text.into()),
            codec::Message::Binary(bytes) => Message::Binary(bytes.into()),
        };
        self.send_raw(message).await;
    }

    /// Sends any message, right or wrong.
    ///
    /// # Panics
    /// When the connection is closed.
    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.expect("the stream is open");
    }

    /// The next frame, as the replica understood it. Heartbeats are answered, missed frames asked for anew.
    ///
    /// # Panics
    /// When the connection ends or a message is no frame.
    pub async fn next(&mut self) -> Received {
        let message = self.raw().await;
        self.understand(&message).await
    }

    /// The next frame as it is written.
    ///
    /// # Panics
    /// When the connection ends.
    pub async fn raw(&mut self) -> codec::Message {
        loop {
            let message = self.socket.next().await.expect("the stream goes on").expect("the stream is open");
            let message = match message {
                Message::Binary(bytes) => codec::Message::Binary(bytes.to_vec()),
                Message::Text(text) => codec::Message::Text(text.as_str().to_owned()),
                Message::Close(frame) => panic!("the console closed the stream: {frame:?}"),
                _ => continue,
            };
            self.counts.bytes += match &message {
                codec::Message::Binary(bytes) => bytes.len(),
                codec::Message::Text(text) => text.len(),
            };
            return message;
        }
    }

    /// Takes a frame in.
    ///
    /// # Panics
    /// When it is none.
    pub async fn understand(&mut self, message: &codec::Message) -> Received {
        let frame: ServerFrame = self.codec.decode(message).expect("a frame of the stream");
        match &frame {
            ServerFrame::Snapshot { .. } => self.counts.snapshots += 1,
            ServerFrame::Delta { .. } => self.counts.deltas += 1,
            _ => {}
        }
        let received = self.replica.receive(frame);
        match &received {
            Received::Heartbeat { pong, .. } => self.send(&pong.clone()).await,
            Received::Resubscribe(frame) => self.send(&frame.clone()).await,
            _ => {}
        }
        received
    }

    /// What a subscription shows now; `None` before its first frame.
    pub fn content(&self, id: SubscriptionId) -> Option<&Content> {
        self.replica.content(id)
    }

    /// Receives until a view is as wanted, and says how long that took.
    ///
    /// # Panics
    /// When it is not within the limit.
    pub async fn until(
        &mut self,
        id: SubscriptionId,
        limit: Duration,
        what: &str,
        wanted: impl Fn(&Content) -> bool,
    ) -> Duration {
        let start = Instant::now();
        loop {
            if self.content(id).is_some_and(&wanted) {
                return start.elapsed();
            }
            let left = limit.saturating_sub(start.elapsed());
            if tokio::time::timeout(left, self.next()).await.is_err() {
                panic!("not within {limit:?}: {what}; the view shows {:?}", self.content(id));
            }
        }
    }
}

/// Opens a WebSocket on the stream with this subprotocol and origin, right or wrong.
///
/// # Errors
/// What the console answered instead.
pub async fn try_open(
    console: &Console,
    subprotocol: &str,
    origin: Option<&str>,
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, Box<tungstenite::Error>> {
    try_open_with(console, subprotocol, origin, &[]).await
}

/// The same with more headers.
///
/// # Errors
/// What the console answered instead.
///
/// # Panics
/// When it chose another subprotocol.
pub async fn try_open_with(
    console: &Console,
    subprotocol: &str,
    origin: Option<&str>,
    headers: &[(String, String)],
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, Box<tungstenite::Error>> {
    let address = format!("ws://{}/api/v1/clusters/{CLUSTER}/stream", console.address());
    let mut request = address.into_client_request()?;
    let value = |text: &str| HeaderValue::from_str(text).expect("a header value");
    request.headers_mut().insert("sec-websocket-protocol", value(subprotocol));
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", value(origin));
    }
    for (name, text) in headers {
        let name: tungstenite::http::HeaderName = name.parse().expect("a header name");
        request.headers_mut().insert(name, value(text));
    }
    let (socket, response) = connect_async(request).await?;
    let chosen = response.headers().get("sec-websocket-protocol").and_then(|value| value.to_str().ok());
    assert_eq!(chosen, Some(subprotocol), "the console speaks what was asked for");
    Ok(socket)
}
