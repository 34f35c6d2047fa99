//! What all resources do alike: archiving, filters and sorting of lists, clones, landing pages, bot lists.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn names(answer: &Answer) -> Vec<&str> {
    let items = answer.body["items"].as_array().unwrap_or_else(|| panic!("no items: {}", answer.body));
    items.iter().filter_map(|item| item["name"].as_str()).collect()
}

fn version(answer: &Answer) -> u64 {
    answer.headers["x-snapshot-version"].to_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_archived_comes_back_as_it_was() {
    let world = World::start().await;
    let second = world.second_workspace().await;
    let destination = world.destination("offer").await;
    let template = world.post("/api/postback-templates", json!({ "name": "T", "slug": "t" })).await;
    let network = world.post("/api/affiliate-networks", json!({ "name": "N", "slug": "n" })).await;
    let source = world.post("/api/traffic-sources", json!({ "name": "S", "slug": "s" })).await;
    let domain = world.post("/api/domains", json!({ "host": "go.client.example" })).await;
    let hook = json!({ "name": "W", "url": "https://h.example/", "events": ["conversion"] });
    let webhook = world.post("/api/webhooks", hook).await;
    let campaign = world.post("/api/campaigns", json!({ "name": "C", "slug": "c" })).await;
    let stream = json!({ "name": "s", "targets": [{ "destination_id": destination, "weight": 1 }] });
    let stream = world.post(&format!("/api/campaigns/{}/streams", campaign.id()), stream).await;
    for (path, id) in [
        ("destinations", destination.as_str()),
        ("postback-templates", template.id()),
        ("affiliate-networks", network.id()),
        ("traffic-sources", source.id()),
        ("domains", domain.id()),
        ("webhooks", webhook.id()),
        ("campaigns", campaign.id()),
        ("streams", stream.id()),
    ] {
        let path = format!("/api/{path}/{id}");
        let pause = json!({ "revision": 1, "status": "paused" });
        assert_eq!(world.call(Method::PATCH, &path, Some(pause)).await.status, 200, "{path}");
        let archive = format!("{path}/archive");
        let archived = world.call(Method::POST, &archive, None).await;
        assert_eq!((archived.status, &archived.body["status"]), (200, &json!("archived")), "{path}");
        let again = world.call(Method::POST, &archive, None).await;
        assert_eq!((again.status, &again.body["revision"]), (200, &json!(3)), "nothing to write: {path}");
        let restored = world.call(Method::POST, &format!("{path}/restore"), None).await;
        assert_eq!((restored.status, &restored.body["status"]), (200, &json!("paused")), "{path}");
        assert!(version(&restored) > version(&archived), "nodes hear of it");
        let restored = world.call(Method::POST, &format!("{path}/restore"), None).await;
        assert_eq!((restored.status, &restored.body["revision"]), (200, &json!(4)), "{path}");
        for action in ["archive", "restore"] {
            let elsewhere = second.call(Method::POST, &format!("{path}/{action}"), None).await;
            assert_eq!(elsewhere.status, 404, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_archived_it_what_was_paused_comes_back_paused() {
    let world = World::start().await;
    let id = world.destination("offer").await;
    let path = format!("/api/destinations/{id}");
    let set = async |path: &str, status: &str| {
        let revision = world.get(path).await.body["revision"].clone();
        let body = json!({ "revision": revision, "status": status });
        assert_eq!(world.call(Method::PATCH, path, Some(body)).await.status, 200, "{path}");
    };
    let restored = async |path: &str| {
        let restored = world.call(Method::POST, &format!("{path}/restore"), None).await;
        assert_eq!(restored.status, 200, "{}", restored.body);
        restored.body["status"].as_str().unwrap().to_owned()
    };
    // By a request of its own while active, and then by a field while paused.
    assert_eq!(world.post(&format!("{path}/archive"), json!({})).await.status, 200);
    assert_eq!(restored(&path).await, "active");
    set(&path, "paused").await;
    set(&path, "archived").await;
    assert_eq!(restored(&path).await, "paused");
    let many = json!({ "ids": [&id], "status": "archived" });
    assert_eq!(world.post("/api/destinations/bulk-status", many).await.status, 200);
    assert_eq!(restored(&path).await, "paused");
    // It never was anything else, or nobody knows.
    let body = json!({ "name": "n", "url": "https://n.example/", "status": "archived" });
    let new = world.post("/api/destinations", body).await;
    assert_eq!(restored(&format!("/api/destinations/{}", new.id())).await, "paused");
    set(&path, "active").await;
    set(&path, "archived").await;
    let log = world.mongo().await.collection::<mongodb::bson::Document>("audit_log");
    log.delete_many(mongodb::bson::doc! { "resource_id": &id }).await.unwrap();
    assert_eq!(restored(&path).await, "paused");

    // A rollback archives a campaign and its streams.
    let stream = json!({ "name": "s", "targets": [{ "destination_id": id, "weight": 1 }] });
    let campaign =
        world.post("/api/campaigns", json!({ "name": "C", "slug": "c", "streams": [stream] })).await;
    let campaign = format!("/api/campaigns/{}", campaign.id());
    let streams = world.get(&format!("{campaign}/streams")).await.body;
    let stream = format!("/api/streams/{}", streams["items"][0]["id"].as_str().unwrap());
    for path in [&stream, &campaign] {
        set(path, "archived").await;
    }
    let entry = world.get(&format!("{campaign}/history?limit=1")).await.body["items"][0]["id"].clone();
    for path in [&stream, &campaign] {
        assert_eq!(restored(path).await, "active");
        set(path, "paused").await;
    }
    let revision = world.get(&campaign).await.body["revision"].clone();
    let back = json!({ "entry": entry, "revision": revision });
    let back = world.post(&format!("{campaign}/rollback"), back).await;
    assert_eq!((back.status, &back.body["status"]), (200, &json!("archived")), "{}", back.body);
    for path in [&stream, &campaign] {
        assert_eq!(world.get(path).await.body["status"], "archived");
        assert_eq!(restored(path).await, "paused", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_by_what_they_name_and_sorted() {
    let world = World::start().await;
    let (near, far) = (world.destination("near").await, world.destination("far").await);
    let source = world.post("/api/traffic-sources", json!({ "name": "S", "slug": "s" })).await;
    let domain = world.post("/api/domains", json!({ "host": "go.client.example" })).await;
    let stream = |name: &str, target: &str| json!({ "name": name, "targets": [{ "destination_id": target, "weight": 1 }] });
    let create = async |body: Value| {
        let created = world.post("/api/campaigns", body).await;
        assert_eq!(created.status, 201, "{}", created.body);
        created.id().to_owned()
    };
    let first = create(json!({ "name": "b first", "slug": "x1", "source_id": source.id(),
        "streams": [stream("one", &near), stream("two", &far)] }))
    .await;
    create(json!({ "name": "a second", "slug": "x2", "domain_ids": [domain.id()], "status": "paused" }))
        .await;
    create(json!({ "name": "c third", "slug": "x3", "fallback_destination_id": near })).await;
    for (query, expected) in [
        ("sort=name", vec!["a second", "b first", "c third"]),
        ("sort=name&order=desc&limit=1", vec!["c third"]),
        ("sort=updated_at&order=desc&q=IR", vec!["c third", "b first"]),
        ("status=paused", vec!["a second"]),
        (&format!("source_id={}", source.id()), vec!["b first"]),
        (&format!("domain_id={}", domain.id()), vec!["a second"]),
        (&format!("destination_id={near}&sort=name"), vec!["b first", "c third"]),
        (&format!("destination_id={near}&q=third"), vec!["c third"]),
        (&format!("destination_id={far}"), vec!["b first"]),
    ] {
        assert_eq!(names(&world.get(&format!("/api/campaigns?{query}")).await), expected, "{query}");
    }
    let streams = format!("/api/campaigns/{first}/streams?destination_id={far}");
    assert_eq!(names(&world.get(&streams).await), ["two"]);
    assert_eq!(names(&world.get(&format!("{streams}&q=one")).await), [""; 0]);
    for path in ["/api/campaigns", "/api/audit-log", "/api/api-keys"] {
        let refused = world.get(&format!("{path}?q=a%00b")).await;
        assert_eq!((refused.status, refused.fields()), (400, vec!["q"]), "{path}");
    }
    assert_eq!(world.get("/api/campaigns?sort=colour").await.fields(), ["sort"]);
    assert_eq!(world.get("/api/destinations?kind=colour").await.fields(), ["kind"]);
    assert_eq!(world.get("/api/destinations?health=colour").await.fields(), ["health"]);
    assert_eq!(world.get("/api/destinations?health=unknown").await.body["total"], 2);
    assert_eq!(world.get("/api/destinations?health=healthy").await.body["total"], 0);
    assert_eq!(world.get("/api/domains?verified=true").await.body["total"], 0);
    assert_eq!(world.get("/api/domains?verified=false&sort=host").await.body["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_has_ids_links_and_a_slug_of_its_own() {
    let world = World::start().await;
    let destination = world.destination("offer").await;
    let stream =
        json!({ "name": "s", "position": 7, "targets": [{ "destination_id": destination, "weight": 3 }] });
    let original =
        world.post("/api/campaigns", json!({ "name": "C", "slug": "c", "streams": [stream] })).await;
    let path = format!("/api/campaigns/{}/clone", original.id());
    let cloned = world.post(&path, json!({})).await;
    assert_eq!((cloned.status, &cloned.body["name"]), (201, &json!("Copy of C")), "{}", cloned.body);
    assert_eq!(cloned.body["slug"], "c-2");
    assert_ne!(cloned.body["public_id"], original.body["public_id"]);
    let streams = world.get(&format!("/api/campaigns/{}/streams", cloned.id())).await.body;
    assert_eq!((&streams["total"], &streams["items"][0]["position"]), (&json!(1), &json!(7)));
    assert_eq!(streams["items"][0]["campaign_id"], cloned.body["id"]);
    let named = world.post(&path, json!({ "name": "Mine", "slug": "mine" })).await;
    assert_eq!((named.status, &named.body["slug"]), (201, &json!("mine")), "{}", named.body);
    assert_eq!(world.call(Method::POST, &path, None).await.body["slug"], "c-3");
    let taken = world.post(&path, json!({ "slug": "mine" })).await;
    assert_eq!((taken.status, taken.fields()), (400, vec!["slug"]));
    assert_eq!(world.post(&path, json!({ "colour": 1 })).await.fields(), ["colour"]);
    assert_eq!(world.post("/api/campaigns/nope/clone", json!({})).await.status, 404);
    let page = world.get(&format!("/api/campaigns/{}/history", cloned.id())).await.body;
    assert_eq!(page["items"][0]["what"], json!(format!("cloned from {}", original.id())));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_names_what_is_deleted_at_the_same_time() {
    let world = World::start().await;
    let campaign = world.post("/api/campaigns", json!({ "name": "C", "slug": "c" })).await;
    let streams = format!("/api/campaigns/{}/streams", campaign.id());
    for round in 0..25 {
        let id = world.destination(&format!("d{round}")).await;
        let path = format!("/api/destinations/{id}");
        let named = (0..3).map(|n| {
            let targets = json!([{ "destination_id": id, "weight": 1 }]);
            world.post(&streams, json!({ "name": format!("s{round}-{n}"), "targets": targets }))
        });
        let named = futures_util::future::join_all(named);
        let (deleted, named) = tokio::join!(world.call(Method::DELETE, &path, None), named);
        let written = named.iter().filter(|answer| answer.status == 201).count();
        match deleted.status {
            204 => assert_eq!(written, 0, "a stream names what is gone"),
            status => assert!(status == 409 && written > 0, "{status}: {}", deleted.body),
        }
        for refused in named.iter().filter(|answer| answer.status != 201) {
            assert_eq!((refused.status, refused.fields()), (400, vec!["targets[0].destination_id"]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn landing_pages_are_destinations_of_their_kind() {
    let world = World::start().await;
    let offer = world.destination("offer").await;
    let body = json!({ "name": "L", "url": "https://l.example/?c={click_id}" });
    let landing = world.post("/api/landings", body).await;
    assert_eq!((landing.status, &landing.body["kind"]), (201, &json!("landing")), "{}", landing.body);
    let path = format!("/api/landings/{}", landing.id());
    assert_eq!(landing.headers["location"], path.as_str());
    let same = world.get(&format!("/api/destinations/{}", landing.id())).await.body;
    assert_eq!(world.get(&path).await.body, same);
    assert_eq!(names(&world.get("/api/landings").await), ["L"]);
    assert_eq!(world.get("/api/destinations").await.body["total"], 2);
    assert_eq!(world.get(&format!("/api/landings/{offer}")).await.status, 404, "it is no landing page");
    let renamed = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "name": "M" }))).await;
    assert_eq!((renamed.status, &renamed.body["kind"]), (200, &json!("landing")), "{}", renamed.body);
    let other = json!({ "revision": 2, "kind": "offer" });
    assert_eq!(world.call(Method::PATCH, &path, Some(other.clone())).await.fields(), ["kind"]);
    let turned = world.call(Method::PATCH, &format!("/api/destinations/{}", landing.id()), Some(other)).await;
    assert_eq!(turned.status, 200, "{}", turned.body);
    assert_eq!(world.get(&path).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn bot_lists_take_entries_and_lines_and_nodes_hear_of_it() {
    let world = World::start().await;
    let text = "# office\n192.0.2.0/24\nAS64500\nuser_agent,Foo bot";
    let body = json!({ "list": "bots", "ips": ["198.51.100.1"], "text": text });
    let added = world.post("/api/bot-lists/entries", body.clone()).await;
    assert_eq!((added.status, &added.body["changed"]), (200, &json!(4)), "{}", added.body);
    let bots = &added.body["lists"]["bots"];
    let expected =
        json!({ "ips": ["198.51.100.1", "192.0.2.0/24"], "user_agents": ["Foo bot"], "asns": [64500] });
    assert_eq!(bots, &expected);
    assert_eq!(world.get("/api/workspace").await.body["bots"], expected, "the same lists");
    let again = world.post("/api/bot-lists/entries", body).await;
    assert_eq!((&again.body["changed"], version(&again)), (&json!(0), version(&added)));
    let wrong = json!({ "list": "people", "ips": ["nowhere"], "text": "Safari\n192.0.2.0/99" });
    assert_eq!(world.post("/api/bot-lists/entries", wrong).await.fields(), ["ips[0]", "text[1]"]);
    assert_eq!(world.post("/api/bot-lists/entries", json!({ "list": "both" })).await.fields(), ["list"]);

    let gone = json!({ "list": "bots", "asns": [64500, 1] });
    let removed = world.call(Method::DELETE, "/api/bot-lists/entries", Some(gone)).await;
    assert_eq!((removed.status, &removed.body["changed"]), (200, &json!(1)), "{}", removed.body);
    let read = world.get("/api/bot-lists").await.body;
    let whole = json!({ "revision": read["revision"], "bots": {}, "people": { "asns": [2] } });
    let put = world.call(Method::PUT, "/api/bot-lists", Some(whole.clone())).await;
    assert_eq!((put.status, &put.body["people"]["asns"]), (200, &json!([2])), "{}", put.body);
    let stale = world.call(Method::PUT, "/api/bot-lists", Some(whole)).await;
    assert_eq!((stale.status, stale.code()), (409, "revision_conflict"));
    let bad = json!({ "revision": put.body["revision"], "bots": { "ips": ["x"] }, "people": {} });
    assert_eq!(world.call(Method::PUT, "/api/bot-lists", Some(bad)).await.fields(), ["bots.ips[0]"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_handler_is_described_once_with_typed_bodies() {
    let world = World::start().await;
    let api = world.get("/api/openapi.json").await.body;
    let mut ids = std::collections::BTreeSet::new();
    for (path, operations) in api["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path}"));
            assert!(ids.insert(id.to_owned()), "twice: {id}");
        }
    }
    for id in ["list_campaigns", "roll_campaign_back", "set_status_of_webhooks", "import_workspace"] {
        assert!(ids.contains(id), "{id}: {ids:?}");
    }
    let schemas = &api["components"]["schemas"];
    let patch = &schemas["CampaignInputPatch"];
    assert_eq!(patch["required"], json!(["revision"]), "{patch}");
    assert_eq!(patch["additionalProperties"], false);
    assert!(schemas["ShownCampaign"]["properties"]["links"].is_object(), "{}", schemas["ShownCampaign"]);
    let refs = api.to_string();
    for at in refs.match_indices("#/components/schemas/").map(|(at, text)| at + text.len()) {
        let name: String = refs[at..].chars().take_while(|c| *c != '"').collect();
        assert!(schemas[&name].is_object(), "no schema {name}");
    }
}
