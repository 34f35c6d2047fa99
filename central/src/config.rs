//! Configuration: one struct a concern, from the environment or the command line, checked at start.

mod accounts;
mod domains;
mod mail;
mod notifications;
mod reports;
mod rollups;

use std::{net::SocketAddr, time::Duration};

pub use accounts::AccountsConfig;
pub use domains::{DomainConfig, LinkConfig};
pub use mail::MailConfig;
pub use notifications::NotificationConfig;
pub use reports::ReportConfig;
pub use rollups::RollupConfig;

use traffoflex_telemetry::{AccessLogMode, LogFormat};
use url::Url;

#[derive(Debug, Clone, clap::Args)]
pub struct CentralConfig {
    #[command(flatten)]
    pub server: ServerConfig,
    #[command(flatten)]
    pub auth: AuthConfig,
    #[command(flatten)]
    pub mongo: MongoConfig,
    #[command(flatten)]
    pub clickhouse: ClickHouseConfig,
    #[command(flatten)]
    pub kafka: KafkaConfig,
    #[command(flatten)]
    pub domains: DomainConfig,
    #[command(flatten)]
    pub links: LinkConfig,
    #[command(flatten)]
    pub nodes: NodesConfig,
    #[command(flatten)]
    pub notifications: NotificationConfig,
    #[command(flatten)]
    pub rollups: RollupConfig,
    #[command(flatten)]
    pub reports: ReportConfig,
    #[command(flatten)]
    pub accounts: AccountsConfig,
    #[command(flatten)]
    pub mail: MailConfig,
}

#[derive(Debug, Clone, clap::Args)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 picks a free one, named in the `listening` log line.
    #[arg(long, env = "API_SERVICE_ADDR", default_value = "0.0.0.0:8070")]
    pub addr: SocketAddr,

    /// json or text.
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "json")]
    pub log_format: LogFormat,

    /// all: a line a request; errors: requests answered with 400 or above; off.
    #[arg(long, env = "ACCESS_LOG", value_enum, default_value = "all")]
    pub access_log: AccessLogMode,

    /// Origin of the admin UI when it is served from elsewhere, for CORS. Empty: none.
    #[arg(long, env = "ADMIN_FRONTEND_ORIGIN", default_value = "")]
    pub admin_frontend_origin: String,

    /// How long requests under way may take to finish after SIGTERM, in milliseconds.
    #[arg(long, env = "SHUTDOWN_TIMEOUT_MS", default_value_t = 10_000)]
    pub shutdown_timeout_ms: u64,

    /// How often changes made by another api-service process are looked for, in milliseconds.
    #[arg(long, env = "SNAPSHOT_POLL_MS", default_value_t = 2_000)]
    pub snapshot_poll_ms: u64,

    /// How long what was computed for the runtime feed of nodes is used again, in milliseconds.
    #[arg(long, env = "RUNTIME_CACHE_MS", default_value_t = 2_000)]
    pub runtime_cache_ms: u64,
}

#[derive(Debug, Clone, clap::Args)]
pub struct AuthConfig {
    /// Opens the API as an owner of every workspace, for a first set-up and for scripts of the operator.
    /// At least 16 characters. Unset: none.
    #[arg(long, env = "AUTH_BOOTSTRAP_TOKEN", hide_env_values = true, value_parser = token)]
    pub bootstrap_token: Option<String>,

    /// What nodes show to `/internal/`. At least 16 characters.
    #[arg(long, env = "NODE_TOKEN", hide_env_values = true, value_parser = token)]
    pub node_token: String,

    /// A second secret that `/internal/` accepts, for people. Unset: none.
    #[arg(long, env = "OPERATOR_TOKEN", hide_env_values = true, value_parser = token)]
    pub operator_token: Option<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub struct MongoConfig {
    #[arg(long, env = "MONGO_URI", hide_env_values = true, default_value = "mongodb://127.0.0.1:27017")]
    pub mongo_uri: String,

    #[arg(long, env = "MONGO_DATABASE", default_value = "traffoflex")]
    pub mongo_database: String,

    /// How long a request waits for a usable server, in milliseconds.
    #[arg(long, env = "MONGO_SELECTION_TIMEOUT_MS", default_value_t = 3_000)]
    pub mongo_selection_timeout_ms: u64,
}

impl MongoConfig {
    pub fn selection_timeout(&self) -> Duration {
        Duration::from_millis(self.mongo_selection_timeout_ms)
    }
}

#[derive(Debug, Clone, clap::Args)]
pub struct ClickHouseConfig {
    /// Base URL of the HTTP interface, with user, password and `?database=` where needed.
    #[arg(
        long,
        env = "CLICKHOUSE_HTTP_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:8123"
    )]
    pub clickhouse_http_url: Url,

    /// User, unless the URL names one.
    #[arg(long, env = "CLICKHOUSE_USER", default_value = "")]
    pub clickhouse_user: String,

    /// Password, unless the URL holds one.
    #[arg(long, env = "CLICKHOUSE_PASSWORD", hide_env_values = true, default_value = "")]
    pub clickhouse_password: String,

    /// Database, unless the URL names one. Created by `migrate`.
    #[arg(long, env = "CLICKHOUSE_DATABASE", default_value = "traffoflex", value_parser = identifier)]
    pub clickhouse_database: String,
}

#[derive(Debug, Clone, clap::Args)]
pub struct KafkaConfig {
    /// Kafka bootstrap servers, host:port separated by commas. Set: topics and the ClickHouse tables
    /// that read them are created. Empty: nodes send to api-service alone.
    #[arg(long, env = "EVENT_BROKERS", default_value = "")]
    pub event_brokers: String,

    /// What ClickHouse calls the brokers, when that differs from EVENT_BROKERS.
    #[arg(long, env = "CLICKHOUSE_EVENT_BROKERS", default_value = "")]
    pub clickhouse_event_brokers: String,

    #[arg(long, env = "CLICK_EVENTS_TOPIC", default_value = "traffoflex.click_events")]
    pub click_events_topic: String,

    #[arg(long, env = "TRAFFICBACK_EVENTS_TOPIC", default_value = "traffoflex.trafficback_events")]
    pub trafficback_events_topic: String,

    #[arg(long, env = "NODE_GAP_EVENTS_TOPIC", default_value = "traffoflex.node_gap_events")]
    pub node_gap_events_topic: String,

    #[arg(
        long,
        env = "DESTINATION_HEALTH_EVENTS_TOPIC",
        default_value = "traffoflex.destination_health_events"
    )]
    pub destination_health_events_topic: String,

    #[arg(long, env = "CONVERSION_EVENTS_TOPIC", default_value = "traffoflex.conversion_events")]
    pub conversion_events_topic: String,

    #[arg(long, env = "POSTBACK_LOG_EVENTS_TOPIC", default_value = "traffoflex.postback_log_events")]
    pub postback_log_events_topic: String,
}

#[derive(Debug, Clone, clap::Args)]
pub struct NodesConfig {
    /// Base URLs at which api-service reaches the nodes, separated by commas. Empty: none.
    #[arg(long, env = "TRAFFIC_SERVICE_URL", default_value = "http://127.0.0.1:8080", value_parser = node_urls)]
    pub traffic_service_url: NodeUrls,

    /// Base URLs at which api-service reaches the postback nodes, separated by commas. Empty: none.
    #[arg(long, env = "POSTBACK_SERVICE_URL", default_value = "http://127.0.0.1:8081", value_parser = node_urls)]
    pub postback_service_url: NodeUrls,
}

#[derive(Debug, Clone, Default)]
pub struct NodeUrls(pub Vec<Url>);

fn node_urls(text: &str) -> Result<NodeUrls, String> {
    let parse = |text: &str| match text.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => Err(format!("{text:?} is not an http or https URL")),
    };
    let urls = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    Ok(NodeUrls(urls.map(parse).collect::<Result<_, _>>()?))
}

/// Shortest token accepted, in characters.
const MIN_TOKEN_LEN: usize = 16;

fn token(text: &str) -> Result<String, String> {
    if text.len() < MIN_TOKEN_LEN || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!("a token is at least {MIN_TOKEN_LEN} visible ASCII characters"));
    }
    Ok(text.to_owned())
}

/// A name that can stand in SQL as it is.
pub fn identifier(text: &str) -> Result<String, String> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if text.is_empty() || text.len() > 64 || !text.bytes().all(legal) || text.as_bytes()[0].is_ascii_digit() {
        return Err("a name of letters, digits and '_'".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command};

    use super::*;

    #[test]
    fn the_example_lists_every_variable_with_its_default() {
        let missing =
            traffoflex_local::example::missing(&CentralConfig::augment_args(Command::new("api-service")));
        assert!(missing.is_empty(), "not in .env.example: {missing:?}");
    }
}
