//! `/api/postback-templates`

use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_conversion::secret::CompiledSecret;
use traffoflex_model::SecretHash;

use crate::world::World;

/// As MongoDB has it.
async fn stored_secret(world: &World, id: &str) -> Option<CompiledSecret> {
    let templates = world.mongo().await.collection::<Document>("postback_templates");
    let found = templates.find_one(doc! { "_id": id }).await.unwrap().unwrap();
    let secret = found.get_document("secret").ok()?;
    let text = |name: &str| secret.get_str(name).unwrap().to_owned();
    CompiledSecret::compile(&SecretHash { salt: text("salt"), hash: text("hash") })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_goes_in_and_never_comes_out() {
    let world = World::start().await;
    let body = json!({ "name": "Net", "slug": "net", "secret": "s3cret-word",
        "fields": [{ "field": "payout", "names": ["amt", "AMT2"] }], "statuses": [{ "word": "OK", "status": "sale" }],
        "default_status": "ok", "required": ["payout"], "allowed_ips": ["192.0.2.0/24", "2001:db8::1"], "currency": "eur",
        "payout_factor": "0.01", "duplicates": "count" });
    let created = world.post("/api/postback-templates", body.clone()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let shown = &created.body;
    assert_eq!((&shown["has_secret"], shown.get("secret")), (&json!(true), None), "{shown}");
    assert_eq!((&shown["currency"], &shown["payout_factor"]), (&json!("EUR"), &json!("0.01")));
    assert_eq!((&shown["duplicates"], &shown["required"]), (&json!("count"), &json!(["payout"])));
    let path = format!("/api/postback-templates/{}", created.id());
    for body in [world.get(&path).await.body, world.get("/api/postback-templates").await.body] {
        assert!(!body.to_string().contains("s3cret") && !body.to_string().contains("salt"), "{body}");
    }
    let kept = async |what: &str| {
        let secret = stored_secret(&world, created.id()).await.unwrap();
        assert!(secret.is("s3cret-word") && !secret.is("s3cret-wore"), "{what}");
    };
    kept("created").await;
    let patched = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "name": "Other" }))).await;
    assert_eq!((patched.status, &patched.body["fields"]), (200, &body["fields"]), "{}", patched.body);
    kept("patched").await;
    let put = json!({ "revision": 2, "name": "Net", "slug": "net" });
    let put = world.call(Method::PUT, &path, Some(put)).await;
    assert_eq!((put.status, &put.body["has_secret"]), (200, &json!(true)), "{}", put.body);
    assert_eq!((&put.body["currency"], &put.body["duplicates"]), (&json!("USD"), &json!("update")));
    kept("put").await;
    let changed = world.call(Method::PATCH, &path, Some(json!({ "revision": 3, "secret": "another" }))).await;
    assert_eq!(changed.status, 200);
    assert!(stored_secret(&world, created.id()).await.unwrap().is("another"));
    let removed = world.call(Method::PATCH, &path, Some(json!({ "revision": 4, "secret": null }))).await;
    assert_eq!((removed.status, &removed.body["has_secret"]), (200, &json!(false)));
    assert!(stored_secret(&world, created.id()).await.is_none());
    let stale = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "secret": "x" }))).await;
    assert_eq!((stale.status, stale.code()), (409, "revision_conflict"));
    let taken = world.post("/api/postback-templates", json!({ "name": "x", "slug": "net" })).await;
    assert_eq!((taken.status, taken.fields()), (400, vec!["slug"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_named_at_once_and_every_listed_name_is_taken() {
    let world = World::start().await;
    let bad = json!({ "name": "", "slug": "No", "secret": 7,
        "fields": [{ "field": "colour", "names": ["x"] }, { "field": "payout", "names": [] }, { "field": "payout", "names": ["a", " b", "A"] }],
        "statuses": [{ "word": "ok", "status": "won" }, { "word": "OK", "status": "sale" }, { "word": "", "status": "unmapped" }],
        "default_status": "gibberish", "default_event_type": "x".repeat(65), "required": ["payout", "colour", "payout"],
        "allowed_ips": ["192.0.2.0/24", "192.0.2.0/33"], "currency": "ZZZ", "payout_factor": "0", "duplicates": "maybe" });
    let refused = world.post("/api/postback-templates", bad).await;
    assert_eq!((refused.status, refused.code()), (400, "validation_failed"));
    assert_eq!(
        refused.fields(),
        [
            "secret",
            "name",
            "slug",
            "fields[0].field",
            "fields[1].names",
            "fields[2].names[1]",
            "fields[2].names[2]",
            "fields[2].field",
            "statuses[0].status",
            "statuses[1].word",
            "statuses[2].word",
            "statuses[2].status",
            "default_event_type",
            "required[1]",
            "required[2]",
            "allowed_ips[1]",
            "currency",
            "payout_factor",
            "duplicates",
            "default_status",
        ],
        "{}",
        refused.body
    );
    for factor in ["0.0000001", "1000001", "-1", "x", "1e3", "0.1234567"] {
        let body = json!({ "name": "x", "slug": "x", "payout_factor": factor });
        assert_eq!(world.post("/api/postback-templates", body).await.fields(), ["payout_factor"], "{factor}");
    }
    let words: Vec<Value> = (0..201).map(|i| json!({ "word": format!("w{i}"), "status": "sale" })).collect();
    let many = json!({ "name": "x", "slug": "x", "statuses": words, "allowed_ips": vec!["192.0.2.1"; 201] });
    assert_eq!(world.post("/api/postback-templates", many).await.fields(), ["statuses", "allowed_ips"]);

    let schema = world.get("/api/schema/postbacks").await.body;
    let names = |list: &str, only: &str| -> Vec<Value> {
        let entries = schema[list].as_array().unwrap().iter();
        entries.filter(|e| only.is_empty() || e[only] == true).map(|e| e["name"].clone()).collect()
    };
    let fields: Vec<Value> = (names("fields", "").iter().enumerate())
        .map(|(i, field)| json!({ "field": field, "names": [format!("p{i}")] }))
        .collect();
    let statuses: Vec<Value> = (names("statuses", "mappable").iter().enumerate())
        .map(|(i, status)| json!({ "word": format!("w{i}"), "status": status }))
        .collect();
    assert_eq!((fields.len(), statuses.len()), (7, 4), "{schema}");
    for (i, mode) in names("duplicate_modes", "").into_iter().enumerate() {
        let body = json!({ "name": "n", "slug": format!("n{i}"), "duplicates": mode, "fields": fields, "statuses": statuses,
            "required": names("fields", ""), "default_status": schema["default_status"] });
        let created = world.post("/api/postback-templates", body).await;
        assert_eq!((created.status, &created.body["duplicates"]), (201, &mode), "{}", created.body);
    }
}
