//! Logging and shutdown, the same for every service of a node.

use std::time::Duration;

use traffoflex_telemetry::{AccessLogMode, LogFormat};

#[derive(Debug, Clone, clap::Args)]
pub struct ProcessConfig {
    /// json or text.
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "json")]
    pub log_format: LogFormat,

    /// all: a line a request; errors: requests answered with 400 or above; off.
    #[arg(long, env = "ACCESS_LOG", value_enum, default_value = "all")]
    pub access_log: AccessLogMode,

    /// How long requests under way may take to finish after SIGTERM, in milliseconds.
    #[arg(long, env = "SHUTDOWN_TIMEOUT_MS", default_value_t = 10_000)]
    pub shutdown_timeout_ms: u64,
}

impl ProcessConfig {
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_millis(self.shutdown_timeout_ms)
    }
}
