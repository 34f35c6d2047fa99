//! A workspace's configuration as a file.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

const LISTS: [&str; 10] = [
    "sources",
    "domains",
    "templates",
    "networks",
    "webhooks",
    "destinations",
    "campaigns",
    "streams",
    "alert_rules",
    "saved_views",
];

/// One of everything, each naming what it can.
async fn furnish(world: &World) {
    let made = async |path: &str, body: Value| {
        let created = world.post(path, body).await;
        assert_eq!(created.status, 201, "{path}: {}", created.body);
        created.id().to_owned()
    };
    let back = made(
        "/api/destinations",
        json!({ "name": "back", "url": "https://b.example/", "kind": "trafficback" }),
    )
    .await;
    let cap =
        json!({ "metric": "revenue", "limit": "12.5", "window_hours": 24, "redirect_destination_id": back });
    let offer = made(
        "/api/destinations",
        json!({ "name": "offer", "url": "https://o.example/?c={click_id}", "caps": [cap] }),
    )
    .await;
    let landing = made("/api/landings", json!({ "name": "lp", "url": "https://l.example/" })).await;
    let source = made("/api/traffic-sources", json!({ "preset": "propellerads", "slug": "prop" })).await;
    let domain = made("/api/domains", json!({ "host": "go.client.example" })).await;
    let template = json!({ "name": "T", "slug": "t", "secret": "pass-the-word", "payout_factor": "0.01" });
    let template = made("/api/postback-templates", template).await;
    made("/api/affiliate-networks", json!({ "name": "N", "slug": "n", "template_id": template })).await;
    made("/api/webhooks", json!({ "name": "W", "url": "https://h.example/", "events": ["conversion"] }))
        .await;
    let rules =
        json!({ "all": [{ "condition": { "field": "source", "operator": "eq", "values": [source] } }] });
    let stream = json!({ "name": "s", "rules": rules, "landings": [{ "destination_id": landing, "weight": 1 }],
        "targets": [{ "destination_id": offer, "weight": 3 }] });
    let campaign = made(
        "/api/campaigns",
        json!({ "name": "C", "slug": "c", "source_id": source, "domain_ids": [domain],
        "trafficback_destination_id": back, "streams": [stream] }),
    )
    .await;
    let settings =
        json!({ "revision": 1, "name": "Mine", "trafficback_destination_id": back, "bots": { "asns": [1] } });
    assert_eq!(world.call(Method::PATCH, "/api/workspace", Some(settings)).await.status, 200);
    for (name, visibility) in [("V", "shared"), ("mine alone", "private")] {
        let query = json!({ "from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z" });
        let view = json!({ "name": name, "visibility": visibility, "report": "daily", "query": query });
        made("/api/saved-views", view).await;
    }
    let streams = world.get(&format!("/api/campaigns/{campaign}/streams")).await.body;
    let weight = json!({ "kind": "set_weight", "stream_id": streams["items"][0]["id"], "destination_id": offer,
        "percent": 50 });
    let pause = json!({ "kind": "pause_destination", "destination_id": offer });
    let condition = json!({ "kind": "cost_above", "campaign_id": campaign, "amount": "12.5",
        "window_hours": 24 });
    made(
        "/api/alert-rules",
        json!({ "name": "R", "dry_run": false, "condition": condition, "actions": [weight, pause] }),
    )
    .await;
    let rates = json!([{ "currency": "EUR", "date": "2026-11-01", "rate": "1.1" }]);
    assert_eq!(world.call(Method::PUT, "/api/currency-rates", Some(rates)).await.status, 200);
}

/// With ids by the order in which they come, and without its time.
fn anonymous(mut file: Value) -> Value {
    file.as_object_mut().unwrap().remove("exported_at");
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for list in LISTS {
        // In an order that no id decides.
        let items = file[list].as_array_mut().unwrap();
        items.sort_by_key(|item| item.get("name").or(item.get("host")).unwrap().to_string());
        for (i, item) in items.iter_mut().enumerate() {
            let id = item["id"].as_str().unwrap().to_owned();
            names.insert(id, format!("{list} {i}"));
            item.as_object_mut().unwrap().remove("public_id");
        }
    }
    let mut text = file.to_string();
    for (id, name) in names {
        text = text.replace(&id, &name);
    }
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_makes_the_same_workspace_elsewhere() {
    let (world, other) = tokio::join!(World::start(), World::start());
    furnish(&world).await;
    let exported = world.get("/api/workspace/export").await;
    assert_eq!(exported.status, 200, "{}", exported.body);
    let file = exported.body;
    let text = file.to_string();
    for word in ["whsec_", "pass-the-word", "salt", "verification"] {
        assert!(!text.contains(word), "{word}");
    }
    assert_eq!(
        (&file["templates"][0]["has_secret"], &file["webhooks"][0]["has_secret"]),
        (&json!(true), &json!(true))
    );

    assert_eq!(file["saved_views"].as_array().unwrap().len(), 1, "a private view is its owner's");
    // Another installation: ids are free, and stay.
    let dry = other.post("/api/workspace/import?mode=dry_run", file.clone()).await;
    assert_eq!(dry.status, 200, "{}", dry.body);
    assert_eq!(other.get("/api/campaigns").await.body["total"], 0, "a dry run writes nothing");
    let done = other.post("/api/workspace/import", file.clone()).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.body["items"], dry.body["items"]);
    let needs: Vec<&Value> =
        done.body["items"].as_array().unwrap().iter().filter(|i| i["needs_secret"] == true).collect();
    assert_eq!(needs.len(), 2, "{needs:?}");
    let mut again = other.get("/api/workspace/export").await.body;
    // A template comes without its secret.
    again["templates"][0]["has_secret"] = json!(true);
    let (mut file_of_then, mut file_of_now) = (file.clone(), again);
    for file in [&mut file_of_then, &mut file_of_now] {
        file.as_object_mut().unwrap().remove("exported_at");
    }
    assert_eq!(file_of_now, file_of_then);
    let rule = other.get("/api/alert-rules").await.body["items"][0].clone();
    assert_eq!((&rule["name"], &rule["dry_run"]), (&json!("R"), &json!(false)));
    let path = format!("resource=alert-rules&resource_id={}", rule["id"].as_str().unwrap());
    let entry = other.get(&format!("/api/audit-log?{path}")).await.body["items"][0].clone();
    assert_eq!((&entry["action"], &entry["what"]), (&json!("created"), &json!("imported")), "{entry}");
    let campaign = file["campaigns"][0]["id"].as_str().unwrap().to_owned();
    let listed = other.get("/api/campaigns").await.body["items"][0].clone();
    assert_eq!(listed["source_name"], file["sources"][0]["name"], "{listed}");
    assert_eq!(listed["domain_hosts"], json!(["go.client.example"]));
    let clicked = other.post(&format!("/api/campaigns/{campaign}/simulate"), json!({})).await;
    assert_eq!(clicked.status, 200, "it is published: {}", clicked.body);
    let history = other.get(&format!("/api/campaigns/{campaign}/history")).await.body;
    assert_eq!(history["items"][0]["what"], "imported", "{history}");

    // Once more: there is nothing to write.
    let same = other.post("/api/workspace/import?mode=merge", file.clone()).await;
    assert!(
        same.body["items"].as_array().unwrap().iter().all(|i| i["outcome"] == "unchanged"),
        "{}",
        same.body
    );
    let mut renamed = file;
    renamed["campaigns"][0]["name"] = json!("Renamed");
    let updated = other.post("/api/workspace/import", renamed).await.body;
    let written: Vec<&Value> =
        updated["items"].as_array().unwrap().iter().filter(|i| i["outcome"] != "unchanged").collect();
    assert_eq!((written.len(), &written[0]["outcome"]), (1, &json!("updated")), "{updated}");
    assert_eq!(other.get(&format!("/api/campaigns/{campaign}")).await.body["name"], "Renamed");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_another_workspace_are_minted_anew_and_what_is_taken_is_named() {
    let world = World::start().await;
    let second = world.second_workspace().await;
    furnish(&world).await;
    let file = world.get("/api/workspace/export").await.body;
    let taken = second.post("/api/workspace/import", file.clone()).await;
    assert_eq!(
        (taken.status, taken.fields()),
        (400, vec!["domains[0].host", "networks[0].slug", "campaigns[0].slug"])
    );

    let mut file = file;
    file["domains"][0]["host"] = json!("go.other.example");
    file["networks"][0]["slug"] = json!("n2");
    file["campaigns"][0]["slug"] = json!("c2");
    let done = second.post("/api/workspace/import", file.clone()).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let items = done.body["items"].as_array().unwrap();
    assert!(items.iter().all(|i| i["path"] == "workspace" || i["id"] != i["new_id"]), "{}", done.body);
    let mut again = second.get("/api/workspace/export").await.body;
    again["templates"][0]["has_secret"] = json!(true);
    assert_eq!(anonymous(again), anonymous(file.clone()));
    let untouched = world.get("/api/workspace/export").await.body;
    assert_eq!(untouched["campaigns"][0]["slug"], "c", "the first workspace is as it was");

    // All of it or nothing, and every error has its path in the file.
    let before = second.get("/api/workspace/export").await.body;
    let mut wrong = before.clone();
    wrong["campaigns"][0]["name"] = json!("written?");
    wrong["campaigns"][0]["currency"] = json!("ZZZ");
    wrong["streams"][0]["targets"][0]["destination_id"] = json!("nope");
    wrong["destinations"][0]["url"] = json!("javascript:alert(1)");
    wrong["destinations"][1]["colour"] = json!(1);
    wrong["networks"][0]["id"] = json!("short");
    wrong["rates"][0]["rate"] = json!("0");
    wrong["alert_rules"][0]["for_minutes"] = json!(100_000);
    wrong["alert_rules"][0]["actions"][0]["destination_id"] = json!("nope");
    let refused = second.post("/api/workspace/import", wrong).await;
    assert_eq!(refused.status, 400);
    let mut fields = refused.fields();
    fields.sort_unstable();
    let expected = [
        "alert_rules[0].actions[0].destination_id",
        "alert_rules[0].for_minutes",
        "campaigns[0].currency",
        "destinations[0].url",
        "destinations[1].colour",
        "networks[0].id",
        "rates[0].rate",
        "streams[0].targets[0].destination_id",
    ];
    assert_eq!(fields, expected);
    let mut after = second.get("/api/workspace/export").await.body;
    after["exported_at"] = before["exported_at"].clone();
    assert_eq!(after, before);
    for (body, field) in [
        (json!({ "format": "x", "version": 1 }), "format"),
        (json!({ "format": "traffoflex-workspace", "version": 2 }), "version"),
        (json!({ "format": "traffoflex-workspace", "version": 1, "colour": [] }), "colour"),
    ] {
        assert_eq!(second.post("/api/workspace/import", body).await.fields(), [field]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_has_no_more_streams_by_a_file_than_by_hand() {
    let world = World::start().await;
    let offer = world.destination("offer").await;
    let stream =
        |n: usize| json!({ "name": format!("s{n}"), "targets": [{ "destination_id": offer, "weight": 1 }] });
    let streams: Vec<Value> = (0..150).map(stream).collect();
    let made = world.post("/api/campaigns", json!({ "name": "C", "slug": "c", "streams": streams })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let mut file = world.get("/api/workspace/export").await.body;
    let same = world.post("/api/workspace/import?mode=dry_run", file.clone()).await;
    assert_eq!(same.status, 200, "those of the file are counted once: {}", same.body);
    for stream in file["streams"].as_array_mut().unwrap() {
        stream["id"] = json!(ulid::Ulid::generate().to_string());
    }
    let refused = world.post("/api/workspace/import", file.clone()).await;
    assert_eq!((refused.status, refused.fields().len()), (400, 100), "{}", refused.body);
    assert_eq!(refused.fields()[0], "streams[50].campaign_id");
    file["streams"].as_array_mut().unwrap().truncate(50);
    assert_eq!(world.post("/api/workspace/import", file).await.status, 200);
}
