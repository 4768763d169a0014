//! Who may do what: the roles, and how a person or program came to be known.

use serde::{Deserialize, Serialize};

/// What somebody may do at most. Each role may do what the one before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look.
    #[default]
    Viewer,
    /// Free locks and move items.
    Operator,
    /// Delete and change as well.
    Admin,
}

/// How somebody came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Not at all: whoever reaches loopback is let in.
    #[default]
    None,
    /// By a password of the console's own.
    Static,
    /// By a reverse proxy that is trusted.
    Proxy,
    /// By an OpenID provider.
    Oidc,
    /// By a bearer token.
    Token,
}

/// Why an OpenID provider's way led to nobody: `?why=` of the sign-in page, to which the browser is led back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotIn {
    /// The provider does not answer as it must.
    Unreachable,
    /// Too many sign in at once.
    Busy,
    /// The answer belongs to nothing that this browser began.
    Foreign,
    /// The provider does not vouch for them.
    Refused,
    /// They are known and have no role here.
    NoRole,
    /// Their session ended before they proved again who they are.
    Ended,
}

impl NotIn {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Unreachable, Self::Busy, Self::Foreign, Self::Refused, Self::NoRole, Self::Ended];

    /// Its word in the address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Busy => "busy",
            Self::Foreign => "foreign",
            Self::Refused => "refused",
            Self::NoRole => "no_role",
            Self::Ended => "ended",
        }
    }

    /// The one of this word; `None` for every other word.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == name)
    }
}

impl Role {
    /// All, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// Its name in JSON and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Mode {
    /// Its name in JSON and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Static => "static",
            Self::Proxy => "proxy",
            Self::Oidc => "oidc",
            Self::Token => "token",
        }
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_and_named_as_in_json() {
        assert!(Role::Viewer < Role::Operator && Role::Operator < Role::Admin);
        for role in Role::ALL {
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        for mode in [Mode::None, Mode::Static, Mode::Proxy, Mode::Oidc, Mode::Token] {
            assert_eq!(serde_json::to_string(&mode).unwrap(), format!("\"{mode}\""));
        }
    }
}
