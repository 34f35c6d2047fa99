//! What nodes say of themselves, as central shows it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, eventually};

const LIMIT: Duration = Duration::from_secs(60);

async fn shown(world: &World, name: &str) -> Value {
    let page = world.admin(Method::GET, "/api/nodes", json!({})).await;
    page["items"].as_array().unwrap().iter().find(|item| item["node_id"] == name).cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_kinds_of_nodes_say_how_they_are() {
    let mut world = World::start().await;
    world.campaign("said", "https://offer.example/?cid={click_id}").await;
    let node = world.node_with("traffic-1", &[("RUNTIME_PULL_INTERVAL_MS", "200")]).await;
    let postback = world.postback_node("postback-1").await;
    eventually("the traffic node has said how it is", LIMIT, async || {
        let said = shown(&world, "traffic-1").await;
        said["reported_at"].is_string() && said["is_current"] == true
    })
    .await;
    let said = shown(&world, "traffic-1").await;
    assert_eq!(said["address"], node.addr().to_string(), "from the first report on");
    assert_eq!(
        (&said["role"], &said["version"]),
        (&json!("traffic"), &json!(env!("CARGO_PKG_VERSION"))),
        "{said}"
    );
    assert_eq!((&said["is_current"], &said["status"]), (&json!(true), &json!("online")), "{said}");
    let state = &said["state"];
    assert_eq!(
        (&state["sink"], &state["outbox_state"], &state["outbox_events"]),
        (&json!("central"), &json!("healthy"), &json!(0))
    );
    eventually("the node has compared its clock", LIMIT, async || {
        world.stats_of("traffic-1").await["clock_offset_ms"].is_i64()
    })
    .await;
    let state = world.stats_of("traffic-1").await;
    assert!(state["clock_offset_ms"].as_i64().unwrap().abs() < 5_000, "one clock: {state}");

    // It asks again once it has the configuration, and says so then.
    world.campaign("another", "https://offer.example/?cid={click_id}").await;
    eventually("the postback node has its version", LIMIT, async || {
        let said = shown(&world, "postback-1-pb").await;
        said["role"] == "postback" && said["state"]["snapshot_confirmed_age_ms"].is_i64()
    })
    .await;
    let address = shown(&world, "postback-1-pb").await["address"].clone();
    assert!(postback.url().ends_with(address.as_str().unwrap()), "{address}");

    // What waits because the warehouse is away is told of.
    world.stop_clickhouse().await;
    for n in 0..20 {
        assert_eq!(node.get(&format!("/c/said?sub1={n}")).await.status, 302);
    }
    eventually("the backlog grows old", LIMIT, async || {
        let state = &world.stats_of("traffic-1").await;
        state["outbox_events"].as_i64() >= Some(20) && state["outbox_oldest_age_ms"].as_i64() > Some(500)
    })
    .await;
    world.start_clickhouse().await;
    world.wait_for_clicks(20).await;
    eventually("nothing waits", LIMIT, async || world.stats_of("traffic-1").await["outbox_events"] == 0)
        .await;
}

impl World {
    /// What a node last said of itself.
    async fn stats_of(&self, name: &str) -> Value {
        shown(self, name).await["state"].clone()
    }
}
