//! A running postback-service.

use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use traffoflex_local::services::Service;

use super::{LIMIT, NODE_TOKEN, World, eventually};

pub struct PostbackNode {
    service: Service,
    client: Client,
}

impl World {
    /// A node that takes postbacks and has its snapshot.
    pub async fn postback_node_with(&self, name: &str, settings: &[(&str, &str)]) -> PostbackNode {
        let data_dir = self.stack.subdir(name).unwrap();
        let mut environment = self.node_environment(name, &data_dir, settings);
        environment.insert("POSTBACK_SERVICE_ADDR".into(), "127.0.0.1:0".into());
        let log = self.stack.dir().join(format!("{name}.log"));
        let service = Service::start("postback-service", environment, &log).await.unwrap();
        let client = Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        let node = PostbackNode { service, client };
        eventually("the postback node is ready", LIMIT, async || node.readyz().await.0 == 200).await;
        node
    }

    /// SIGKILL.
    pub fn kill_central(&mut self) {
        self.stack.kill_api().unwrap();
    }
}

impl PostbackNode {
    pub fn url(&self) -> String {
        self.service.url()
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url()))
    }

    pub async fn readyz(&self) -> (u16, Value) {
        let answer = self.get("/readyz").send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn internal(&self, path: &str) -> Value {
        self.get(path).bearer_auth(NODE_TOKEN).send().await.unwrap().json().await.unwrap()
    }

    /// SIGKILL, and a new life on the same port and disk.
    pub async fn kill_and_restart(&mut self) {
        self.service.kill();
        self.service.start_again("POSTBACK_SERVICE_ADDR").await.unwrap();
    }

    /// Nothing waits: no postback to be claimed, no click to be found, no call to be made, no event to be
    /// sent. In this order, since each makes more of the next.
    pub async fn is_settled(&self) -> bool {
        let (_, ready) = self.readyz().await;
        ready["dependencies"]["journal"]["of"]["entries"] == 0
            && self.internal("/internal/outbound/stats").await["queued"] == 0
            && self.internal("/internal/event-producer/stats").await["queued_events"] == 0
    }
}
