//! More that tests ask of the world and change in it.

use serde_json::{Value, json};

use super::{NODE_TOKEN, Node, World};

impl World {
    /// What ClickHouse answers.
    pub async fn rows(&self, sql: &str) -> String {
        self.clickhouse(sql).await
    }

    pub fn central_addr(&self) -> std::net::SocketAddr {
        self.stack.api().unwrap().addr()
    }

    pub async fn patch_workspace(&self, mut change: Value) {
        let path = "/api/workspace";
        change["revision"] = self.admin(reqwest::Method::GET, path, json!({})).await["revision"].clone();
        self.admin(reqwest::Method::PATCH, path, change).await;
    }

    /// The latest at central.
    pub async fn snapshot_version(&self) -> u64 {
        let (_, ready) = self.central_readyz().await;
        ready["dependencies"]["snapshot"]["version"].as_u64().unwrap()
    }

    pub fn central_url(&self) -> String {
        self.stack.api().unwrap().url()
    }

    pub async fn restart_central_with(&mut self, variable: &str, value: &str) {
        self.stop_central().await;
        self.stack.set_for_api(variable, value).unwrap();
        self.start_central().await;
    }
}

impl Node {
    pub fn port(&self) -> u16 {
        reqwest::Url::parse(&self.service.url()).unwrap().port().unwrap()
    }

    pub async fn snapshot_version(&self) -> u64 {
        let token = format!("Bearer {NODE_TOKEN}");
        let answer = self.get_with("/internal/snapshot", &[("authorization", &token)]).await;
        let status: Value = serde_json::from_str(&answer.body).unwrap();
        status["version"].as_u64().unwrap_or_default()
    }
}
