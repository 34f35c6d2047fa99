//! Reports under a name.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

fn view(name: &str) -> Value {
    json!({ "name": name, "visibility": "shared", "report": "grouped", "columns": ["clicks", "roi"],
        "query": { "period": "last_7_days", "timezone": "Europe/Berlin", "group_by": ["campaign", "day"],
            "filters": { "any": [{ "condition": { "field": "country", "operator": "in", "values": ["DE"] } }] },
            "having": [{ "metric": "clicks", "operator": "gte", "value": "10" }],
            "sort": [{ "by": "roi", "order": "asc" }], "limit": 50 } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_view_is_a_request_that_can_be_asked() {
    let world = World::start().await;
    let made = world.post("/api/saved-views", view("Weekly")).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("/api/saved-views/{}", made.id());
    assert_eq!(made.headers["location"], path.as_str());
    let read = world.get(&path).await.body;
    assert_eq!(read, made.body);
    assert_eq!((&read["is_own"], &read["revision"]), (&json!(true), &json!(1)));
    // What was saved is what can be asked.
    let asked = world.post("/api/reports/query", read["query"].clone()).await;
    assert_eq!(asked.status, 200, "{}", asked.body);

    let mut changed = view("Weekly, changed");
    changed["revision"] = json!(1);
    let put = world.call(Method::PUT, &path, Some(changed.clone())).await;
    assert_eq!((put.status, &put.body["revision"]), (200, &json!(2)), "{}", put.body);
    let stale = world.call(Method::PUT, &path, Some(changed)).await;
    assert_eq!((stale.status, stale.code()), (409, "revision_conflict"));
    let patch = json!({ "revision": 2, "visibility": "private", "name": "Mine" });
    let patched = world.call(Method::PATCH, &path, Some(patch)).await;
    assert_eq!((patched.status, &patched.body["query"]), (200, &read["query"]), "{}", patched.body);
    world.post("/api/saved-views", view("Another")).await;
    let list = world.get("/api/saved-views?limit=1").await.body;
    assert_eq!((&list["total"], &list["items"][0]["name"]), (&json!(2), &json!("Another")));

    let mut bad = view("x");
    bad["query"]["sort"] = json!([{ "by": "luck" }]);
    assert_eq!(world.post("/api/saved-views", bad).await.fields(), ["query.sort"]);
    let mut bad = view("x");
    bad["columns"] = json!(["clicks", "luck"]);
    assert_eq!(world.post("/api/saved-views", bad).await.fields(), ["columns[1]"]);
    let mut bad = view("");
    assert_eq!(world.post("/api/saved-views", bad.clone()).await.fields(), ["name"]);
    bad["name"] = json!("x");
    bad["evil"] = json!(1);
    assert_eq!(world.post("/api/saved-views", bad).await.fields(), ["evil"]);
    let mut cohort = view("Cohort");
    cohort["report"] = json!("cohort");
    cohort["cohort"] = json!({ "by": "week", "metric": "revenue", "days": 91 });
    assert_eq!(world.post("/api/saved-views", cohort).await.fields(), ["cohort.days"]);

    // Somebody else's, put there past the API.
    let views = world.mongo().await.collection::<mongodb::bson::Document>("saved_views");
    let other = mongodb::bson::doc! { "$set": { "owner": { "kind": "user", "id": "u2", "name": "Eve" } } };
    views.update_one(mongodb::bson::doc! { "_id": made.id() }, other).await.unwrap();
    assert_eq!(world.get(&path).await.status, 404, "private");
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 404);
    assert_eq!(world.get("/api/saved-views").await.body["total"], 1);
    let shared = mongodb::bson::doc! { "$set": { "visibility": "shared" } };
    views.update_one(mongodb::bson::doc! { "_id": made.id() }, shared).await.unwrap();
    let seen = world.get(&path).await.body;
    assert_eq!((&seen["is_own"], &seen["owner"]["name"]), (&json!(false), &json!("Eve")));
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
    let entries = world.mongo().await.collection::<mongodb::bson::Document>("audit_log");
    let of = mongodb::bson::doc! { "resource": "saved-views", "resource_id": made.id() };
    assert_eq!(entries.count_documents(of).await.unwrap(), 4, "created, updated twice, deleted");
    // What a private view asks is for its owner alone.
    let mut hidden = view("Secret");
    hidden["visibility"] = json!("private");
    let hidden = world.post("/api/saved-views", hidden).await;
    let hidden_path = format!("/api/saved-views/{}", hidden.id());
    assert_eq!(world.call(Method::DELETE, &hidden_path, None).await.status, 204);
    let of = mongodb::bson::doc! { "resource": "saved-views", "resource_id": hidden.id() };
    assert_eq!(entries.count_documents(of.clone()).await.unwrap(), 2);
    let mut found = entries.find(of).await.unwrap();
    while found.advance().await.unwrap() {
        let entry = found.deserialize_current().unwrap().to_string();
        assert!(
            entry.contains("private") && !entry.contains("Secret") && !entry.contains("country"),
            "{entry}"
        );
    }
}
