//! How an ensemble is reached, and as whom.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::ConnectString;
use crate::auth::secret::{Secret, private};

/// How an ensemble is reached, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Where it is.
    pub connect: ConnectString,
    /// Whom to believe that they are the servers, where they speak TLS.
    pub trust: Option<Trust>,
    /// As whom; `None` for nobody in particular.
    pub identity: Option<Identity>,
    /// The longest reply of a server that is taken, in bytes.
    pub max_reply: usize,
}

/// Whom to believe that they are the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// The certificates of those who vouch for the servers, as PEM.
    pub ca: PathBuf,
    /// The console's own certificate and its key, as PEM, where the servers ask for one.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// A name and a password that ZooKeeper knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// How it is told to the server.
    pub scheme: Scheme,
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// How a name and a password are told to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// ZooKeeper's `digest`: both in clear.
    Digest,
    /// SASL with DIGEST-MD5.
    Sasl,
}

impl Access {
    /// Reaches an ensemble that speaks plainly, as nobody in particular.
    pub fn plain(connect: ConnectString) -> Self {
        Self { connect, trust: None, identity: None, max_reply: Self::MAX_REPLY }
    }

    /// The longest reply that is taken where nothing else is said: the names of some million children.
    pub const MAX_REPLY: usize = 64 * 1024 * 1024;

    /// Whether the servers can tell the console from others for sure, so that ACLs can be for it alone. Whether they ask for a
    /// certificate nobody knows: a server before 3.7 ends the session of a client that asks who it is.
    pub fn is_known(&self) -> bool {
        self.identity.is_some()
    }
}

impl Trust {
    /// Reads the files. Errors: the key after `tls.` and a sentence that says what is wrong.
    pub fn read(&self) -> Result<Arc<ClientConfig>, (&'static str, String)> {
        let wrong = |key: &'static str, path: &Path, why: &str| (key, format!("`{}`: {why}", path.display()));
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca).map_err(|why| wrong("ca", &self.ca, &why))? {
            roots.add(certificate).map_err(|error| wrong("ca", &self.ca, &error.to_string()))?;
        }
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong("ca", &self.ca, &error.to_string()))?
            .with_root_certificates(roots);
        let Some((certificate, key)) = &self.own else { return Ok(Arc::new(builder.with_no_client_auth())) };
        let chain = certificates(certificate).map_err(|why| wrong("certificate", certificate, &why))?;
        let text = private(key).map_err(|why| ("key", why))?;
        let own = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| wrong("key", key, "there is no private key in it"))?;
        let config = builder
            .with_client_auth_cert(chain, own)
            .map_err(|error| wrong("key", key, &error.to_string()))?;
        Ok(Arc::new(config))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| error.to_string())?;
    if found.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(found) }
}
