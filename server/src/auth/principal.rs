//! Whoever asks.

use std::net::IpAddr;
use std::time::{Duration, Instant};

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
    /// Whether they may approve what others ask for, whatever their role.
    pub approver: bool,
    /// When they last proved who they are; `None` where this is never asked of them.
    pub proved: Option<Instant>,
    /// When it was looked up what they may.
    pub known: Instant,
    /// What their signing in is known by, for as long as it lasts; `None` where each request says anew who asks.
    pub session: Option<SessionKey>,
    /// The hash of the token that they bear; `None` for people.
    pub token: Option<TokenKey>,
}

/// The hash of a session's id.
pub type SessionKey = [u8; 32];

/// The hash of a token.
pub type TokenKey = [u8; 32];

impl Principal {
    /// Whoever reaches loopback, where the console knows nobody.
    pub fn loopback(address: IpAddr, role: Role) -> Self {
        Self {
            subject: "loopback".to_owned(),
            name: "loopback".to_owned(),
            role,
            address,
            mode: Mode::None,
            approver: false,
            proved: None,
            known: Instant::now(),
            session: None,
            token: None,
        }
    }

    /// Whether they may approve what others ask for.
    pub fn may_approve(&self) -> bool {
        self.approver || self.role == Role::Admin
    }

    /// Whether they proved who they are within this time.
    pub fn proved_within(&self, time: Duration) -> bool {
        self.proved.is_some_and(|proved| proved.elapsed() <= time)
    }
}
