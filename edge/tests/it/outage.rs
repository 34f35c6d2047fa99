//! Everything a node leans on goes away for a while; clicks go on and all arrive, once.

use std::time::Duration;

use crate::world::{Node, World, eventually};

const CLICKS: usize = 200;

/// Clicks and returns how many were redirected: all of them, or the test fails.
async fn click(node: &Node, slug: &str, count: usize) -> usize {
    for n in 0..count {
        let answer = node.get(&format!("/c/{slug}?sub1={n}")).await;
        assert_eq!(answer.status, 302, "click {n}: {}", answer.body);
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_then_clickhouse_then_central() {
    let mut world = World::start_with_kafka().await;
    world.campaign("outage", "https://offer.example/?cid={click_id}").await;
    let kafka_node =
        world.node_with("node-k", &[("EVENT_SINK", "redpanda"), ("EVENT_BROKERS", world.brokers())]).await;
    let central_node = world.node("node-c").await;
    let mut sent = click(&kafka_node, "outage", CLICKS).await + click(&central_node, "outage", CLICKS).await;
    world.wait_for_clicks(sent).await;

    world.stop_kafka().await;
    sent += click(&kafka_node, "outage", CLICKS).await;
    let stats = kafka_node.stats().await;
    assert!(stats["queued_events"].as_u64().unwrap() >= CLICKS as u64, "kept while Kafka is away: {stats}");
    world.start_kafka().await;
    world.wait_for_clicks(sent).await;

    world.stop_clickhouse().await;
    sent += click(&kafka_node, "outage", CLICKS).await + click(&central_node, "outage", CLICKS).await;
    eventually("central says what is missing", Duration::from_secs(20), async || {
        world.central_readyz().await.0 == 503
    })
    .await;
    world.start_clickhouse().await;
    world.wait_for_clicks(sent).await;

    world.stop_central().await;
    sent += click(&kafka_node, "outage", CLICKS).await + click(&central_node, "outage", CLICKS).await;
    assert_eq!(central_node.readyz().await.0, 200, "a node does its job without central");
    world.start_central().await;
    world.wait_for_clicks(sent).await;
    kafka_node.wait_until_drained().await;
    central_node.wait_until_drained().await;
    let overview = world.report("overview", &[]).await;
    assert_eq!(overview["clicks"], sent, "{overview}");
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_starts_from_its_own_disk_with_central_down() {
    let mut world = World::start().await;
    world.campaign("alone", "https://offer.example/?cid={click_id}").await;
    let mut node = world.node("node-alone").await;
    assert_eq!(node.get("/c/alone").await.status, 302);
    world.stop_central().await;
    node.kill_and_restart().await;
    assert_eq!(node.get("/c/alone").await.status, 302);
    let (status, ready) = node.readyz().await;
    assert_eq!(status, 200, "{ready}");
    assert_ne!(ready["dependencies"]["central"]["state"], "reachable", "{ready}");
    world.start_central().await;
    node.wait_until_drained().await;
    world.wait_for_clicks(2).await;
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_never_had_a_snapshot_redirects_nothing() {
    let mut world = World::start().await;
    world.campaign("late", "https://offer.example/").await;
    world.stop_central().await;
    let node = world.node_not_ready("node-late").await;
    let (status, ready) = node.readyz().await;
    assert_eq!((status, &ready["dependencies"]["snapshot"]["state"]), (503, &"pending".into()), "{ready}");
    let answer = node.get("/c/late").await;
    assert_eq!((answer.status, answer.error_code()), (503, "not_ready".to_owned()));
    assert_eq!(node.get("/healthz").await.status, 200);
    world.start_central().await;
    eventually("it serves once central is there", Duration::from_secs(30), async || {
        node.get("/c/late").await.status == 302
    })
    .await;
    assert_eq!(node.readyz().await.0, 200);
}
