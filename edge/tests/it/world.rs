//! Everything around a node, for real: engines and api-service of its own for each test.

mod links;
mod node;
mod postback_node;
mod questions;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    time::{Duration, Instant},
};

pub use node::{Answer, Node, NodeClient};
pub use postback_node::{CalledSource, PostbackNode};
use rdkafka::{
    ClientConfig, Message,
    consumer::{BaseConsumer, Consumer},
    message::Headers,
};
use reqwest::Client;
use serde_json::{Value, json};
use traffoflex_local::{
    services::{Service, binary},
    stack::{BOOTSTRAP_TOKEN, DATABASE, NODE_TOKEN, Stack},
};

const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(25);

/// Waits until it holds, or fails with what was waited for.
pub async fn eventually(what: &str, limit: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !holds().await {
        assert!(Instant::now() < deadline, "not within {} s: {what}", limit.as_secs());
        tokio::time::sleep(POLL).await;
    }
}

pub struct World {
    stack: Stack,
    client: Client,
}

pub struct Campaign {
    pub id: String,
    pub public_id: String,
}

pub struct Audit {
    pub clean: bool,
    pub output: String,
}

impl World {
    pub async fn start() -> Self {
        Self { stack: Stack::start(false).await.unwrap(), client: Client::new() }
    }

    pub async fn start_with_kafka() -> Self {
        Self { stack: Stack::start(true).await.unwrap(), client: Client::new() }
    }

    pub fn brokers(&self) -> &str {
        self.stack.variable("EVENT_BROKERS")
    }

    pub async fn admin(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.stack.api().unwrap().url());
        let answer =
            self.client.request(method, url).bearer_auth(BOOTSTRAP_TOKEN).json(&body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub async fn destination(&self, url: &str) -> String {
        self.destination_with(url, json!({})).await
    }

    /// With more fields than the usual ones.
    pub async fn destination_with(&self, url: &str, more: Value) -> String {
        let mut body = json!({ "name": url, "kind": "offer", "url": url });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.admin(reqwest::Method::POST, "/api/destinations", body).await["id"].as_str().unwrap().to_owned()
    }

    /// A campaign with one stream that sends every click to the URL.
    pub async fn campaign(&self, slug: &str, url: &str) -> Campaign {
        let destination = self.destination(url).await;
        let targets = json!([{ "destination_id": destination, "weight": 1 }]);
        self.campaign_with_streams(slug, json!([{ "name": "all", "position": 1, "targets": targets }])).await
    }

    pub async fn campaign_with_streams(&self, slug: &str, streams: Value) -> Campaign {
        let body = json!({ "name": slug, "slug": slug, "currency": "USD", "streams": streams });
        let created = self.admin(reqwest::Method::POST, "/api/campaigns", body).await;
        let text = |field: &str| created[field].as_str().unwrap().to_owned();
        Campaign { id: text("id"), public_id: text("public_id") }
    }

    pub async fn patch(&self, path: &str, id: &str, mut change: Value) {
        let path = format!("{path}/{id}");
        let revision = self.admin(reqwest::Method::GET, &path, json!({})).await["revision"].clone();
        change["revision"] = revision;
        self.admin(reqwest::Method::PATCH, &path, change).await;
    }

    pub async fn node(&self, name: &str) -> Node {
        self.node_with(name, &[]).await
    }

    /// A node that has its snapshot.
    pub async fn node_with(&self, name: &str, settings: &[(&str, &str)]) -> Node {
        let node = self.spawn_node(name, settings).await;
        eventually("the node is ready", LIMIT, async || node.readyz().await.0 == 200).await;
        node
    }

    pub async fn node_not_ready(&self, name: &str) -> Node {
        self.spawn_node(name, &[]).await
    }

    async fn spawn_node(&self, name: &str, settings: &[(&str, &str)]) -> Node {
        let data_dir = self.stack.subdir(name).unwrap();
        let environment = self.node_environment(name, &data_dir, settings);
        let log = self.stack.dir().join(format!("{name}.log"));
        let service = Service::start("traffic-service", environment, &log).await.unwrap();
        Node::new(service, data_dir)
    }

    fn node_environment(
        &self,
        name: &str,
        data_dir: &Path,
        settings: &[(&str, &str)],
    ) -> BTreeMap<String, String> {
        let central = self.stack.api().unwrap().url();
        let fixed = [
            ("TRAFFIC_SERVICE_ADDR", "127.0.0.1:0"),
            ("NODE_ID", name),
            ("NODE_TOKEN", NODE_TOKEN),
            ("CENTRAL_URL", &central),
            ("EDGE_DATA_DIR", data_dir.to_str().unwrap()),
            ("EVENT_WRITE_RETRY_BACKOFF_MAX_MS", "500"),
        ];
        fixed.iter().chain(settings).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    /// Tries to start another node in the directory; whether it ended well, and what it said.
    pub async fn run_second_node_on(&self, data_dir: &Path) -> (bool, String) {
        let mut command = std::process::Command::new(binary("traffic-service").unwrap());
        command.env_clear().envs(self.node_environment("second", data_dir, &[]));
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    pub async fn report(&self, name: &str, query: &[(&str, &str)]) -> Value {
        let url = format!("{}/api/reports/{name}", self.stack.api().unwrap().url());
        let answer = self.client.get(url).bearer_auth(BOOTSTRAP_TOKEN).query(query).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{name}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Clicks of people and machines alike.
    async fn counted(&self) -> Option<u64> {
        let url = format!("{}/api/reports/overview", self.stack.api().unwrap().url());
        let answer = self.client.get(url).bearer_auth(BOOTSTRAP_TOKEN).send().await.ok()?;
        let overview: Value = answer.json().await.ok()?;
        Some(overview["clicks"].as_u64()? + overview["bots"].as_u64()?)
    }

    /// Waits until the report counts exactly so many.
    pub async fn wait_for_clicks(&self, count: usize) {
        let mut last = None;
        let deadline = Instant::now() + LIMIT;
        while last != Some(count as u64) {
            assert!(Instant::now() < deadline, "{count} clicks expected, the report counts {last:?}");
            tokio::time::sleep(POLL).await;
            last = self.counted().await;
        }
    }

    async fn clickhouse(&self, sql: &str) -> String {
        let url = format!("{}/?database={DATABASE}", self.stack.variable("CLICKHOUSE_HTTP_URL"));
        let answer = self.client.post(url).body(sql.to_owned()).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{sql}: {text}");
        text
    }

    /// The stored row of a click.
    pub async fn click(&self, click_id: &str) -> Value {
        let sql =
            format!("SELECT * FROM click_events FINAL WHERE click_id = '{click_id}' FORMAT JSONEachRow");
        serde_json::from_str(self.clickhouse(&sql).await.trim()).unwrap()
    }

    /// How often each click id is counted.
    pub async fn click_id_counts(&self) -> HashMap<String, u64> {
        let sql = "SELECT click_id, count() FROM click_events FINAL GROUP BY click_id FORMAT TSV";
        let rows = self.clickhouse(sql).await;
        let row = |line: &str| line.split_once('\t').map(|(id, n)| (id.to_owned(), n.parse().unwrap()));
        rows.lines().filter_map(row).collect()
    }

    pub async fn audit(&self) -> Audit {
        let output = self.stack.command(&["audit"]).await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        Audit { clean: output.status.success(), output: String::from_utf8_lossy(&text).into_owned() }
    }

    pub async fn assert_audit_is_clean(&self) {
        let audit = self.audit().await;
        assert!(audit.clean, "{}", audit.output);
        assert!(audit.output.contains("complete"), "the audit saw something: {}", audit.output);
    }

    pub async fn central_readyz(&self) -> (u16, Value) {
        let url = format!("{}/readyz", self.stack.api().unwrap().url());
        let answer = self.client.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn stop_central(&mut self) {
        self.stack.stop_api().await.unwrap();
    }

    /// SIGKILL.
    pub fn kill_central(&mut self) {
        self.stack.kill_api().unwrap();
    }

    pub async fn start_central(&mut self) {
        self.stack.start_api().await.unwrap();
    }

    pub async fn stop_clickhouse(&mut self) {
        self.stack.stop_clickhouse().await.unwrap();
    }

    pub async fn start_clickhouse(&mut self) {
        self.stack.start_clickhouse().await.unwrap();
    }

    pub async fn stop_kafka(&mut self) {
        self.stack.stop_kafka().await.unwrap();
    }

    pub async fn start_kafka(&mut self) {
        self.stack.start_kafka().await.unwrap();
    }

    /// The header of the message with this key, read from the broker itself.
    pub async fn kafka_header(&self, key: &str, name: &'static str) -> Option<String> {
        let (brokers, key) = (self.brokers().to_owned(), key.to_owned());
        tokio::task::spawn_blocking(move || {
            let consumer: BaseConsumer = ClientConfig::new()
                .set("bootstrap.servers", brokers)
                .set("group.id", "it-headers")
                .set("auto.offset.reset", "earliest")
                .create()
                .unwrap();
            consumer.subscribe(&["traffoflex.click_events"]).unwrap();
            let deadline = Instant::now() + LIMIT;
            while Instant::now() < deadline {
                let Some(Ok(message)) = consumer.poll(POLL) else { continue };
                if message.key() == Some(key.as_bytes()) {
                    let headers = message.headers()?;
                    let header = headers.iter().find(|header| header.key == name)?;
                    return Some(String::from_utf8_lossy(header.value?).into_owned());
                }
            }
            panic!("no message with the key {key}");
        })
        .await
        .unwrap()
    }

    /// Sends every stored click of the node once more, as a node without a broker would.
    pub async fn replay_clicks_through_central(&self, node: &str) {
        let sql = format!(
            "SELECT * EXCEPT(ingested_at) REPLACE(toUnixTimestamp64Milli(created_at) AS created_at, toString(cost) AS cost), \
             '' AS traceparent FROM click_events FINAL WHERE node_id = '{node}' ORDER BY node_seq FORMAT JSONEachRow \
             SETTINGS output_format_json_quote_64bit_integers = 0"
        );
        let lines = self.clickhouse(&sql).await;
        let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        let url = format!("{}/internal/v1/events/click_events", self.stack.api().unwrap().url());
        let query = [
            ("node_id", node.to_owned()),
            ("node_epoch", first["node_epoch"].to_string()),
            ("first_seq", first["node_seq"].to_string()),
            ("last_seq", last["node_seq"].to_string()),
        ];
        let count = lines.lines().count();
        let answer =
            self.client.post(url).bearer_auth(NODE_TOKEN).query(&query).body(lines).send().await.unwrap();
        let accepted: Value = answer.json().await.unwrap();
        assert_eq!((&accepted["accepted"], &accepted["rejected"]), (&count.into(), &0.into()), "{accepted}");
    }
}
