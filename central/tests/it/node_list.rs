//! Nodes, and how they say they are.

use mongodb::bson::{Document, doc};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, NODE_TOKEN, Stack};
use traffoflex_wire::{node_report, runtime, snapshot};

use crate::world::{World, eventually, logged::now_ms};

async fn ask(world: &World, path: &str, node: &str, report: Option<&str>) -> u16 {
    let mut request =
        world.client.get(world.url(path)).bearer_auth(NODE_TOKEN).header(snapshot::NODE_HEADER, node);
    if let Some(report) = report {
        request = request.header(node_report::HEADER, report);
    }
    request.send().await.unwrap().status().as_u16()
}

async fn node(world: &World, name: &str) -> Value {
    let page = world.get("/api/nodes").await.body;
    let items = page["items"].as_array().unwrap_or_else(|| panic!("{page}"));
    items.iter().find(|item| item["node_id"] == name).cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_shown_as_they_say_they_are() {
    let settings = [("NODE_OFFLINE_AFTER_SECONDS", "5"), ("NODE_LAGGING_AFTER_SECONDS", "2")];
    let world = World { stack: Stack::start_with(false, &settings).await.unwrap(), client: Client::new() };
    let version = world.get("/readyz").await.body["dependencies"]["snapshot"]["version"].as_u64().unwrap();
    let report = |version: u64, oldest_ms: i64| {
        json!({
            "role": "postback", "version": "1.2.3", "address": "10.0.0.7:8081", "started_at_ms": 1_763_700_000_000_i64,
            "sent_at_ms": now_ms() + 60_000, "snapshot_version": version, "snapshot_age_ms": 5,
            "snapshot_confirmed_age_ms": null, "outbox_state": "healthy", "outbox_events": 12, "outbox_bytes": 3456,
            "outbox_max_bytes": 10_000, "outbox_oldest_age_ms": oldest_ms, "sink": "central", "is_sink_refusing": true,
            "of_tomorrow": { "x": 1 },
        })
        .to_string()
    };
    let path = format!("{}?since={version}", snapshot::PATH);
    // One that says nothing of itself, and one that says nonsense, are nodes like others.
    assert_eq!(ask(&world, &path, "old", None).await, 304);
    assert_eq!(ask(&world, &path, "odd", Some("{nonsense")).await, 304);
    assert_eq!(ask(&world, &path, "fra-1-pb", Some(&report(version, 100))).await, 304);
    eventually("it is kept", async || node(&world, "fra-1-pb").await["state"].is_object()).await;
    let shown = node(&world, "fra-1-pb").await;
    assert_eq!((&shown["status"], &shown["lags"]), (&json!("online"), &json!([])), "{shown}");
    assert_eq!((&shown["role"], &shown["version"]), (&json!("postback"), &json!("1.2.3")));
    assert_eq!((&shown["address"], &shown["is_current"]), (&json!("10.0.0.7:8081"), &json!(true)));
    assert_eq!(shown["started_at"], "2025-11-21T04:40:00Z");
    let state = &shown["state"];
    let outbox =
        ["outbox_events", "outbox_bytes", "outbox_oldest_age_ms"].map(|name| state[name].as_i64().unwrap());
    assert_eq!(outbox, [12, 3456, 100]);
    assert_eq!((&state["sink"], &state["is_sink_refusing"]), (&json!("central"), &json!(true)));
    let offset_ms = state["clock_offset_ms"].as_i64().unwrap();
    assert!((50_000..=60_000).contains(&offset_ms), "{offset_ms}");
    for silent in ["old", "odd"] {
        let shown = node(&world, silent).await;
        assert_eq!(
            (&shown["role"], &shown["state"], &shown["status"]),
            (&json!("unknown"), &Value::Null, &json!("online"))
        );
    }

    // The runtime feed brings news, too: it waits, and it lacks the latest configuration.
    world.destination("makes-a-version").await;
    eventually("it lags for both", async || {
        let said = ask(&world, runtime::PATH, "fra-1-pb", Some(&report(version, 2001))).await;
        assert_eq!(said, 200);
        node(&world, "fra-1-pb").await["lags"] == json!(["snapshot", "outbox_age"])
    })
    .await;
    assert_eq!(node(&world, "fra-1-pb").await["status"], "lagging");
    let one = world.get("/api/nodes/fra-1-pb").await.body;
    assert_eq!(one["node_id"], "fra-1-pb");
    let history = one["history"].as_array().unwrap();
    assert!(!history.is_empty() && history[0]["outbox_oldest_age_ms"] == 2001, "{one}");

    // Whoever reads logs sees nodes, and not where they are.
    let analyst = world.member("masked", None).await;
    let seen = world.get_as("/api/nodes/fra-1-pb", &analyst).await;
    assert_eq!(
        (seen.status, &seen.body["address"], &seen.body["version"]),
        (200, &Value::Null, &json!("1.2.3"))
    );
    assert_eq!(world.get("/api/nodes/nobody").await.status, 404);

    // The installation names it, and nobody else does; what it says of itself goes on beside that.
    let named = json!({ "revision": 1, "name": "Frankfurt", "notes": "rack 7" });
    let patch = async |body: &Value, token: &str| {
        world.call_as(Method::PATCH, "/api/nodes/fra-1-pb", Some(body.clone()), token).await
    };
    let owner = world.member("owner", None).await;
    assert_eq!(patch(&named, &owner.token).await.status, 403);
    let done = patch(&named, BOOTSTRAP_TOKEN).await;
    assert_eq!((done.status, &done.body["revision"]), (200, &json!(2)), "{}", done.body);
    assert_eq!(patch(&named, BOOTSTRAP_TOKEN).await.code(), "revision_conflict");
    for (bad, field) in [
        (json!({ "revision": 2, "name": "" }), "name"),
        (json!({ "revision": 2, "notes": "n".repeat(2001) }), "notes"),
        (json!({ "revision": 2, "role": "traffic" }), "role"),
        (json!({ "name": "x" }), "revision"),
    ] {
        assert_eq!(patch(&bad, BOOTSTRAP_TOKEN).await.fields(), [field], "{bad}");
    }
    let done = patch(&json!({ "revision": 2, "name": null }), BOOTSTRAP_TOKEN).await;
    assert_eq!((&done.body["name"], &done.body["notes"]), (&Value::Null, &json!("rack 7")));
    ask(&world, runtime::PATH, "fra-1-pb", Some(&report(version, 7))).await;
    eventually("it says more", async || {
        let shown = node(&world, "fra-1-pb").await;
        shown["state"]["outbox_oldest_age_ms"] == 7 && shown["notes"] == "rack 7" && shown["revision"] == 3
    })
    .await;
    assert_eq!(world.get_as("/api/nodes/fra-1-pb", &analyst).await.body["notes"], Value::Null);
    let forget = async |token: &str| world.call_as(Method::DELETE, "/api/nodes/fra-1-pb", None, token).await;
    assert_eq!(forget(&owner.token).await.status, 403);
    assert_eq!(forget(BOOTSTRAP_TOKEN).await.status, 409, "it is heard of");
    eventually("it is silent", async || node(&world, "fra-1-pb").await["status"] == "silent").await;
    assert_eq!(forget(BOOTSTRAP_TOKEN).await.status, 204);
    assert_eq!(world.get("/api/nodes/fra-1-pb").await.status, 404);
    assert_eq!(forget(BOOTSTRAP_TOKEN).await.status, 404);
    let database = world.mongo().await;
    let history = database.collection::<Document>("node_history");
    assert_eq!(history.count_documents(doc! { "node": "fra-1-pb" }).await.unwrap(), 0);
    let log = database.collection::<Document>("audit_log");
    let entries = |action: &str| log.count_documents(doc! { "resource": "nodes", "action": action });
    assert_eq!((entries("updated").await.unwrap(), entries("deleted").await.unwrap()), (2, 1));
    let wrong = world.get("/api/nodes?limit=501&from=2026-01-01T00:00:00Z").await;
    assert_eq!(wrong.fields(), ["limit", "from"]);
}
