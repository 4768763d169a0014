//! What the server is told at its start: flags over environment over file over defaults.
//!
//! A mistake is refused before anything is started, in a sentence that names the key.

pub mod audit;
pub mod auth;
pub mod cluster;
pub mod dead_letter;
pub mod http;
pub mod limits;
pub(crate) mod policy;
pub(crate) mod recipe;
pub mod thresholds;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Deserialize;
use zooscope_model::{Declarations, Thresholds};
use zooscope_protocol::Declaration;

use crate::auth::policy::Policy;
use crate::auth::secret::{hash, private};

pub use audit::Audit;
pub use auth::Auth;
pub use cluster::Cluster;
pub use dead_letter::DeadLetters;
pub use http::{Certificate, Listen};
pub use limits::Limits;

/// The flags of `serve`, and the environment variables that stand in for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Flags {
    /// An ensemble to watch, as [NAME=]HOST:PORT[,HOST:PORT…][/chroot]. Repeat it for several; without a name it is
    /// `default`. Default: 127.0.0.1:2181.
    #[arg(long, value_name = "CONNECT", env = "ZOOSCOPE_ZOOKEEPER", value_delimiter = ';')]
    pub zookeeper: Vec<String>,
    /// The address to listen on. Default: 127.0.0.1:9180.
    #[arg(long, value_name = "ADDR", env = "ZOOSCOPE_LISTEN")]
    pub listen: Option<String>,
    /// The folder for the audit log. Default: `zooscope-data` in the current folder.
    #[arg(long, value_name = "DIR", env = "ZOOSCOPE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// The configuration file. Default: `zooscope.toml` in the current folder, if there is one.
    #[arg(long, value_name = "FILE", env = "ZOOSCOPE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Act on nothing, whoever asks.
    #[arg(long, env = "ZOOSCOPE_READ_ONLY")]
    pub read_only: bool,
}

/// What the server is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen, and under which names.
    pub listen: Listen,
    /// How people and programs come to be known.
    pub auth: Auth,
    /// The folder for what is kept.
    pub data_dir: PathBuf,
    /// Whether to act on nothing.
    pub read_only: bool,
    /// The clusters, at least one, each name once.
    pub clusters: Vec<Cluster>,
    /// The recipes that are declared.
    pub recipes: Arc<Declarations>,
    /// Where items are set aside.
    pub dead_letters: DeadLetters,
    /// What the audit log keeps and shows.
    pub audit: Audit,
    /// What is allowed, denied and demanded at which paths.
    pub policy: Policy,
    /// The bounds of everything that could grow.
    pub limits: Limits,
    /// From when on something is said to last too long.
    pub thresholds: Thresholds,
    /// The flags that it was read with, to read it again.
    pub flags: Flags,
    /// SHA-256 of the file and of the users' file, in hexadecimal; empty where there is none.
    pub hash: String,
}

/// The configuration file. Every key may be left out; an unknown one is a mistake.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<String>,
    allowed_hosts: Vec<String>,
    trusted_proxies: Vec<String>,
    tls: Option<Certificate>,
    auth: auth::Table,
    data_dir: Option<PathBuf>,
    read_only: Option<bool>,
    cluster: Vec<cluster::Table>,
    recipe: Vec<Declaration>,
    dead_letter: Vec<dead_letter::Table>,
    audit: audit::Table,
    policy: Vec<policy::Table>,
    mask: Vec<policy::MaskTable>,
    limits: Limits,
    thresholds: thresholds::Table,
}

/// Why a configuration is refused. Each sentence names the key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("config: `{path}` cannot be read")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML of the known keys.
    #[error("config: `{path}` is not right")]
    File {
        /// Which.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A value is not what its key takes.
    #[error("{key}: {why}")]
    Value {
        /// The key, as it is written in the file or as a flag.
        key: String,
        /// What is wrong and what to write.
        why: String,
    },
}

impl Error {
    pub(crate) fn value(key: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Value { key: key.into(), why: why.into() }
    }
}

impl Config {
    /// The name of the file that is read without being told.
    const FILE: &'static str = "zooscope.toml";

    /// Puts flags, environment (which the flags carry), file and defaults together.
    pub fn load(flags: &Flags) -> Result<Self, Error> {
        let path = match &flags.config {
            Some(path) => Some(path.as_path()),
            None => Some(Path::new(Self::FILE)).filter(|path| path.exists()),
        };
        let Some(path) = path else { return Self::merge(flags, File::default()) };
        let (file, text) = read(path)?;
        let users = file.auth.users_text()?;
        let hash = hex::encode(hash(&[text.as_bytes(), users.as_bytes()].concat()));
        Ok(Self { hash, ..Self::merge(flags, file)? })
    }

    fn merge(flags: &Flags, file: File) -> Result<Self, Error> {
        let tables = if flags.zookeeper.is_empty() {
            file.cluster
        } else {
            flags.zookeeper.iter().map(|text| cluster::Table::from_flag(text)).collect()
        };
        let key = if flags.zookeeper.is_empty() { "cluster" } else { "--zookeeper" };
        let read_only = flags.read_only || file.read_only.unwrap_or(false);
        let clusters = cluster::clusters(key, tables, read_only)?;
        let listen = flags.listen.clone().or(file.listen);
        file.limits.check()?;
        let auth = file.auth.check()?;
        let policy = policy::policy(file.policy, file.mask)?;
        policy::fits(&policy, auth.mode)?;
        let listen =
            Listen::parse(listen.as_deref(), file.allowed_hosts, &file.trusted_proxies, file.tls, &auth)?;
        Ok(Self {
            listen,
            auth,
            data_dir: flags.data_dir.clone().or(file.data_dir).unwrap_or_else(|| "zooscope-data".into()),
            read_only,
            clusters,
            recipes: recipe::recipes(file.recipe)?,
            dead_letters: DeadLetters::of(file.dead_letter)?,
            audit: file.audit.check()?,
            policy,
            limits: file.limits,
            thresholds: file.thresholds.read()?,
            flags: flags.clone(),
            hash: String::new(),
        })
    }
}

fn read(path: &Path) -> Result<(File, String), Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let file: File = toml::from_str(&text)
        .map_err(|source| Error::File { path: path.to_owned(), source: Box::new(source) })?;
    if file.auth.has_secrets() {
        private(path).map_err(|why| Error::value("auth.user", why))?;
    }
    Ok((file, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(flags: &Flags, toml: &str) -> Result<Config, String> {
        let file: File = toml::from_str(toml).map_err(|error| error.to_string())?;
        Config::merge(flags, file).map_err(|error| error.to_string())
    }

    fn flags(zookeeper: &[&str]) -> Flags {
        Flags { zookeeper: zookeeper.iter().map(ToString::to_string).collect(), ..Flags::default() }
    }

    #[test]
    fn without_anything_it_is_zookeeper_s_own_default() {
        let config = merge(&Flags::default(), "").unwrap();
        assert_eq!(config.clusters[0].name, "default");
        assert_eq!(config.clusters[0].connect.to_string(), "127.0.0.1:2181");
        assert_eq!(config.listen.address.to_string(), "127.0.0.1:9180");
    }

    #[test]
    fn flags_win_over_the_file() {
        let toml = "listen = '127.0.0.1:1'\n[[cluster]]\nname = 'a'\nzookeeper = 'h:1'";
        let mut given = flags(&["b=h:2/x", "h:3"]);
        given.listen = Some("[::1]:2".into());
        let config = merge(&given, toml).unwrap();
        let names: Vec<_> = config.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        assert_eq!(names, ["b", "default"]);
        assert_eq!(config.listen.address.to_string(), "[::1]:2");
        assert_eq!(merge(&Flags::default(), toml).unwrap().clusters[0].name, "a");
    }

    #[test]
    fn a_mistake_names_its_key() {
        for (given, toml, says) in [
            (flags(&["a=h:0"]), "", "--zookeeper"),
            (flags(&["a b=h:1"]), "", "--zookeeper"),
            (flags(&["h:1", "h:2"]), "", "default"),
            (flags(&["a=h:1", "a=h:2"]), "", "`a`"),
            (Flags::default(), "[[cluster]]\nname = 'a'\nzookeeper = ''", "cluster"),
            (Flags::default(), "listen = 'nowhere'", "listen"),
            (Flags::default(), "listen = '0.0.0.0:9180'", "listen"),
            (Flags::default(), "lissten = '127.0.0.1:1'", "lissten"),
            (Flags::default(), "[limits]\njournal_events = 0", "limits.journal_events"),
            (Flags::default(), "[thresholds]\nheld_s = [60, 30, 600]", "thresholds.held_s"),
            (Flags::default(), "[thresholds]\nwaiting_s = [0, 30, 60]", "thresholds.waiting_s"),
            (Flags::default(), "[thresholds]\nqueue_s = 0", "thresholds.queue_s"),
            (Flags::default(), "[[cluster]]\nzookeeper = 'h:1'\nreply_mib = 0", "cluster.reply_mib"),
            (Flags::default(), "[[cluster]]\nzookeeper = 'tcp+tls://h:1'", "cluster.tls"),
            (flags(&["tcp+tls://h:1"]), "", "--zookeeper.tls"),
            (
                Flags::default(),
                "[[cluster]]\nzookeeper = 'tcp+tls://h:1'\ntls = { ca = '/nowhere/ca' }",
                "cluster.tls.ca",
            ),
            (
                Flags::default(),
                "[[cluster]]\nzookeeper = 'tcp+tls://h:1,g:1'\ntls = { ca = '/nowhere/ca' }",
                "cluster.zookeeper",
            ),
            (
                Flags::default(),
                "[[cluster]]\nzookeeper = 'localhost:1'\n[cluster.auth]\nscheme = 'digest'\nuser = 'a'\npassword_file = '/nowhere'",
                "cluster.auth.password_file",
            ),
            (
                Flags::default(),
                "[[cluster]]\nzookeeper = 'localhost:1'\n[cluster.actor]\nuser = 'a'",
                "cluster.actor",
            ),
            (Flags::default(), "[audit]\nkeep_days = 0", "audit.keep_days"),
            (Flags::default(), "[[audit.mask]]\npath = 'secret'", "audit.mask.path"),
            (Flags::default(), "[[cluster]]\nzookeeper = 'h:1'\nadmin = 'https://h:1'", "cluster.admin"),
            (Flags::default(), "[[cluster]]\nzookeeper = 'h:1'\nadmin = 'h:8080'", "cluster.admin"),
            (Flags::default(), "[[cluster]]\nzookeeper = 'h:1,g:1'\nadmin = 'http://h:1'", "{host}"),
            (
                Flags::default(),
                "[[cluster]]\nzookeeper = 'h:1'\nsession_timeout_ms = 5",
                "session_timeout_ms",
            ),
        ] {
            let error = merge(&given, toml).expect_err(toml);
            assert!(error.contains(says), "{toml}: {error}");
        }
    }

    #[test]
    fn an_admin_server_is_named_for_each_server_or_not_at_all() {
        let admin = |toml: &str| {
            let cluster = merge(&Flags::default(), toml).unwrap().clusters.remove(0);
            let urls: Vec<_> = cluster
                .connect
                .servers()
                .filter_map(|server| cluster.admin.as_ref().map(|admin| admin.of(server)))
                .collect();
            (urls, cluster.four_letter_words)
        };
        let default = admin("[[cluster]]\nzookeeper = '[::1]:2181,zk2:2182'");
        let urls = ["http://[::1]:8080/commands".to_owned(), "http://zk2:8080/commands".to_owned()];
        assert_eq!(default, (urls.to_vec(), true));
        let off = admin("[[cluster]]\nzookeeper = 'h:1'\nadmin = 'off'\nfour_letter_words = false");
        assert_eq!(off, (Vec::new(), false));
    }

    #[test]
    fn no_password_goes_to_another_machine_in_clear() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "canary").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let toml = |zookeeper: &str, table: &str| {
            format!(
                "[[cluster]]\nzookeeper = '{zookeeper}'\n[cluster.{table}]\nscheme = 'digest'\nuser = 'a'\npassword_file = '{}'",
                file.display()
            )
        };
        for table in ["auth", "actor"] {
            for here in ["localhost:1", "127.0.0.1:1,[::1]:2", "127.9.9.9:1/app"] {
                merge(&Flags::default(), &toml(here, table)).expect(here);
            }
            // A name that looks like this machine is another's to answer for.
            for there in ["h:1", "127.0.0.1:1,h:1", "localhost.example.com:1", "10.0.0.1:1", "tcp://h:1"] {
                let error = merge(&Flags::default(), &toml(there, table)).expect_err(there);
                assert!(error.contains("cluster.auth") && error.contains("tcp+tls"), "{there}: {error}");
                assert!(!error.contains("canary"), "{error}");
            }
        }
        let read_only = Flags { read_only: true, ..Flags::default() };
        let config = merge(&read_only, &toml("localhost:1", "actor")).unwrap();
        assert_eq!(config.clusters[0].actor, None, "who acts on nothing does not even know how");
        assert!(!format!("{:?}", merge(&Flags::default(), &toml("localhost:1", "actor"))).contains("canary"));
    }

    #[test]
    fn the_example_of_a_recipe_is_one() {
        let example = include_str!("../console.example.toml");
        let table = example.split_once("# [[recipe]]").unwrap().1;
        let lines = table.lines().skip(1).take_while(|line| line.starts_with('#'));
        // A key is one word before its `=`; a sentence is not.
        let is_key = |line: &&str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let keys = lines.filter_map(|line| line.strip_prefix("# ")).filter(is_key);
        let text = format!("[[recipe]]\n{}", keys.collect::<Vec<_>>().join("\n"));
        let config = merge(&Flags::default(), &text).unwrap();
        let declared = config.recipes.iter().next().unwrap();
        assert_eq!(declared.name, "billing", "{text}");
    }

    #[test]
    fn the_example_is_the_defaults() {
        let file: File = toml::from_str(include_str!("../console.example.toml")).unwrap();
        let config = Config::merge(&Flags::default(), file).unwrap();
        assert_eq!(config, Config::merge(&Flags::default(), File::default()).unwrap());
    }
}
