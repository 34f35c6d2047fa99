//! `/api/affiliate-networks`

use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::json;
use traffoflex_local::stack::Stack;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_read_by_its_template_and_shows_what_to_paste() {
    let urls = [("POSTBACK_SERVICE_URL", "http://pb1.example:8081, https://pb2.example/edge/")];
    let stack = Stack::start_with(false, &urls).await.unwrap();
    let world = World { stack, client: reqwest::Client::new() };
    let template = json!({ "name": "T", "slug": "t", "secret": "word", "fields": [{ "field": "payout", "names": ["my amount"] }] });
    let template = world.post("/api/postback-templates", template).await;
    let body = json!({ "name": "Net", "slug": "net", "template_id": template.id() });
    let created = world.post("/api/affiliate-networks", body.clone()).await;
    assert_eq!((created.status, &created.body["status"]), (201, &json!("active")), "{}", created.body);
    let query = "click_id={click_id}&transaction_id={transaction_id}&my+amount={payout}&currency={currency}&status={status}&event_type={event_type}&secret={secret}";
    let path = format!("/api/affiliate-networks/{}", created.id());
    let read = world.get(&path).await.body;
    let pasted = [
        format!("http://pb1.example:8081/pb/net?{query}"),
        format!("https://pb2.example/edge/pb/net?{query}"),
    ];
    assert_eq!(read["postback_urls"], json!(pasted));

    // Unique over all workspaces, since the path of a postback names none.
    let networks = world.mongo().await.collection::<Document>("affiliate_networks");
    let elsewhere = doc! { "_id": "x", "id": "x", "workspace_id": "other", "slug": "theirs" };
    networks.insert_one(elsewhere).await.unwrap();
    for slug in ["net", "theirs"] {
        let taken = world.post("/api/affiliate-networks", json!({ "name": "n", "slug": slug })).await;
        assert_eq!((taken.status, taken.fields()), (400, vec!["slug"]), "{}", taken.body);
    }
    networks.delete_one(doc! { "_id": "x" }).await.unwrap();
    let bad = json!({ "name": "", "slug": "A", "template_id": "nope" });
    assert_eq!(world.post("/api/affiliate-networks", bad).await.fields(), ["name", "slug", "template_id"]);

    let template_path = format!("/api/postback-templates/{}", template.id());
    let used = world.call(Method::DELETE, &template_path, None).await;
    assert_eq!((used.status, used.fields()), (409, vec![&path["/api/".len()..]]), "{}", used.body);
    let free = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "template_id": null }))).await;
    assert_eq!((free.status, &free.body["template_id"]), (200, &json!(null)), "{}", free.body);
    assert!(!free.body["postback_path"].as_str().unwrap().contains("secret"), "{}", free.body);
    assert_eq!(world.call(Method::DELETE, &template_path, None).await.status, 204);
    assert_eq!(world.get("/api/affiliate-networks?q=ne&status=active").await.body["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_with_conversions_is_archived_and_one_without_goes() {
    let world = World::start().await;
    let (with, without) = (network(&world, "with").await, network(&world, "without").await);
    let workspace = world.workspace_id().await;
    let conversions = world.mongo().await.collection::<Document>("conversions");
    let one = doc! { "_id": "c1", "workspace_id": workspace, "network_id": &with, "transaction_id": "t", "event_type": "", "repeat": "" };
    conversions.insert_one(one).await.unwrap();
    let kept = world.call(Method::DELETE, &format!("/api/affiliate-networks/{with}"), None).await;
    assert_eq!((kept.status, &kept.body["status"]), (200, &json!("archived")), "{}", kept.body);
    let gone = world.call(Method::DELETE, &format!("/api/affiliate-networks/{without}"), None).await;
    assert_eq!(gone.status, 204);
    let left = world.get("/api/affiliate-networks").await.body;
    assert_eq!((&left["total"], &left["items"][0]["status"]), (&json!(1), &json!("archived")), "{left}");
}

async fn network(world: &World, slug: &str) -> String {
    let body = json!({ "name": slug, "slug": slug });
    world.post("/api/affiliate-networks", body).await.id().to_owned()
}
