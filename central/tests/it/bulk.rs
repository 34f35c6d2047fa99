//! The status of many at once.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn each_id_has_an_answer_and_nodes_hear_of_all_at_once() {
    let world = World::start().await;
    let second = world.second_workspace().await;
    let body = json!({ "name": "x", "url": "https://x.example/" });
    let elsewhere = second.post("/api/destinations", body).await.id().to_owned();
    let mut ids = Vec::new();
    for i in 0..40 {
        ids.push(world.destination(&format!("d{i}")).await);
    }
    let before = world.get("/api/campaigns").await;
    assert_eq!(before.status, 200);
    let last = world.post("/api/destinations", json!({ "name": "y", "url": "https://y.example/" })).await;
    let version = |answer: &crate::world::Answer| -> u64 {
        answer.headers["x-snapshot-version"].to_str().unwrap().parse().unwrap()
    };
    let mut asked = ids.clone();
    asked.insert(3, "nope".into());
    asked.insert(5, elsewhere.clone());
    let body = json!({ "ids": asked, "status": "paused" });
    let answer = world.post("/api/destinations/bulk-status", body.clone()).await;
    assert_eq!((answer.status, version(&answer)), (200, version(&last) + 1), "{}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 42);
    for (item, id) in items.iter().zip(&asked) {
        assert_eq!(&item["id"], id);
        let expected = match id == "nope" || *id == elsewhere {
            true => json!({ "id": id, "result": "error", "revision": null, "error": "not_found" }),
            false => json!({ "id": id, "result": "ok", "revision": 2, "error": null }),
        };
        assert_eq!(item, &expected);
    }
    assert_eq!(world.get("/api/destinations?status=paused").await.body["total"], 40);
    assert_eq!(second.get(&format!("/api/destinations/{elsewhere}")).await.body["status"], "active");
    let again = world.post("/api/destinations/bulk-status", body).await;
    assert_eq!(version(&again), version(&answer), "there was nothing to write");
    let entries = world.get("/api/audit-log?resource=destinations&action=updated&limit=500").await.body;
    assert_eq!(entries["total"], 40);

    for (body, field) in [
        (json!({ "ids": [], "status": "paused" }), "ids"),
        (json!({ "ids": vec!["x"; 501], "status": "paused" }), "ids"),
        (json!({ "ids": ["a", "b", "a"], "status": "paused" }), "ids[2]"),
        (json!({ "ids": ["a"], "status": "gone" }), "status"),
        (json!({ "ids": ["a"] }), "status"),
    ] {
        assert_eq!(world.post("/api/destinations/bulk-status", body).await.fields(), [field]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_one_campaign_are_all_in_its_latest_version() {
    let world = World::start().await;
    let destination = world.destination("offer").await;
    let stream = |i: usize| json!({ "name": format!("s{i}"), "targets": [{ "destination_id": destination, "weight": 1 }] });
    let streams: Vec<Value> = (0..20).map(stream).collect();
    let campaign = world.post("/api/campaigns", json!({ "name": "C", "streams": streams })).await;
    let path = format!("/api/campaigns/{}", campaign.id());
    let page = world.get(&format!("{path}/streams")).await.body;
    let ids: Vec<&Value> = page["items"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
    let answer = world.post("/api/streams/bulk-status", json!({ "ids": ids, "status": "archived" })).await;
    assert!(answer.body["items"].as_array().unwrap().iter().all(|i| i["result"] == "ok"), "{}", answer.body);
    let history = world.get(&format!("{path}/history")).await.body;
    assert_eq!(history["total"], 21);
    // Whoever came last in the counter saw what all others had written.
    let mut archived = Vec::new();
    for entry in history["items"].as_array().unwrap() {
        let moment = format!("{path}/history/{}", entry["id"].as_str().unwrap());
        let state = world.get(&moment).await.body["state"]["streams"].clone();
        archived.push(state.as_array().unwrap().iter().filter(|s| s["status"] == "archived").count());
    }
    archived.sort_unstable();
    assert_eq!(archived, (0..=20).collect::<Vec<_>>());
    let gone = world.call(Method::DELETE, &path, None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(world.get(&format!("{path}/history")).await.status, 404);
}
