//! What the services are told: exactly these variables, nothing inherited by chance.

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use super::{Secrets, SinkKind};

pub type Environment = BTreeMap<String, String>;

/// Name of the one node.
const NODE_ID: &str = "local-1";
const TRUSTED_PROXIES: &str = "127.0.0.1/32,::1/128";
/// Set by the user, these reach both services.
const PASSED_TO_BOTH: &[&str] = &[
    "ACCESS_LOG",
    "LOG_FORMAT",
    "RUST_LOG",
    "SHUTDOWN_TIMEOUT_MS",
    "CLICK_EVENTS_TOPIC",
    "TRAFFICBACK_EVENTS_TOPIC",
    "NODE_GAP_EVENTS_TOPIC",
    "DESTINATION_HEALTH_EVENTS_TOPIC",
];
const PASSED_TO_API: [&str; 5] = [
    "MONGO_DATABASE",
    "MONGO_SELECTION_TIMEOUT_MS",
    "CLICKHOUSE_DATABASE",
    "ADMIN_FRONTEND_ORIGIN",
    "SNAPSHOT_POLL_MS",
];
/// The bundled ClickHouse knows no other user than its own.
const PASSED_WITH_OWN_CLICKHOUSE: [&str; 3] =
    ["CLICKHOUSE_USER", "CLICKHOUSE_PASSWORD", "CLICKHOUSE_EVENT_BROKERS"];
const PASSED_TO_TRAFFIC: &[&str] = &[
    "OUTBOX_ACK",
    "OUTBOX_MAX_BYTES",
    "EVENT_WRITE_FAILURE_POLICY",
    "EVENT_BATCH_SIZE",
    "EVENT_BATCH_TIMEOUT_MS",
    "EVENT_DRAIN_IN_FLIGHT",
    "EVENT_WRITE_TIMEOUT_MS",
    "EVENT_WRITE_MAX_ATTEMPTS",
    "EVENT_WRITE_RETRY_BACKOFF_MS",
    "EVENT_WRITE_RETRY_BACKOFF_MAX_MS",
    "OUTBOX_QUEUE_CLICKS",
    "OUTBOX_BUFFERED_FLUSH_MS",
    "TRUSTED_PROXY_CIDRS",
    "NODE_ID",
    "DNS_SERVERS",
    "DESTINATION_HEALTHCHECK_INTERVAL_MS",
    "DESTINATION_HEALTHCHECK_TIMEOUT_MS",
    "DESTINATION_HEALTHCHECK_PARALLELISM",
    "DESTINATION_HEALTHCHECK_FAILURES",
    "DESTINATION_HEALTHCHECK_SUCCESSES",
    "PROBE_ALLOWED_CIDRS",
];

/// Where the databases and the broker are.
pub struct Databases {
    pub mongo_uri: String,
    pub clickhouse_http_url: String,
    pub own_clickhouse: bool,
    /// Empty with the central sink.
    pub event_brokers: String,
}

impl Databases {
    /// For api-service and its commands.
    pub fn environment(&self) -> Environment {
        let mut all = passed(&PASSED_TO_API);
        if self.own_clickhouse {
            all.extend(passed(&PASSED_WITH_OWN_CLICKHOUSE));
        }
        all.extend([
            ("MONGO_URI".to_owned(), self.mongo_uri.clone()),
            ("CLICKHOUSE_HTTP_URL".to_owned(), self.clickhouse_http_url.clone()),
            ("EVENT_BROKERS".to_owned(), self.event_brokers.clone()),
        ]);
        all
    }
}

/// The tokens that api-service and each of its commands want.
pub fn api_tokens(secrets: &Secrets) -> Environment {
    named(&[
        ("AUTH_BOOTSTRAP_TOKEN", &secrets.bootstrap_token),
        ("NODE_TOKEN", &secrets.node_token),
        ("OPERATOR_TOKEN", &secrets.operator_token),
    ])
}

/// `traffic_url` is where the node will be; empty when nobody knows yet.
pub fn of_api(addr: SocketAddr, traffic_url: &str, databases: &Databases, secrets: &Secrets) -> Environment {
    let mut all = passed(PASSED_TO_BOTH);
    all.extend(databases.environment());
    all.extend(api_tokens(secrets));
    all.extend(named(&[("API_SERVICE_ADDR", &addr.to_string()), ("TRAFFIC_SERVICE_URL", traffic_url)]));
    all
}

/// What a node needs beside its databases, which it has none of.
pub struct Node<'a> {
    pub addr: SocketAddr,
    pub central_url: &'a str,
    pub data_dir: &'a Path,
    pub sink: SinkKind,
    pub event_brokers: &'a str,
    pub geoip_country: &'a Path,
    pub geoip_asn: &'a Path,
}

pub fn of_traffic(node: &Node<'_>, secrets: &Secrets) -> Environment {
    let sink = match node.sink {
        SinkKind::Central => "central",
        SinkKind::Redpanda => "redpanda",
    };
    let mut all = named(&[
        ("TRAFFIC_SERVICE_ADDR", &node.addr.to_string()),
        ("NODE_ID", NODE_ID),
        ("NODE_TOKEN", &secrets.node_token),
        ("OPERATOR_TOKEN", &secrets.operator_token),
        ("CENTRAL_URL", node.central_url),
        ("EDGE_DATA_DIR", &node.data_dir.to_string_lossy()),
        ("EVENT_SINK", sink),
        ("EVENT_BROKERS", node.event_brokers),
        ("TRUSTED_PROXY_CIDRS", TRUSTED_PROXIES),
        ("GEOIP_COUNTRY_PATH", &node.geoip_country.to_string_lossy()),
        ("GEOIP_ASN_PATH", &node.geoip_asn.to_string_lossy()),
    ]);
    all.extend(passed(PASSED_TO_BOTH));
    all.extend(passed(PASSED_TO_TRAFFIC));
    // More exact data of the user's own.
    all.extend(passed(&["GEOIP_COUNTRY_PATH", "GEOIP_CITY_PATH", "GEOIP_ASN_PATH"]));
    all
}

fn named(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn passed(names: &[&str]) -> Environment {
    let set = names.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
    set.filter(|(_, value)| !value.is_empty()).collect()
}
