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

#[tokio::test(flavor = "multi_thread")]
async fn every_preset_makes_a_template_or_a_source_that_is_taken_as_it_is() {
    let world = World::start().await;
    let presets = world.get("/api/postback-templates/presets").await.body["items"].clone();
    let networks = presets.as_array().unwrap();
    let sources = world.get("/api/traffic-sources/presets").await.body["items"].clone();
    let sources = sources.as_array().unwrap();
    assert!(networks.len() + sources.len() >= 20, "{} and {}", networks.len(), sources.len());
    for preset in networks {
        let created = world.post("/api/postback-templates", json!({ "preset": preset["slug"] })).await;
        assert_eq!(created.status, 201, "{preset}: {}", created.body);
        for field in ["name", "slug", "preset", "fields", "statuses", "currency", "required"] {
            assert_eq!(created.body[field], preset[field], "{field} of {}", preset["slug"]);
        }
    }
    for preset in sources {
        let created = world.post("/api/traffic-sources", json!({ "preset": preset["slug"] })).await;
        assert_eq!(created.status, 201, "{preset}: {}", created.body);
        let call = &created.body["postbacks"][0];
        assert_eq!(call["url"], preset["postback_url"], "{}", preset["slug"]);
        assert_eq!(call["id"].as_str().map(str::len), Some(26));
        // What belongs to an account has to be filled in before the call may be made.
        let paused = preset["postback_url"].as_str().unwrap().contains("REPLACE_");
        assert_eq!(call["status"], if paused { "paused" } else { "active" }, "{}", preset["slug"]);
        assert_eq!(preset["replace"].as_array().unwrap().is_empty(), !paused, "{}", preset["slug"]);
    }
    let own = json!({ "preset": "everflow", "slug": "mine", "currency": "EUR", "required": [] });
    let own = world.post("/api/postback-templates", own).await;
    assert_eq!((&own.body["slug"], &own.body["currency"]), (&json!("mine"), &json!("EUR")), "{}", own.body);
    assert_eq!((&own.body["required"], &own.body["name"]), (&json!([]), &json!("Everflow")));
    for (path, preset) in [
        ("postback-templates", "propellerads"),
        ("postback-templates", "nope"),
        ("traffic-sources", "everflow"),
    ] {
        let refused = world.post(&format!("/api/{path}"), json!({ "preset": preset })).await;
        assert_eq!((refused.status, refused.fields()), (400, vec!["preset"]), "{path} {preset}");
    }

    let network = json!({ "name": "EF", "slug": "ef", "template_id": own.id() });
    let network = world.post("/api/affiliate-networks", network).await;
    let query = presets_query(networks, "everflow");
    assert_eq!(network.body["postback_path"], json!(format!("/pb/ef?{query}")));
    let secret = json!({ "revision": 1, "secret": "word" });
    world.call(Method::PATCH, &format!("/api/postback-templates/{}", own.id()), Some(secret)).await;
    let network = world.get(&format!("/api/affiliate-networks/{}", network.id())).await;
    assert_eq!(network.body["postback_path"], json!(format!("/pb/ef?{query}&secret={{secret}}")));
}

fn presets_query(networks: &[Value], slug: &str) -> String {
    let preset = networks.iter().find(|preset| preset["slug"] == slug).unwrap();
    preset["postback_url"].as_str().unwrap().split_once('?').unwrap().1.to_owned()
}
