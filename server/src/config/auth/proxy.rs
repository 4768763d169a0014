//! Who is known by the word of a trusted proxy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;
use zooscope_protocol::access::Role;

use super::Roles;
use crate::auth::secret::Secret;
use crate::config::Error;

/// What a trusted proxy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// From where it is believed.
    pub from: Vec<IpNet>,
    /// The header with the user's name, in lower case.
    pub user_header: String,
    /// The header with the names of the user's groups, with commas between them.
    pub groups_header: Option<String>,
    /// The header with the secret that only the proxy knows.
    pub secret_header: String,
    /// The secret.
    pub secret: Secret,
    /// Who has which role.
    pub roles: Roles,
}

impl Proxy {
    /// It without what can change while the console runs.
    pub(crate) fn unchanging(&self) -> Self {
        Self { roles: Roles::default(), ..self.clone() }
    }
}

/// `[auth.proxy]` of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    from: Vec<String>,
    user_header: String,
    groups_header: Option<String>,
    secret_header: String,
    secret_file: PathBuf,
    #[serde(default)]
    roles: BTreeMap<Role, BTreeSet<String>>,
    #[serde(default)]
    approvers: BTreeSet<String>,
}

impl Table {
    /// Checks it.
    pub(super) fn check(self) -> Result<Proxy, Error> {
        let header = |key: &str, name: &str| {
            let name = name.to_ascii_lowercase();
            let fits = !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            let taken = ["authorization", "cookie", "host", "origin", "forwarded", "x-forwarded-for"];
            if fits && !taken.contains(&name.as_str()) {
                Ok(name)
            } else {
                Err(Error::value(key, "write the name of a header of letters, digits and '-'"))
            }
        };
        let from = networks("auth.proxy.from", &self.from)?;
        if from.is_empty() {
            return Err(Error::value("auth.proxy.from", "name the networks of the proxy, as 10.0.0.1/32"));
        }
        if self.roles.is_empty() {
            return Err(Error::value("auth.proxy.roles", "without it nobody is let in"));
        }
        let user_header = header("auth.proxy.user_header", &self.user_header)?;
        let secret_header = header("auth.proxy.secret_header", &self.secret_header)?;
        if user_header == secret_header {
            return Err(Error::value("auth.proxy.secret_header", "it is another header than the user's"));
        }
        let secret = Secret::from_file(&self.secret_file)
            .map_err(|why| Error::value("auth.proxy.secret_file", why))?;
        if secret.expose().len() < 16 {
            return Err(Error::value("auth.proxy.secret_file", "the secret has at least 16 characters"));
        }
        Ok(Proxy {
            from,
            user_header,
            groups_header: self
                .groups_header
                .map(|name| header("auth.proxy.groups_header", &name))
                .transpose()?,
            secret_header,
            secret,
            roles: Roles { by_role: self.roles, approvers: self.approvers },
        })
    }
}

/// Reads networks. A mask is written always: an address alone was once taken for a whole network by others.
pub(in crate::config) fn networks(key: &str, texts: &[String]) -> Result<Vec<IpNet>, Error> {
    let network = |text: &String| {
        text.parse::<IpNet>().map(|network| network.trunc()).map_err(|_| {
            Error::value(
                key,
                format!("`{text}` is no network; write the mask too, as 10.0.0.1/32 or 2001:db8::/64"),
            )
        })
    };
    texts.iter().map(network).collect()
}

/// Whether an address is in one of these networks; an IPv4 address that is written as IPv6 is the same.
pub fn within(networks: &[IpNet], address: std::net::IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_a_mask() {
        let parse = |text: &str| networks("k", &[text.to_owned()]);
        for wrong in ["10.0.0.1", "2001:db8::1", "10.0.0.0/33", "", "*"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let ten = parse("10.0.0.0/8").unwrap();
        assert!(within(&ten, "10.1.2.3".parse().unwrap()));
        assert!(within(&ten, "::ffff:10.1.2.3".parse().unwrap()));
        assert!(!within(&ten, "11.0.0.1".parse().unwrap()));
        assert!(!within(&parse("2001:db8::1/128").unwrap(), "2001:db8::2".parse().unwrap()));
    }
}
