//! A running traffic-service.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::{Client, header::HeaderMap};
use serde_json::Value;
use traffoflex_local::services::Service;

use super::{LIMIT, NODE_TOKEN, eventually};

/// Follows no redirect.
fn http() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

pub struct Node {
    pub(super) service: Service,
    data_dir: PathBuf,
    client: Client,
}

/// Clicks a node from another task.
#[derive(Clone)]
pub struct NodeClient {
    url: String,
    client: Client,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn location(&self) -> url::Url {
        self.header("location")
            .parse()
            .unwrap_or_else(|_| panic!("no redirect: {} {}", self.status, self.body))
    }

    /// The first parameter of the destinations here is the click id.
    pub fn click_id(&self) -> &str {
        let location = self.header("location");
        location.split_once("id=").map(|(_, rest)| rest.split('&').next().unwrap_or(rest)).unwrap_or_default()
    }

    pub fn error_code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl NodeClient {
    pub async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        self.try_get_with(path, &[]).await
    }

    async fn try_get_with(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Result<Answer> {
        let mut request = self.client.get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, body: answer.text().await? })
    }
}

impl Node {
    pub fn new(service: Service, data_dir: PathBuf) -> Self {
        Self { service, data_dir, client: http() }
    }

    pub fn client(&self) -> NodeClient {
        NodeClient { url: self.service.url(), client: self.client.clone() }
    }

    pub fn addr(&self) -> SocketAddr {
        self.service.addr()
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub fn log(&self) -> String {
        self.service.log()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.client().try_get_with(path, headers).await.unwrap()
    }

    pub async fn stats(&self) -> Value {
        let token = format!("Bearer {NODE_TOKEN}");
        let answer = self.get_with("/internal/event-producer/stats", &[("authorization", &token)]).await;
        serde_json::from_str(&answer.body).unwrap()
    }

    pub async fn readyz(&self) -> (u16, Value) {
        let answer = self.get("/readyz").await;
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    }

    pub async fn wait_until_drained(&self) {
        eventually("the outbox is drained", LIMIT, async || self.stats().await["queued_events"] == 0).await;
    }

    /// SIGKILL, and a new life on the same port and disk.
    pub async fn kill_and_restart(&mut self) {
        self.service.kill();
        self.start_again().await;
    }

    pub async fn stop(&mut self) {
        self.service.stop().await.unwrap();
    }

    pub async fn start_again(&mut self) {
        self.service.start_again("TRAFFIC_SERVICE_ADDR").await.unwrap();
    }

    pub fn largest_file_bytes(&self) -> u64 {
        let files = std::fs::read_dir(&self.data_dir).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).max().unwrap()
    }

    /// The kernel refuses writes beyond this size from now on.
    pub fn limit_file_size(&self, bytes: u64) {
        self.prlimit(&bytes.to_string());
    }

    pub fn lift_file_size_limit(&self) {
        self.prlimit("unlimited");
    }

    fn prlimit(&self, size: &str) {
        let pid = self.service.pid().to_string();
        // Soft limit only: it must be possible to lift it again.
        let limit = format!("--fsize={size}:unlimited");
        let status = std::process::Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap();
        assert!(status.success());
    }
}
