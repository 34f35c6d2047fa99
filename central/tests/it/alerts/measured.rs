//! What conditions measure, against numbers made here.

use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::NODE_TOKEN;

use super::{campaign, rule, traffic, value_of};
use crate::world::World;

async fn tested(world: &World, condition: Value) -> Value {
    let rule = rule(world, json!({ "condition": condition })).await;
    let tested = world.post(&format!("/api/alert-rules/{rule}/test"), json!({})).await;
    assert_eq!(tested.status, 200, "{}", tested.body);
    tested.body["subjects"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn caps_costs_returns_and_late_events_are_measured() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    let campaign = campaign(&world, "spends").await;
    traffic(&world, &workspace, &campaign, 20, 100, 5).await;
    // 100 clicks at 0.5, five sales at 2: -80 %.
    let cost = |amount: &str| json!({ "kind": "cost_above", "amount": amount, "window_hours": 24 });
    let subjects = tested(&world, cost("49.99")).await;
    assert_eq!(subjects[0]["holds"], true, "{subjects}");
    assert_eq!(
        (&subjects[0]["subject"]["kind"], value_of(&subjects[0]["values"], "cost")),
        (&json!("workspace"), &json!("50"))
    );
    assert_eq!(tested(&world, cost("50")).await[0]["holds"], false);
    let roi = |percent: &str, min_cost: &str| json!({ "kind": "roi_below", "roi_percent": percent, "min_cost": min_cost, "campaign_id": campaign, "calendar_timezone": null, "window_hours": 24 });
    let subjects = tested(&world, roi("-79", "50")).await;
    assert_eq!(
        (&subjects[0]["holds"], value_of(&subjects[0]["values"], "roi")),
        (&json!(true), &json!("-80"))
    );
    assert_eq!(subjects[0]["subject"]["name"], "spends");
    assert_eq!(tested(&world, roi("-80", "50")).await[0]["holds"], false);
    assert_eq!(tested(&world, roi("0", "50.01")).await[0]["holds"], false);

    let caps = json!([{ "metric": "conversions", "limit": "5", "window_hours": 24 }, { "metric": "clicks", "limit": "100", "window_hours": 24 }]);
    let capped = json!({ "name": "capped", "url": "https://capped.example/", "caps": caps });
    let capped = world.post("/api/destinations", capped).await.id().to_owned();
    let now = DateTime::now().timestamp_millis();
    world
        .clickhouse(&format!(
            "INSERT INTO conversion_events (event_id, conversion_id, version, workspace_id, destination_id, created_at, status, currency) \
             SELECT toString(number), concat('cap-', toString(number)), 1, '{workspace}', '{capped}', fromUnixTimestamp64Milli({now}), 'lead', 'USD' FROM numbers(4)"
        ))
        .await;
    let cap: traffoflex_model::Cap =
        serde_json::from_value(json!({ "metric": "clicks", "limit": "100", "window_hours": 24 })).unwrap();
    let id = traffoflex_routing::cap::CapId::of(&capped, &cap.key());
    let scale = traffoflex_model::Cap::SCALE;
    let ask = json!({ "cap": id.0, "destination_id": capped, "granted_units": 100 * scale, "returned_units": 0, "written_off_units": 0,
        "spent_units": 85 * scale, "buckets": [[now / 60_000 * 60_000, 85 * scale]], "want_units": 0, "click_units": scale });
    let lease =
        json!({ "node_id": "fra-1", "lease_epoch": 7, "ttl_ms": 60_000, "sent_at_ms": now, "asks": [ask] });
    let leased = world.call_as(Method::POST, "/internal/v1/leases", Some(lease), NODE_TOKEN).await;
    assert_eq!(leased.status, 200, "{}", leased.body);
    let subjects = tested(&world, json!({ "kind": "cap_nearly_reached", "percent": 80 })).await;
    let shown: Vec<(&Value, &Value, &Value)> = subjects
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (&s["subject"]["part"], &s["holds"], value_of(&s["values"], "used_percent")))
        .collect();
    assert_eq!(
        shown,
        [
            (&json!("conversions:24h"), &json!(true), &json!("80")),
            (&json!("clicks:24h"), &json!(true), &json!("85"))
        ]
    );
    let subjects =
        tested(&world, json!({ "kind": "cap_nearly_reached", "percent": 81, "destination_id": capped }))
            .await;
    let holds: Vec<&Value> = subjects.as_array().unwrap().iter().map(|s| &s["holds"]).collect();
    assert_eq!(holds, [&json!(true), &json!(false)], "{subjects}");

    let late =
        |seconds: u32| json!({ "kind": "outbox_growing", "oldest_above_seconds": seconds, "node_id": "n1" });
    let subjects = tested(&world, late(19 * 60)).await;
    assert_eq!(
        (&subjects[0]["subject"]["id"], &subjects[0]["holds"]),
        (&json!("n1"), &json!(true)),
        "{subjects}"
    );
    assert_eq!(tested(&world, late(3600)).await[0]["holds"], false);

    // What nodes say of themselves. It counts before the age of what arrives: that may have been put in again.
    let said = DateTime::now();
    let empty = doc! { "report": { "outbox_events": 0_i64, "outbox_oldest_age_ms": 0_i64 }, "clock_offset_ms": 0_i64, "at": said };
    let n1 = doc! { "_id": "n1", "first_seen": said, "last_seen": said, "snapshot_version": 1_i64, "reported": empty };
    let nodes = world.mongo().await.collection::<Document>("nodes");
    nodes.delete_one(doc! { "_id": "n1" }).await.unwrap();
    nodes.insert_one(n1).await.unwrap();
    assert_eq!(tested(&world, late(19 * 60)).await[0]["holds"], false);
    let reported = doc! { "report": { "outbox_events": 500_i64, "outbox_oldest_age_ms": 2000_i64 }, "clock_offset_ms": 0_i64, "at": said };
    let node = doc! { "_id": "fra-1", "first_seen": said, "last_seen": said, "snapshot_version": 1_i64, "reported": reported };
    nodes.insert_one(node).await.unwrap();
    let many = |events: u64| json!({ "kind": "outbox_growing", "events_above": events, "node_id": "fra-1" });
    assert_eq!(tested(&world, many(499)).await[0]["holds"], true);
    assert_eq!(tested(&world, many(500)).await[0]["holds"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_no_money_makes_no_rule_of_it() {
    let world = World::start().await;
    let scopes = json!(["config:read", "config:write"]);
    let key = json!({ "name": "m", "scopes": scopes, "mask_money": true });
    let key = world.post("/api/api-keys", key).await.body["secret"].as_str().unwrap().to_owned();
    let as_masked = async |method: Method, path: &str, body: Value| {
        world.call_as(method, path, Some(body), &key).await.status
    };
    let cost = json!({ "kind": "cost_above", "amount": "0.01", "window_hours": 24 });
    let silent = json!({ "kind": "node_silent", "minutes": 5 });
    let made = async |condition: &Value| {
        as_masked(Method::POST, "/api/alert-rules", json!({ "name": "r", "condition": condition })).await
    };
    assert_eq!((made(&cost).await, made(&silent).await), (403, 201));
    // Nor does it change another's, or make one of its own into one.
    let others = rule(&world, json!({ "condition": cost })).await;
    let patch = json!({ "revision": 1, "actions": [{ "kind": "webhook" }] });
    assert_eq!(as_masked(Method::PATCH, &format!("/api/alert-rules/{others}"), patch).await, 403);
    let own = rule(&world, json!({ "condition": silent })).await;
    let patch = json!({ "revision": 1, "condition": cost });
    assert_eq!(as_masked(Method::PATCH, &format!("/api/alert-rules/{own}"), patch).await, 403);
}
