//! The audit log: one entry for each acknowledged write, whatever dies when.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::{engines::Mongod, stack::BOOTSTRAP_TOKEN};

use crate::world::{World, eventually};

async fn entries(world: &World, query: &str) -> Vec<Value> {
    let page = world.get(&format!("/api/audit-log?limit=500&{query}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.body["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_says_who_did_what_and_no_secret() {
    let world = World::start().await;
    let second = world.second_workspace().await;
    let hook = json!({ "name": "W", "url": "https://h.example/", "events": ["conversion"] });
    let webhook = world.post("/api/webhooks", hook).await;
    let secret = webhook.body["secret"].as_str().unwrap().to_owned();
    let path = format!("/api/webhooks/{}", webhook.id());
    world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "name": "V" }))).await;
    let rotated = world.post(&format!("{path}/rotate-secret"), json!({})).await;
    let fresh = rotated.body["secret"].as_str().unwrap().to_owned();
    let template = json!({ "name": "T", "slug": "t", "secret": "pass-the-word" });
    assert_eq!(world.post("/api/postback-templates", template).await.status, 201);
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);

    let of_webhook = entries(&world, &format!("resource=webhooks&resource_id={}", webhook.id())).await;
    let told: Vec<&str> = of_webhook.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(told, ["deleted", "updated", "updated", "created"], "newest first");
    let [deleted, rotation, renaming, creation] = &of_webhook[..] else { panic!("{of_webhook:?}") };
    assert_eq!((&deleted["after"], &deleted["before"]["name"]), (&Value::Null, &json!("V")));
    assert_eq!((&rotation["what"], &rotation["diff"]), (&json!("secret rotated"), &json!([])));
    assert_eq!(renaming["diff"], json!([{ "path": "name", "before": "W", "after": "V" }]));
    assert_eq!((&creation["before"], &creation["actor"]["kind"]), (&Value::Null, &json!("bootstrap")));
    assert!(of_webhook.iter().all(|entry| entry["state"] == "done"));

    let all = entries(&world, "").await;
    let text = serde_json::to_string(&all).unwrap();
    for word in [&secret, &fresh, "pass-the-word", "salt", BOOTSTRAP_TOKEN] {
        assert!(!text.contains(word), "{word}");
    }
    let at = renaming["at"].as_str().unwrap();
    for (query, total) in [
        ("action=deleted", 1),
        ("q=t&resource=postback-templates", 1),
        ("actor=bootstrap", 5),
        ("actor=somebody", 0),
        ("q=ROTATED", 1),
        (&format!("to={at}&resource=webhooks"), 1),
        ("from=2100-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(entries(&world, query).await.len(), total, "{query}");
    }
    assert_eq!(second.get("/api/audit-log").await.body["total"], 0, "another workspace's are not there");
    for (query, field) in [("action=x", "action"), ("from=x", "from"), ("limit=0", "limit")] {
        assert_eq!(world.get(&format!("/api/audit-log?{query}")).await.fields(), [field]);
    }
    let method = world.call(Method::DELETE, "/api/audit-log", None).await;
    assert_eq!(method.status, 405, "nobody changes it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_workspaces_is_read_by_the_installations_administrator() {
    let world = World::start().await;
    let second = world.new_workspace("Second").await;
    let (admin, owner) = (world.admin().await, world.member("owner", None).await);
    let theirs = json!({ "email": owner.email, "role": "analyst" });
    let joined =
        world.call_in(Method::POST, "/api/members", Some(theirs), BOOTSTRAP_TOKEN, Some(&second)).await;
    assert_eq!(joined.status, 201, "{}", joined.body);
    assert_eq!(world.post("/api/link-keys/rotate", json!({})).await.status, 201);
    let path = "/api/audit-log?scope=installation&limit=500";
    assert_eq!(world.get_as(path, &owner).await.code(), "forbidden");
    assert_eq!(world.get_as("/api/audit-log?scope=all", &admin).await.fields(), ["scope"]);
    assert_eq!(
        world.post_as(&format!("/api/users/{}/disable", owner.id), json!({}), &admin).await.status,
        200
    );
    let listed = world.get_as(path, &admin).await.body;
    let all = listed["items"].as_array().unwrap();
    let has = |resource: &str, id: &str, what: Value| {
        all.iter().any(|e| e["resource"] == resource && e["resource_id"] == id && e["what"] == what)
    };
    assert!(
        has("users", &admin.id, json!("signed in")) && has("users", &owner.id, json!("disabled")),
        "{listed}"
    );
    assert!(has("link-keys", "2", Value::Null), "{listed}");
    assert!(all.iter().all(|entry| entry["resource"] != "members"), "{listed}");
    // Each workspace that they were in hears of it, and of its own membership alone.
    for (workspace, role) in [(None, "owner"), (Some(&*second), "analyst")] {
        let path = "/api/audit-log?resource=users";
        let told = world.call_in(Method::GET, path, None, BOOTSTRAP_TOKEN, workspace).await.body;
        let told = &told["items"][0];
        assert_eq!((&told["what"], &told["before"]["role"]), (&json!("disabled"), &json!(role)), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_there_are_as_many_entries_as_acknowledged_writes() {
    let world = World::start().await;
    let second = world.stack.second_api().await.unwrap();
    let id = world.destination("raced").await;
    let campaign = world.post("/api/campaigns", json!({ "name": "C" })).await.id().to_owned();
    let mut acknowledged = 0;
    for revision in 1..=5 {
        let writes = (0..12).map(|n| {
            let base = if n % 2 == 0 { world.url("") } else { second.url() };
            let request = world.client.patch(format!("{base}/api/destinations/{id}"));
            let body = json!({ "revision": revision, "name": format!("n{revision}-{n}") });
            request.bearer_auth(BOOTSTRAP_TOKEN).json(&body).send()
        });
        let stream = |n| {
            let targets = json!([{ "destination_id": id, "weight": 1 }]);
            let body = json!({ "name": format!("s{revision}-{n}"), "targets": targets });
            let base = if n % 2 == 0 { world.url("") } else { second.url() };
            let request = world.client.post(format!("{base}/api/campaigns/{campaign}/streams"));
            request.bearer_auth(BOOTSTRAP_TOKEN).json(&body).send()
        };
        let (writes, streams) = tokio::join!(join_all(writes), join_all((0..6).map(stream)));
        let statuses: Vec<u16> = writes.into_iter().map(|answer| answer.unwrap().status().as_u16()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
        for answer in streams {
            assert_eq!(answer.unwrap().status(), 201);
            acknowledged += 1;
        }
    }
    let of_destination = entries(&world, &format!("resource=destinations&resource_id={id}")).await;
    let revisions: Vec<i64> =
        of_destination.iter().map(|entry| entry["after"]["revision"].as_i64().unwrap()).collect();
    assert_eq!(revisions, [6, 5, 4, 3, 2, 1], "each write has one entry");
    for pair in of_destination.windows(2) {
        assert_eq!(pair[0]["before"], pair[1]["after"], "no entry lies about what was there");
    }
    assert_eq!(entries(&world, "resource=streams").await.len(), acknowledged);
    // No version of the campaign lacks a stream that was written before it.
    let history = world.get(&format!("/api/campaigns/{campaign}/history?limit=500")).await.body;
    let mut counts = BTreeSet::new();
    for entry in history["items"].as_array().unwrap() {
        let path = format!("/api/campaigns/{campaign}/history/{}", entry["id"].as_str().unwrap());
        counts.insert(world.get(&path).await.body["state"]["streams"].as_array().unwrap().len());
    }
    assert_eq!(counts, (0..=acknowledged).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_leaves_no_write_without_its_entry() {
    let mut world = World::start().await;
    let mut acknowledged = 0;
    for round in 0..4 {
        let (client, url) = (world.client.clone(), world.url("/api/traffic-sources"));
        let (sender, mut done) = tokio::sync::mpsc::unbounded_channel();
        let writers: Vec<_> = (0..8)
            .map(|n| {
                let (client, url, sender) = (client.clone(), url.clone(), sender.clone());
                tokio::spawn(async move {
                    for i in 0.. {
                        let body = json!({ "name": "s", "slug": format!("r{round}-{n}-{i}") });
                        let sent = client.post(&url).bearer_auth(BOOTSTRAP_TOKEN).json(&body).send().await;
                        match sent {
                            Ok(answer) if answer.status() == 201 => sender.send(()).unwrap(),
                            _ => return,
                        }
                    }
                })
            })
            .collect();
        drop(sender);
        // In the middle of it.
        for _ in 0..20 + round * 7 {
            done.recv().await.unwrap();
            acknowledged += 1;
        }
        world.stack.kill_api().unwrap();
        join_all(writers).await;
        while done.recv().await.is_some() {
            acknowledged += 1;
        }
        world.stack.start_api().await.unwrap();
    }
    let mongo = world.mongo().await;
    let written = mongo.collection::<Document>("traffic_sources").distinct("_id", doc! {}).await.unwrap();
    let log = mongo.collection::<Document>("audit_log");
    let entered = log.distinct("resource_id", doc! { "resource": "traffic-sources" }).await.unwrap();
    let ids = |found: Vec<mongodb::bson::Bson>| -> BTreeSet<String> {
        found.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    let (written, entered) = (ids(written), ids(entered));
    assert!(written.len() >= acknowledged, "{} of {acknowledged}", written.len());
    assert_eq!(written, entered, "no write without its entry, and no entry without its write");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_large_entries_stays_small() {
    let world = World::start().await;
    // A workspace with lists of megabytes, to which addresses are added one by one.
    let agents: Vec<String> = (0..3000).map(|n| format!("{n:0>250}")).collect();
    for list in ["bots", "people"] {
        let body = json!({ "list": list, "user_agents": &agents });
        assert_eq!(world.post("/api/bot-lists/entries", body).await.status, 200);
    }
    for n in 1..=3 {
        let body = json!({ "list": "bots", "ips": [format!("192.0.2.{n}")] });
        assert_eq!(world.post("/api/bot-lists/entries", body).await.status, 200);
    }
    let of_workspace = entries(&world, "resource=workspace").await;
    let added = &of_workspace[0];
    assert_eq!(added["diff"], json!([{ "path": "bots.ips[0]", "before": null, "after": "192.0.2.3" }]));
    assert!(added.to_string().len() < 2000, "what is new, and not all that is there");
    // The entry of the many agents is too large for a page, and is read by itself.
    let many = &of_workspace[3];
    assert_eq!((&many["is_cut"], &many["after"], &many["diff"]), (&json!(true), &Value::Null, &json!([])));
    let path = format!("/api/audit-log/{}", many["id"].as_str().unwrap());
    let whole = world.get(&path).await.body;
    assert_eq!((&whole["is_cut"], &whole["after"]["people"]["user_agents"]), (&json!(false), &json!(agents)));
    assert_eq!(world.second_workspace().await.get(&path).await.status, 404);

    // Many entries, none of them too large by itself.
    let log = world.mongo().await.collection::<Document>("audit_log");
    let mut entry = log.find_one(doc! { "_id": added["id"].as_str().unwrap() }).await.unwrap().unwrap();
    let after = doc! { "text": "x".repeat(200 << 10) };
    for n in 0..60 {
        entry.extend(doc! { "_id": format!("large {n:0>2}"), "resource": "large", "after": after.clone() });
        log.insert_one(&entry).await.unwrap();
    }
    let page = world.get("/api/audit-log?limit=500&resource=large").await;
    let items = page.body["items"].as_array().unwrap();
    let shown = items.iter().take_while(|entry| entry["is_cut"] == false).count();
    assert!((20..60).contains(&shown) && items.len() == 60, "{shown} of {}", items.len());
    assert!(items[shown..].iter().all(|entry| entry["is_cut"] == true && entry["after"].is_null()));
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_go_after_their_time() {
    let mut world = World::start().await;
    let expiry = async |world: &World| -> Option<i64> {
        let indexes = world.mongo().await.run_command(doc! { "listIndexes": "audit_log" }).await.unwrap();
        let indexes = indexes.get_document("cursor").unwrap().get_array("firstBatch").unwrap().clone();
        let of = |index: &mongodb::bson::Bson| {
            let after = index.as_document()?.get("expireAfterSeconds")?;
            after.as_i64().or(after.as_i32().map(i64::from))
        };
        indexes.iter().find_map(of)
    };
    assert_eq!(expiry(&world).await, Some(365 * 24 * 3600));
    world.destination("kept").await;
    let log = world.mongo().await.collection::<Document>("audit_log");
    let old = DateTime::from_millis(DateTime::now().timestamp_millis() - 366 * 24 * 3600 * 1000);
    log.insert_one(doc! { "_id": "old", "at": old }).await.unwrap();
    eventually("the old entry is gone", async || log.count_documents(doc! {}).await.unwrap() == 1).await;
    for (days, expected) in [("30", Some(30 * 24 * 3600)), ("0", None), ("0", None), ("1", Some(24 * 3600))] {
        world.stack.stop_api().await.unwrap();
        world.stack.set_for_api("AUDIT_LOG_RETENTION_DAYS", days).unwrap();
        world.stack.start_api().await.unwrap();
        assert_eq!(expiry(&world).await, expected, "{days} days");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_transactions_an_entry_comes_first_and_a_refused_write_leaves_nothing() {
    let mut world = World::start().await;
    let standalone = Mongod::start_standalone(&world.stack.subdir("standalone").unwrap()).await.unwrap();
    world.stack.stop_api().await.unwrap();
    world.stack.set_for_api("MONGO_URI", &standalone.uri()).unwrap();
    world.stack.start_api().await.unwrap();
    let offer = world.destination("offer").await;
    let stream = json!({ "name": "s", "targets": [{ "destination_id": offer, "weight": 1 }] });
    let body = json!({ "name": "C", "slug": "c", "streams": [stream] });
    let created = world.post("/api/campaigns", body.clone()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let path = format!("/api/campaigns/{}", created.id());
    // The streams were written before the slug was refused.
    let refused = world.post("/api/campaigns", body).await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["slug"]));
    let streams = world.mongo().await.collection::<Document>("streams");
    assert_eq!(streams.count_documents(doc! {}).await.unwrap(), 1);
    let of_another = json!({ "name": "E", "slug": "taken" });
    assert_eq!(world.post("/api/campaigns", of_another).await.status, 201);
    // A file whose destinations are written before its campaign is refused: two campaigns that swap their slugs
    // are no error of the file, and only the unique index says that one of them comes too early.
    let mut file = world.get("/api/workspace/export").await.body;
    let before = file.clone();
    let logged = entries(&world, "").await;
    file["destinations"][0]["name"] = json!("written?");
    file["workspace"]["name"] = json!("written?");
    let slugs = [0, 1].map(|i| file["campaigns"][i]["slug"].clone());
    file["campaigns"][0]["slug"] = slugs[1].clone();
    file["campaigns"][1]["slug"] = slugs[0].clone();
    let refused = world.post("/api/workspace/import", file).await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["campaigns[0].slug"]), "{}", refused.body);
    let mut after = world.get("/api/workspace/export").await.body;
    after["exported_at"] = before["exported_at"].clone();
    assert_eq!(after, before, "nothing of the file stays");
    assert_eq!(entries(&world, "").await, logged);
    let offer = world.get(&format!("/api/destinations/{offer}")).await.body;
    assert_eq!(offer["revision"], 3, "whoever read what was there for a moment does not write over it");
    let patch = |revision: i64| json!({ "revision": revision, "name": format!("C{revision}") });
    let writes = (0..8).map(|_| world.call(Method::PATCH, &path, Some(patch(1))));
    let won = join_all(writes).await.into_iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    let of_campaign = entries(&world, &format!("resource_id={}", created.id())).await;
    assert_eq!(of_campaign.len(), 2, "{of_campaign:?}");
    assert!(of_campaign.iter().all(|entry| entry["state"] == "done"));
    let first = &of_campaign[1]["id"];
    let back = world.post(&format!("{path}/rollback"), json!({ "entry": first, "revision": 2 })).await;
    assert_eq!((back.status, &back.body["name"]), (200, &json!("C")), "{}", back.body);
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);
    standalone.stop().await.unwrap();
}
