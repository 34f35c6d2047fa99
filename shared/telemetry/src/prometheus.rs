//! `/metrics` in Prometheus text format.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds of request durations, in seconds: 50 us to 10 s.
const DURATION_BUCKETS_S: [f64; 14] =
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 10.0];

/// Upper bounds of events in one commit.
const COMMIT_BUCKETS: [f64; 8] = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 8192.0];
/// Events written with one fsync.
pub const COMMIT_EVENTS: &str = "traffoflex_outbox_commit_events";

/// Name of the request duration histogram, labelled by status class.
pub const REQUEST_DURATION: &str = "traffoflex_http_request_duration_seconds";
/// Lines of the access log that were dropped because the reader of standard output was too slow.
pub const ACCESS_LOG_DROPPED: &str = "traffoflex_access_log_dropped_total";

/// Renders the metrics; a clone is free.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// Installs the process-wide recorder.
pub fn install() -> Result<Metrics, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&DURATION_BUCKETS_S)?
        .set_buckets_for_metric(Matcher::Full(COMMIT_EVENTS.into()), &COMMIT_BUCKETS)?
        .install_recorder()?;
    Ok(Metrics(handle))
}

impl Metrics {
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Folds what histograms gathered into their buckets. Call every few seconds: without a scrape
    /// nothing else does, and memory grows with every request.
    pub fn run_upkeep(&self) {
        self.0.run_upkeep();
    }
}
