//! What stands between `zookeeper_client` and a server, in this process: TLS, and the bounds that the client does not have.
//!
//! The client (0.11.2, `session/mod.rs`) reads a reply of whatever length into one buffer, and keeps watch events in a queue without
//! bound. So it is given an address of loopback where each reply's length is looked at before it goes on, and where no more goes on
//! while events wait to be heard. A server that does not keep to the bounds loses the connection; the session is begun anew.

mod backlog;
mod owner;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader, BufWriter, copy, copy_buf,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_util::sync::CancellationToken;

use super::access::Access;
use super::connect::Server;
pub(super) use backlog::Backlog;

/// How long a server may take to accept, its handshake of TLS included.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what a server still says is carried on after the client has closed.
const GOODBYE: Duration = Duration::from_secs(2);
/// How much of what a server says is read at once, in bytes.
const BUFFER: usize = 64 * 1024;
/// The longest watch event, in bytes: ZooKeeper itself takes no longer path in a request.
const MAX_EVENT: usize = 1024 * 1024 + 64;
/// What the client sends in place of a session when it looks for a server that writes, and the longest answer to it.
const IS_WRITABLE: &[u8; 4] = b"isro";
const MAX_WORD: u64 = 64;
/// The number of a watch event among the replies (`ClientCnxn.NOTIFICATION_XID`).
const EVENT: [u8; 4] = (-1_i32).to_be_bytes();

/// The listening side, one port for each server. Connections that are open when it is dropped end by themselves.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) addresses: Vec<SocketAddr>,
    backlog: Arc<Backlog>,
    stop: CancellationToken,
}

/// What is the same for all connections of a relay.
struct Way {
    server: Server,
    tls: Option<TlsConnector>,
    max_reply: usize,
    backlog: Arc<Backlog>,
}

/// Why a connection is not carried on.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the server cannot be reached")]
    Unreachable(#[source] io::Error),
    #[error("the server did not accept in time")]
    Late,
    #[error("the server is not believed to be who it should be")]
    Distrusted(#[source] io::Error),
    #[error("the name of the server cannot stand in a certificate")]
    Name,
    #[error("the server announced a reply of {0} bytes, which is none or too long")]
    Reply(i32),
    #[error("the server sends more events than are heard")]
    Flood,
    #[error("the connection broke")]
    Io(#[from] io::Error),
}

impl Relay {
    /// Listens for one client. Errors: there is no port, or the certificates cannot be read.
    pub(super) async fn start(access: &Access) -> io::Result<Self> {
        let tls = match &access.trust {
            None => None,
            // Read anew for each session: certificates are renewed while the console runs.
            Some(trust) => {
                let read =
                    trust.read().map_err(|(key, why)| io::Error::other(format!("tls.{key}: {why}")))?;
                Some(TlsConnector::from(read))
            }
        };
        let backlog = Arc::new(Backlog::default());
        let stop = CancellationToken::new();
        let mut addresses = Vec::new();
        for server in access.connect.servers() {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            addresses.push(listener.local_addr()?);
            let way = Arc::new(Way {
                server: server.clone(),
                tls: tls.clone().filter(|_| server.tls),
                max_reply: access.max_reply,
                backlog: backlog.clone(),
            });
            let stopping = stop.clone();
            tokio::spawn(async move {
                while let Some(accepted) = stopping.run_until_cancelled(listener.accept()).await {
                    let Ok((client, peer)) = accepted else {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    };
                    let Ok(local) = client.local_addr() else { continue };
                    if !owner::is_own(peer, local) {
                        tracing::warn!(%peer, "another user of this machine tried to use the console's way to ZooKeeper");
                        continue;
                    }
                    let way = way.clone();
                    tokio::spawn(async move {
                        match way.carry(client).await {
                            // It was told already where it matters: the client sees a connection that ends.
                            Ok(()) | Err(Broken::Io(_)) => {}
                            Err(broken @ (Broken::Unreachable(_) | Broken::Late)) => {
                                tracing::debug!(server = %way.server, error = %crate::telemetry::chain(&broken), "not carried");
                            }
                            Err(broken) => {
                                tracing::warn!(server = %way.server, error = %crate::telemetry::chain(&broken), "the connection to ZooKeeper was ended");
                            }
                        }
                    });
                }
            });
        }
        Ok(Self { addresses, backlog, stop })
    }

    /// Where the client finds the servers, in their order: a connect string without a chroot.
    pub(super) fn servers(&self) -> String {
        let addresses: Vec<_> = self.addresses.iter().map(ToString::to_string).collect();
        addresses.join(",")
    }

    /// The events that were let through and not heard yet.
    pub(super) fn backlog(&self) -> Arc<Backlog> {
        self.backlog.clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Way {
    async fn carry(&self, client: TcpStream) -> Result<(), Broken> {
        let connecting = TcpStream::connect((self.server.host.as_str(), self.server.port));
        let server = timeout(PATIENCE, connecting).await.map_err(|_| Broken::Late)?;
        let server = server.map_err(Broken::Unreachable)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        match &self.tls {
            None => self.between(client, server).await,
            Some(tls) => {
                // The name of the configuration, never one that is looked up from an address.
                let name = ServerName::try_from(self.server.host.clone()).map_err(|_| Broken::Name)?;
                let shaking = timeout(PATIENCE, tls.connect(name, server)).await.map_err(|_| Broken::Late)?;
                self.between(client, shaking.map_err(Broken::Distrusted)?).await
            }
        }
    }

    /// Carries bytes both ways until one side ends.
    async fn between(
        &self,
        client: TcpStream,
        server: impl AsyncRead + AsyncWrite + Unpin,
    ) -> Result<(), Broken> {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = tokio::io::split(server);
        let mut first = [0; 4];
        from_client.read_exact(&mut first).await?;
        to_server.write_all(&first).await?;
        to_server.flush().await?;
        let up = async {
            copy(&mut from_client, &mut to_server).await?;
            to_server.shutdown().await
        };
        let down = async {
            if &first == IS_WRITABLE {
                copy(&mut (&mut from_server).take(MAX_WORD), &mut to_client).await?;
                return Ok(());
            }
            self.replies(&mut from_server, &mut to_client).await
        };
        tokio::pin!(up, down);
        tokio::select! {
            // What it said last, the end of its session, has gone on; the server may still answer to it.
            said = &mut up => {
                said?;
                timeout(GOODBYE, down).await.unwrap_or(Ok(()))
            }
            ended = &mut down => ended,
        }
    }

    /// Carries replies on, none longer than allowed, and events no faster than they are heard.
    async fn replies(
        &self,
        server: &mut (impl AsyncRead + Unpin),
        client: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Broken> {
        let mut server = BufReader::with_capacity(BUFFER, server);
        let mut client = BufWriter::with_capacity(BUFFER, client);
        loop {
            // What is here goes on before anything is waited for.
            if server.buffer().len() < 8 {
                client.flush().await?;
            }
            let mut head = [0; 4];
            match server.read_exact(&mut head).await {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            let announced = i32::from_be_bytes(head);
            let length =
                usize::try_from(announced).ok().filter(|length| (4..=self.max_reply).contains(length));
            let length = length.ok_or(Broken::Reply(announced))?;
            let mut number = [0; 4];
            server.read_exact(&mut number).await?;
            if number == EVENT {
                if length > MAX_EVENT {
                    return Err(Broken::Reply(announced));
                }
                if !self.backlog.has_room() {
                    client.flush().await?;
                }
                self.backlog.room(length).await.map_err(|_| Broken::Flood)?;
            }
            client.write_all(&head).await?;
            client.write_all(&number).await?;
            let rest = (length - 4) as u64;
            if copy_buf(&mut (&mut server).take(rest), &mut client).await? < rest {
                client.flush().await?;
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests;
