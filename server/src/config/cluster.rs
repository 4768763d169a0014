//! The clusters: which ensembles to watch, and how politely.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::Uri;
use serde::Deserialize;

use zooscope_protocol::{Colour, Environment};

use super::Error;
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
pub(super) fn clusters(key: &str, mut tables: Vec<Table>) -> Result<Vec<Cluster>, Error> {
    if tables.is_empty() {
        tables.push(Table::new(Table::name(), "127.0.0.1:2181".to_owned()));
    }
    let mut names = BTreeSet::new();
    tables
        .into_iter()
        .map(|table| {
            let cluster = check(key, table)?;
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

fn check(key: &str, table: Table) -> Result<Cluster, Error> {
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
    Ok(Cluster {
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
