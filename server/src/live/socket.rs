//! The socket of one browser. A socket keeps a buffer as large as the longest frame of WebSocket that it ever sent, and the first
//! message is the longest: sent in parts, it costs a thousand browsers what one part costs.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::response::Response;
use futures::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};
use zooscope_protocol::codec::{self, Codec};

/// How much is read of a socket at once; what a browser sends is short.
const READ_BYTES: usize = 4 * 1024;
/// How long a part of a message is at most.
const PART_BYTES: usize = 8 * 1024;

/// An open socket.
#[derive(Debug)]
pub(super) struct Socket(WebSocketStream<TokioIo<Upgraded>>);

/// A request to open a socket.
#[derive(Debug)]
pub(super) struct Offer {
    upgraded: OnUpgrade,
    /// What speaks on it: the first of [`Codec::ALL`] that the browser knows, JSON for who names none.
    pub(super) codec: Codec,
}

impl Offer {
    /// Reads the request, and makes the answer that opens the socket. Errors: the request asks for none.
    pub(super) fn accept(request: &mut Request) -> Result<(Self, Response), Error> {
        let mut response = create_response_with_body(request, Body::empty)?;
        let known = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        let known: Vec<_> =
            known.filter_map(|names| names.to_str().ok()).flat_map(|names| names.split(',')).collect();
        let chosen =
            Codec::ALL.into_iter().find(|codec| known.iter().any(|name| name.trim() == codec.subprotocol()));
        if let Some(codec) = chosen {
            let name = HeaderValue::from_static(codec.subprotocol());
            response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, name);
        }
        let offer = Self { upgraded: hyper::upgrade::on(request), codec: chosen.unwrap_or(Codec::Json) };
        Ok((offer, response))
    }

    /// The socket, once the answer was sent. Errors: the browser is gone.
    pub(super) async fn open(self) -> Result<Socket, hyper::Error> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(Codec::MAX_CLIENT_BYTES))
            .max_frame_size(Some(Codec::MAX_CLIENT_BYTES));
        let upgraded = TokioIo::new(self.upgraded.await?);
        Ok(Socket(WebSocketStream::from_raw_socket(upgraded, Role::Server, Some(config)).await))
    }
}

impl Socket {
    /// What the browser sends next; `None` once it is gone.
    pub(super) async fn receive(&mut self) -> Option<Result<Message, Error>> {
        self.0.next().await
    }

    /// Sends a message, part by part. A message whose sending is given up half way leaves the socket of no use.
    pub(super) async fn send(&mut self, message: codec::Message) -> Result<(), Error> {
        let (kind, mut rest) = match message {
            codec::Message::Text(text) => (Data::Text, Bytes::from(text)),
            codec::Message::Binary(bytes) => (Data::Binary, Bytes::from(bytes)),
        };
        let mut kind = OpCode::Data(kind);
        loop {
            let part = rest.split_to(rest.len().min(PART_BYTES));
            let last = rest.is_empty();
            // A part is accepted once the one before it was written.
            self.0.feed(Message::Frame(Frame::message(part, kind, last))).await?;
            if last {
                return self.0.flush().await;
            }
            kind = OpCode::Data(Data::Continue);
        }
    }

    /// Says goodbye.
    pub(super) async fn close(&mut self) -> Result<(), Error> {
        self.0.close(None).await
    }
}

/// Why a request does not open a socket, as a sentence.
pub(super) fn reason(error: &Error) -> String {
    format!("this address is a stream of WebSocket, which this request does not open: {error}")
}
