//! Events for the logs of a test, as nodes send them.

use serde_json::{Value, json};
use traffoflex_local::stack::NODE_TOKEN;
use traffoflex_model::{ClickIdKey, NodeSettings};
use traffoflex_routing::click_id::ClickIdKeyring;

use super::{World, click};

/// A click id of that time. Central checks no MAC, so that any key will do.
pub fn mint(at_ms: i64, sequence: u32) -> String {
    let click_id_keys = vec![ClickIdKey { key: [1; 16] }];
    let settings = NodeSettings { click_id_keys, ip_hash_key: [0; 16], link_keys: Vec::new() };
    ClickIdKeyring::new(&settings).unwrap().mint(at_ms, 7, sequence).to_string()
}

pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

impl World {
    /// Clicks of one node, numbered from `first_seq` on.
    pub async fn clicks(&self, node: &str, first_seq: u64, clicks: &[Value]) {
        let lines: Vec<u8> =
            clicks.iter().zip(first_seq..).flat_map(|(own, seq)| click(node, 1, seq, own.clone())).collect();
        let last = first_seq + clicks.len() as u64 - 1;
        let answer = self.ingest(node, 1, (first_seq, last), lines).await;
        assert_eq!((answer.status, &answer.body["rejected"]), (200, &json!(0)), "{}", answer.body);
    }

    /// One event of any topic as a batch of its own; what was accepted and what was rejected.
    pub async fn event(&self, topic: &str, node: &str, seq: u64, event: &Value) -> (u64, u64) {
        let url = self.url(&format!(
            "/internal/v1/events/{topic}?node_id={node}&node_epoch=1&first_seq={seq}&last_seq={seq}"
        ));
        let request = self.client.post(url).bearer_auth(NODE_TOKEN).body(format!("{event}\n"));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let count = |field: &str| answer[field].as_u64().unwrap_or_else(|| panic!("{answer}"));
        (count("accepted"), count("rejected"))
    }
}

/// The identity that an event must have.
pub fn identified(node: &str, seq: u64, mut event: Value) -> Value {
    let identity = json!({
        "event_id": format!("{node}.1.{seq}"), "node_id": node, "node_epoch": 1, "node_seq": seq, "schema": 1,
    });
    event.as_object_mut().unwrap().extend(identity.as_object().unwrap().clone());
    event
}
