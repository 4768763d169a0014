//! How people and programs come to be known: `[auth]`, and what goes with each mode.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;
use zooscope_protocol::Timestamp;
use zooscope_protocol::access::{Mode, Role};

use super::Error;
use super::policy::duration;
use crate::auth::password::Phc;
use crate::auth::secret::{Secret, private};
use crate::clock;

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

impl Proxy {
    /// It without what can change while the console runs.
    pub(crate) fn unchanging(&self) -> Self {
        Self { roles: Roles::default(), ..self.clone() }
    }
}

impl Oidc {
    /// It without what can change while the console runs.
    pub(crate) fn unchanging(&self) -> Self {
        Self { roles: Roles::default(), ..self.clone() }
    }
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
    user: Vec<UserTable>,
    token: Vec<TokenTable>,
    proxy: Option<ProxyTable>,
    oidc: Option<OidcTable>,
    idle: Option<String>,
    absolute: Option<String>,
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
struct UserTable {
    name: String,
    password: String,
    role: Role,
    #[serde(default)]
    approver: bool,
    idle: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenTable {
    name: String,
    sha256: String,
    role: Role,
    expires: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProxyTable {
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

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct OidcTable {
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
        let users = users(self.user, self.users_file, absolute)?;
        let tokens = tokens(self.token)?;
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
            proxy: self.proxy.map(proxy).transpose()?,
            oidc: self.oidc.map(oidc).transpose()?,
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

fn users(
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

fn tokens(tables: Vec<TokenTable>) -> Result<BTreeMap<[u8; 32], Token>, Error> {
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
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = [0_u8; 32];
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(hash)
}

/// Reads networks. A mask is written always: an address alone was once taken for a whole network by others.
pub(super) fn networks(key: &str, texts: &[String]) -> Result<Vec<IpNet>, Error> {
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

fn proxy(table: ProxyTable) -> Result<Proxy, Error> {
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
    let from = networks("auth.proxy.from", &table.from)?;
    if from.is_empty() {
        return Err(Error::value("auth.proxy.from", "name the networks of the proxy, as 10.0.0.1/32"));
    }
    if table.roles.is_empty() {
        return Err(Error::value("auth.proxy.roles", "without it nobody is let in"));
    }
    let user_header = header("auth.proxy.user_header", &table.user_header)?;
    let secret_header = header("auth.proxy.secret_header", &table.secret_header)?;
    if user_header == secret_header {
        return Err(Error::value("auth.proxy.secret_header", "it is another header than the user's"));
    }
    let secret =
        Secret::from_file(&table.secret_file).map_err(|why| Error::value("auth.proxy.secret_file", why))?;
    if secret.expose().len() < 16 {
        return Err(Error::value("auth.proxy.secret_file", "the secret has at least 16 characters"));
    }
    Ok(Proxy {
        from,
        user_header,
        groups_header: table
            .groups_header
            .map(|name| header("auth.proxy.groups_header", &name))
            .transpose()?,
        secret_header,
        secret,
        roles: Roles { by_role: table.roles, approvers: table.approvers },
    })
}

fn oidc(table: OidcTable) -> Result<Oidc, Error> {
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
    secure("auth.oidc.issuer", &table.issuer)?;
    secure("auth.oidc.redirect_url", &table.redirect_url)?;
    if !table.redirect_url.ends_with("/oidc/callback") {
        let why = "it is the address of this console and ends in /oidc/callback";
        return Err(Error::value("auth.oidc.redirect_url", why));
    }
    if table.roles.is_empty() {
        return Err(Error::value("auth.oidc.roles", "without it nobody is let in"));
    }
    let secret = |path: &PathBuf| {
        Secret::from_file(path).map_err(|why| Error::value("auth.oidc.client_secret_file", why))
    };
    Ok(Oidc {
        client_secret: table.client_secret_file.as_ref().map(secret).transpose()?,
        issuer: table.issuer,
        client_id: table.client_id,
        redirect_url: table.redirect_url,
        groups_claim: table.groups_claim,
        scopes: table.scopes,
        roles: Roles { by_role: table.roles, approvers: table.approvers },
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

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
