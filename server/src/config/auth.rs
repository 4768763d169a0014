//! How people and programs come to be known: `[auth]`, and what goes with each mode.

mod local;
mod oidc;
mod proxy;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use zooscope_protocol::access::{Mode, Role};

use super::Error;
use super::policy::duration;
use crate::auth::secret::private;

pub use local::{Token, User};
pub use oidc::Oidc;
pub(super) use proxy::networks;
pub use proxy::{Proxy, within};

/// How people and programs come to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// The one mode for people.
    pub mode: Mode,
    /// The role of whoever reaches loopback, where the mode is `none`.
    pub loopback_role: Role,
    /// Local users, by name.
    pub users: BTreeMap<String, User>,
    /// Bearer tokens, by the SHA-256 of the token.
    pub tokens: BTreeMap<[u8; 32], Token>,
    /// What a trusted proxy says.
    pub proxy: Option<Proxy>,
    /// The OpenID provider.
    pub oidc: Option<Oidc>,
    /// How long a session lasts without a request, where the user has no time of their own.
    pub idle: Duration,
    /// How long it lasts at most.
    pub absolute: Duration,
}

/// Who has which role, by the exact names of groups or, with `user:` before it, of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    by_role: BTreeMap<Role, BTreeSet<String>>,
    approvers: BTreeSet<String>,
}

impl Roles {
    /// The highest role of a user with these groups; `None` where there is none, and then they are not let in.
    pub fn of(&self, user: &str, groups: &BTreeSet<String>) -> Option<(Role, bool)> {
        let own = format!("user:{user}");
        // A group that is called like the entry of a user is not that user.
        let is_group = |group: &&String| !group.starts_with("user:");
        let is = |names: &BTreeSet<String>| {
            names.contains(&own) || groups.iter().filter(is_group).any(|group| names.contains(group))
        };
        let role = self.by_role.iter().rev().find(|(_, names)| is(names)).map(|(role, _)| *role)?;
        Some((role, is(&self.approvers)))
    }
}

/// `[auth]` of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Table {
    mode: Option<String>,
    loopback_role: Option<Role>,
    users_file: Option<PathBuf>,
    user: Vec<local::UserTable>,
    token: Vec<local::TokenTable>,
    proxy: Option<proxy::Table>,
    oidc: Option<oidc::Table>,
    idle: Option<String>,
    absolute: Option<String>,
}

impl Table {
    /// Whether secrets stand in the file itself, which then nobody else may read.
    pub(super) fn has_secrets(&self) -> bool {
        !self.user.is_empty()
    }

    /// The text of the users' file; empty where there is none.
    pub(super) fn users_text(&self) -> Result<String, Error> {
        let text = self.users_file.as_deref().map(private).transpose();
        Ok(text.map_err(|why| Error::value("auth.users_file", why))?.unwrap_or_default())
    }

    /// Checks it.
    pub(super) fn check(self) -> Result<Auth, Error> {
        let mode = match self.mode.as_deref().unwrap_or("none") {
            "none" => Mode::None,
            "static" => Mode::Static,
            "proxy" => Mode::Proxy,
            "oidc" => Mode::Oidc,
            other => {
                let why = format!("`{other}` is no mode; write none, static, proxy or oidc");
                return Err(Error::value("auth.mode", why));
            }
        };
        let absolute = lasting("auth.absolute", self.absolute.as_deref(), ABSOLUTE, LONGEST)?;
        let idle = lasting("auth.idle", self.idle.as_deref(), IDLE.min(absolute), absolute)?;
        let users = local::users(self.user, self.users_file, absolute)?;
        let tokens = local::tokens(self.token)?;
        let only = |key: &str, there: bool, needed: Mode| {
            if there == (mode == needed) {
                Ok(())
            } else if there {
                Err(Error::value(
                    key,
                    format!("it is for the mode {needed}, and `auth.mode` is {mode}; there is exactly one"),
                ))
            } else {
                Err(Error::value(key, format!("the mode {needed} takes it; see console.example.toml")))
            }
        };
        only("auth.user", !users.is_empty(), Mode::Static)?;
        only("auth.proxy", self.proxy.is_some(), Mode::Proxy)?;
        only("auth.oidc", self.oidc.is_some(), Mode::Oidc)?;
        if mode != Mode::None && self.loopback_role.is_some() {
            return Err(Error::value("auth.loopback_role", "it is for the mode none"));
        }
        if mode == Mode::None && !tokens.is_empty() {
            return Err(Error::value(
                "auth.token",
                "in the mode none everybody on loopback is let in without one",
            ));
        }
        Ok(Auth {
            mode,
            loopback_role: self.loopback_role.unwrap_or(Role::Admin),
            users,
            tokens,
            proxy: self.proxy.map(proxy::Table::check).transpose()?,
            oidc: self.oidc.map(oidc::Table::check).transpose()?,
            idle,
            absolute,
        })
    }
}

/// How long a session lasts without a request and at most, where nothing else is said, and the longest that it can be told to.
const IDLE: Duration = Duration::from_secs(15 * 60);
const ABSOLUTE: Duration = Duration::from_secs(8 * 3_600);
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// Reads how long a session lasts: at least a minute, and not longer than `most`.
fn lasting(key: &str, given: Option<&str>, default: Duration, most: Duration) -> Result<Duration, Error> {
    let fits = |time: &Duration| (Duration::from_secs(60)..=most).contains(time);
    match given.map(|text| (text, duration(text))) {
        None => Ok(default),
        Some((_, Some(time))) if fits(&time) => Ok(time),
        Some((text, _)) => {
            let most = most.as_secs() / 60;
            Err(Error::value(key, format!("write a time from 1m to {most}m, as 15m or 8h; `{text}` is not")))
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::auth::password::Phc;

    /// The `[auth]` of a text.
    pub(crate) fn check(toml: &str) -> Result<Auth, String> {
        let table: Table = toml::from_str(toml).map_err(|error| error.to_string())?;
        table.check().map_err(|error| error.to_string())
    }

    #[test]
    fn a_mistake_names_its_key() {
        for (toml, says) in [
            ("mode = 'open'", "auth.mode"),
            ("mode = 'static'", "auth.user"),
            ("mode = 'oidc'", "auth.oidc"),
            ("mode = 'proxy'", "auth.proxy"),
            ("[[user]]\nname = 'a'\npassword = 'secret'\nrole = 'admin'", "hash-password"),
            ("mode = 'static'\nloopback_role = 'admin'", "auth.user"),
            ("idle = '0m'", "auth.idle"),
            ("idle = '59s'", "auth.idle"),
            ("idle = '15'", "auth.idle"),
            ("idle = '481m'", "auth.idle"),
            ("idle = '2h'\nabsolute = '1h'", "auth.idle"),
            ("absolute = '25h'", "auth.absolute"),
            ("users_file = '/nowhere/users'", "auth.users_file"),
            (
                "[[token]]\nname = 't'\nsha256 = 'ab'\nrole = 'viewer'\nexpires = '2026-01-01T00:00:00Z'",
                "sha256",
            ),
        ] {
            let error = check(toml).expect_err(toml);
            assert!(error.contains(says), "{toml}: {error}");
        }
        let token = format!(
            "[[token]]\nname = 't'\nsha256 = '{}'\nrole = 'viewer'\nexpires = '2100-01-01T00:00:00Z'",
            "a".repeat(64)
        );
        assert!(check(&token).unwrap_err().contains("90 days"));
    }

    #[test]
    fn a_wall_lasts_longer_than_who_may_act() {
        let minutes = |auth: &Auth| (auth.idle.as_secs() / 60, auth.absolute.as_secs() / 60);
        assert_eq!(minutes(&check("").unwrap()), (15, 480));
        assert_eq!(minutes(&check("idle = '8h'").unwrap()), (480, 480));
        assert_eq!(minutes(&check("idle = '1m'\nabsolute = '24h'").unwrap()), (1, 1_440));
        assert_eq!(
            minutes(&check("absolute = '10m'").unwrap()),
            (10, 10),
            "nothing lasts longer than it may"
        );
        let phc = Phc::of("correct horse").unwrap();
        let user = |role: &str, idle: &str| {
            let table = format!("[[user]]\nname = 'wall'\npassword = '{}'\nrole = '{role}'\n", phc.as_str());
            check(&format!("mode = 'static'\n{table}idle = '{idle}'"))
        };
        let wall = user("viewer", "8h").unwrap();
        assert_eq!(wall.users["wall"].idle, Some(Duration::from_secs(8 * 3_600)));
        assert_eq!(minutes(&wall), (15, 480), "only its own");
        for (role, idle) in [("operator", "8h"), ("admin", "20m"), ("viewer", "9h"), ("viewer", "x")] {
            assert!(user(role, idle).unwrap_err().contains("wall"), "{role} {idle}");
        }
    }

    #[test]
    fn the_highest_role_counts_and_none_is_none() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let roles = Roles {
            by_role: BTreeMap::from([
                (Role::Viewer, names(&["all"])),
                (Role::Admin, names(&["zk", "user:ann"])),
            ]),
            approvers: names(&["zk"]),
        };
        assert_eq!(roles.of("bob", &names(&["all", "zk"])), Some((Role::Admin, true)));
        assert_eq!(roles.of("bob", &names(&["all"])), Some((Role::Viewer, false)));
        assert_eq!(roles.of("ann", &names(&[])), Some((Role::Admin, false)));
        assert_eq!(roles.of("bob", &names(&["ALL", "user:ann2", "zk ", "user:ann"])), None);
    }
}
