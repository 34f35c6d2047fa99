//! Links, their keys, and domains at central.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use traffoflex_local::stack::Stack;

use super::{BOOTSTRAP_TOKEN, LIMIT, Node, World, eventually};

impl World {
    /// With settings of api-service beside the usual ones.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self { stack: Stack::start_with(false, settings).await.unwrap(), client: Client::new() }
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.admin(Method::POST, path, body).await
    }

    /// The path of a new link.
    pub async fn link(&self, campaign: &str, body: Value) -> String {
        let minted = self.post(&format!("/api/campaigns/{campaign}/links"), body).await;
        minted["items"][0]["path"].as_str().unwrap().to_owned()
    }

    /// Ids, the one that signs first.
    pub async fn link_keys(&self) -> Vec<u64> {
        let keys = self.admin(Method::GET, "/api/link-keys", json!({})).await;
        keys["items"].as_array().unwrap().iter().map(|key| key["id"].as_u64().unwrap()).collect()
    }

    pub async fn revoke_link_key(&self, id: u64) -> u16 {
        let url = format!("{}/api/link-keys/{id}", self.stack.api().unwrap().url());
        self.client.delete(url).bearer_auth(BOOTSTRAP_TOKEN).send().await.unwrap().status().as_u16()
    }

    /// Waits until the node serves what central has.
    pub async fn reach(&self, node: &Node) {
        let latest = self.snapshot_version().await;
        eventually("the node is up to date", LIMIT, async || node.snapshot_version().await >= latest).await;
    }

    /// Clicks by why they were not routed, as `reason decision count`, in order.
    pub async fn rejections(&self) -> Vec<String> {
        let sql = "SELECT reason, decision, count() FROM trafficback_events AS t FINAL \
                   JOIN (SELECT click_id, decision FROM click_events FINAL) AS c USING click_id \
                   GROUP BY reason, decision ORDER BY reason, decision FORMAT TSV";
        self.rows(sql).await.lines().map(|line| line.replace('\t', " ")).collect()
    }
}
