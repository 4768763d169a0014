//! The sockets: how many, how long they may take, and TLS. It is HTTP/1.1 only: what HTTP/2 would save is little here, and what
//! can be done to a server with it is not.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use futures::FutureExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// How long a client may take for the header of a request, and for the handshake of TLS.
const HEADER: Duration = Duration::from_secs(10);
/// The longest header, in bytes, and how many lines it may have.
const MAX_HEADER: usize = 16 * 1024;
const MAX_LINES: usize = 100;
/// What is said to whoever finds no place.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
/// How long to wait when the system has no more sockets to give.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until told to stop, then lets requests that are being answered end.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    limit: usize,
    stop: CancellationToken,
) {
    let tasks = TaskTracker::new();
    let places = Arc::new(Semaphore::new(limit));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((mut stream, peer)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            // To be told so at once is better than to wait behind those who say nothing. Nothing is waited for: what does not fit into
            // the system's own buffer is not said.
            if tls.is_none() {
                let said = stream.write(FULL).now_or_never();
                let _ = said;
            }
            continue;
        };
        let (tls, router, stop) = (tls.clone(), router.clone(), stop.clone());
        tasks.spawn(async move {
            let _place = place;
            stream.set_nodelay(true).ok();
            match tls {
                None => answer(stream, peer, router, stop).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(HEADER, tls.accept(stream)).await {
                        answer(stream, peer, router, stop).await;
                    }
                }
            }
        });
    }
    tasks.close();
    tasks.wait().await;
}

fn answer(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    async move {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER)
            .max_buf_size(MAX_HEADER)
            .max_headers(MAX_LINES)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        // What a client does wrong on its connection ends it and is nobody else's matter.
        tokio::select! {
            ended = connection.as_mut() => drop(ended),
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await.ok();
            }
        }
    }
}
