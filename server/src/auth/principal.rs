//! Whoever asks.

use std::net::IpAddr;

use zooscope_protocol::access::{Mode, Role};

/// Whoever asks. Handlers get it from the request; where nobody is known, there is none and the request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// A name that stays the same for the same person and is never another's: `loopback`, `local:NAME`, `proxy:NAME`,
    /// `oidc:ISSUER#SUBJECT`, `token:NAME`.
    pub subject: String,
    /// The name for people.
    pub name: String,
    /// What they may do at most.
    pub role: Role,
    /// Where the request came from; behind a trusted proxy what that said.
    pub address: IpAddr,
    /// How they came to be known.
    pub mode: Mode,
}

impl Principal {
    /// Whoever reaches loopback, where the console knows nobody.
    pub fn loopback(address: IpAddr, role: Role) -> Self {
        Self { subject: "loopback".to_owned(), name: "loopback".to_owned(), role, address, mode: Mode::None }
    }
}
