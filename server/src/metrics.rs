//! Every metric family and its help text, in the Prometheus text format.
//!
//! No path is a label: there are a million of them.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};

use crate::app::{App, Watched};
use crate::{clock, roster};

/// What is counted while it happens. What can be read from the mirrors is read when it is asked for.
#[derive(Debug, Default, Clone)]
pub struct Metrics {
    /// Browsers connected to the stream.
    pub stream_clients: Gauge,
    /// Frames sent to browsers.
    pub stream_frames: Counter,
    /// Browsers that were disconnected because they did not read.
    pub stream_stalled: Counter,
    /// Actions that were done.
    pub actions_done: Counter,
    /// Actions that were refused.
    pub actions_refused: Counter,
    /// Actions whose outcome was not known when they were answered.
    pub actions_unknown: Counter,
    /// Questions put to servers for their sessions.
    pub roster: roster::Counts,
}

/// All families as text.
pub fn text(app: &App) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::with_prefix("zooscope");
    let metrics = &app.metrics;
    registry.register("stream_clients", "Browsers connected to the stream", metrics.stream_clients.clone());
    registry.register("stream_frames", "Frames sent to browsers", metrics.stream_frames.clone());
    registry.register(
        "stream_stalled",
        "Browsers disconnected because they did not read",
        metrics.stream_stalled.clone(),
    );
    registry.register("actions_done", "Actions that were done", metrics.actions_done.clone());
    registry.register("actions_refused", "Actions that were refused", metrics.actions_refused.clone());
    registry.register(
        "actions_unknown",
        "Actions whose outcome was unknown when they were answered",
        metrics.actions_unknown.clone(),
    );
    registry.register(
        "roster_requests",
        "Questions put to ZooKeeper's servers for their sessions",
        metrics.roster.requests.clone(),
    );
    registry.register("roster_failures", "Those that were not answered", metrics.roster.failures.clone());
    registry.register_collector(Box::new(Clusters(app.clusters.clone())));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// What the mirrors show.
#[derive(Debug)]
struct Clusters(Vec<Watched>);

impl Collector for Clusters {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let now = clock::now();
        let mut family = |name: &str, help: &str, unit: Option<&Unit>, value: &dyn Fn(&Watched) -> i64| {
            let mut metric = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
            for watched in &self.0 {
                let labels = [("cluster", watched.cluster.name.as_str())];
                ConstGauge::new(value(watched)).encode(metric.encode_family(&labels)?)?;
            }
            Ok::<(), std::fmt::Error>(())
        };
        let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        family("znodes", "Znodes in the mirror", None, &|watched| {
            signed(watched.mirror.current().tree.len())
        })?;
        family("live", "Whether the mirror follows every change", None, &|watched| {
            i64::from(watched.mirror.current().info.status.may_act())
        })?;
        family("revision", "The newest revision of the mirror", None, &|watched| {
            signed(watched.mirror.current().id.0)
        })?;
        family(
            "stale",
            "How long ago ZooKeeper last answered",
            Some(&Unit::Other("milliseconds".into())),
            &|watched| watched.mirror.stale_ms(now).map_or(-1, signed),
        )?;
        family(
            "scan",
            "How long the last read of the whole tree took",
            Some(&Unit::Other("milliseconds".into())),
            &|watched| watched.mirror.scan_ms().map_or(-1, signed),
        )
    }
}
