//! Messages that could not be ingested: whose they are, and how they become events after all.

use std::collections::BTreeSet;

use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{
    World, click,
    logged::{identified, now_ms},
};

fn trafficback(workspace: &str, seq: u64, reason: &str) -> Value {
    let event = json!({ "created_at": now_ms(), "click_id": format!("k{seq}"), "workspace_id": workspace, "campaign_id": "c",
        "stream_id": "", "destination_id": "", "reason": reason, "depth": 0, "visited_destinations": "" });
    identified("n1", seq, event)
}

fn whole_click(workspace: &str, seq: u64, decision: &str) -> Value {
    let own =
        json!({ "workspace_id": workspace, "created_at": now_ms(), "decision": decision, "cost": "0.5" });
    serde_json::from_slice(&click("n1", 1, seq, own)).unwrap()
}

/// Sends what will be refused.
async fn refused(world: &World, topic: &str, seq: u64, event: &Value) {
    assert_eq!(world.event(topic, "n1", seq, event).await, (0, 1), "{event}");
}

async fn listed(world: &World, query: &str) -> Vec<Value> {
    let answer = world.get(&format!("/api/ingestion-errors?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let items = answer.body["items"].as_array().unwrap().clone();
    assert_eq!(answer.body["total"], items.len(), "{query}");
    items
}

fn message(item: &Value) -> Value {
    serde_json::from_str(item["raw_message"].as_str().unwrap()).unwrap()
}

async fn clicks(world: &World) -> String {
    world.clickhouse("SELECT count(), uniqExact(node_seq) FROM click_events FINAL").await
}

async fn trafficbacks(world: &World) -> String {
    world.clickhouse("SELECT count(), uniqExact(node_seq) FROM trafficback_events FINAL").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_repaired_and_is_the_event_that_it_was_to_be() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    refused(&world, "click_events", 1, &whole_click(&w, 1, "whim")).await;
    let item = listed(&world, "state=new").await.remove(0);
    let path = format!("/api/ingestion-errors/{}", item["id"].as_str().unwrap());
    assert_eq!((&item["topic"], &item["node_id"]), (&json!("traffoflex.click_events"), &json!("n1")));
    assert_eq!((&item["partition"], &item["state"]), (&json!(-1), &json!("new")));
    assert!(item["error"].as_str().unwrap().contains("whim"), "{item}");
    assert_eq!(world.get(&path).await.body, item);

    // As it is, it is refused as before; and nobody makes another event of it.
    let reingest = format!("{path}/reingest");
    let again = world.post(&reingest, json!({})).await;
    assert_eq!((again.status, again.fields()), (400, vec!["decision"]), "{}", again.body);
    let mut repaired = message(&item);
    repaired["decision"] = "routed".into();
    let with = |field: &str, value: Value| {
        let mut changed = repaired.clone();
        changed[field] = value;
        json!({ "message": changed })
    };
    for (field, value) in
        [("node_seq", json!(2)), ("workspace_id", json!("another")), ("event_id", json!("n1.1.9"))]
    {
        assert_eq!(world.post(&reingest, with(field, value)).await.fields(), [field]);
    }
    // It passes our check, and not ClickHouse's.
    let beyond = world.post(&reingest, with("cost", json!("9999999999999999"))).await;
    assert_eq!((beyond.status, beyond.fields()), (400, vec!["message"]), "{}", beyond.body);
    assert_eq!(listed(&world, "state=new").await.len(), 1, "it stays");
    assert_eq!(clicks(&world).await, "0\t0");

    let whole = json!({ "message": repaired });
    for _ in 0..2 {
        let done = world.post(&reingest, whole.clone()).await;
        assert_eq!((done.status, &done.body["state"]), (200, &json!("reingested")), "{}", done.body);
        assert_eq!(done.body["handled_by"], "bootstrap token");
    }
    assert_eq!(clicks(&world).await, "1\t1", "put in twice it is one row");
    assert_eq!(world.event("click_events", "n1", 1, &repaired).await, (1, 0));
    assert_eq!(clicks(&world).await, "1\t1", "and its node's own replay is the same row");
    assert_eq!(listed(&world, "state=new").await.len(), 0);
    assert_eq!(listed(&world, "state=reingested").await.len(), 1);
    assert_eq!(world.post(&format!("{path}/dismiss"), json!({})).await.status, 409);

    refused(&world, "click_events", 5, &whole_click(&w, 5, "whim")).await;
    let item = listed(&world, "state=new").await.remove(0);
    let path = format!("/api/ingestion-errors/{}", item["id"].as_str().unwrap());
    assert_eq!(world.post(&format!("{path}/dismiss"), json!({})).await.body["state"], "dismissed");
    assert_eq!(listed(&world, "state=dismissed").await.len(), 1);
    assert_eq!(listed(&world, "state=reingested,dismissed").await.len(), 2);
    assert_eq!(listed(&world, "state=new,reingested").await.len(), 1);
    assert_eq!(world.post(&reingest, json!({ "message": 7, "nope": 1 })).await.fields(), ["nope"]);
    assert_eq!(world.get("/api/ingestion-errors/none").await.status, 404);
    let wrong = world.get("/api/ingestion-errors?state=old&nope=1").await;
    assert_eq!(wrong.fields(), ["state", "nope"]);
    let log: mongodb::Collection<Document> = world.mongo().await.collection("audit_log");
    assert_eq!(log.count_documents(doc! { "resource": "ingestion-errors" }).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_of_the_workspace_that_its_message_names() {
    let world = World::start().await;
    let (w, other) = (world.workspace_id().await, world.new_workspace("other").await);
    refused(&world, "trafficback_events", 1, &trafficback(&w, 1, "whim")).await;
    refused(&world, "trafficback_events", 2, &trafficback(&other, 2, "whim")).await;
    refused(&world, "trafficback_events", 3, &trafficback("nobody", 3, "whim")).await;
    refused(&world, "node_gap_events", 4, &identified("n1", 4, json!({ "created_at": 1, "first_seq": 1 })))
        .await;
    assert_eq!(world.event("click_events", "n1", 5, &json!("cut")).await, (0, 1));
    let (manager, masked) = (world.member("manager", None).await, world.member("masked", None).await);
    let stranger = world.member("owner", Some(&other)).await;

    let seqs = |items: &Value| -> BTreeSet<u64> {
        let items = items["items"].as_array().unwrap_or_else(|| panic!("{items}"));
        items.iter().map(|item| message(item)["node_seq"].as_u64().unwrap_or_default()).collect()
    };
    let admin = world.get("/api/ingestion-errors").await.body;
    assert_eq!(seqs(&admin), BTreeSet::from([0, 1, 3, 4]), "its own, and what is nobody's");
    let of = async |person| world.get_as("/api/ingestion-errors", person).await.body;
    assert_eq!(seqs(&of(&manager).await), BTreeSet::from([1]));
    assert_eq!(seqs(&of(&stranger).await), BTreeSet::from([2]));
    let hidden = of(&masked).await;
    assert!(hidden["items"][0]["raw_message"].is_null() && hidden["items"][0]["error"].is_null(), "{hidden}");
    assert_eq!(world.get_as("/api/ingestion-errors?q=x", &masked).await.fields(), ["q"]);

    let find = |seq: u64| {
        let items = admin["items"].as_array().unwrap();
        let found = items.iter().find(|item| message(item)["node_seq"].as_u64().unwrap_or_default() == seq);
        (format!("/api/ingestion-errors/{}", found.unwrap()["id"].as_str().unwrap()), message(found.unwrap()))
    };
    let (own, mut repaired) = find(1);
    assert_eq!(world.get_as(&own, &stranger).await.status, 404);
    assert_eq!(world.post_as(&format!("{own}/reingest"), json!({}), &stranger).await.status, 404);
    assert_eq!(world.post_as(&format!("{own}/dismiss"), json!({}), &masked).await.status, 403);
    repaired["reason"] = "cap_reached".into();
    let done = world.post_as(&format!("{own}/reingest"), json!({ "message": repaired }), &manager).await;
    assert_eq!((done.status, &done.body["state"]), (200, &json!("reingested")), "{}", done.body);
    let (gap, _) = find(4);
    assert_eq!(world.get_as(&gap, &manager).await.status, 404);
    let whole = json!({ "created_at": 1, "first_seq": 1, "last_seq": 2, "reason": "outbox_full" });
    let done = world.post(&format!("{gap}/reingest"), json!({ "message": identified("n1", 4, whole) })).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(world.clickhouse("SELECT count() FROM node_gap_events FINAL").await, "1");
    let (lost, _) = find(3);
    assert_eq!(world.post(&format!("{lost}/reingest"), json!({})).await.fields(), ["reason"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_put_in_again_once_their_cause_is_mended() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    refused(&world, "trafficback_events", 1, &trafficback(&w, 1, "whim")).await;
    // These were good, and were refused for what was wrong here.
    let good: Vec<String> = (2..=4)
        .map(|seq| {
            format!(
                "('traffoflex.trafficback_events', 3, {seq}, 'no such column', '{}')",
                trafficback(&w, seq, "cap_reached")
            )
        })
        .collect();
    let columns = "topic, partition, offset, error, raw_message";
    world
        .clickhouse(&format!("INSERT INTO kafka_ingestion_errors ({columns}) VALUES {}", good.join(", ")))
        .await;
    assert_eq!(listed(&world, "q=NO%20SUCH").await.len(), 3);
    assert_eq!(listed(&world, "topic=traffoflex.trafficback_events&node_id=n1").await.len(), 4);
    let path = "/api/ingestion-errors/reingest";
    for bad in [json!({ "topic": "x" }), json!({ "from": "yesterday" })] {
        assert_eq!(world.post(path, bad).await.status, 400);
    }
    let none = world.post(path, json!({ "topics": ["traffoflex.click_events"] })).await;
    assert_eq!((none.status, &none.body["reingested"]), (200, &json!(0)), "{}", none.body);
    let done = world.post(path, json!({ "topics": ["traffoflex.trafficback_events"] })).await;
    assert_eq!((done.status, &done.body["reingested"]), (200, &json!(3)), "{}", done.body);
    let failed = &done.body["failed"];
    assert_eq!((failed.as_array().unwrap().len(), &failed[0]["errors"][0]["field"]), (1, &json!("reason")));
    assert_eq!(trafficbacks(&world).await, "3\t3");
    assert_eq!(listed(&world, "state=reingested").await.len(), 3);
    let left = listed(&world, "state=new").await;
    assert_eq!((left.len(), &left[0]["id"]), (1, &failed[0]["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_refused_together_each_is_tried_once() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    // One block: one time for all. Those that come last are good.
    let lines: Vec<String> = (0..1100)
        .map(|seq| {
            format!(
                "('traffoflex.trafficback_events', 3, {seq}, 'refused', '{}')",
                trafficback(&w, seq, "whim")
            )
        })
        .collect();
    let columns = "topic, partition, offset, error, raw_message";
    world
        .clickhouse(&format!("INSERT INTO kafka_ingestion_errors ({columns}) VALUES {}", lines.join(", ")))
        .await;
    assert_eq!(world.clickhouse("SELECT uniqExact(observed_at) FROM kafka_ingestion_errors").await, "1");
    let path = "/api/ingestion-errors/reingest";
    let (mut tried, mut request) = (BTreeSet::new(), json!({}));
    for expected in [500, 500, 100] {
        let done = world.post(path, request.clone()).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let failed = done.body["failed"].as_array().unwrap();
        assert_eq!(failed.len(), expected);
        tried.extend(failed.iter().map(|failed| failed["id"].as_str().unwrap().to_owned()));
        request = json!({ "from": done.body["next_from"], "after": done.body["next_after"] });
    }
    assert_eq!(tried.len(), 1100, "each once");
    assert_eq!(request, json!({ "from": null, "after": null }));
    for bad in [json!({ "after": "0".repeat(32) }), json!({ "from": "2026-01-01T00:00:00Z", "after": "x" })] {
        assert_eq!(world.post(path, bad).await.fields(), ["after"]);
    }
    // An error of one quotes what was sent.
    let key = json!({ "name": "masked", "scopes": ["operate"], "mask_money": true });
    let key = world.post("/api/api-keys", key).await;
    let id = tried.first().unwrap();
    let hidden = world
        .call_as(
            Method::POST,
            &format!("/api/ingestion-errors/{id}/reingest"),
            Some(json!({})),
            key.body["secret"].as_str().unwrap(),
        )
        .await;
    assert_eq!((hidden.status, hidden.fields()), (400, vec!["reason"]));
    assert!(!hidden.body.to_string().contains("whim"), "{}", hidden.body);
}
