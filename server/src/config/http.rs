//! Where the console listens, under which names it answers, and whom it believes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ipnet::IpNet;
use serde::Deserialize;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zooscope_protocol::access::Mode;

use super::Error;
use super::auth::{Auth, networks};
use crate::auth::secret::private;

/// The address and the host names of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The address to bind to; port 0 lets the system choose.
    pub address: SocketAddr,
    /// Host names, without port, that a request may name beside those of loopback.
    pub allowed_hosts: Vec<String>,
    /// The proxies that are believed when they say where a request came from, and that speak TLS with browsers.
    pub trusted_proxies: Vec<IpNet>,
    /// The certificate and its key, where the console speaks TLS itself.
    pub certificate: Option<Certificate>,
}

/// The files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The certificate and those above it, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM; nobody else may read it.
    pub key: PathBuf,
}

impl Certificate {
    /// Reads the files. Errors: a sentence that says which is wrong.
    pub fn read(&self) -> Result<Arc<ServerConfig>, Error> {
        let shown = |path: &Path| path.display().to_string();
        let wrong = |key: &str, path: &Path, why: &str| {
            Error::value(format!("tls.{key}"), format!("`{}`: {why}", shown(path)))
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(|error| wrong("certificate", &self.certificate, &error.to_string()))?;
        if chain.is_empty() {
            return Err(wrong("certificate", &self.certificate, "there is no certificate in it"));
        }
        let text = private(&self.key).map_err(|why| Error::value("tls.key", why))?;
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| wrong("key", &self.key, "there is no private key in it"))?;
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong("certificate", &self.certificate, &error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| wrong("key", &self.key, &error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl Listen {
    /// The default address.
    pub const DEFAULT: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9180);

    /// Whether other machines can reach it.
    pub fn is_open(&self) -> bool {
        !self.address.ip().to_canonical().is_loopback()
    }

    /// Whether the console speaks TLS itself.
    pub fn tls(&self) -> bool {
        self.certificate.is_some()
    }

    /// Whether browsers reach it by TLS, its own or a trusted proxy's.
    pub fn secure(&self) -> bool {
        self.tls() || !self.trusted_proxies.is_empty()
    }

    pub(super) fn parse(
        address: Option<&str>,
        allowed_hosts: Vec<String>,
        trusted_proxies: &[String],
        certificate: Option<Certificate>,
        auth: &Auth,
    ) -> Result<Self, Error> {
        let address = match address {
            None => Self::DEFAULT,
            Some(text) => text.parse::<SocketAddr>().map_err(|_| {
                Error::value("listen", format!("`{text}` is no address; write IP:PORT, as 127.0.0.1:9180"))
            })?,
        };
        if let Some(host) =
            allowed_hosts.iter().find(|host| host.is_empty() || host.contains(['/', ':', ' ']))
        {
            return Err(Error::value("allowed_hosts", format!("`{host}` is no host name")));
        }
        let trusted_proxies = networks("trusted_proxies", trusted_proxies)?;
        let listen = Self { address, allowed_hosts, trusted_proxies, certificate };
        listen.check(auth)?;
        if let Some(certificate) = &listen.certificate {
            certificate.read()?;
        }
        Ok(listen)
    }

    fn check(&self, auth: &Auth) -> Result<(), Error> {
        let address = self.address;
        if self.is_open() && auth.mode == Mode::None {
            let why = format!(
                "`{address}` can be reached from other machines, and nobody signs in here; set `auth.mode`, or listen on 127.0.0.1 \
                 or [::1] and reach it through a tunnel, as ssh -L 9180:127.0.0.1:9180"
            );
            return Err(Error::value("listen", why));
        }
        if self.is_open() && !self.secure() {
            let why = format!(
                "`{address}` can be reached from other machines, and what they send could be read on the way; give the console a \
                 certificate (`[tls]`) or name the proxy that has one (`trusted_proxies`)"
            );
            return Err(Error::value("listen", why));
        }
        if auth.mode == Mode::None && !self.trusted_proxies.is_empty() {
            let why =
                "behind a proxy everybody comes from loopback, and nobody signs in here; set `auth.mode`";
            return Err(Error::value("trusted_proxies", why));
        }
        if let Some(proxy) = &auth.proxy {
            let covered =
                |network: &IpNet| self.trusted_proxies.iter().any(|trusted| trusted.contains(network));
            if !proxy.from.iter().all(covered) {
                let why = "name the networks of `auth.proxy.from` here too: it is the proxy that speaks TLS with browsers";
                return Err(Error::value("trusted_proxies", why));
            }
        }
        if self.is_open() && self.allowed_hosts.is_empty() {
            let why = "name the host under which browsers reach this console, as console.example.com";
            return Err(Error::value("allowed_hosts", why));
        }
        Ok(())
    }
}
