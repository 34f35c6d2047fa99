//! Reports of nodes at central: concurrent ones, old ones, ones that run out.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use mongodb::{
    Collection,
    bson::{DateTime, Document, doc},
};
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::{DATABASE, NODE_TOKEN};

use crate::world::{Answer, World, eventually};

const PATH: &str = "/internal/v1/health";

fn now_ms() -> i64 {
    DateTime::now().timestamp_millis()
}

fn report(destination: &str, state: &str, checked_at_ms: i64) -> Value {
    json!({ "destination_id": destination, "state": state, "since_ms": checked_at_ms, "latency_ms": 12,
        "error": if state == "healthy" { "" } else { "HTTP 502" }, "checked_at_ms": checked_at_ms })
}

async fn send(world: &World, node: &str, reports: Vec<Value>) -> Answer {
    let batch = json!({ "node_id": node, "interval_ms": 60_000, "reports": reports });
    world.call_as(Method::POST, PATH, Some(batch), NODE_TOKEN).await
}

async fn health(world: &World, destination: &str) -> Value {
    world.get(&format!("/api/destinations/{destination}")).await.body["health"].clone()
}

async fn history(world: &World, destination: &str) -> Vec<Value> {
    let page = world.get(&format!("/api/destinations/{destination}/health-history?limit=500")).await;
    page.body["items"].as_array().unwrap().clone()
}

async fn documents(world: &World, name: &str) -> Collection<Document> {
    let client = mongodb::Client::with_uri_str(world.stack.variable("MONGO_URI")).await.unwrap();
    client.database(DATABASE).collection(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_many_nodes_at_once_are_all_kept() {
    const NODES: usize = 12;
    let world = World::start().await;
    let second = world.stack.second_api().await.unwrap();
    let destination = world.destination("crowded").await;
    let before = health(&world, &destination).await;
    assert_eq!(before, json!({ "current": "unknown", "since": null, "nodes": {} }));

    for (round, state) in ["healthy", "unhealthy"].into_iter().enumerate() {
        let checked_at = now_ms() - 1000 + round as i64;
        let calls = (0..NODES).map(|n| {
            let batch = json!({ "node_id": format!("node-{n}"), "interval_ms": 60_000,
                "reports": [report(&destination, state, checked_at)] });
            // Half of them at another api-service.
            let base = if n % 2 == 0 { world.url("") } else { second.url() };
            let request = world.client.post(format!("{base}{PATH}")).bearer_auth(NODE_TOKEN).json(&batch);
            async move { request.send().await.unwrap().status().as_u16() }
        });
        assert_eq!(join_all(calls).await, [204; NODES]);
        let health = health(&world, &destination).await;
        assert_eq!(health["current"], state, "{health}");
        let nodes = health["nodes"].as_object().unwrap();
        assert_eq!(nodes.len(), NODES);
        assert!(nodes.values().all(|node| node["state"] == state), "{health}");
    }

    // Every change once: those of the nodes, and a chain of those that they agreed on.
    let rows = history(&world, &destination).await;
    let of = |kind: &'static str| rows.iter().rev().filter(move |row| row["kind"] == kind);
    assert_eq!(of("node").count(), NODES * 2);
    let named: BTreeSet<&str> = of("node").filter_map(|row| row["node_id"].as_str()).collect();
    assert_eq!(named.len(), NODES);
    let chain: Vec<(&str, &str)> = of("agreement")
        .map(|row| (row["previous"].as_str().unwrap(), row["current"].as_str().unwrap()))
        .collect();
    assert_eq!(chain, [("unknown", "healthy"), ("healthy", "degraded"), ("degraded", "unhealthy")]);
    let tipped = of("agreement").next_back().unwrap();
    let down = tipped["nodes"].as_object().unwrap().values().filter(|state| *state == "unhealthy").count();
    assert_eq!((down, tipped["error"].as_str()), (NODES / 2 + 1, Some("HTTP 502")), "{tipped}");
    let left = documents(&world, "destination_health").await;
    assert_eq!(left.count_documents(doc! { "unwritten.0": { "$exists": true } }).await.unwrap(), 0);

    let list = world.get("/api/destinations?limit=1").await;
    assert_eq!(list.body["items"][0]["health"]["current"], "unhealthy");
    let page = world.get(&format!("/api/destinations/{destination}/health-history?limit=1&offset=2")).await;
    assert_eq!((page.body["total"].as_u64(), page.body["items"][0].clone()), (Some(27), rows[2].clone()));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_and_strange_reports_change_nothing() {
    let world = World::start().await;
    let destination = world.destination("quiet").await;
    let now = now_ms();
    assert_eq!(send(&world, "node-a", vec![report(&destination, "unhealthy", now)]).await.status, 204);
    assert_eq!(send(&world, "node-a", vec![report(&destination, "healthy", now - 5000)]).await.status, 204);
    assert_eq!(health(&world, &destination).await["current"], "unhealthy", "a late report is overtaken");
    assert_eq!(send(&world, "node-a", vec![report("no-such-thing", "unhealthy", now)]).await.status, 204);
    let stored = documents(&world, "destination_health").await;
    assert_eq!(stored.count_documents(doc! {}).await.unwrap(), 1);

    let wrong = send(&world, "Node A", vec![]).await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["node_id"]));
    let wrong = send(&world, "node-a", vec![report(&destination, "fine", now)]).await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["reports[0].state"]));
    let many = vec![report(&destination, "healthy", now); 1001];
    assert_eq!(send(&world, "node-a", many).await.fields(), ["reports"]);
    let batch = json!({ "node_id": "node-a", "interval_ms": 1, "reports": [] });
    assert_eq!(world.call_as(Method::POST, PATH, Some(batch), "no-such-token-0123").await.status, 401);

    let path = format!("/api/destinations/{destination}/health-history");
    assert_eq!(world.get(&format!("{path}?limit=0")).await.fields(), ["limit"]);
    assert_eq!(world.get("/api/destinations/nothing/health-history").await.status, 404);
    assert_eq!(
        world.call(Method::DELETE, &format!("/api/destinations/{destination}"), None).await.status,
        204
    );
    assert_eq!(stored.count_documents(doc! {}).await.unwrap(), 0, "it goes with its destination");
    assert_eq!(world.get("/api/reports/health?country=US").await.fields(), ["country"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_falls_silent_stops_counting() {
    let world = World::start().await;
    let destination = world.destination("silent").await;
    send(&world, "node-a", vec![report(&destination, "healthy", now_ms())]).await;
    send(&world, "node-b", vec![report(&destination, "unhealthy", now_ms())]).await;
    assert_eq!(health(&world, &destination).await["current"], "degraded");
    // As if the minutes had passed that its report holds.
    let past = DateTime::from_millis(now_ms() - 1);
    let run_out = doc! { "$set": { "nodes.node-b.holds_until": past, "settle_at": past } };
    let stored = documents(&world, "destination_health").await;
    stored.update_one(doc! { "_id": &destination }, run_out).await.unwrap();
    assert_eq!(
        health(&world, &destination).await["current"],
        "healthy",
        "whoever reads it sees that at once"
    );
    eventually("it is settled anew", async || {
        let latest = history(&world, &destination).await.swap_remove(0);
        latest["kind"] == "agreement" && latest["current"] == "healthy" && latest["node_id"].is_null()
    })
    .await;
    let shown = health(&world, &destination).await;
    assert_eq!(shown["nodes"]["node-b"]["is_fresh"], false, "{shown}");
}
