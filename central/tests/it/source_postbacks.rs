//! `postbacks` of `/api/traffic-sources`

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_source_have_ids_of_their_own_and_every_wrong_field_is_named() {
    let world = World::start().await;
    let get = json!({ "name": "sale", "url": "https://s.example/?c={source_click_id}&p={payout}" });
    let post = json!({ "method": "POST", "url": "https://s.example/", "content_type": "json", "body": "{\"c\":\"{source_click_id}\"}",
        "statuses": ["lead", "rejected"], "event_types": ["reg"], "on_payout_change": true });
    let body = json!({ "name": "Push", "slug": "push", "postbacks": [get, post] });
    let created = world.post("/api/traffic-sources", body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let ids = |body: &Value| -> Vec<String> {
        body["postbacks"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap().to_owned()).collect()
    };
    let minted = ids(&created.body);
    assert!(minted[0] != minted[1] && minted.iter().all(|id| id.len() == 26), "{minted:?}");
    assert_eq!(created.body["postbacks"][0]["method"], "GET");
    assert_eq!(created.body["postbacks"][1]["statuses"], json!(["lead", "rejected"]));

    let path = format!("/api/traffic-sources/{}", created.id());
    let renamed = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "name": "Pop" }))).await;
    assert_eq!((renamed.status, ids(&renamed.body)), (200, minted.clone()), "{}", renamed.body);
    let mut postbacks = renamed.body["postbacks"].clone();
    postbacks[0]["id"] = json!(null);
    let changed =
        world.call(Method::PATCH, &path, Some(json!({ "revision": 2, "postbacks": postbacks }))).await;
    let now = ids(&changed.body);
    assert!(now[0] != minted[0] && now[1] == minted[1], "{}", changed.body);

    let bad = json!({ "name": "", "slug": "bad", "postbacks": [
        { "url": "https://{sub1}/" },
        { "id": "same", "url": "https://s.example/?{nope}" },
        { "id": "same", "url": "https://s.example/", "method": "PUT", "statuses": ["sale", "unmapped", "sale"] },
        { "id": "a b", "url": "https://s.example/", "method": "POST", "content_type": "json", "body": "{", "event_types": ["\n"] },
    ] });
    let refused = world.post("/api/traffic-sources", bad).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.fields(),
        [
            "name",
            "postbacks[0].url",
            "postbacks[1].url",
            "postbacks[2].method",
            "postbacks[2].statuses[1]",
            "postbacks[2].statuses[2]",
            "postbacks[2].id",
            "postbacks[3].id",
            "postbacks[3].event_types[0]",
            "postbacks[3].body",
        ],
        "{}",
        refused.body
    );
    let many = vec![json!({ "url": "https://s.example/" }); 21];
    let refused =
        world.post("/api/traffic-sources", json!({ "name": "x", "slug": "x", "postbacks": many })).await;
    assert_eq!(refused.fields(), ["postbacks"]);
}
