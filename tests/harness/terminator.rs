//! TLS in front of a server that speaks plainly, with a certificate of one's own making, and what came through it.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    date_time_ymd,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_util::sync::CancellationToken;

/// Somebody who vouches for servers, with the certificate in a file.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// For which name a server's certificate is, and whether it is over.
#[derive(Debug, Clone, Copy)]
pub struct Certificate<'a> {
    /// The name or address.
    pub name: &'a str,
    /// Whether its time is over.
    pub expired: bool,
}

/// The files of somebody with a certificate, as PEM.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Both in one.
    pub both: PathBuf,
}

/// The listening side. It stops on drop.
#[derive(Debug)]
pub struct Terminator {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
    stop: CancellationToken,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("it is written");
        Self { issuer, folder }
    }

    /// Where its certificate is.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Where it keeps other files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A certificate for somebody of this name, who may be a machine.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn holder(&self, name: &str) -> Holder {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        let write = |kind: &str, text: &str| {
            let path = self.folder.path().join(format!("{name}-{kind}.pem"));
            std::fs::write(&path, text).expect("it is written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("it is one's own");
            path
        };
        Holder {
            both: write("both", &format!("{}{certificate}", key.serialize_pem())),
            certificate: write("certificate", &certificate),
            key: write("key", &key.serialize_pem()),
        }
    }

    fn server(&self, certificate: Certificate<'_>) -> ServerConfig {
        let mut params = CertificateParams::new(vec![certificate.name.to_owned()]).expect("a name");
        if certificate.expired {
            (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
        }
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.issuer).expect("a certificate");
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(signed.der().to_vec())],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("they fit")
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Terminator {
    /// Speaks TLS with this certificate on a port of 127.0.0.1, and plainly with `HOST:PORT`.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start(authority: &Authority, certificate: Certificate<'_>, target: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let acceptor = TlsAcceptor::from(Arc::new(authority.server(certificate)));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let stop = CancellationToken::new();
        let (hearing, stopping, target) = (heard.clone(), stop.clone(), target.to_owned());
        tokio::spawn(async move {
            while let Some(Ok((stream, _))) = stopping.run_until_cancelled(listener.accept()).await {
                let (acceptor, hearing, target) = (acceptor.clone(), hearing.clone(), target.clone());
                let stopping = stopping.clone();
                let carrying = async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let Ok(server) = TcpStream::connect(&target).await else { return };
                    let (mut from_client, mut to_client) = tokio::io::split(stream);
                    let (mut from_server, mut to_server) = server.into_split();
                    let up = async {
                        let mut piece = vec![0; 64 * 1024];
                        while let Ok(length @ 1..) = from_client.read(&mut piece).await {
                            hearing.lock().unwrap_or_else(PoisonError::into_inner).extend(&piece[..length]);
                            if to_server.write_all(&piece[..length]).await.is_err() {
                                break;
                            }
                        }
                    };
                    tokio::select! {
                        () = up => {}
                        _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
                    }
                };
                tokio::spawn(async move { stopping.run_until_cancelled(carrying).await });
            }
        });
        Self { address, heard, stop }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What clients have said within TLS so far.
    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Terminator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
