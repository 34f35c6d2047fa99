//! `/api/campaigns/{id}/links` and `/api/link-keys`.

use mongodb::bson::doc;
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, DATABASE, NODE_TOKEN};
use traffoflex_model::{LinkKey, Snapshot};
use traffoflex_routing::signed_link;
use traffoflex_wire::{codec, snapshot::SnapshotMessage};

use crate::world::{World, eventually};

async fn snapshot(world: &World, base: &str) -> Snapshot {
    let answer = world.client.get(format!("{base}/internal/v1/snapshot")).bearer_auth(NODE_TOKEN);
    match codec::open(&answer.send().await.unwrap().bytes().await.unwrap(), 1 << 26).unwrap() {
        SnapshotMessage::Full(snapshot) => snapshot,
        delta => panic!("not full: {delta:?}"),
    }
}

async fn keys(world: &World) -> Vec<LinkKey> {
    snapshot(world, &world.url("")).await.settings.link_keys
}

#[tokio::test(flavor = "multi_thread")]
async fn links_say_what_was_asked_and_wrong_wishes_name_their_field() {
    let world = World::start().await;
    let (a, b) = (world.destination("a").await, world.destination("b").await);
    let stream =
        |target: &str| json!([{ "name": "s", "targets": [{ "destination_id": target, "weight": 1 }] }]);
    let body = |slug: &str, target: &str| json!({ "name": "c", "slug": slug, "streams": stream(target) });
    let campaign = world.post("/api/campaigns", body("one", &a)).await;
    let other = world.post("/api/campaigns", body("two", &b)).await;
    let stream_of = async |id: &str| {
        let streams = world.get(&format!("/api/campaigns/{id}/streams")).await.body;
        streams["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let (own, foreign) = (stream_of(campaign.id()).await, stream_of(other.id()).await);
    let path = format!("/api/campaigns/{}/links", campaign.id());

    let wish = json!({ "stream_id": own, "destination_id": a, "sub1": "x", "sub10": "ü", "one_time": true, "count": 3,
        "expires_in_seconds": 60 });
    let minted = world.post(&path, wish).await;
    assert_eq!(minted.status, 201, "{}", minted.body);
    let items = minted.body["items"].as_array().unwrap();
    let read = |item: &Value, keys: &[LinkKey]| {
        signed_link::verify(item["token"].as_str().unwrap(), keys, 0).unwrap()
    };
    let now = keys(&world).await;
    let links: Vec<_> = items.iter().map(|item| read(item, &now)).collect();
    assert_eq!(links.len(), 3);
    assert!(links[0].nonce != links[1].nonce && links[1].nonce != links[2].nonce);
    assert_eq!(links[0].campaign, campaign.body["public_id"].as_str().unwrap());
    assert_eq!((&*links[0].stream_id, &*links[0].destination_id), (&*own, &*a));
    assert_eq!((&*links[0].subs[0], &*links[0].subs[1], &*links[0].subs[9]), ("x", "", "ü"));
    let expires_at: jiff::Timestamp = items[0]["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(Some(expires_at.as_millisecond()), links[0].expires_at_ms);
    assert_eq!(items[0]["path"], format!("/r/{}", items[0]["token"].as_str().unwrap()));

    let plain = world.post(&path, json!({})).await.body["items"][0].clone();
    assert_eq!((&plain["expires_at"], read(&plain, &now).nonce), (&Value::Null, None));
    let once = world.post(&path, json!({ "one_time": true })).await.body["items"][0].clone();
    assert!(once["expires_at"].is_string(), "a link for one click expires: {once}");
    for (wish, field) in [
        (json!({ "stream_id": foreign }), "stream_id"),
        (json!({ "stream_id": own, "destination_id": b }), "destination_id"),
        (json!({ "destination_id": b }), "destination_id"),
        (json!({ "sub2": "x".repeat(256) }), "sub2"),
        (json!({ "sub3": 7 }), "sub3"),
        (json!({ "sub11": "x" }), "sub11"),
        (json!({ "count": 0 }), "count"),
        (json!({ "count": 1001 }), "count"),
        (json!({ "expires_in_seconds": 0 }), "expires_in_seconds"),
        (json!({ "expires_in_seconds": 91 * 24 * 3600, "one_time": true }), "expires_in_seconds"),
        (json!({ "expires_at": "2001-01-01T00:00:00Z" }), "expires_at"),
        (json!({ "expires_at": "soon" }), "expires_at"),
        (json!({ "expires_at": "2100-01-01T00:00:00Z", "expires_in_seconds": 1 }), "expires_at"),
    ] {
        let answer = world.post(&path, wish.clone()).await;
        assert_eq!((answer.status, answer.fields()), (400, vec![field]), "{wish}: {}", answer.body);
    }
    assert_eq!(world.post("/api/campaigns/nope/links", json!({})).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_reach_every_process_and_outlive_a_restart_and_are_never_shown() {
    let mut world = World::start().await;
    let second = world.stack.second_api().await.unwrap();
    let before = keys(&world).await;
    assert_eq!(before.len(), 1);
    let version = snapshot(&world, &world.url("")).await.version;

    let rotated = world.post("/api/link-keys/rotate", json!({})).await;
    assert_eq!(rotated.status, 201, "{}", rotated.body);
    let published: u64 = rotated.headers["x-snapshot-version"].to_str().unwrap().parse().unwrap();
    assert_eq!(published, version + 1);
    let after = keys(&world).await;
    assert_eq!((after.len(), &after[1]), (2, &before[0]));
    assert_eq!(rotated.body["items"][0]["id"], after[0].id);
    let said = rotated.body.to_string();
    assert!(!said.contains("key\""), "ids and times alone: {said}");
    eventually("the other process has the new key", async || {
        snapshot(&world, &second.url()).await.settings.link_keys == after
    })
    .await;

    // The other one revokes; this one learns of it.
    let url = format!("{}/api/link-keys/{}", second.url(), before[0].id);
    let answer = world.client.delete(&url).bearer_auth(BOOTSTRAP_TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    eventually("the old key is gone here too", async || keys(&world).await == after[..1]).await;
    let signs = world.call(Method::DELETE, &format!("/api/link-keys/{}", after[0].id), None).await;
    assert_eq!((signs.status, signs.code()), (409, "conflict"));

    let version = snapshot(&world, &world.url("")).await.version;
    world.stack.kill_api().unwrap();
    world.stack.start_api().await.unwrap();
    let again = snapshot(&world, &world.url("")).await;
    assert_eq!((again.version, again.settings.link_keys), (version, after[..1].to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_older_than_links_gets_a_key_in_a_new_version() {
    let mut world = World::start().await;
    let before = snapshot(&world, &world.url("")).await;
    world.stack.stop_api().await.unwrap();
    let client = mongodb::Client::with_uri_str(world.stack.variable("MONGO_URI")).await.unwrap();
    let installations = client.database(DATABASE).collection::<mongodb::bson::Document>("installation");
    let unset = doc! { "$unset": { "link_keys": 1, "last_link_key": 1, "settings_revision": 1 } };
    assert_eq!(installations.update_one(doc! {}, unset).await.unwrap().modified_count, 1);

    world.stack.start_api().await.unwrap();
    let after = snapshot(&world, &world.url("")).await;
    assert_eq!((after.version, &after.generation), (before.version + 1, &before.generation));
    assert_eq!(after.settings.link_keys.len(), 1);
    assert_ne!(after.settings.link_keys, before.settings.link_keys);
    assert_eq!(after.settings.click_id_keys, before.settings.click_id_keys);
}
