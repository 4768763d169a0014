//! Who asks: found out once for each request, before any handler, and refused where nobody is known.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use zooscope_protocol::{Refusal, RefusalCode};

use super::Problem;
use crate::app::App;
use crate::auth::Principal;

/// What is known of who asks. It goes with the request.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    /// Where the request came from.
    pub(super) address: IpAddr,
    /// Who it is, or why that is not known.
    pub(super) who: Result<Principal, Refusal>,
}

/// Finds out who asks.
pub(super) async fn find(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else {
        tracing::error!("a request came without the address of its client");
        return Problem::internal().into_response();
    };
    let peer = peer.ip().to_canonical();
    if app.config.listen.is_open()
        && !app.config.listen.tls()
        && !peer.is_loopback()
        && !app.gate.trusts(peer)
    {
        let detail = "this console is reached through its proxy only, which keeps what you send from others";
        return Problem::new(RefusalCode::ForeignRequest, detail).into_response();
    }
    let headers = request.headers();
    let address = app.gate.address(headers, peer);
    let who = match app.gate.identify(headers, peer) {
        Ok(Some(who)) => Ok(who),
        Ok(None) => Err(Refusal::new(RefusalCode::NotSignedIn, "sign in first")),
        Err(refusal) => Err(refusal),
    };
    request.extensions_mut().insert(Asker { address, who });
    next.run(request).await
}

/// Lets only those pass who are known. What is behind it need not ask again.
pub(super) async fn require(request: Request, next: Next) -> Response {
    match request.extensions().get::<Asker>().map(|asker| &asker.who) {
        Some(Ok(_)) => next.run(request).await,
        Some(Err(refusal)) => Problem::from(refusal.clone()).into_response(),
        None => Problem::internal().into_response(),
    }
}
