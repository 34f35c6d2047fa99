//! One api-service with engines of its own for each test.

pub mod logged;
pub mod node_double;
pub mod people;
pub mod second_workspace;

use std::time::{Duration, Instant};

use reqwest::{Client, Method, header::HeaderMap};
use serde_json::{Value, json};
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, DATABASE, NODE_TOKEN, Stack};

const LIMIT: Duration = Duration::from_secs(60);

pub struct World {
    pub stack: Stack,
    pub client: Client,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn fields(&self) -> Vec<&str> {
        let details = self.body["error"]["details"].as_array();
        details.map(|d| d.iter().filter_map(|d| d["field"].as_str()).collect()).unwrap_or_default()
    }

    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id: {}", self.body))
    }
}

impl World {
    pub async fn start() -> Self {
        Self { stack: Stack::start(false).await.unwrap(), client: Client::new() }
    }

    pub async fn start_with_kafka() -> Self {
        Self { stack: Stack::start(true).await.unwrap(), client: Client::new() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.stack.api().unwrap().url())
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_as(method, path, body, BOOTSTRAP_TOKEN).await
    }

    pub async fn call_as(&self, method: Method, path: &str, body: Option<Value>, token: &str) -> Answer {
        let mut request = self.client.request(method, self.url(path)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub async fn destination(&self, name: &str) -> String {
        let url = format!("https://{name}.example/?c={{click_id}}");
        self.post("/api/destinations", json!({ "name": name, "url": url })).await.id().to_owned()
    }

    pub async fn clickhouse(&self, sql: &str) -> String {
        let url = format!("{}/?database={DATABASE}", self.stack.variable("CLICKHOUSE_HTTP_URL"));
        let answer = self.client.post(url).body(sql.to_owned()).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{sql}: {text}");
        text.trim().to_owned()
    }

    /// The catalogue, past the API.
    pub async fn mongo(&self) -> mongodb::Database {
        let client = mongodb::Client::with_uri_str(self.stack.variable("MONGO_URI")).await.unwrap();
        client.database(DATABASE)
    }

    /// kill -9, and nobody waits for the leases of the dead: they are not what most tests are about (costs.rs and
    /// notifications.rs wait for them).
    pub async fn kill_api(&mut self) {
        self.stack.kill_api().unwrap();
        let leases = self.mongo().await.collection::<mongodb::bson::Document>("leases");
        leases.delete_many(mongodb::bson::doc! {}).await.unwrap();
    }

    /// Sends lines of one node's clicks as a batch.
    pub async fn ingest(&self, node: &str, epoch: u64, range: (u64, u64), body: Vec<u8>) -> Answer {
        let query = [
            ("node_id", node.to_owned()),
            ("node_epoch", epoch.to_string()),
            ("first_seq", range.0.to_string()),
            ("last_seq", range.1.to_string()),
        ];
        let request = self.client.post(self.url("/internal/v1/events/click_events")).bearer_auth(NODE_TOKEN);
        let answer = request.query(&query).body(body).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
    }

    pub async fn workspace_id(&self) -> String {
        let id = self.destination("for-the-workspace").await;
        self.get(&format!("/api/destinations/{id}")).await.body["workspace_id"].as_str().unwrap().to_owned()
    }
}

/// Waits until it holds, or fails with what was waited for.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds().await {
        assert!(Instant::now() < deadline, "not within {} s: {what}", LIMIT.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A click as a node sends it, with some fields of its own.
pub fn click(node: &str, epoch: u64, seq: u64, own: Value) -> Vec<u8> {
    use traffoflex_model::{ClickEvent, NodeId};
    let node_id = NodeId::parse(node).unwrap();
    let identity =
        traffoflex_wire::event::EventIdentity { node_id: &node_id, node_epoch: epoch, node_seq: seq };
    let click_id = format!("click-{node}-{seq}");
    let event = ClickEvent { click_id: click_id.as_str().into(), created_at: 1, ..ClickEvent::default() };
    let mut line = Vec::new();
    identity.write_json(&event, &mut line).unwrap();
    let mut whole: Value = serde_json::from_slice(&line).unwrap();
    whole.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    format!("{whole}\n").into_bytes()
}
