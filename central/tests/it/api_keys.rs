//! `/api/api-keys`, and what a key opens.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, World, eventually};

impl World {
    /// A key of the first workspace: its id and its secret.
    pub async fn api_key(&self, scopes: &[&str]) -> (String, String) {
        let made = self.post("/api/api-keys", json!({ "name": "script", "scopes": scopes })).await;
        assert_eq!(made.status, 201, "{}", made.body);
        (made.id().to_owned(), made.body["secret"].as_str().unwrap().to_owned())
    }

    async fn call_with_header(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_used_renamed_and_revoked() {
    let world = World::start().await;
    let made = world
        .post(
            "/api/api-keys",
            json!({ "name": "nightly", "scopes": ["logs:read", "config:read", "logs:read"] }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let (id, secret) = (made.id(), made.body["secret"].as_str().unwrap());
    assert_eq!(made.headers["location"], format!("/api/api-keys/{id}"));
    assert_eq!(made.headers["cache-control"], "no-store");
    assert!(secret.starts_with(&format!("tfx_{id}_")), "{secret}");
    assert_eq!(made.body["scopes"], json!(["config:read", "logs:read"]));
    assert_eq!(made.body["created_by"]["kind"], "bootstrap");
    assert_eq!((&made.body["last_used_at"], &made.body["expires_at"]), (&Value::Null, &Value::Null));

    // Either header, and only what its scopes allow.
    assert_eq!(world.call_with_header("/api/campaigns", &[("x-api-key", secret)]).await.status, 200);
    assert_eq!(world.call_as(Method::GET, "/api/conversions", None, secret).await.status, 200);
    let body = json!({ "name": "n", "url": "https://n.example/" });
    let written = world.call_as(Method::POST, "/api/destinations", Some(body), secret).await;
    assert_eq!((written.status, written.code()), (403, "forbidden"));
    assert_eq!(world.call_as(Method::GET, "/api/api-keys", None, secret).await.status, 403);

    // Its secret is in no answer, and nowhere in the database.
    let listed = world.get("/api/api-keys?q=NIGHT&limit=5").await;
    assert_eq!((listed.status, &listed.body["total"], &listed.body["limit"]), (200, &json!(1), &json!(5)));
    let read = world.get(&format!("/api/api-keys/{id}")).await;
    assert_eq!((&listed.body["items"][0], read.status), (&read.body, 200));
    assert!(read.body["last_used_at"].is_string() && read.body.get("secret").is_none(), "{}", read.body);
    let random = secret.rsplit_once(id).unwrap().1;
    let database = world.mongo().await;
    for name in database.list_collection_names().await.unwrap() {
        let mut found =
            database.collection::<mongodb::bson::Document>(&name).find(Default::default()).await.unwrap();
        while found.advance().await.unwrap() {
            let text = found.deserialize_current().unwrap().to_string();
            assert!(!text.contains(random), "{name}: {text}");
        }
    }
    assert_eq!(world.get("/api/api-keys?q=other").await.body["total"], 0);

    let path = format!("/api/api-keys/{id}");
    let renamed = world.call(Method::PATCH, &path, Some(json!({ "name": "daily", "revision": 1 }))).await;
    assert_eq!(
        (renamed.status, &renamed.body["name"], &renamed.body["revision"]),
        (200, &json!("daily"), &json!(2))
    );
    let stale = world.call(Method::PATCH, &path, Some(json!({ "name": "x", "revision": 1 }))).await;
    assert_eq!((stale.status, stale.code()), (409, "revision_conflict"));
    let last = world.call(Method::PATCH, &path, Some(json!({ "name": "x", "revision": i64::MAX }))).await;
    assert_eq!((last.status, last.code()), (409, "revision_conflict"), "no revision comes after it");

    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(world.call_as(Method::GET, "/api/campaigns", None, secret).await.status, 401, "at once");
    assert_eq!(world.get(&path).await.status, 404);
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 404);

    let audit = database.collection::<mongodb::bson::Document>("audit_log");
    for action in ["created", "updated", "deleted"] {
        let filter = mongodb::bson::doc! { "resource": "api-keys", "resource_id": id, "action": action };
        let entry = audit.find_one(filter).await.unwrap().unwrap();
        assert!(!entry.to_string().contains(random) && !entry.to_string().contains("hash"), "{entry}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_outlives_the_one_that_made_it() {
    let world = World::start().await;
    let ends = "2030-01-31T00:00:00Z";
    let body = json!({ "name": "short", "scopes": ["keys:manage"], "expires_at": ends });
    let short = world.post("/api/api-keys", body).await.body["secret"].as_str().unwrap().to_owned();
    let make = async |expires_at: Value| {
        let body = json!({ "name": "next", "scopes": ["keys:manage"], "expires_at": expires_at });
        world.call_as(Method::POST, "/api/api-keys", Some(body), &short).await
    };
    let at =
        |answer: &Answer| answer.body["expires_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(at(&make(Value::Null).await), ends.parse().unwrap(), "not for ever");
    assert_eq!(make(json!("2030-01-31T00:00:01Z")).await.fields(), ["expires_at"]);
    assert!(at(&make(json!("2029-01-31T00:00:00Z")).await) < ends.parse().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_a_key_what_they_do_not_have() {
    let world = World::start().await;
    let (_, manager) = world.api_key(&["keys:manage", "config:read"]).await;
    let make = |body: Value| world.call_as(Method::POST, "/api/api-keys", Some(body), &manager);
    let more = make(json!({ "name": "more", "scopes": ["config:read", "config:write", "audit:read"] })).await;
    assert_eq!((more.status, more.fields()), (400, vec!["scopes[1]", "scopes[2]"]));
    let same = make(json!({ "name": "same", "scopes": ["keys:manage", "config:read"] })).await;
    assert_eq!(same.status, 201, "{}", same.body);
    assert_eq!(same.body["created_by"]["kind"], "api_key");
    // Who sees no amounts makes no key that does.
    let masked = world
        .post(
            "/api/api-keys",
            json!({ "name": "m", "scopes": ["keys:manage", "reports:read"], "mask_money": true }),
        )
        .await;
    let body = json!({ "name": "unmasked", "scopes": ["reports:read"], "mask_money": false });
    let child = world
        .call_as(Method::POST, "/api/api-keys", Some(body), masked.body["secret"].as_str().unwrap())
        .await;
    assert_eq!((child.status, &child.body["mask_money"]), (201, &json!(true)), "{}", child.body);

    for (bad, field) in [
        (json!({ "name": "", "scopes": ["config:read"] }), "name"),
        (json!({ "name": "n", "scopes": [] }), "scopes"),
        (json!({ "name": "n" }), "scopes"),
        (json!({ "name": "n", "scopes": ["config:read", "everything"] }), "scopes[1]"),
        (json!({ "name": "n", "scopes": ["config:read"], "expires_at": "tomorrow" }), "expires_at"),
        (
            json!({ "name": "n", "scopes": ["config:read"], "expires_at": "2020-01-01T00:00:00Z" }),
            "expires_at",
        ),
        (json!({ "name": "n", "scopes": ["config:read"], "workspace_id": "w" }), "workspace_id"),
    ] {
        let answer = world.post("/api/api-keys", bad.clone()).await;
        assert_eq!((answer.status, answer.fields()), (400, vec![field]), "{bad}: {}", answer.body);
    }
    assert_eq!(world.get("/api/api-keys?limit=0").await.fields(), ["limit"]);
    assert_eq!(world.get("/api/api-keys?order=asc").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_ends_at_its_time_and_at_the_border_of_its_workspace() {
    let world = World::start().await;
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    let body = json!({ "name": "short", "scopes": ["config:read"], "expires_at": at.to_string() });
    let made = world.post("/api/api-keys", body).await;
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    assert_eq!(world.call_as(Method::GET, "/api/campaigns", None, &secret).await.status, 200);
    eventually("the key has expired", async || {
        world.call_as(Method::GET, "/api/campaigns", None, &secret).await.status == 401
    })
    .await;
    assert!(jiff::Timestamp::now() >= at);
    assert_eq!(world.get(&format!("/api/api-keys/{}", made.id())).await.body["is_expired"], true);

    let (id, secret) = world.api_key(&["config:read"]).await;
    let own = world.workspace_id().await;
    let in_workspace = |workspace: &str| {
        let headers = [("x-api-key", secret.clone()), ("x-workspace-id", workspace.to_owned())];
        async {
            let headers = headers;
            let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            world.call_with_header("/api/campaigns", &headers).await.status
        }
    };
    assert_eq!((in_workspace(&own).await, in_workspace("another").await), (200, 404));

    // Keys that are none, or of the right id and the wrong rest.
    for bad in [
        format!("tfx_{id}_AAAA"),
        format!("tfx_{id}_"),
        format!("{secret}A"),
        "tfx_".to_owned(),
        "x".to_owned(),
    ] {
        assert_eq!(world.call_as(Method::GET, "/api/campaigns", None, &bad).await.status, 401, "{bad}");
    }
}
