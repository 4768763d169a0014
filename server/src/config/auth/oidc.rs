//! Who is known by the word of an OpenID provider.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;
use zooscope_protocol::access::Role;

use super::Roles;
use crate::auth::secret::Secret;
use crate::config::Error;

/// An OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oidc {
    /// Its issuer.
    pub issuer: String,
    /// The console's name there.
    pub client_id: String,
    /// The console's secret there; `None` for a public client.
    pub client_secret: Option<Secret>,
    /// Where the provider sends the browser back to: this console's `/oidc/callback`.
    pub redirect_url: String,
    /// The claim with the names of the user's groups.
    pub groups_claim: String,
    /// What to ask for beside `openid`.
    pub scopes: Vec<String>,
    /// Who has which role.
    pub roles: Roles,
}

impl Oidc {
    /// It without what can change while the console runs.
    pub(crate) fn unchanging(&self) -> Self {
        Self { roles: Roles::default(), ..self.clone() }
    }
}

/// `[auth.oidc]` of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    issuer: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
    redirect_url: String,
    #[serde(default = "groups")]
    groups_claim: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    roles: BTreeMap<Role, BTreeSet<String>>,
    #[serde(default)]
    approvers: BTreeSet<String>,
}

fn groups() -> String {
    "groups".to_owned()
}

impl Table {
    /// Checks it.
    pub(super) fn check(self) -> Result<Oidc, Error> {
        let secure = |key: &str, text: &str| {
            let uri = text.parse::<axum::http::Uri>().ok();
            let host = uri.as_ref().and_then(|uri| uri.host()).unwrap_or_default().to_owned();
            let loopback = host == "localhost" || host == "[::1]" || host.starts_with("127.");
            match uri.as_ref().and_then(|uri| uri.scheme_str()) {
                Some("https") => Ok(()),
                Some("http") if loopback => Ok(()),
                _ => Err(Error::value(key, format!("`{text}` is no https:// address"))),
            }
        };
        secure("auth.oidc.issuer", &self.issuer)?;
        secure("auth.oidc.redirect_url", &self.redirect_url)?;
        if !self.redirect_url.ends_with("/oidc/callback") {
            let why = "it is the address of this console and ends in /oidc/callback";
            return Err(Error::value("auth.oidc.redirect_url", why));
        }
        if self.roles.is_empty() {
            return Err(Error::value("auth.oidc.roles", "without it nobody is let in"));
        }
        let secret = |path: &PathBuf| {
            Secret::from_file(path).map_err(|why| Error::value("auth.oidc.client_secret_file", why))
        };
        Ok(Oidc {
            client_secret: self.client_secret_file.as_ref().map(secret).transpose()?,
            issuer: self.issuer,
            client_id: self.client_id,
            redirect_url: self.redirect_url,
            groups_claim: self.groups_claim,
            scopes: self.scopes,
            roles: Roles { by_role: self.roles, approvers: self.approvers },
        })
    }
}
