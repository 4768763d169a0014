//! The AdminServer: the same questions over HTTP, answered in JSON; since 3.5, on port 8080 unless told otherwise.
//!
//! <https://zookeeper.apache.org/doc/r3.8.0/zookeeperAdmin.html#sc_adminserver>. Session ids are JSON numbers above 2^53, and
//! negative where the server's id is above 127.

mod configuration;
mod connections;
mod dump;
mod watches;

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use super::four_letter::MAX_WATCHES;
use super::told::{Dump, Link, Scope, Silence, Watchers};

/// The longest answer that is read, in MiB.
const MAX_MIB: u64 = 16;
/// The same for a list of all watches, of which only a few are kept.
const MAX_WATCHES_MIB: u64 = 64;
/// How long an idle connection is kept for the next question: less than Jetty's 30 s.
const IDLE: Duration = Duration::from_secs(20);

/// A client of AdminServers. Its connections are shared by its clones.
#[derive(Debug, Clone)]
pub struct AdminClient(Client<HttpConnector, Body>);

/// The AdminServer of one server.
#[derive(Debug, Clone, Copy)]
pub struct AdminServer<'a> {
    /// What asks.
    pub client: &'a AdminClient,
    /// Where its commands are, as `http://10.0.0.1:8080/commands`.
    pub url: &'a str,
}

impl Default for AdminClient {
    fn default() -> Self {
        let builder = &mut Client::builder(TokioExecutor::new());
        let client = builder.pool_max_idle_per_host(2).pool_idle_timeout(IDLE).build_http();
        Self(client)
    }
}

impl AdminServer<'_> {
    /// The port for clients of the server that this AdminServer belongs to; `None` where it has none without TLS.
    pub async fn client_port(self) -> Result<Option<u16>, Silence> {
        self.ask("configuration", MAX_MIB, |answer: configuration::Configuration| answer.port()).await
    }

    /// `connections`: the connections of this server, those over TLS too.
    pub async fn connections(self) -> Result<Vec<Link>, Silence> {
        self.ask("connections", MAX_MIB, connections::Connections::links).await
    }

    /// `dump`: all sessions.
    pub async fn dump(self) -> Result<Dump, Silence> {
        self.ask("dump", MAX_MIB, dump::Expiries::dump).await
    }

    /// `watches_by_path`: who watches what on this server, of what is in scope. Before, `watch_summary` tells how much there is
    /// to list.
    pub async fn watches(self, scope: &Scope) -> Result<Watchers, Silence> {
        let total = self.ask("watch_summary", MAX_MIB, |summary: watches::Summary| summary.total()).await?;
        if total > MAX_WATCHES {
            return Err(Silence::TooMany(total));
        }
        let scope = scope.clone();
        let kept = move |watches: watches::ByPath| watches.watchers(&scope);
        self.ask("watches_by_path", MAX_WATCHES_MIB, kept).await
    }

    async fn ask<T, U>(
        self,
        command: &'static str,
        max_mib: u64,
        tell: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U, Silence>
    where
        T: for<'de> Deserialize<'de> + 'static,
        U: Send + 'static,
    {
        let uri = format!("{}/{command}", self.url).parse().map_err(|_| Silence::Unreachable)?;
        let response = self.client.0.get(uri).await.map_err(|_| Silence::Unreachable)?;
        match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Silence::NotAllowed),
            StatusCode::NOT_FOUND => return Err(Silence::Unreadable),
            _ => {}
        }
        let limit = usize::try_from(max_mib * 1024 * 1024).unwrap_or(usize::MAX);
        let body = to_bytes(Body::new(response.into_body()), limit).await;
        let body = body.map_err(|error| too_long(&error, max_mib))?;
        // A list of a hundred thousand connections takes a while to read; nobody else waits for it.
        let reading = tokio::task::spawn_blocking(move || read(command, &body).map(tell));
        reading.await.unwrap_or(Err(Silence::Unreadable))
    }
}

/// Every answer names its command and what went wrong beside its own fields.
#[derive(Debug, Deserialize)]
struct Envelope {
    command: String,
    error: Option<String>,
}

fn read<T: for<'de> Deserialize<'de>>(command: &str, body: &Bytes) -> Result<T, Silence> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|_| Silence::Unreadable)?;
    if envelope.command != command {
        return Err(Silence::Unreadable);
    }
    if envelope.error.is_some() {
        // "This ZooKeeper instance is not currently serving requests", "server is not initialized".
        return Err(Silence::NotServing);
    }
    serde_json::from_slice(body).map_err(|_| Silence::Unreadable)
}

fn too_long(error: &axum::Error, max_mib: u64) -> Silence {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.to_string().contains("length limit exceeded") {
            return Silence::TooLong(max_mib);
        }
        source = error.source();
    }
    Silence::Unreachable
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;

    use super::*;
    use crate::ensemble::fixtures;

    /// An HTTP server that answers every command with the same body.
    async fn answering(status: StatusCode, body: Vec<u8>) -> String {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/commands/{command}", get(move || async move { (status, body) }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/commands")
    }

    #[tokio::test]
    async fn what_no_admin_server_says_is_no_answer() {
        let client = AdminClient::default();
        let scope = Scope { chroot: zooscope_protocol::ZnodePath::root(), locks: Vec::new() };
        for (status, body, silence) in [
            (StatusCode::OK, &b"<html></html>"[..], Silence::Unreadable),
            (StatusCode::OK, b"{}", Silence::Unreadable),
            (StatusCode::OK, b"{\"command\":\"dump\",\"error\":null}", Silence::Unreadable),
            (StatusCode::OK, b"\xff", Silence::Unreadable),
            (StatusCode::NOT_FOUND, b"", Silence::Unreadable),
            (StatusCode::FORBIDDEN, b"", Silence::NotAllowed),
        ] {
            let url = answering(status, body.to_vec()).await;
            let server = AdminServer { client: &client, url: &url };
            assert_eq!(server.connections().await, Err(silence));
            assert_eq!(server.dump().await, Err(silence));
            assert_eq!(server.watches(&scope).await, Err(silence));
        }
        let nobody = AdminServer { client: &client, url: "http://127.0.0.1:1/commands" };
        assert_eq!(nobody.dump().await, Err(Silence::Unreachable));
    }

    #[tokio::test]
    async fn an_answer_without_end_is_left() {
        let url = answering(StatusCode::OK, vec![b' '; 17 * 1024 * 1024]).await;
        let server = AdminServer { client: &AdminClient::default(), url: &url };
        assert_eq!(server.dump().await, Err(Silence::TooLong(MAX_MIB)));
    }

    #[test]
    fn a_server_that_does_not_serve_says_so() {
        let body = Bytes::from(r#"{"command":"dump","error":"server is not initialized"}"#);
        assert_eq!(read::<dump::Expiries>("dump", &body).err(), Some(Silence::NotServing));
        let body = Bytes::from(fixtures::text("zk-3.8.0/admin-leader.json"));
        assert_eq!(read::<dump::Expiries>("leader", &body).err(), Some(Silence::NotServing));
    }

    #[test]
    fn no_recorded_answer_is_taken_for_another() {
        for (name, text) in fixtures::all() {
            let body = Bytes::from(text);
            let is = |command: &str| name.ends_with(&format!("admin-{command}.json"));
            let connections = read::<connections::Connections>("connections", &body);
            assert_eq!(connections.is_ok(), is("connections"), "{name}");
            assert_eq!(read::<dump::Expiries>("dump", &body).is_ok(), is("dump"), "{name}");
            let watches = read::<watches::ByPath>("watches_by_path", &body);
            assert_eq!(watches.is_ok(), is("watches_by_path"), "{name}");
            let summary = read::<watches::Summary>("watch_summary", &body);
            assert_eq!(summary.is_ok(), is("watch_summary"), "{name}");
        }
    }
}
