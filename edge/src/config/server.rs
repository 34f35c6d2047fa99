//! Listening and logging.

use std::net::SocketAddr;

use traffoflex_telemetry::{AccessLogMode, LogFormat};

#[derive(Debug, Clone, clap::Args)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 picks a free one, named in the `listening` log line.
    #[arg(long, env = "TRAFFIC_SERVICE_ADDR", default_value = "0.0.0.0:8080")]
    pub addr: SocketAddr,

    /// Host names that clicks are answered on besides verified domains, addresses and localhost, separated
    /// by commas. Empty: any.
    #[arg(long, env = "PUBLIC_HOSTS", value_delimiter = ',')]
    pub public_hosts: Vec<String>,

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
