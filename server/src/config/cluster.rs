//! The clusters: which ensembles to watch, and how politely.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use serde::Deserialize;

use zooscope_protocol::{Colour, Environment};

use super::Error;
use crate::auth::secret::Secret;
use crate::ensemble::access::{Access, Identity, Scheme, Trust};
use crate::ensemble::{ConnectString, Server};

/// One ensemble to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its name in addresses: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// Where it is.
    pub connect: ConnectString,
    /// The session time-out to ask for, from 2 to 120 seconds.
    pub session_timeout: Duration,
    /// How many requests a second the mirror may send; one request is one batch of reads.
    pub requests_per_second: NonZeroU32,
    /// How many KiB a second the mirror may read.
    pub kib_per_second: NonZeroU32,
    /// Where each server's AdminServer is; `None` where it is not to be asked.
    pub admin: Option<AdminUrl>,
    /// Whether servers may be asked by four-letter words.
    pub four_letter_words: bool,
    /// What it is to those who operate it.
    pub environment: Environment,
    /// Whom to believe that they are the servers, where they speak TLS.
    pub trust: Option<Trust>,
    /// As whom the mirror looks, where ZooKeeper is to know it.
    pub mirror: Option<Identity>,
    /// As whom and with which certificate is acted, where that is somebody else than the mirror.
    pub actor: Option<Actor>,
    /// The longest reply of a server that is taken, in bytes.
    pub max_reply: usize,
}

/// Who acts, where that is somebody else than who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// By name.
    pub identity: Option<Identity>,
    /// By certificate and key.
    pub own: Option<(PathBuf, PathBuf)>,
}

impl Cluster {
    /// How the mirror reaches it, and as whom.
    pub fn looking(&self) -> Access {
        Access {
            connect: self.connect.clone(),
            trust: self.trust.clone(),
            identity: self.mirror.clone(),
            max_reply: self.max_reply,
        }
    }

    /// How an action reaches it, and as whom.
    pub fn acting(&self) -> Access {
        let mut access = self.looking();
        if let Some(Actor { identity, own }) = &self.actor {
            if identity.is_some() {
                access.identity.clone_from(identity);
            }
            if let (Some(own), Some(trust)) = (own, &mut access.trust) {
                trust.own = Some(own.clone());
            }
        }
        access
    }
}

/// Where the AdminServers are: an address of plain HTTP with `{host}` in the place of the server's host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminUrl(String);

impl AdminUrl {
    /// ZooKeeper's own default port and path (`admin.serverPort`, `admin.commandURL`).
    const DEFAULT: &str = "http://{host}:8080/commands";
    const HOST: &str = "{host}";

    /// The address of the AdminServer of one server.
    pub fn of(&self, server: &Server) -> String {
        self.0.replace(Self::HOST, &server.bracketed())
    }

    /// Whether it is the one that nobody had to write.
    pub fn is_default(&self) -> bool {
        self.0 == Self::DEFAULT
    }

    /// Reads the pattern for so many servers; `None` for `off`.
    fn parse(text: &str, servers: usize) -> Result<Option<Self>, String> {
        if text == "off" {
            return Ok(None);
        }
        if text.starts_with("https://") {
            return Err("the AdminServer is asked by plain http:// only; write that, or \"off\"".to_owned());
        }
        let uri = text.replace(Self::HOST, "host").parse::<Uri>();
        let fits =
            |uri: Uri| uri.scheme_str() == Some("http") && uri.host().is_some() && uri.query().is_none();
        if !uri.is_ok_and(fits) {
            return Err(format!("`{text}` is no address; write one as {}, or \"off\"", Self::DEFAULT));
        }
        if servers > 1 && !text.contains(Self::HOST) {
            return Err("there are several servers; write {host} in the place of each one's host".to_owned());
        }
        Ok(Some(Self(text.trim_end_matches('/').to_owned())))
    }
}

const MIB: usize = 1024 * 1024;

/// A `[[cluster]]` of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default = "Table::name")]
    name: String,
    zookeeper: String,
    #[serde(default = "Table::session_timeout_ms")]
    session_timeout_ms: u64,
    #[serde(default = "Table::requests_per_second")]
    requests_per_second: u32,
    #[serde(default = "Table::kib_per_second")]
    kib_per_second: u32,
    #[serde(default = "Table::admin")]
    admin: String,
    #[serde(default = "Table::four_letter_words")]
    four_letter_words: bool,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    colour: Option<Colour>,
    #[serde(default)]
    production: bool,
    #[serde(default = "Table::reply_mib")]
    reply_mib: usize,
    #[serde(default)]
    tls: Option<TlsTable>,
    #[serde(default)]
    auth: Option<AuthTable>,
    #[serde(default)]
    actor: Option<ActorTable>,
}

/// `[cluster.tls]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsTable {
    ca: PathBuf,
    #[serde(default)]
    certificate: Option<PathBuf>,
    #[serde(default)]
    key: Option<PathBuf>,
}

/// `[cluster.auth]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthTable {
    scheme: Scheme,
    user: String,
    password_file: PathBuf,
}

/// `[cluster.actor]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActorTable {
    scheme: Option<Scheme>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Table {
    fn name() -> String {
        "default".to_owned()
    }

    fn session_timeout_ms() -> u64 {
        15_000
    }

    fn requests_per_second() -> u32 {
        500
    }

    fn kib_per_second() -> u32 {
        16_384
    }

    fn admin() -> String {
        AdminUrl::DEFAULT.to_owned()
    }

    fn four_letter_words() -> bool {
        true
    }

    fn reply_mib() -> usize {
        Access::MAX_REPLY / MIB
    }

    fn new(name: String, zookeeper: String) -> Self {
        Self {
            name,
            zookeeper,
            session_timeout_ms: Self::session_timeout_ms(),
            requests_per_second: Self::requests_per_second(),
            kib_per_second: Self::kib_per_second(),
            admin: Self::admin(),
            four_letter_words: Self::four_letter_words(),
            environment: None,
            colour: None,
            production: false,
            reply_mib: Self::reply_mib(),
            tls: None,
            auth: None,
            actor: None,
        }
    }

    /// Reads `[NAME=]CONNECT`.
    pub(super) fn from_flag(text: &str) -> Self {
        match text.split_once('=') {
            Some((name, connect)) => Self::new(name.to_owned(), connect.to_owned()),
            None => Self::new(Self::name(), text.to_owned()),
        }
    }
}

/// Checks the clusters; without any it is ZooKeeper's own default address.
pub(super) fn clusters(key: &str, mut tables: Vec<Table>, read_only: bool) -> Result<Vec<Cluster>, Error> {
    if tables.is_empty() {
        tables.push(Table::new(Table::name(), "127.0.0.1:2181".to_owned()));
    }
    let mut names = BTreeSet::new();
    tables
        .into_iter()
        .map(|table| {
            let cluster = check(key, table, read_only)?;
            if names.insert(cluster.name.clone()) {
                Ok(cluster)
            } else {
                let why = format!(
                    "two clusters are called `{}`; give each a name, as prod=10.0.0.1:2181",
                    cluster.name
                );
                Err(Error::value(key, why))
            }
        })
        .collect()
}

fn check(key: &str, table: Table, read_only: bool) -> Result<Cluster, Error> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if table.name.is_empty() || table.name.len() > 64 || !table.name.chars().all(fits) {
        let why = format!("`{}` is no name for a cluster; use letters, digits, '-', '_' and '.'", table.name);
        return Err(Error::value(key, why));
    }
    let connect = ConnectString::parse(&table.zookeeper).map_err(|error| {
        Error::value(key, format!("the connect string `{}` is wrong: {error}", table.zookeeper))
    })?;
    if !(2_000..=120_000).contains(&table.session_timeout_ms) {
        return Err(Error::value(format!("{key}.session_timeout_ms"), "write 2000 to 120000 milliseconds"));
    }
    let positive = |name: &str, value: u32| {
        NonZeroU32::new(value).ok_or_else(|| Error::value(format!("{key}.{name}"), "write at least 1"))
    };
    let admin = AdminUrl::parse(&table.admin, connect.servers().len())
        .map_err(|why| Error::value(format!("{key}.admin"), why))?;
    let label = table.environment.map(|label| label.trim().to_owned());
    if label.as_ref().is_some_and(|label| {
        label.is_empty() || label.chars().count() > 32 || label.contains(char::is_control)
    }) {
        return Err(Error::value(format!("{key}.environment"), "write a label of 1 to 32 characters"));
    }
    let environment = Environment {
        label: label.or_else(|| table.production.then(|| "production".to_owned())),
        colour: table.colour.unwrap_or(if table.production { Colour::Red } else { Colour::Grey }),
        production: table.production,
    };
    if !(1..=1_024).contains(&table.reply_mib) {
        return Err(Error::value(format!("{key}.reply_mib"), "write 1 to 1024 MiB"));
    }
    let mirror = table.auth.map(|auth| identity(key, "auth", auth)).transpose()?;
    // A console that acts on nothing does not even know how it would.
    let actor = table.actor.filter(|_| !read_only).map(|table| actor(key, table)).transpose()?;
    let names = [mirror.as_ref(), actor.as_ref().and_then(|actor| actor.identity.as_ref())];
    let trust = trust(key, table.tls, &connect, actor.as_ref())?;
    if names.iter().any(Option::is_some)
        && let Some(server) = connect.servers().find(|server| !server.tls && !is_loopback(&server.host))
    {
        let why = format!(
            "a password would go to `{server}` in clear, or nearly so; write tcp+tls:// before it and name the `ca` in \
             [cluster.tls]"
        );
        return Err(Error::value(format!("{key}.auth"), why));
    }
    Ok(Cluster {
        trust,
        mirror,
        actor,
        max_reply: table.reply_mib * MIB,
        environment,
        name: table.name,
        connect,
        admin,
        four_letter_words: table.four_letter_words,
        session_timeout: Duration::from_millis(table.session_timeout_ms),
        requests_per_second: positive("requests_per_second", table.requests_per_second)?,
        kib_per_second: positive("kib_per_second", table.kib_per_second)?,
    })
}

/// Whether a host is this machine by its own name or number, without anybody's word for it.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Whom to believe; the files are read once, so that a mistake is found at the start.
fn trust(
    key: &str,
    table: Option<TlsTable>,
    connect: &ConnectString,
    actor: Option<&Actor>,
) -> Result<Option<Trust>, Error> {
    let tls = connect.servers().filter(|server| server.tls).count();
    let Some(table) = table else {
        if tls > 0 {
            let why = "it names who vouches for the servers (`ca`), without which nobody is believed";
            return Err(Error::value(format!("{key}.tls"), why));
        }
        return match actor.and_then(|actor| actor.own.as_ref()) {
            None => Ok(None),
            Some(_) => Err(Error::value(format!("{key}.actor.certificate"), "it takes [cluster.tls] too")),
        };
    };
    if tls < connect.servers().len() {
        let why = "write tcp+tls:// before each server: one that speaks plainly would be told as much";
        return Err(Error::value(format!("{key}.zookeeper"), why));
    }
    let trust = Trust { ca: table.ca, own: pair(&format!("{key}.tls"), table.certificate, table.key)? };
    let acting =
        actor.and_then(|actor| actor.own.clone()).map(|own| Trust { own: Some(own), ..trust.clone() });
    for (table, trust) in [("tls", Some(&trust)), ("actor", acting.as_ref())] {
        if let Some(trust) = trust {
            trust.read().map_err(|(at, why)| Error::value(format!("{key}.{table}.{at}"), why))?;
        }
    }
    Ok(Some(trust))
}

/// A certificate and its key: both or none.
fn pair(
    key: &str,
    certificate: Option<PathBuf>,
    own: Option<PathBuf>,
) -> Result<Option<(PathBuf, PathBuf)>, Error> {
    match (certificate, own) {
        (Some(certificate), Some(own)) => Ok(Some((certificate, own))),
        (None, None) => Ok(None),
        _ => Err(Error::value(format!("{key}.certificate"), "`certificate` and `key` go together")),
    }
}

fn identity(key: &str, table: &str, auth: AuthTable) -> Result<Identity, Error> {
    let fits = |c: char| c.is_ascii_graphic() && c != ':';
    if auth.user.is_empty() || auth.user.len() > 128 || !auth.user.chars().all(fits) {
        let why = "a name is 1 to 128 printable characters without ':'";
        return Err(Error::value(format!("{key}.{table}.user"), why));
    }
    let password = Secret::from_file(&auth.password_file)
        .map_err(|why| Error::value(format!("{key}.{table}.password_file"), why))?;
    Ok(Identity { scheme: auth.scheme, user: auth.user, password })
}

fn actor(key: &str, table: ActorTable) -> Result<Actor, Error> {
    let own = pair(&format!("{key}.actor"), table.certificate, table.key)?;
    let identity = match (table.scheme, table.user, table.password_file) {
        (Some(scheme), Some(user), Some(password_file)) => {
            Some(identity(key, "actor", AuthTable { scheme, user, password_file })?)
        }
        (None, None, None) => None,
        _ => {
            let why = "`scheme`, `user` and `password_file` go together";
            return Err(Error::value(format!("{key}.actor"), why));
        }
    };
    if identity.is_none() && own.is_none() {
        return Err(Error::value(format!("{key}.actor"), "it says nothing; write who acts, or leave it out"));
    }
    Ok(Actor { identity, own })
}
