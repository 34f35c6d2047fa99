//! What the services are told: exactly these variables, nothing inherited by chance.

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use super::{Secrets, SinkKind};
use crate::demo::receiver;

pub type Environment = BTreeMap<String, String>;

/// Name of the one node.
const NODE_ID: &str = "local-1";
const TRUSTED_PROXIES: &str = "127.0.0.1/32,::1/128";
/// Set by the user, these reach all services.
const PASSED_TO_ALL: &[&str] = &[
    "ACCESS_LOG",
    "LOG_FORMAT",
    "RUST_LOG",
    "SHUTDOWN_TIMEOUT_MS",
    "DNS_SERVERS",
    "TRUSTED_PROXY_CIDRS",
    "CLICK_EVENTS_TOPIC",
    "TRAFFICBACK_EVENTS_TOPIC",
    "NODE_GAP_EVENTS_TOPIC",
    "DESTINATION_HEALTH_EVENTS_TOPIC",
    "CONVERSION_EVENTS_TOPIC",
    "POSTBACK_LOG_EVENTS_TOPIC",
];
const PASSED_TO_API: &[&str] = &[
    "MONGO_DATABASE",
    "MONGO_SELECTION_TIMEOUT_MS",
    "CLICKHOUSE_DATABASE",
    "ADMIN_FRONTEND_ORIGIN",
    "SNAPSHOT_POLL_MS",
    "RUNTIME_CACHE_MS",
    "NODE_OFFLINE_AFTER_SECONDS",
    "NODE_LAGGING_AFTER_SECONDS",
    "CLICK_TAIL_MAX_CONNECTIONS",
    "ALERT_EVALUATION_SECONDS",
    "ERASURE_RECHECK_SECONDS",
    "ERASURE_SETTLE_SECONDS",
    "AUDIT_LOG_RETENTION_DAYS",
    "DOMAIN_CNAME_TARGET",
    "DOMAIN_VERIFY_INTERVAL_MS",
    "DOMAIN_PENDING_INTERVAL_MS",
    "LINK_MAX_TTL_SECONDS",
    "API_RATE_LIMIT_PER_MINUTE",
    "API_RATE_LIMIT_BURST",
    "AUTH_RATE_LIMIT_PER_MINUTE",
    "REPORT_ROLLUPS",
    "ROLLUP_INTERVAL_MS",
    "REPORT_MAX_EXECUTION_SECONDS",
    "REPORT_MAX_MEMORY_BYTES",
    "REPORT_MAX_CONCURRENT",
    "REPORT_QUEUE_TIMEOUT_MS",
    "REPORT_SEND_TIMEOUT_MS",
    "AUTH_JWT_PREVIOUS_SECRETS",
    "AUTH_OTP_TTL_SECONDS",
    "AUTH_OTP_TTL_MINUTES",
    "AUTH_OTP_RATE_LIMIT_MINUTES",
    "AUTH_SESSION_TTL_HOURS",
    "AUTH_EMAIL_FROM",
    "AUTH_RESEND_API_KEY",
    "AUTH_RESEND_API_URL",
    "AUTH_RESEND_MAX_ATTEMPTS",
    "AUTH_RESEND_RETRY_BACKOFF_MS",
    "AUTH_SMTP_URL",
    "REPORT_ROLLUPS",
    "ROLLUP_INTERVAL_MS",
    "REPORT_MAX_EXECUTION_SECONDS",
    "REPORT_MAX_MEMORY_BYTES",
    "REPORT_MAX_CONCURRENT",
    "REPORT_QUEUE_TIMEOUT_MS",
    "REPORT_SEND_TIMEOUT_MS",
];
/// The bundled ClickHouse knows no other user than its own.
const PASSED_WITH_OWN_CLICKHOUSE: &[&str] =
    &["CLICKHOUSE_USER", "CLICKHOUSE_PASSWORD", "CLICKHOUSE_EVENT_BROKERS"];
const PASSED_TO_NODES: &[&str] = &[
    "NODE_ID",
    "OUTBOX_MAX_BYTES",
    "OUTBOX_QUEUE_CLICKS",
    "OUTBOX_ACK",
    "OUTBOX_BUFFERED_FLUSH_MS",
    "EVENT_WRITE_FAILURE_POLICY",
    "EVENT_BATCH_SIZE",
    "EVENT_BATCH_TIMEOUT_MS",
    "EVENT_DRAIN_IN_FLIGHT",
    "EVENT_WRITE_TIMEOUT_MS",
    "EVENT_WRITE_MAX_ATTEMPTS",
    "EVENT_WRITE_RETRY_BACKOFF_MS",
    "EVENT_WRITE_RETRY_BACKOFF_MAX_MS",
];
const PASSED_TO_POSTBACK: &[&str] = &[
    "CLICK_LOOKUP_TIMEOUT_MS",
    "CLICK_LOOKUP_FAILURE_POLICY",
    "CLICK_LOOKUP_MAX_AGE_HOURS",
    "POSTBACK_JOURNAL_MAX",
    "POSTBACK_DEDUPE_DAYS",
    "OUTBOUND_MAX_JOBS",
    "OUTBOUND_PARALLELISM",
    "OUTBOUND_HOST_CONCURRENCY",
    "OUTBOUND_BREAKER_FAILURES",
    "OUTBOUND_BREAKER_MAX_MS",
    "OUTBOUND_TIMEOUT_MS",
    "OUTBOUND_MAX_ATTEMPTS",
    "OUTBOUND_RETRY_BACKOFF_MS",
    "OUTBOUND_RETRY_BACKOFF_MAX_MS",
    "OUTBOUND_MAX_DEAD_LETTERS",
    "OUTBOUND_MAX_AGE_HOURS",
    "OUTBOUND_REMEMBER_DAYS",
];
const PASSED_TO_TRAFFIC: &[&str] = &[
    "PUBLIC_HOSTS",
    "ADS_CLICK_TOKEN",
    "ADS_CLICK_WINDOW_HOURS",
    "GEOIP_COUNTRY_PATH",
    "GEOIP_CITY_PATH",
    "GEOIP_ASN_PATH",
    "BOT_SCORE_THRESHOLD",
    "BOT_CRAWLERS_PATH",
    "BOT_DATACENTER_ASNS_PATH",
    "BOT_RATE_MAX_PER_MINUTE",
    "BOT_RATE_ADDRESSES",
    "HISTORY_MAX_KEYS",
    "VISITORS_MAX_KEYS",
    "LINK_NONCES_MAX",
    "CAP_FAILURE_POLICY",
    "CAP_LEASE_INTERVAL_MS",
    "CAP_LEASE_TTL_MS",
    "RUNTIME_PULL_INTERVAL_MS",
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
        let mut all = passed(PASSED_TO_API);
        if self.own_clickhouse {
            all.extend(passed(PASSED_WITH_OWN_CLICKHOUSE));
        }
        all.extend([
            ("MONGO_URI".to_owned(), self.mongo_uri.clone()),
            ("CLICKHOUSE_HTTP_URL".to_owned(), self.clickhouse_http_url.clone()),
            ("EVENT_BROKERS".to_owned(), self.event_brokers.clone()),
        ]);
        all
    }
}

/// Who signs in at this installation, unless the user says otherwise; the code comes with the answer.
pub fn admin_email() -> String {
    let set = std::env::var("AUTH_ADMIN_EMAIL").unwrap_or_default();
    if set.is_empty() { "admin@example.com".to_owned() } else { set }
}

/// The tokens that api-service and each of its commands want.
pub fn api_tokens(secrets: &Secrets) -> Environment {
    named(&[
        ("AUTH_BOOTSTRAP_TOKEN", &secrets.bootstrap_token),
        ("NODE_TOKEN", &secrets.node_token),
        ("OPERATOR_TOKEN", &secrets.operator_token),
    ])
}

/// Where the nodes will be; empty when nobody knows yet.
pub struct NodeUrls<'a> {
    pub traffic: &'a str,
    pub postback: &'a str,
}

pub fn of_api(
    addr: SocketAddr,
    nodes: &NodeUrls<'_>,
    databases: &Databases,
    secrets: &Secrets,
) -> Environment {
    let mut all = named(&[("TRUSTED_PROXY_CIDRS", TRUSTED_PROXIES)]);
    all.extend(passed(PASSED_TO_ALL));
    all.extend(databases.environment());
    all.extend(api_tokens(secrets));
    all.extend(named(&[
        ("API_SERVICE_ADDR", &addr.to_string()),
        ("TRAFFIC_SERVICE_URL", nodes.traffic),
        ("POSTBACK_SERVICE_URL", nodes.postback),
        ("AUTH_ENV", "local"),
        ("AUTH_DEV_RETURN_OTP", "true"),
        ("AUTH_ADMIN_EMAIL", &admin_email()),
        ("AUTH_JWT_SECRET", &secrets.jwt_secret),
    ]));
    all
}

/// What a node needs beside its databases, which it has none of.
pub struct Node<'a> {
    pub central_url: &'a str,
    pub data_dir: &'a Path,
    pub sink: SinkKind,
    pub event_brokers: &'a str,
    pub geoip_country: &'a Path,
    pub geoip_asn: &'a Path,
}

pub fn of_traffic(node: &Node<'_>, addr: SocketAddr, secrets: &Secrets) -> Environment {
    let mut all = of_node(node, secrets);
    all.extend(named(&[
        ("TRAFFIC_SERVICE_ADDR", &addr.to_string()),
        ("GEOIP_COUNTRY_PATH", &node.geoip_country.to_string_lossy()),
        ("GEOIP_ASN_PATH", &node.geoip_asn.to_string_lossy()),
    ]));
    all.extend(passed(PASSED_TO_TRAFFIC));
    all
}

/// The same node id and directory: it has its own part of each.
pub fn of_postback(node: &Node<'_>, addr: SocketAddr, secrets: &Secrets) -> Environment {
    let mut all = of_node(node, secrets);
    all.extend(named(&[
        ("POSTBACK_SERVICE_ADDR", &addr.to_string()),
        ("OUTBOUND_ALLOWED_CIDRS", &outbound_allowed()),
    ]));
    all.extend(passed(PASSED_TO_POSTBACK));
    all
}

/// What calls to sources may reach that is not public: here the one address of the demo's receiver, unless
/// the user says otherwise. The bundled engines listen on another one.
pub fn outbound_allowed() -> String {
    let set = std::env::var("OUTBOUND_ALLOWED_CIDRS").unwrap_or_default();
    if set.is_empty() { format!("{}/32", receiver::IP) } else { set }
}

fn of_node(node: &Node<'_>, secrets: &Secrets) -> Environment {
    let sink = match node.sink {
        SinkKind::Central => "central",
        SinkKind::Redpanda => "redpanda",
    };
    let mut all = named(&[
        ("NODE_ID", NODE_ID),
        ("NODE_TOKEN", &secrets.node_token),
        ("OPERATOR_TOKEN", &secrets.operator_token),
        ("CENTRAL_URL", node.central_url),
        ("EDGE_DATA_DIR", &node.data_dir.to_string_lossy()),
        ("EVENT_SINK", sink),
        ("EVENT_BROKERS", node.event_brokers),
        ("TRUSTED_PROXY_CIDRS", TRUSTED_PROXIES),
    ]);
    all.extend(passed(PASSED_TO_ALL));
    all.extend(passed(PASSED_TO_NODES));
    all
}

fn named(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn passed(names: &[&str]) -> Environment {
    let set = names.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
    set.filter(|(_, value)| !value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../../.env.example");
    /// The launcher sets these itself: by its own arguments, secrets and addresses.
    const SET_FOR_ALL: &[&str] = &["NODE_TOKEN", "OPERATOR_TOKEN", "EVENT_BROKERS"];
    const SET_FOR_API: &[&str] = &[
        "API_SERVICE_ADDR",
        "AUTH_BOOTSTRAP_TOKEN",
        "AUTH_ENV",
        "AUTH_DEV_RETURN_OTP",
        "AUTH_ADMIN_EMAIL",
        "AUTH_JWT_SECRET",
        "TRAFFIC_SERVICE_URL",
        "POSTBACK_SERVICE_URL",
        "MONGO_URI",
        "CLICKHOUSE_HTTP_URL",
    ];
    const SET_FOR_NODES: &[&str] = &["CENTRAL_URL", "EDGE_DATA_DIR", "EVENT_SINK"];
    const SET_FOR_TRAFFIC: &[&str] = &["TRAFFIC_SERVICE_ADDR"];
    const SET_FOR_POSTBACK: &[&str] = &["POSTBACK_SERVICE_ADDR", "OUTBOUND_ALLOWED_CIDRS"];

    /// Heading of the section and name, of every setting of a service.
    fn documented() -> Vec<(&'static str, &'static str)> {
        let (mut section, mut found) = ("", Vec::new());
        for line in EXAMPLE.lines() {
            if let Some(heading) = line.strip_prefix("# --- ") {
                section = heading.trim_end_matches(['-', ' ']);
            }
            let name = line.trim_start_matches('#').split_once('=').map_or("", |(name, _)| name);
            let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            if !name.is_empty() && is_name(name) && section != "make" {
                found.push((section, name));
            }
        }
        found
    }

    #[test]
    fn every_documented_setting_reaches_its_service() {
        let api =
            [PASSED_TO_ALL, PASSED_TO_API, PASSED_WITH_OWN_CLICKHOUSE, SET_FOR_ALL, SET_FOR_API].concat();
        let node = [PASSED_TO_ALL, PASSED_TO_NODES, SET_FOR_ALL, SET_FOR_NODES].concat();
        let traffic = [node.as_slice(), PASSED_TO_TRAFFIC, SET_FOR_TRAFFIC].concat();
        let postback = [node.as_slice(), PASSED_TO_POSTBACK, SET_FOR_POSTBACK].concat();
        let documented = documented();
        for (section, name) in &documented {
            let reached: &[(&str, &[&str])] = match *section {
                "All services" => &[("api", &api), ("traffic", &traffic), ("postback", &postback)],
                "api-service" => &[("api", &api)],
                "Nodes: traffic-service and postback-service" => {
                    &[("traffic", &traffic), ("postback", &postback)]
                }
                "traffic-service" => &[("traffic", &traffic)],
                "postback-service" => &[("postback", &postback)],
                other => panic!("whose settings are in {other:?}?"),
            };
            for (service, passed) in reached {
                assert!(passed.contains(name), "{name} is not passed to {service}-service");
            }
        }
        for name in api.iter().chain(&traffic).chain(&postback) {
            assert!(documented.iter().any(|(_, known)| known == name), "{name} is not in .env.example");
        }
    }

    #[test]
    fn what_the_launcher_sets_itself_is_set() {
        let secrets = Secrets {
            bootstrap_token: "bootstrap".to_owned(),
            node_token: "node".to_owned(),
            operator_token: "operator".to_owned(),
            jwt_secret: "jwt".to_owned(),
        };
        let databases = Databases {
            mongo_uri: "mongodb://m".to_owned(),
            clickhouse_http_url: "http://c".to_owned(),
            own_clickhouse: false,
            event_brokers: String::new(),
        };
        let addr = SocketAddr::from(([127, 0, 0, 1], 1));
        let nodes = NodeUrls { traffic: "http://t", postback: "http://p" };
        let api = of_api(addr, &nodes, &databases, &secrets);
        let node = Node {
            central_url: "http://a",
            data_dir: Path::new("/d"),
            sink: SinkKind::Central,
            event_brokers: "",
            geoip_country: Path::new("/c"),
            geoip_asn: Path::new("/n"),
        };
        let traffic = of_traffic(&node, addr, &secrets);
        let postback = of_postback(&node, addr, &secrets);
        for (all, names) in [
            (&api, [SET_FOR_ALL, SET_FOR_API].concat()),
            (&traffic, [SET_FOR_ALL, SET_FOR_NODES, SET_FOR_TRAFFIC].concat()),
            (&postback, [SET_FOR_ALL, SET_FOR_NODES, SET_FOR_POSTBACK].concat()),
        ] {
            for name in names {
                assert!(all.contains_key(name), "{name}");
            }
        }
        for name in SET_FOR_NODES {
            assert_eq!(traffic[*name], postback[*name], "one node has both");
        }
    }
}
