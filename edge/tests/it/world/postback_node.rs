//! A running postback-service, and what it needs at central.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::HeaderMap, http::Uri, routing::any};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use traffoflex_local::services::Service;

use super::{LIMIT, NODE_TOKEN, World, eventually, node::Answer};

pub struct PostbackNode {
    service: Service,
    data_dir: PathBuf,
    client: Client,
}

impl World {
    pub async fn postback_node(&self, name: &str) -> PostbackNode {
        self.postback_node_with(name, &[]).await
    }

    /// One that has its snapshot.
    pub async fn postback_node_with(&self, name: &str, settings: &[(&str, &str)]) -> PostbackNode {
        let data_dir = self.stack.subdir(name).unwrap();
        let mut environment = self.node_environment(name, &data_dir, settings);
        environment.remove("TRAFFIC_SERVICE_ADDR");
        environment.insert("POSTBACK_SERVICE_ADDR".into(), "127.0.0.1:0".into());
        let log = self.stack.dir().join(format!("{name}-pb.log"));
        let service = Service::start("postback-service", environment, &log).await.unwrap();
        let client = Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        let node = PostbackNode { service, data_dir: data_dir.join("postback"), client };
        eventually("the postback node is ready", LIMIT, async || node.readyz().await.0 == 200).await;
        node
    }

    /// A network that is read by a template of these fields, or by none.
    pub async fn network(&self, slug: &str, template: Option<Value>) -> String {
        let mut body = json!({ "name": slug, "slug": slug });
        if let Some(mut template) = template {
            template["name"] = slug.into();
            template["slug"] = slug.into();
            let made = self.admin(Method::POST, "/api/postback-templates", template).await;
            body["template_id"] = made["id"].clone();
        }
        let made = self.admin(Method::POST, "/api/affiliate-networks", body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// A source that wants to be called on these statuses.
    pub async fn source(&self, slug: &str, url: &str, statuses: &[&str]) {
        let call = json!({ "name": "call", "url": url, "statuses": statuses });
        let body = json!({ "name": slug, "slug": slug, "postbacks": [call] });
        self.admin(Method::POST, "/api/traffic-sources", body).await;
    }

    /// Every conversion as it stands, in order of transactions.
    pub async fn conversions(&self) -> Vec<Value> {
        self.json_rows(
            "SELECT conversion_id, toUInt32(version) AS version, transaction_id, status, toString(payout) AS payout, \
             currency, attribution, click_id, campaign_id, offer_id, raw_payload FROM conversion_events FINAL \
             ORDER BY transaction_id, event_type",
        )
        .await
    }

    pub async fn json_rows(&self, select: &str) -> Vec<Value> {
        let rows = self.rows(&format!("{select} FORMAT JSONEachRow")).await;
        rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How many conversions stand with this status, and what they pay together.
    pub async fn total_of(&self, status: &str) -> (u64, String) {
        let sql = format!(
            "SELECT count() AS n, toString(sum(payout)) AS payout FROM conversion_events FINAL WHERE status = '{status}'"
        );
        let row = self.json_rows(&format!("SELECT toUInt32(n) AS n, payout FROM ({sql})")).await.remove(0);
        (row["n"].as_u64().unwrap(), row["payout"].as_str().unwrap().to_owned())
    }
}

impl PostbackNode {
    pub fn url(&self) -> String {
        self.service.url()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(format!("{}{path}", self.url()))).await.unwrap()
    }

    pub async fn request(&self, method: Method, path: &str, content_type: &str, body: &str) -> Answer {
        let request = self.client.request(method, format!("{}{path}", self.url()));
        self.send(request.header("content-type", content_type).body(body.to_owned())).await.unwrap()
    }

    /// With the token.
    pub async fn internal(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.url())).bearer_auth(NODE_TOKEN);
        let answer = self.send(request.json(&body)).await.unwrap();
        assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.body);
        serde_json::from_str(&answer.body).unwrap_or_default()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, body: answer.text().await? })
    }

    pub async fn readyz(&self) -> (u16, Value) {
        let answer = self.get("/readyz").await;
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    }

    pub async fn dependency(&self, name: &str) -> Value {
        self.readyz().await.1["dependencies"][name].clone()
    }

    pub async fn journal_entries(&self) -> u64 {
        self.dependency("journal").await["of"]["entries"].as_u64().unwrap()
    }

    pub async fn wait_until_settled(&self) {
        eventually("the postback node is settled", LIMIT, async || self.is_settled().await).await;
    }

    /// Nothing is left to claim, to call or to report; in this order, since each makes more of the next.
    pub async fn is_settled(&self) -> bool {
        let count =
            async |path: &str, name: &str| self.internal(Method::GET, path, json!({})).await[name].clone();
        self.journal_entries().await == 0
            && count("/internal/outbound/stats", "queued").await == 0
            && count("/internal/event-producer/stats", "queued_events").await == 0
    }

    /// SIGKILL, and a new life on the same port and disk.
    pub async fn kill_and_restart(&mut self) {
        self.service.kill();
        self.service.start_again("POSTBACK_SERVICE_ADDR").await.unwrap();
    }

    pub fn largest_file_bytes(&self) -> u64 {
        let files = std::fs::read_dir(&self.data_dir).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).max().unwrap()
    }

    /// The kernel refuses writes beyond this size from now on; `unlimited` lifts it.
    pub fn limit_file_size(&self, size: &str) {
        let pid = self.service.pid().to_string();
        let limit = format!("--fsize={size}:unlimited");
        let status = std::process::Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap();
        assert!(status.success());
    }
}

/// Idempotency key and query of each call.
type Calls = Arc<Mutex<Vec<(String, String)>>>;

/// A traffic source that hears calls.
#[derive(Clone)]
pub struct CalledSource {
    pub url: String,
    calls: Calls,
}

impl CalledSource {
    pub async fn start() -> Self {
        let calls = Calls::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/call", listener.local_addr().unwrap());
        let heard = calls.clone();
        let hear = async |State(heard): State<Calls>, headers: HeaderMap, uri: Uri| {
            let key = headers["idempotency-key"].to_str().unwrap().to_owned();
            heard.lock().unwrap().push((key, uri.query().unwrap_or_default().to_owned()));
        };
        let router = Router::new().fallback(any(hear)).with_state(heard);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls }
    }

    pub fn calls(&self) -> Vec<(String, String)> {
        self.calls.lock().unwrap().clone()
    }
}
