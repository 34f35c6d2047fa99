//! `/api/webhooks`

use reqwest::Method;
use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_when_it_is_made_and_never_again() {
    let world = World::start().await;
    let body = json!({ "name": "Hook", "url": "https://hooks.example/in", "events": ["conversion", "node.offline"] });
    let created = world.post("/api/webhooks", body.clone()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let secret = created.body["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let path = format!("/api/webhooks/{}", created.id());
    let read = world.get(&path).await.body;
    assert_eq!(
        (&read["events"], read.get("secret")),
        (&json!(["conversion", "node.offline"]), None),
        "{read}"
    );
    let listed = world.get("/api/webhooks?q=hook").await.body;
    assert_eq!((&listed["total"], listed["items"][0].get("secret")), (&json!(1), None));

    let patch = json!({ "revision": 1, "status": "paused" });
    let patched = world.call(Method::PATCH, &path, Some(patch)).await;
    assert_eq!((patched.status, patched.body.get("secret")), (200, None), "{}", patched.body);
    assert_eq!(stored_secret(&world).await, secret, "a write that names none keeps it");
    let mut whole = body.clone();
    whole["revision"] = json!(2);
    assert_eq!(world.call(Method::PUT, &path, Some(whole)).await.status, 200);
    assert_eq!(stored_secret(&world).await, secret, "PUT too");

    let rotated = world.post(&format!("{path}/rotate-secret"), json!({})).await;
    let fresh = rotated.body["secret"].as_str().unwrap().to_owned();
    assert_eq!((rotated.status, &rotated.body["revision"]), (200, &json!(4)), "{}", rotated.body);
    assert!(fresh != secret && stored_secret(&world).await == fresh);
    let version = |answer: &crate::world::Answer| -> u64 {
        answer.headers["x-snapshot-version"].to_str().unwrap().parse().unwrap()
    };
    assert_eq!(version(&rotated), version(&patched) + 2, "nodes hear of each write");
    assert_eq!(world.post("/api/webhooks/nope/rotate-secret", json!({})).await.status, 404);
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);

    let own = format!("whsec_{}", "A".repeat(32));
    let mut body = body;
    body["secret"] = json!(own);
    assert_eq!(world.post("/api/webhooks", body).await.body["secret"], json!(own));
    let bad = json!({ "name": "", "url": "http://user@h.example/", "events": ["nope", "conversion", "conversion"], "secret": "short" });
    let refused = world.post("/api/webhooks", bad).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.fields(), ["name", "url", "events[0]", "events[2]", "secret"]);
    let none = json!({ "name": "x", "url": "https://h.example/", "events": [] });
    assert_eq!(world.post("/api/webhooks", none).await.fields(), ["events"]);
}

async fn stored_secret(world: &World) -> String {
    let webhooks = world.mongo().await.collection::<mongodb::bson::Document>("webhooks");
    let found = webhooks.find_one(mongodb::bson::doc! {}).await.unwrap().unwrap();
    found.get_str("secret").unwrap().to_owned()
}
