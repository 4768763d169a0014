#![doc = include_str!("../README.md")]

pub mod actions;
pub mod app;
pub mod auth;
pub mod clock;
pub mod config;
pub mod demo;
pub mod ensemble;
pub mod http;
pub mod live;
pub mod memory;
pub mod metrics;
pub mod mirror;
pub mod recipes;
pub mod reload;
pub mod roster;
pub mod telemetry;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zooscope_protocol::AuthMode;

use crate::actions::Actions;
use crate::app::{App, Handles, Watched};
use crate::auth::approvals::Approvals;
use crate::auth::freeze::Freeze;
use crate::auth::policy::Rate;
use crate::auth::{Authority, Gate};
use crate::config::Config;
use crate::mirror::{Budget, Following};
use crate::recipes::Recipes;
use crate::roster::{Attention, Keeper};

/// The version of the server.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How long the server waits for its tasks when it stops.
const GRACE: Duration = Duration::from_secs(10);

/// Why the server did not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("listen: `{address}` cannot be bound; is another console running there?")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The audit log cannot be opened.
    #[error("data_dir: the audit log cannot be opened")]
    Audit(#[from] actions::AuditError),
    /// The recipes that were kept cannot be used.
    #[error("data_dir: the recipes that were kept cannot be used")]
    Recipes(#[from] recipes::Error),
    /// The switch that stops all actions cannot be kept.
    #[error("data_dir: the switch that stops all actions cannot be kept")]
    Freeze(#[from] auth::freeze::Error),
    /// Nobody could be let in.
    #[error(transparent)]
    Gate(#[from] auth::gate::Error),
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] config::Error),
}

/// Who decides what somebody may do.
fn authority(config: &Config) -> Result<Authority, auth::freeze::Error> {
    let freeze = Freeze::open(&config.data_dir)?;
    let production = config.clusters.iter().filter(|cluster| cluster.environment.production);
    let usual = if config.auth.mode == AuthMode::None { u32::MAX } else { 10 };
    let actions = Rate {
        times: config.limits.actions_per_minute.unwrap_or(usual),
        within: Duration::from_secs(60),
        rule: "limits".to_owned(),
    };
    Ok(Authority::new(
        config.policy.clone(),
        config.read_only,
        production.map(|cluster| cluster.name.clone()).collect(),
        actions,
        freeze,
    ))
}

/// Runs the server until `shutdown` is done. `ready` is called with the address once it listens.
pub async fn run(
    config: Config,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let address = config.listen.address;
    let listener = TcpListener::bind(address).await.map_err(|source| Error::Bind { address, source })?;
    let address = listener.local_addr().map_err(|source| Error::Bind { address, source })?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let actions = Actions::open(&config.data_dir, &config.audit, config.read_only)?;
    let authority = authority(&config)?;
    let (secure, trusted) = (config.listen.secure(), config.listen.trusted_proxies.clone());
    let gate = Arc::new(Gate::new(config.auth.clone(), secure, trusted, &config.data_dir)?);
    let certificate = config.listen.certificate.as_ref().map(config::Certificate::read).transpose()?;
    let tls = certificate.map(TlsAcceptor::from);
    let limit = config.limits.sockets;
    let mut recipes = Recipes::open(&config.data_dir, config.recipes.clone())?;
    let metrics = metrics::Metrics::default();
    let mut clusters = Vec::new();
    for cluster in &config.clusters {
        let events = config.limits.journal_events;
        let (writer, declarer, mirror) = mirror::mirror(cluster, events, config.thresholds);
        recipes.serve(declarer);
        let (keeping, roster) = watch::channel(Arc::default());
        let attention = Attention::default();
        let keeper = Keeper::new(cluster, mirror.clone(), attention.clone(), keeping, &metrics.roster);
        tasks.spawn(keeper.keep(stop.clone()));
        let following = Following {
            access: cluster.looking(),
            session_timeout: cluster.session_timeout,
            budget: Budget::new(cluster.requests_per_second, cluster.kib_per_second),
            roster,
        };
        tasks.spawn(mirror::follow(following, writer, stop.clone()));
        clusters.push(Watched { cluster: cluster.clone(), mirror, attention });
    }
    let app = App::new(Handles {
        config,
        clusters,
        actions,
        gate,
        authority,
        approvals: Approvals::default(),
        recipes,
        streams: live::Streams::default(),
        projections: live::Projections::default(),
        metrics,
        tasks: tasks.clone(),
        stop: stop.clone(),
    });
    actions::resolve_open(&app).await?;
    tasks.spawn(actions::archive_daily(app.clone()));
    tasks.spawn(app.gate.clone().keep(stop.clone()));
    tasks.spawn(reload::listen(app.clone()));
    ready(address);
    let stopping = stop.clone();
    let router = http::router(app);
    let serving = http::serve::serve(listener, tls, router, limit, stop.clone());
    tokio::spawn(async move {
        shutdown.await;
        stopping.cancel();
    });
    tokio::select! {
        () = serving => {}
        () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => {}
    }
    stop.cancel();
    tasks.close();
    if tokio::time::timeout(GRACE, tasks.wait()).await.is_err() {
        tracing::warn!("tasks did not end in time");
    }
    Ok(())
}
