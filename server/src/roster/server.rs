//! One server and what it tells: by its AdminServer where that answers, else by the four-letter words, else nothing and how to
//! change that.

use std::time::Duration;

use tokio::time::{Instant, timeout};
use zooscope_protocol::{Source, SourceKind};

use super::Counts;
use crate::config::cluster::AdminUrl;
use crate::ensemble::told::{Dump, Link, Scope, Silence, Watchers};
use crate::ensemble::{AdminClient, AdminServer, FourLetterWords, Server};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an AdminServer that did not answer is left alone while the words do.
const ADMIN_REST: Duration = Duration::from_secs(60);

/// A server of the connect string, and how it is best asked.
#[derive(Debug)]
pub(super) struct Asked {
    server: Server,
    admin: Option<Admin>,
    words: bool,
    counts: Counts,
}

#[derive(Debug)]
struct Admin {
    client: AdminClient,
    url: String,
    /// Whether it is this server's without being asked for its port.
    trusted: bool,
    known: Known,
}

/// What is known of an AdminServer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    /// Nothing yet.
    No,
    /// It answers, and is this server's.
    Answers,
    /// It did not when it was last asked.
    Rests(Instant, AdminTrouble),
}

/// Why an AdminServer is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
enum AdminTrouble {
    /// It did not tell.
    Silent(Silence),
    /// It belongs to a server with another port.
    Foreign(u16),
}

/// What a server told.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// How, and what is missing.
    pub(super) source: Source,
    /// Its connections; `None` where it did not tell.
    pub(super) links: Option<Vec<Link>>,
    /// The sessions; `None` where it did not tell.
    pub(super) dump: Option<Dump>,
    /// When it was asked for them.
    pub(super) at: Instant,
}

/// The answer to a question for watches.
pub(super) type Watching = Result<Watchers, String>;

impl Answer {
    /// That of a server which has not answered.
    pub(super) fn none_yet(server: &Server) -> Self {
        let problem = "It has not answered yet.".to_owned();
        let source = Source { server: server.to_string(), by: SourceKind::Nothing, problem: Some(problem) };
        Self { source, links: None, dump: None, at: Instant::now() }
    }
}

impl Asked {
    /// A server that nothing is known of. `alone` is whether no other server of the connect string has the same host.
    pub(super) fn new(
        server: &Server,
        alone: bool,
        admin: Option<&AdminUrl>,
        words: bool,
        client: &AdminClient,
        counts: &Counts,
    ) -> Self {
        let admin = admin.map(|admin| Admin {
            client: client.clone(),
            url: admin.of(server),
            trusted: alone && !admin.is_default(),
            known: Known::No,
        });
        Self { server: server.clone(), admin, words, counts: counts.clone() }
    }

    /// The server.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Asks for connections and sessions.
    pub(super) async fn sessions(&mut self) -> Answer {
        let at = Instant::now();
        let by_admin = self.ask_admin().await;
        if let Some((Ok(links), Ok(dump))) = by_admin {
            return self.answer(SourceKind::AdminServer, at, Some(links), Some(dump), None);
        }
        if !self.asks_words() {
            let (links, dump) = by_admin.map_or((None, None), |(links, dump)| (links.ok(), dump.ok()));
            let by =
                if links.is_some() || dump.is_some() { SourceKind::AdminServer } else { SourceKind::Nothing };
            let problem = self.problem(&[]);
            return self.answer(by, at, links, dump, Some(problem));
        }
        let at = Instant::now();
        let words = FourLetterWords { host: &self.server.host, port: self.server.port };
        let (links, dump) = tokio::join!(self.counted(words.connections()), self.counted(words.dump()));
        let missing: Vec<_> = [("cons", links.as_ref().err()), ("dump", dump.as_ref().err())]
            .into_iter()
            .filter_map(|(word, silence)| Some((word, *silence?)))
            .collect();
        let problem = (!missing.is_empty()).then(|| self.problem(&missing));
        let (links, dump) = (links.ok(), dump.ok());
        let by = match (&links, &dump) {
            (None, None) => SourceKind::Nothing,
            _ => SourceKind::FourLetterWords,
        };
        // Since 3.5 `dump` lists the connections too, without their time-outs and operations.
        let links = links.or_else(|| dump.as_ref().and_then(|dump| dump.links.clone()));
        self.answer(by, at, links, dump, problem)
    }

    /// Asks who watches what, in the way in which it answered before.
    pub(super) async fn watches(&self, scope: &Scope) -> Watching {
        let asked = match &self.admin {
            Some(Admin { client, url, known: Known::Answers, .. }) => {
                let told = self.counted(AdminServer { client, url }.watches(scope)).await;
                told.map_err(|silence| ("watches_by_path", silence))
            }
            _ if self.asks_words() => {
                let words = FourLetterWords { host: &self.server.host, port: self.server.port };
                self.counted(words.watches(scope)).await.map_err(|silence| ("wchp", silence))
            }
            _ => return Err("Who watches what is not known.".to_owned()),
        };
        asked.map_err(|(word, silence)| {
            let allow = match silence {
                Silence::NotAllowed => " To allow it, add it to 4lw.commands.whitelist in zoo.cfg.",
                _ => "",
            };
            format!("Who watches what is not known: `{word}` {silence}.{allow}")
        })
    }

    /// Connections and sessions by the AdminServer; `None` where there is none to ask now.
    async fn ask_admin(&mut self) -> Option<(Result<Vec<Link>, Silence>, Result<Dump, Silence>)> {
        let others = self.words && !self.server.tls;
        let admin = self.admin.as_ref()?;
        match &admin.known {
            Known::Rests(since, _) if others && since.elapsed() < ADMIN_REST => return None,
            _ => {}
        }
        let server = AdminServer { client: &admin.client, url: &admin.url };
        if admin.known != Known::Answers && !admin.trusted {
            let trouble = match self.counted(server.client_port()).await {
                Ok(Some(port)) if port != self.server.port && !self.server.tls => {
                    Some(AdminTrouble::Foreign(port))
                }
                Ok(_) => None,
                Err(silence) => Some(AdminTrouble::Silent(silence)),
            };
            if let Some(trouble) = trouble {
                self.learn(Known::Rests(Instant::now(), trouble));
                return None;
            }
        }
        let told = tokio::join!(self.counted(server.connections()), self.counted(server.dump()));
        self.learn(match &told {
            (Ok(_), Ok(_)) => Known::Answers,
            (Err(silence), _) | (_, Err(silence)) => {
                Known::Rests(Instant::now(), AdminTrouble::Silent(*silence))
            }
        });
        Some(told)
    }

    fn learn(&mut self, known: Known) {
        if let Some(admin) = &mut self.admin {
            admin.known = known;
        }
    }

    fn asks_words(&self) -> bool {
        self.words && !self.server.tls
    }

    /// One question, in time, and counted.
    async fn counted<T>(&self, question: impl Future<Output = Result<T, Silence>>) -> Result<T, Silence> {
        self.counts.requests.inc();
        let answer = timeout(PATIENCE, question).await.unwrap_or(Err(Silence::Late));
        if answer.is_err() {
            self.counts.failures.inc();
        }
        answer
    }

    fn answer(
        &self,
        by: SourceKind,
        at: Instant,
        links: Option<Vec<Link>>,
        dump: Option<Dump>,
        problem: Option<String>,
    ) -> Answer {
        Answer { source: Source { server: self.server.to_string(), by, problem }, links, dump, at }
    }

    /// What is missing and how to allow it. `words` are those that were not answered.
    fn problem(&self, words: &[(&str, Silence)]) -> String {
        let admin = match &self.admin {
            None => "The AdminServer is off in the console's configuration (`admin`).".to_owned(),
            Some(Admin { url, known: Known::Rests(_, AdminTrouble::Foreign(port)), .. }) => format!(
                "The AdminServer at {url} belongs to the server on port {port}; name this one's with `admin` in the \
                 console's configuration."
            ),
            Some(Admin { url, known: Known::Rests(_, AdminTrouble::Silent(silence)), .. }) => {
                format!("The AdminServer at {url} {}.", why(*silence))
            }
            Some(Admin { url, .. }) => format!("The AdminServer at {url} was not asked."),
        };
        if self.server.tls {
            return format!(
                "{admin} The four-letter words are not asked of a port that speaks TLS. Set admin.enableServer=true in \
                 zoo.cfg, and name its address with `admin` in the console's configuration."
            );
        }
        if !self.words {
            return format!(
                "{admin} The four-letter words are off in the console's configuration (`four_letter_words`)."
            );
        }
        let told: Vec<_> = words.iter().map(|(word, silence)| format!("`{word}` {silence}")).collect();
        let told = told.join(", ");
        if words.iter().any(|(_, silence)| *silence == Silence::NotAllowed) {
            return format!(
                "{told}. To allow it, set 4lw.commands.whitelist=srvr,cons,dump,wchs,wchp in zoo.cfg and restart the \
                 server, or let its AdminServer answer (admin.enableServer=true). {admin}"
            );
        }
        format!("{told}. {admin} Check that the server runs.")
    }
}

fn why(silence: Silence) -> String {
    match silence {
        Silence::Unreachable => "does not answer".to_owned(),
        Silence::Late => "did not answer in time".to_owned(),
        Silence::NotAllowed => "does not let the console ask".to_owned(),
        Silence::NotServing => "says that the server does not serve".to_owned(),
        Silence::TooLong(mib) => format!("answers with more than {mib} MiB, which are not read"),
        Silence::Unreadable => "is none: something else answers there".to_owned(),
        Silence::TooMany(count) => format!("has {count} watches to list, too many"),
    }
}
