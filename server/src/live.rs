//! The stream: a browser subscribes to views, and gets the difference between each view then and now.
//!
//! The last hop is state, not a queue. A session remembers what it last sent; a slow browser gets fewer, larger deltas, and
//! costs nobody else anything.

mod pace;
mod projections;
mod pump;
mod session;
mod shown;
mod streams;

use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use zooscope_protocol::codec::Codec;

pub use projections::Projections;
pub use session::{News, Session, World};
pub use shown::{Shown, Step};
pub use streams::Streams;

use crate::app::App;
use crate::auth::Principal;

/// How much is read of a socket at once.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// Turns an upgrade whose origin was checked into a stream. The subprotocol chooses the codec; without one it is JSON,
/// for people with a terminal.
pub fn upgrade(app: App, who: Principal, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade
        // What a browser sends is short, and each connection keeps a buffer of this size.
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Codec::MAX_CLIENT_BYTES)
        .max_frame_size(Codec::MAX_CLIENT_BYTES)
        .protocols(Codec::ALL.map(Codec::subprotocol));
    let chosen = upgrade.selected_protocol().and_then(|chosen| chosen.to_str().ok());
    let codec =
        Codec::ALL.into_iter().find(|codec| chosen == Some(codec.subprotocol())).unwrap_or(Codec::Json);
    upgrade.on_upgrade(move |socket| pump::pump(app, who, socket, codec))
}
