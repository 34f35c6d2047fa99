//! The history of a campaign, and the way back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

/// Without what every write changes.
fn plain(mut shown: Value) -> Value {
    for field in ["revision", "updated_at", "created_at"] {
        shown.as_object_mut().unwrap().remove(field);
    }
    shown
}

async fn streams(world: &World, campaign: &str) -> Vec<Value> {
    let page = world.get(&format!("{campaign}/streams?sort=position")).await.body;
    page["items"].as_array().unwrap().iter().cloned().map(plain).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_goes_back_to_any_moment_as_one_change() {
    let world = World::start().await;
    let (offer, other) = (world.destination("offer").await, world.destination("other").await);
    let stream = |name: &str, position: u32, target: &str| json!({ "name": name, "position": position, "targets": [{ "destination_id": target, "weight": 1 }] });
    let body =
        json!({ "name": "C", "slug": "c", "streams": [stream("one", 1, &offer), stream("two", 2, &offer)] });
    let created = world.post("/api/campaigns", body).await;
    let path = format!("/api/campaigns/{}", created.id());
    let (then, streams_then) = (plain(world.get(&path).await.body), streams(&world, &path).await);

    // Everything that can happen to it.
    let patch = json!({ "revision": 1, "name": "D", "slug": "d", "fallback_destination_id": other });
    assert_eq!(world.call(Method::PATCH, &path, Some(patch)).await.status, 200);
    let one = format!("/api/streams/{}", streams_then[0]["id"].as_str().unwrap());
    let change = json!({ "revision": 1, "targets": [{ "destination_id": other, "weight": 5 }] });
    assert_eq!(world.call(Method::PATCH, &one, Some(change)).await.status, 200);
    let two = format!("/api/streams/{}", streams_then[1]["id"].as_str().unwrap());
    assert_eq!(world.call(Method::DELETE, &two, None).await.status, 204);
    assert_eq!(world.post(&format!("{path}/streams"), stream("three", 3, &other)).await.status, 201);

    let history = world.get(&format!("{path}/history")).await.body;
    let items = history["items"].as_array().unwrap();
    let told: Vec<(&str, &str)> =
        items.iter().map(|i| (i["resource"].as_str().unwrap(), i["action"].as_str().unwrap())).collect();
    let expected = [
        ("streams", "created"),
        ("streams", "deleted"),
        ("streams", "updated"),
        ("campaigns", "updated"),
        ("campaigns", "created"),
    ];
    assert_eq!(told, expected);
    assert!(items.iter().all(|item| item["can_be_restored"] == true), "{history}");
    let changed: Vec<&str> =
        items[3]["diff"].as_array().unwrap().iter().map(|d| d["path"].as_str().unwrap()).collect();
    assert!(changed.len() == 3 && changed.contains(&"slug"), "{changed:?}");
    assert_eq!(items[2]["diff"][0]["path"], "targets[0].destination_id");
    let first = items[4]["id"].as_str().unwrap();
    let moment = world.get(&format!("{path}/history/{first}")).await.body;
    assert_eq!(moment["state"]["campaign"]["name"], "C");
    assert_eq!(moment["state"]["streams"].as_array().unwrap().len(), 2, "{moment}");

    let rollback = format!("{path}/rollback");
    let stale = world.post(&rollback, json!({ "entry": first, "revision": 1 })).await;
    assert_eq!((stale.status, stale.code()), (409, "revision_conflict"));
    let back = world.post(&rollback, json!({ "entry": first, "revision": 2 })).await;
    assert_eq!((back.status, &back.body["revision"]), (200, &json!(3)), "{}", back.body);
    assert_eq!(plain(world.get(&path).await.body), then);
    assert_eq!(streams(&world, &path).await, streams_then, "under the ids of then");
    let latest = world.get(&format!("{path}/history?limit=1")).await.body["items"][0].clone();
    assert_eq!(latest["what"], json!(format!("rolled back to {first}")));
    // And forward again, to what was there before.
    let before = items[0]["id"].as_str().unwrap();
    let forward = world.post(&rollback, json!({ "entry": before, "revision": 3 })).await;
    assert_eq!((forward.status, &forward.body["slug"]), (200, &json!("d")), "{}", forward.body);
    let names: Vec<Value> = streams(&world, &path).await.iter().map(|s| s["name"].clone()).collect();
    assert_eq!(names, ["one", "three"]);
    // A node of the last version sees just this.
    let clicked = world.post(&format!("{path}/simulate"), json!({})).await.body;
    assert_eq!(clicked["destination_id"], json!(other), "{clicked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_version_names_and_is_gone_is_a_wrong_field() {
    let world = World::start().await;
    let second = world.second_workspace().await;
    let (offer, other) = (world.destination("offer").await, world.destination("other").await);
    let stream = json!({ "name": "s", "targets": [{ "destination_id": offer, "weight": 1 }] });
    let body = json!({ "name": "C", "slug": "c", "fallback_destination_id": offer, "streams": [stream] });
    let created = world.post("/api/campaigns", body).await;
    let path = format!("/api/campaigns/{}", created.id());
    let first = world.get(&format!("{path}/history")).await.body["items"][0]["id"].clone();
    let id = world.get(&format!("{path}/streams")).await.body["items"][0]["id"].clone();
    let target = json!({ "revision": 1, "targets": [{ "destination_id": other, "weight": 1 }] });
    let stream = format!("/api/streams/{}", id.as_str().unwrap());
    assert_eq!(world.call(Method::PATCH, &stream, Some(target)).await.status, 200);
    let patch = json!({ "revision": 1, "fallback_destination_id": null, "slug": "d" });
    assert_eq!(world.call(Method::PATCH, &path, Some(patch)).await.status, 200);
    let gone = world.call(Method::DELETE, &format!("/api/destinations/{offer}"), None).await;
    assert_eq!(gone.status, 204, "{}", gone.body);
    let taken = world.post("/api/campaigns", json!({ "name": "E", "slug": "c" })).await;
    assert_eq!(taken.status, 201);

    let rollback = format!("{path}/rollback");
    let refused = world.post(&rollback, json!({ "entry": first, "revision": 2 })).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(refused.fields(), ["fallback_destination_id", "streams[0].targets[0].destination_id"]);
    let total = world.get(&format!("{path}/history")).await.body["total"].clone();
    assert_eq!(total, 3, "a refused rollback is no change");
    for (body, field) in [
        (json!({ "entry": "nope", "revision": 2 }), "entry"),
        (json!({ "revision": 2 }), "entry"),
        (json!({ "entry": first }), "revision"),
    ] {
        assert_eq!(world.post(&rollback, body).await.fields(), [field]);
    }
    for path in [format!("{path}/history"), format!("{path}/history/{}", first.as_str().unwrap())] {
        assert_eq!(second.get(&path).await.status, 404, "{path}");
    }
    let elsewhere = second.post(&rollback, json!({ "entry": first, "revision": 2 })).await;
    assert_eq!(elsewhere.status, 404);
}
