//! Writes of people and keys, and what the audit log says of them: one without the other is never there.

use std::collections::BTreeSet;

use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::json;
use traffoflex_local::stack::BOOTSTRAP_TOKEN;

use crate::world::{World, eventually};

/// Refuses every entry of the audit log, as a database may at any time.
async fn refuse_entries(world: &World, refuse: bool) {
    let validator = if refuse {
        doc! { "nobody": { "$exists": true } }
    } else {
        doc! {}
    };
    let command = doc! { "collMod": "audit_log", "validator": validator };
    world.mongo().await.run_command(command).await.unwrap();
}

/// All that these writes could leave behind.
async fn written(world: &World) -> BTreeSet<String> {
    let database = world.mongo().await;
    let mut all = BTreeSet::new();
    for name in ["users", "memberships", "sessions", "api_keys", "workspaces", "installation"] {
        let mut found = database.collection::<Document>(name).find(doc! {}).await.unwrap();
        while found.advance().await.unwrap() {
            let mut document = found.deserialize_current().unwrap();
            for field in ["last_used_at", "last_link_key", "snapshot_version", "snapshot_hash"] {
                document.remove(field);
            }
            all.insert(format!("{name}: {document}"));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_that_cannot_be_entered() {
    let world = World::start().await;
    let (ann, eve) = (world.member("analyst", None).await, world.sign_in("eve@people.example").await);
    let (key, _) = world.api_key(&["config:read"]).await;
    assert_eq!(world.post("/api/link-keys/rotate", json!({})).await.status, 201);
    let before = written(&world).await;
    refuse_entries(&world, true).await;
    let (member, users) = (format!("/api/members/{}", ann.id), "/api/users");
    for (method, path, body) in [
        (Method::POST, "/api/members".to_owned(), json!({ "email": "new@people.example", "role": "admin" })),
        (Method::PATCH, member.clone(), json!({ "role": "admin" })),
        (Method::DELETE, member, json!({})),
        (Method::POST, format!("{users}/{}/approve", eve.id), json!({ "role": "admin" })),
        (Method::POST, format!("{users}/{}/disable", ann.id), json!({})),
        (Method::POST, "/api/workspaces".to_owned(), json!({ "name": "W", "currency": "USD" })),
        (Method::POST, "/api/api-keys".to_owned(), json!({ "name": "n", "scopes": ["config:read"] })),
        (Method::PATCH, format!("/api/api-keys/{key}"), json!({ "name": "n", "revision": 1 })),
        (Method::DELETE, format!("/api/api-keys/{key}"), json!({})),
        (Method::POST, "/api/link-keys/rotate".to_owned(), json!({})),
        (Method::DELETE, "/api/link-keys/1".to_owned(), json!({})),
    ] {
        let answer = world.call(method.clone(), &path, Some(body)).await;
        assert_eq!(answer.status, 503, "{method} {path}: {}", answer.body);
    }
    for (method, path, body) in [
        (Method::PATCH, "/api/me", Some(json!({ "name": "Ann" }))),
        (Method::DELETE, "/api/me/sessions", None),
        (Method::POST, "/api/auth/logout", None),
    ] {
        let answer = world.call_as(method.clone(), path, body, &ann.token).await;
        assert_eq!(answer.status, 503, "{method} {path}: {}", answer.body);
    }
    let invited = world.command(&["user", "invite", "bob@people.example", "--role", "admin"]).await;
    let made = world.command(&["apikey", "create", "--name", "n", "--scope", "operate"]).await;
    assert!(!invited.status.success() && !made.status.success());
    assert_eq!(written(&world).await, before);
    refuse_entries(&world, false).await;
    assert_eq!(world.post_as("/api/auth/logout", json!({}), &ann).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_blocks_no_other() {
    let world = World::start().await;
    // A lease that is held keeps the request waiting, so that its client can leave in the middle of it.
    let leases = world.mongo().await.collection::<Document>("leases");
    let soon = mongodb::bson::DateTime::from_millis(jiff::Timestamp::now().as_millisecond() + 3_000);
    let held = doc! { "_id": "owners", "holder": "somebody", "until": soon };
    leases.insert_one(held).await.unwrap();
    let body = json!({ "email": "ann@people.example", "role": "analyst" });
    let request = world.client.post(world.url("/api/members")).bearer_auth(BOOTSTRAP_TOKEN).json(&body);
    let left = request.timeout(std::time::Duration::from_millis(1_000)).send().await;
    assert!(left.unwrap_err().is_timeout());
    eventually("they are a member", async || world.get("/api/members?q=ann").await.body["total"] == json!(1))
        .await;
    eventually("nobody holds the lease", async || {
        leases.count_documents(doc! { "_id": "owners" }).await.unwrap() == 0
    })
    .await;
}
