//! Campaigns, streams, destinations, traffic sources.

use reqwest::Method;
use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn resources_are_made_read_changed_listed_and_deleted() {
    let world = World::start().await;
    let destination = world.destination("offer").await;
    let source = world.post("/api/traffic-sources", json!({ "name": "Push", "slug": "push" })).await;
    assert_eq!(source.status, 201);
    let created = world
        .post(
            "/api/campaigns",
            json!({ "name": "Winter", "slug": "winter", "source_id": source.id(), "streams": [
            { "name": "all", "targets": [{ "destination_id": destination, "weight": 1 }] }
        ] }),
        )
        .await;
    assert_eq!(created.status, 201, "{}", created.body);
    let path = format!("/api/campaigns/{}", created.id());
    assert_eq!(created.headers["location"], path.as_str());
    assert_eq!((&created.body["revision"], &created.body["currency"]), (&json!(1), &json!("USD")));
    assert_eq!(created.body["links"]["campaign"], "/c/winter");
    let streams = world.get(&format!("{path}/streams")).await.body;
    assert_eq!((&streams["total"], &streams["items"][0]["name"]), (&json!(1), &json!("all")));

    let patched = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "name": "Summer" }))).await;
    assert_eq!(
        (patched.status, &patched.body["revision"], &patched.body["slug"]),
        (200, &json!(2), &json!("winter"))
    );
    let stale = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "name": "Lost" }))).await;
    assert_eq!((stale.status, stale.code(), stale.fields()), (409, "revision_conflict", vec!["revision"]));
    let page = world.get("/api/campaigns?q=summ&limit=1&sort=name").await.body;
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(1), &json!(1), &json!(0)));

    let used = world.call(Method::DELETE, &format!("/api/destinations/{destination}"), None).await;
    assert_eq!((used.status, used.code()), (409, "conflict"));
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
    assert_eq!(
        world.call(Method::DELETE, &format!("/api/destinations/{destination}"), None).await.status,
        204
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_named() {
    let world = World::start().await;
    let body = json!({ "name": "", "slug": "No Good", "currency": "ZZZ", "source_id": "nope", "fallback_destination_id": "nope",
        "streams": [{ "name": "s", "rules": { "all": [{ "condition": { "field": "country", "operator": "eq", "values": [] } }] },
            "targets": [{ "destination_id": "nope", "weight": 0 }] }] });
    let answer = world.post("/api/campaigns", body).await;
    assert_eq!((answer.status, answer.code()), (400, "validation_failed"));
    assert_eq!(
        answer.fields(),
        [
            "name",
            "slug",
            "currency",
            "source_id",
            "fallback_destination_id",
            "streams[0].rules.all[0].condition.values",
            "streams[0].targets",
            "streams[0].targets[0].destination_id"
        ]
    );
    assert_eq!(answer.body["error"]["request_id"].as_str(), answer.headers["x-request-id"].to_str().ok());
    let rule = |condition: serde_json::Value| json!({ "name": "c", "streams": [{ "name": "s", "targets": [], "rules": { "condition": condition } }] });
    for (condition, field) in [
        (json!({ "field": "sub1", "operator": "regex", "values": ["ok", "("] }), "condition.values[1]"),
        (json!({ "field": "ip", "operator": "cidr", "values": ["10.0.0.0/99"] }), "condition.values[0]"),
        (json!({ "field": "country", "operator": "cidr", "values": ["10.0.0.0/8"] }), "condition.operator"),
        (json!({ "field": "os_version", "operator": "gt", "values": ["new"] }), "condition.values[0]"),
        (json!({ "field": "hour", "operator": "eq", "values": ["24"] }), "condition.values[0]"),
        (json!({ "field": "sub1", "operator": "exists", "values": ["x"] }), "condition.values"),
    ] {
        let answer = world.post("/api/campaigns", rule(condition)).await;
        assert_eq!(answer.fields()[0], format!("streams[0].rules.{field}"), "{}", answer.body);
    }
    let schema = world.get("/api/schema/routing").await.body;
    assert_eq!(schema["fields"][0]["name"], "source", "{schema}");
    for (body, field) in [
        (json!({ "name": "x", "url": "https://{sub1}/" }), "url"),
        (json!({ "name": "x", "url": "https://o.example/?{nope}" }), "url"),
        (json!({ "name": "x", "url": "javascript:alert(1)" }), "url"),
        (json!({ "name": "x", "url": "https://o.example/", "kind": "nope" }), "kind"),
        (json!({ "name": "x", "url": "https://o.example/", "extra": 1 }), "extra"),
        (json!({ "url": "https://o.example/" }), "name"),
    ] {
        assert_eq!(world.post("/api/destinations", body.clone()).await.fields(), [field], "{body}");
    }
    assert_eq!(world.get("/api/campaigns?limit=501").await.fields(), ["limit"]);
    assert_eq!(world.call_as(Method::GET, "/api/campaigns", None, "wrong").await.status, 401);
    assert_eq!(world.call_as(Method::GET, "/internal/v1/snapshot", None, "wrong").await.status, 401);
    assert_eq!(world.call_as(Method::GET, "/internal/nowhere", None, "wrong").await.status, 401);
    assert_eq!(world.get("/nowhere").await.code(), "not_found");
    // What a framework refuses by itself has the same shape.
    let unknown = world.get("/api/campaigns?colour=red").await;
    assert_eq!(
        (unknown.status, unknown.code(), unknown.fields()),
        (400, "validation_failed", vec!["request"])
    );
    assert_eq!(unknown.body["error"]["request_id"].as_str(), unknown.headers["x-request-id"].to_str().ok());
    assert_eq!(world.call(Method::PUT, "/api/campaigns", None).await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_and_its_streams_appear_at_once_or_not_at_all() {
    let world = World::start().await;
    let destination = world.destination("offer").await;
    let body = |target: &str| {
        let stream =
            |name: &str| json!({ "name": name, "targets": [{ "destination_id": target, "weight": 1 }] });
        json!({ "name": "c", "slug": "taken", "streams": [stream("a"), stream("b")] })
    };
    let version = |answer: &crate::world::Answer| -> u64 {
        answer.headers["x-snapshot-version"].to_str().unwrap().parse().unwrap()
    };
    let before = world.post("/api/destinations", json!({ "name": "x", "url": "https://x.example/" })).await;
    let created = world.post("/api/campaigns", body(&destination)).await;
    assert_eq!((created.status, version(&created)), (201, version(&before) + 1));

    // The slug is taken: nothing of the second campaign stays, so its destination is free to go.
    let refused = world.post("/api/campaigns", body(before.id())).await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["slug"]));
    let path = format!("/api/destinations/{}", before.id());
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_click_goes_where_a_real_one_would_and_says_why() {
    let world = World::start().await;
    let (first, second) = (world.destination("first").await, world.destination("second").await);
    let only = |field: &str, value: &str| json!({ "all": [{ "condition": { "field": field, "operator": "eq", "values": [value] } }] });
    let targets =
        json!([{ "destination_id": first, "weight": 1 }, { "destination_id": second, "weight": 1 }]);
    let created = world
        .post(
            "/api/campaigns",
            json!({ "name": "c", "slug": "sim", "streams": [
                { "name": "german", "position": 1, "rules": only("country", "DE"), "targets": targets },
                { "name": "zone", "position": 2, "rules": only("query.zone", "7"), "strategy": "waterfall", "targets": targets },
            ] }),
        )
        .await;
    let path = format!("/api/campaigns/{}/simulate", created.id());
    let zone = json!({ "click": { "country": "FR", "query": { "Zone": "7" } }, "chance": 0.9 });
    let answer = world.post(&path, zone.clone()).await.body;
    assert_eq!((&answer["decision"], &answer["reason"]), (&json!("routed"), &json!(null)), "{answer}");
    assert_eq!(answer["destination_id"], json!(first), "the waterfall's first");
    assert_eq!(answer["url"], "https://first.example/?c=simulated");
    assert_eq!(answer["steps"][0]["failed_at"], "rules.all[0].condition");
    assert!(answer["steps"][0]["failed_because"][0]["field"].is_string(), "{answer}");
    assert_eq!(answer["steps"][1]["matches"], true);

    let pause = json!({ "revision": 1, "status": "paused" });
    world.call(Method::PATCH, &format!("/api/destinations/{first}"), Some(pause)).await;
    let answer = world.post(&path, zone).await.body;
    assert_eq!(answer["destination_id"], json!(second), "{answer}");
    assert_eq!(answer["steps"][1]["targets"][0]["skipped"], "destination_disabled");

    let nowhere = world.post(&path, json!({ "click": { "country": "FR" } })).await.body;
    assert_eq!(
        (&nowhere["decision"], &nowhere["reason"]),
        (&json!("no_route"), &json!("no_matching_stream"))
    );
    assert_eq!(world.post(&path, json!({ "click": { "sub1": 1 } })).await.fields(), ["click.sub1"]);
    assert_eq!(world.post(&path, json!({ "chance": 2 })).await.fields(), ["chance"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_of_one_revision_one_wins_and_slugs_stay_unique() {
    let world = World::start().await;
    let id = world.destination("raced").await;
    let path = format!("/api/destinations/{id}");
    for revision in 1..=3 {
        let writes = (0..10).map(|n| {
            world.call(Method::PATCH, &path, Some(json!({ "revision": revision, "name": format!("{n}") })))
        });
        let mut won = 0;
        for answer in futures_util::future::join_all(writes).await {
            assert!(matches!(answer.status, 200 | 409), "{}", answer.body);
            won += usize::from(answer.status == 200);
        }
        assert_eq!(won, 1);
    }
    let creates =
        (0..10).map(|_| world.post("/api/traffic-sources", json!({ "name": "same", "slug": "same" })));
    let answers = futures_util::future::join_all(creates).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(answers.iter().filter(|answer| answer.status != 201).all(|answer| answer.fields() == ["slug"]));
}
