//! The stream: a browser subscribes to views, and gets the difference between each view then and now.
//!
//! The last hop is state, not a queue. A session remembers what it last sent; a slow browser gets fewer, larger deltas, and
//! costs nobody else anything.

mod pace;
mod projections;
mod pump;
mod session;
mod shown;
mod socket;
mod streams;

use axum::extract::Request;
use axum::response::Response;

pub use projections::Projections;
pub use session::{News, Session, World};
pub use shown::{Shown, Step};
pub use streams::Streams;

use self::socket::Offer;
use crate::app::App;
use crate::auth::Principal;
use crate::telemetry;

/// Turns a request whose origin was checked into a stream. The subprotocol chooses the codec; without one it is JSON, for people
/// with a terminal. Errors: why the request does not ask for a stream, as a sentence.
pub fn upgrade(app: App, who: Principal, mut request: Request) -> Result<Response, String> {
    let (offer, response) = Offer::accept(&mut request).map_err(|error| socket::reason(&error))?;
    tokio::spawn(async move {
        let codec = offer.codec;
        match offer.open().await {
            Ok(socket) => pump::pump(app, who, socket, codec).await,
            Err(error) => {
                tracing::debug!(error = %telemetry::chain(&error), "a browser left before its stream was open");
            }
        }
    });
    Ok(response)
}
