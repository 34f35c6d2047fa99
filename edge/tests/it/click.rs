//! A click from the request to the report.

use std::time::Duration;

use serde_json::json;

use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_click_becomes_a_report_row() {
    let world = World::start().await;
    let campaign =
        world.campaign("winter", "https://offer.example/?cid={click_id}&geo={country}&s={sub1}").await;
    let node = world.node("node-a").await;

    let answer = node.get("/c/winter?sub1=creative%207&cost=0.25&source=unknown-source&clickid=ext-1").await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("cache-control"), "no-store");
    let location = answer.location();
    assert!(location.as_str().starts_with("https://offer.example/?cid="), "{location}");
    assert!(location.as_str().ends_with("&s=creative%207"), "{location}");
    let by_public_id = node.get(&format!("/go/{}?sub1=b&cost=0.5", campaign.public_id)).await;
    assert_eq!(by_public_id.status, 302);
    assert_ne!(answer.click_id(), by_public_id.click_id());
    assert_eq!(answer.click_id().len(), 32);

    world.wait_for_clicks(2).await;
    let overview = world.report("overview", &[]).await;
    assert_eq!(overview["clicks"], 2, "{overview}");
    assert_eq!(overview["cost"].as_str().and_then(|c| c.parse::<f64>().ok()), Some(0.75), "{overview}");

    let rows =
        world.report("grouped", &[("group_by", "campaign,sub1"), ("sort", "sub1"), ("order", "asc")]).await;
    let subs: Vec<&str> =
        rows["items"].as_array().unwrap().iter().map(|r| r["sub1"].as_str().unwrap()).collect();
    assert_eq!(subs, ["b", "creative 7"], "{rows}");

    let stored = world.click(answer.click_id()).await;
    assert_eq!(stored["campaign_id"], campaign.id);
    assert_eq!(stored["source_id"], "unknown-source");
    assert_eq!(stored["source_click_id"], "ext-1");
    assert_eq!(stored["node_id"], "node-a");
    assert_eq!(stored["decision"], "routed");
    assert_eq!(stored["ip"], "", "full addresses are off by default");
    assert_eq!(stored["ip_hash"].as_str().unwrap().len(), 16);
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_request_names_another_destination() {
    let world = World::start().await;
    world.campaign("fixed", "https://offer.example/path?x={query.url}").await;
    let node = world.node("node-a").await;
    for parameter in ["url", "redirect_url", "next", "target", "URL", "destination_id", "location"] {
        let answer = node.get(&format!("/c/fixed?{parameter}=https://evil.example/")).await;
        assert_eq!(answer.status, 302, "{parameter}");
        let location = answer.location();
        assert_eq!(location.host_str(), Some("offer.example"), "{parameter}: {location}");
        assert_eq!(location.path(), "/path", "{parameter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_choose_the_stream_and_edits_reach_the_node() {
    let world = World::start().await;
    let a = world.destination("https://a.example/?c={click_id}").await;
    let b = world.destination("https://b.example/?c={click_id}").await;
    let only = |field: &str, value: &str| json!({"all":[{"condition":{"field":field,"operator":"eq","values":[value]}}]});
    let campaign = world
        .campaign_with_streams(
            "rules",
            json!([
                {"name":"sub","position":1,"rules":only("sub1","A"),"strategy":"weighted","targets":[{"destination_id":a,"weight":1}]},
                {"name":"query","position":2,"rules":only("query.zone","7"),"strategy":"weighted","targets":[{"destination_id":b,"weight":1}]},
            ]),
        )
        .await;
    let node = world.node("node-a").await;
    assert_eq!(node.get("/c/rules?sub1=a").await.location().host_str(), Some("a.example"), "case is ignored");
    assert_eq!(node.get("/c/rules?Zone=7").await.location().host_str(), Some("b.example"));
    let unrouted = node.get("/c/rules?sub1=other").await;
    assert_eq!((unrouted.status, unrouted.error_code()), (404, "no_route".to_owned()));

    // An edit at central changes the node's answer without anybody telling it.
    world.patch("/api/campaigns", &campaign.id, json!({ "fallback_destination_id": b })).await;
    eventually("the fallback takes what no stream takes", Duration::from_secs(10), async || {
        node.get("/c/rules?sub1=other").await.status == 302
    })
    .await;
    world.patch("/api/campaigns", &campaign.id, json!({ "status": "paused" })).await;
    eventually("a paused campaign is not found", Duration::from_secs(10), async || {
        node.get("/c/rules?sub1=a").await.error_code() == "campaign_not_found"
    })
    .await;
    assert!(node.stats().await["published_total"].is_number());
}

#[tokio::test(flavor = "multi_thread")]
async fn through_kafka_with_its_trace_and_counted_once_by_both_ways() {
    let world = World::start_with_kafka().await;
    world.campaign("kafka", "https://offer.example/?cid={click_id}").await;
    let node =
        world.node_with("node-k", &[("EVENT_SINK", "redpanda"), ("EVENT_BROKERS", world.brokers())]).await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answer = node.get_with("/c/kafka?sub1=x", &[("traceparent", trace), ("x-request-id", "it-1")]).await;
    assert_eq!(answer.header("x-request-id"), "it-1");
    for n in 0..99 {
        assert_eq!(node.get(&format!("/c/kafka?sub1={n}")).await.status, 302);
    }
    world.wait_for_clicks(100).await;
    assert_eq!(world.kafka_header(answer.click_id(), "traceparent").await.as_deref(), Some(trace));

    // The same events once more by the other way: replayed as a batch to central.
    world.replay_clicks_through_central("node-k").await;
    let overview = world.report("overview", &[]).await;
    assert_eq!(overview["clicks"], 100, "{overview}");
    world.assert_audit_is_clean().await;
}
