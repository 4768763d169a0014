//! Frames as bytes: postcard for the site, JSON text for people with `websocat` and for other programs.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{RevisionId, SubscriptionId};

/// How the frames of one connection are written. The name is the WebSocket subprotocol that asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// `zooscope.v1`: postcard in binary messages.
    Postcard,
    /// `zooscope.v1.json`: JSON in text messages.
    Json,
}

/// One message of a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

/// Why a message is not a frame.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Longer than [`Codec::MAX_CLIENT_BYTES`].
    #[error("a frame is at most {} bytes long", Codec::MAX_CLIENT_BYTES)]
    TooLong,
    /// Text on a binary connection or the other way round.
    #[error("this connection speaks {0}")]
    Kind(&'static str),
    /// Not a frame in postcard.
    #[error("not a frame of zooscope.v1")]
    Postcard(#[source] postcard::Error),
    /// Not a frame in JSON.
    #[error("not a frame of zooscope.v1.json")]
    Json(#[source] serde_json::Error),
}

/// A frame that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("a frame could not be written as {codec}")]
pub struct EncodeError {
    codec: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Codec {
    /// The longest frame that the server accepts, in bytes.
    pub const MAX_CLIENT_BYTES: usize = 128 * 1024;

    /// The subprotocols, the one that the server prefers first.
    pub const ALL: [Self; 2] = [Self::Postcard, Self::Json];

    /// The name of the subprotocol.
    pub fn subprotocol(self) -> &'static str {
        match self {
            Self::Postcard => "zooscope.v1",
            Self::Json => "zooscope.v1.json",
        }
    }

    /// Writes a frame. Errors: a value that the codec cannot carry, which no frame of this crate is.
    pub fn encode<F: Serialize>(self, frame: &F) -> Result<Message, EncodeError> {
        match self {
            Self::Postcard => postcard::to_stdvec(frame).map(Message::Binary).map_err(|e| self.failed(e)),
            Self::Json => serde_json::to_string(frame).map(Message::Text).map_err(|e| self.failed(e)),
        }
    }

    /// The frame [`ServerFrame::Snapshot`] around a content that was written by [`Codec::encode`]: what many subscribers get is
    /// written once.
    ///
    /// [`ServerFrame::Snapshot`]: crate::ServerFrame::Snapshot
    pub fn snapshot(self, id: SubscriptionId, revision: RevisionId, content: &Message) -> Message {
        match content {
            Message::Binary(content) => Self::framed(&(1_u32, id, revision), content),
            Message::Text(content) => Message::Text(format!(
                r#"{{"snapshot":{{"id":{},"revision":{},"content":{content}}}}}"#,
                id.0, revision.0
            )),
        }
    }

    /// The frame [`ServerFrame::Delta`] around a delta that was written by [`Codec::encode`].
    ///
    /// [`ServerFrame::Delta`]: crate::ServerFrame::Delta
    pub fn delta(self, id: SubscriptionId, from: RevisionId, to: RevisionId, delta: &Message) -> Message {
        match delta {
            Message::Binary(delta) => Self::framed(&(2_u32, id, from, to), delta),
            Message::Text(delta) => Message::Text(format!(
                r#"{{"delta":{{"id":{},"from":{},"to":{},"delta":{delta}}}}}"#,
                id.0, from.0, to.0
            )),
        }
    }

    /// A frame in postcard: the number of its kind and its first fields, then the last field.
    fn framed(head: &impl Serialize, last: &[u8]) -> Message {
        // Numbers alone can always be written.
        let mut bytes = postcard::to_stdvec(head).unwrap_or_default();
        bytes.extend_from_slice(last);
        Message::Binary(bytes)
    }

    /// Reads a frame. Errors: see [`DecodeError`].
    pub fn decode<F: DeserializeOwned>(self, message: &Message) -> Result<F, DecodeError> {
        match (self, message) {
            (Self::Postcard, Message::Binary(bytes)) => {
                let (frame, rest) = postcard::take_from_bytes(bytes).map_err(DecodeError::Postcard)?;
                if rest.is_empty() {
                    Ok(frame)
                } else {
                    Err(DecodeError::Postcard(postcard::Error::DeserializeBadEncoding))
                }
            }
            (Self::Json, Message::Text(text)) => serde_json::from_str(text).map_err(DecodeError::Json),
            _ => Err(DecodeError::Kind(self.subprotocol())),
        }
    }

    /// Reads a frame from a client, which is not trusted: long ones are refused unread. Errors: see [`DecodeError`].
    pub fn decode_client<F: DeserializeOwned>(self, message: &Message) -> Result<F, DecodeError> {
        let length = match message {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
        };
        if length > Self::MAX_CLIENT_BYTES { Err(DecodeError::TooLong) } else { self.decode(message) }
    }

    fn failed(self, source: impl std::error::Error + Send + Sync + 'static) -> EncodeError {
        EncodeError { codec: self.subprotocol(), source: Box::new(source) }
    }
}
