//! Who is written down in the console's own files: users with a password, programs with a token.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use zooscope_protocol::Timestamp;
use zooscope_protocol::access::Role;

use super::lasting;
use crate::auth::password::Phc;
use crate::auth::secret::private;
use crate::clock;
use crate::config::Error;

/// A local user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The hash of the password.
    pub password: Phc,
    /// What they may do at most.
    pub role: Role,
    /// Whether they may approve what others ask for, whatever their role.
    pub approver: bool,
    /// How long their sessions last without a request; `None` as everybody's. Only who may just look has one: a display on a wall.
    pub idle: Option<Duration>,
}

/// A bearer token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its name.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// Until when.
    pub expires: Timestamp,
}

/// The users' file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Users {
    #[serde(default)]
    user: Vec<UserTable>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserTable {
    name: String,
    password: String,
    role: Role,
    #[serde(default)]
    approver: bool,
    idle: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenTable {
    name: String,
    sha256: String,
    role: Role,
    expires: String,
}

/// Reads the users, of the file and of their own. Errors: what is wrong, and with whom.
pub(super) fn users(
    inline: Vec<UserTable>,
    file: Option<PathBuf>,
    absolute: Duration,
) -> Result<BTreeMap<String, User>, Error> {
    let mut tables = inline;
    if let Some(path) = file {
        let text = private(&path).map_err(|why| Error::value("auth.users_file", why))?;
        let read: Users = toml::from_str(&text).map_err(|error| {
            // The error's own text would show the line, and so a hash.
            let why = format!("`{}` is not right: {}", path.display(), error.message());
            Error::value("auth.users_file", why)
        })?;
        tables.extend(read.user);
    }
    let mut users = BTreeMap::new();
    for table in tables {
        let key = format!("auth.user `{}`", table.name);
        name(&key, &table.name)?;
        let password = Phc::parse(&table.password).map_err(|why| Error::value(key.clone(), why))?;
        if table.idle.is_some() && table.role != Role::Viewer {
            let why = "`idle` is for a viewer: what nobody stands before shall not be able to act";
            return Err(Error::value(key, why));
        }
        let idle = match table.idle.as_deref() {
            None => None,
            given => Some(lasting(&key, given, absolute, absolute)?),
        };
        let user = User { password, role: table.role, approver: table.approver, idle };
        if users.insert(table.name, user).is_some() {
            return Err(Error::value(key, "there are two of this name"));
        }
    }
    Ok(users)
}

fn name(key: &str, name: &str) -> Result<(), Error> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        return Err(Error::value(key, "a name is 1 to 64 letters, digits, '-', '_', '.' and '@'"));
    }
    Ok(())
}

/// The longest that a token may live.
const TOKEN_DAYS: u64 = 90;

/// Reads the tokens. Errors: what is wrong, and with which.
pub(super) fn tokens(tables: Vec<TokenTable>) -> Result<BTreeMap<[u8; 32], Token>, Error> {
    let mut tokens = BTreeMap::new();
    for table in tables {
        let key = format!("auth.token `{}`", table.name);
        name(&key, &table.name)?;
        let wrong = |why: &str| Error::value(key.clone(), why);
        let hash = hash(&table.sha256)
            .ok_or_else(|| wrong("`sha256` is 64 hexadecimal digits: printf %s TOKEN | sha256sum"))?;
        let expires = table
            .expires
            .parse::<Timestamp>()
            .map_err(|_| wrong("`expires` is a time, as 2026-12-31T00:00:00Z"))?;
        if clock::now().millis_until(expires) > TOKEN_DAYS * 86_400_000 {
            return Err(wrong("`expires` is at most 90 days from now; a token that is forgotten shall end"));
        }
        if tokens.insert(hash, Token { name: table.name, role: table.role, expires }).is_some() {
            return Err(wrong("two tokens are the same"));
        }
    }
    Ok(tokens)
}

fn hash(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}
