//! Alert rules: how they are written, what each condition sees, and how alerts live.

mod measured;

use mongodb::bson::{DateTime, Document, doc};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use traffoflex_local::stack::{NODE_TOKEN, Stack};

use crate::world::{World, eventually};

pub const MINUTE_MS: i64 = 60_000;

/// Evaluates every second.
pub async fn quick(settings: &[(&str, &str)]) -> World {
    let settings: Vec<(&str, &str)> =
        [("ALERT_EVALUATION_SECONDS", "1")].into_iter().chain(settings.iter().copied()).collect();
    World { stack: Stack::start_with(false, &settings).await.unwrap(), client: Client::new() }
}

/// The destination is what nodes agreed on so long ago.
pub async fn set_health(world: &World, destination: &str, state: &str, since_minutes: i64) {
    let now = DateTime::now().timestamp_millis();
    let report = json!({ "destination_id": destination, "state": state, "since_ms": now, "latency_ms": 1,
        "error": if state == "healthy" { "" } else { "HTTP 502" }, "checked_at_ms": now });
    let batch = json!({ "node_id": "node-a", "interval_ms": 3_600_000, "reports": [report] });
    assert_eq!(world.call_as(Method::POST, "/internal/v1/health", Some(batch), NODE_TOKEN).await.status, 204);
    let since = DateTime::from_millis(now - since_minutes * MINUTE_MS);
    let health = world.mongo().await.collection::<Document>("destination_health");
    let set = doc! { "$set": { "since": since }, "$inc": { "revision": 1_i64 } };
    health.update_one(doc! { "_id": destination }, set).await.unwrap();
}

pub async fn rule(world: &World, own: Value) -> String {
    let mut body = json!({ "name": "watch", "for_minutes": 0, "cooldown_minutes": 0 });
    body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    let made = world.post("/api/alert-rules", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.id().to_owned()
}

/// Of one rule, the latest first.
pub async fn alerts_of(world: &World, rule: &str) -> Vec<Value> {
    let page = world.get(&format!("/api/alerts?rule_id={rule}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.body["items"].as_array().unwrap().clone()
}

/// Waits until the rule was evaluated so many more times.
pub async fn evaluated(world: &World, rule: &str, times: usize) {
    let path = format!("/api/alert-rules/{rule}");
    for _ in 0..times {
        let before = world.get(&path).await.body["evaluation"]["at"].clone();
        eventually("another evaluation", async || world.get(&path).await.body["evaluation"]["at"] != before)
            .await;
    }
}

fn value_of<'v>(values: &'v Value, name: &str) -> &'v Value {
    &values.as_array().unwrap().iter().find(|value| value["name"] == name).unwrap()["value"]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_checked_and_recorded() {
    let world = World::start().await;
    let condition = json!({ "kind": "node_silent", "minutes": 5 });
    let made = world.post("/api/alert-rules", json!({ "name": "r", "condition": condition })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let kept = &made.body;
    assert_eq!(
        (&kept["dry_run"], &kept["status"], &kept["revision"]),
        (&json!(true), &json!("active"), &json!(1))
    );
    assert_eq!((&kept["for_minutes"], &kept["cooldown_minutes"]), (&json!(5), &json!(60)));
    let path = format!("/api/alert-rules/{}", made.id());

    for (body, field) in [
        (json!({ "name": "", "condition": condition }), "name"),
        (json!({ "name": "r" }), "condition"),
        (json!({ "name": "r", "condition": {} }), "condition.kind"),
        (json!({ "name": "r", "condition": { "kind": "moon_phase" } }), "condition.kind"),
        (json!({ "name": "r", "condition": { "kind": "node_silent" } }), "condition.minutes"),
        (json!({ "name": "r", "condition": { "kind": "node_silent", "minutes": 0 } }), "condition.minutes"),
        (json!({ "name": "r", "condition": { "kind": "node_silent", "minutes": 1, "x": 1 } }), "condition.x"),
        (
            json!({ "name": "r", "condition": { "kind": "cost_above", "window_hours": 1 } }),
            "condition.amount",
        ),
        (
            json!({ "name": "r", "condition": { "kind": "cap_nearly_reached", "percent": 90, "destination_id": "no" } }),
            "condition.destination_id",
        ),
        (json!({ "name": "r", "condition": condition, "surprise": 1 }), "surprise"),
        (json!({ "name": "r", "condition": condition, "for_minutes": 100_000 }), "for_minutes"),
        (
            json!({ "name": "r", "condition": condition, "actions": [{ "kind": "mail", "to": ["nobody"] }] }),
            "actions[0].to[0]",
        ),
        (
            json!({ "name": "r", "condition": condition, "actions": [{ "kind": "mail", "to": ["somebody@elsewhere.example"] }] }),
            "actions[0].to[0]",
        ),
        (
            json!({ "name": "r", "condition": condition, "actions": [{ "kind": "pause_destination" }] }),
            "actions[0].destination_id",
        ),
        (
            json!({ "name": "r", "condition": condition, "actions": [{ "kind": "webhook" }, { "kind": "set_weight", "stream_id": "no", "destination_id": "no", "weight": 1 }] }),
            "actions[1].stream_id",
        ),
        (
            json!({ "name": "r", "condition": condition, "actions": [{ "kind": "explode" }] }),
            "actions[0].kind",
        ),
    ] {
        let answer = world.post("/api/alert-rules", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.fields().contains(&field), "{body}: {}", answer.body);
    }

    let patch = json!({ "revision": 1, "name": "renamed", "status": "paused" });
    let patched = world.call(Method::PATCH, &path, Some(patch.clone())).await;
    assert_eq!(
        (patched.status, &patched.body["name"], &patched.body["revision"]),
        (200, &json!("renamed"), &json!(2))
    );
    assert_eq!(patched.body["condition"], kept["condition"]);
    let stale = world.call(Method::PATCH, &path, Some(patch)).await;
    assert_eq!((stale.status, stale.code()), (409, "revision_conflict"));
    let listed = world.get("/api/alert-rules?status=paused").await.body;
    assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(1), &kept["id"]));
    assert_eq!(world.get("/api/alert-rules?status=active").await.body["total"], 0);
    assert_eq!(world.get("/api/alert-rules?status=gone").await.fields(), ["status"]);
    assert_eq!(world.get("/api/alerts?state=pending").await.fields(), ["state"]);
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);

    let audit = world.mongo().await.collection::<Document>("audit_log");
    for (action, before, after) in
        [("created", false, true), ("updated", true, true), ("deleted", true, false)]
    {
        let filter = doc! { "resource": "alert-rules", "resource_id": made.id(), "action": action };
        let entry = audit.find_one(filter).await.unwrap().unwrap_or_else(|| panic!("no entry: {action}"));
        let has = |field: &str| entry.get_document(field).is_ok();
        assert_eq!((has("before"), has("after")), (before, after), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_opens_resolves_and_opens_anew() {
    let world = quick(&[]).await;
    let (sick, well) = (world.destination("sick").await, world.destination("well").await);
    set_health(&world, &sick, "unhealthy", 10).await;
    set_health(&world, &well, "healthy", 10).await;
    let rule = rule(&world, json!({ "condition": { "kind": "destination_unhealthy", "minutes": 5 } })).await;
    // A second process does nothing twice.
    let second = world.stack.second_api().await.unwrap();
    eventually("an alert", async || !alerts_of(&world, &rule).await.is_empty()).await;
    let alert = alerts_of(&world, &rule).await[0].clone();
    assert_eq!((&alert["state"], &alert["dry_run"]), (&json!("open"), &json!(true)));
    assert_eq!((&alert["subject"]["id"], &alert["subject"]["name"]), (&json!(sick), &json!("sick")));
    assert_eq!(value_of(&alert["values"], "health"), "unhealthy");
    evaluated(&world, &rule, 2).await;
    assert_eq!(alerts_of(&world, &rule).await.len(), 1, "one a subject");

    let id = alert["id"].as_str().unwrap();
    let acknowledged = world.post(&format!("/api/alerts/{id}/acknowledge"), json!({})).await;
    assert_eq!(acknowledged.status, 200, "{}", acknowledged.body);
    assert_eq!(acknowledged.body["acknowledged_by"]["kind"], "bootstrap");
    let again = world.post(&format!("/api/alerts/{id}/acknowledge"), json!({})).await;
    assert_eq!(again.body["acknowledged_at"], acknowledged.body["acknowledged_at"]);
    assert_eq!(world.post(&format!("/api/alerts/{id}/undo"), json!({})).await.status, 409);

    set_health(&world, &sick, "healthy", 0).await;
    eventually("it is resolved", async || alerts_of(&world, &rule).await[0]["state"] == "resolved").await;
    let resolved = alerts_of(&world, &rule).await[0].clone();
    assert_eq!((&resolved["id"], &resolved["resolution"]), (&alert["id"], &json!("condition_over")));
    assert_eq!(resolved["acknowledged_at"], acknowledged.body["acknowledged_at"]);
    set_health(&world, &sick, "unhealthy", 6).await;
    eventually("another one", async || alerts_of(&world, &rule).await.len() == 2).await;
    // Paused: there is nobody to say that it is over.
    let patch = json!({ "revision": 1, "status": "paused" });
    world.call(Method::PATCH, &format!("/api/alert-rules/{rule}"), Some(patch)).await;
    eventually("it goes with its rule", async || {
        alerts_of(&world, &rule).await[0]["resolution"] == "rule_gone"
    })
    .await;
    assert_eq!(world.get("/api/alerts?state=open").await.body["total"], 0);
    drop(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cooldown_keeps_an_alert_from_opening_again() {
    let world = quick(&[]).await;
    let sick = world.destination("sick").await;
    set_health(&world, &sick, "unhealthy", 10).await;
    let own =
        json!({ "condition": { "kind": "destination_unhealthy", "minutes": 5 }, "cooldown_minutes": 5 });
    let rule = rule(&world, own).await;
    eventually("it opens", async || !alerts_of(&world, &rule).await.is_empty()).await;
    set_health(&world, &sick, "healthy", 0).await;
    eventually("it is resolved", async || alerts_of(&world, &rule).await[0]["state"] == "resolved").await;
    set_health(&world, &sick, "unhealthy", 10).await;
    evaluated(&world, &rule, 3).await;
    assert_eq!(alerts_of(&world, &rule).await.len(), 1);
    // The cooldown is over.
    let alerts = world.mongo().await.collection::<Document>("alerts");
    let earlier = DateTime::from_millis(DateTime::now().timestamp_millis() - 6 * MINUTE_MS);
    alerts.update_one(doc! { "rule_id": &rule }, doc! { "$set": { "resolved_at": earlier } }).await.unwrap();
    eventually("it opens again", async || alerts_of(&world, &rule).await.len() == 2).await;
}

/// Clicks and conversions of a campaign, so many minutes ago.
async fn traffic(world: &World, workspace: &str, campaign: &str, minutes: i64, clicks: u32, sales: u32) {
    let at = DateTime::now().timestamp_millis() - minutes * MINUTE_MS;
    let time = format!("fromUnixTimestamp64Milli({at})");
    world
        .clickhouse(&format!(
            "INSERT INTO click_events (event_id, node_id, node_epoch, node_seq, created_at, click_id, workspace_id, campaign_id, cost, currency) \
             SELECT concat('{campaign}-{minutes}-', toString(number)), 'n1', {minutes}, number + 1, {time}, \
             concat('{campaign}-{minutes}-', toString(number)), '{workspace}', '{campaign}', 0.5, 'USD' FROM numbers({clicks})"
        ))
        .await;
    world
        .clickhouse(&format!(
            "INSERT INTO conversion_events (event_id, conversion_id, version, click_id, workspace_id, campaign_id, created_at, attribution, status, payout, currency) \
             SELECT concat('{campaign}-{minutes}-', toString(number)), concat('{campaign}-{minutes}-', toString(number)), 1, '', \
             '{workspace}', '{campaign}', {time}, 'click', 'sale', 2, 'USD' FROM numbers({sales})"
        ))
        .await;
}

async fn campaign(world: &World, name: &str) -> String {
    world.post("/api/campaigns", json!({ "name": name, "slug": name })).await.id().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversion_rate_that_drops_is_told_from_noise() {
    let world = quick(&[]).await;
    let workspace = world.workspace_id().await;
    let (drops, noise, few) =
        (campaign(&world, "drops").await, campaign(&world, "noise").await, campaign(&world, "few").await);
    traffic(&world, &workspace, &drops, 300, 4000, 200).await;
    traffic(&world, &workspace, &drops, 20, 1000, 10).await;
    // Fewer by as much, of too few to tell.
    traffic(&world, &workspace, &noise, 300, 400, 8).await;
    traffic(&world, &workspace, &noise, 20, 100, 1).await;
    traffic(&world, &workspace, &few, 300, 4000, 200).await;
    traffic(&world, &workspace, &few, 20, 20, 0).await;
    // Another workspace's.
    traffic(&world, "elsewhere", "foreign", 300, 4000, 200).await;
    let condition = json!({ "kind": "conversion_rate_drop", "each_campaign": true, "window_minutes": 60,
        "baseline_minutes": 600, "min_clicks": 50, "drop_percent": 30 });
    let rule = rule(&world, json!({ "condition": condition })).await;
    // A postback node that was away for a while may have conversions of it.
    let at = |minutes: i64| DateTime::from_millis(DateTime::now().timestamp_millis() - minutes * MINUTE_MS);
    let nodes = world.mongo().await.collection::<Document>("nodes");
    let reported = doc! { "report": { "role": "postback" }, "clock_offset_ms": 0_i64, "at": at(20) };
    let away = doc! { "_id": "pb-1", "first_seen": at(700), "last_seen": at(20), "snapshot_version": 1_i64, "reported": reported };
    nodes.insert_one(away).await.unwrap();
    let test = format!("/api/alert-rules/{rule}/test");
    let unknown = world.post(&test, json!({})).await;
    assert_eq!((unknown.status, unknown.code()), (409, "conflict"), "{}", unknown.body);
    evaluated(&world, &rule, 2).await;
    assert!(alerts_of(&world, &rule).await.is_empty());
    // It was taken down before all of it.
    nodes.update_one(doc! { "_id": "pb-1" }, doc! { "$set": { "last_seen": at(700) } }).await.unwrap();
    let tested = world.post(&test, json!({})).await;
    assert_eq!(tested.status, 200, "{}", tested.body);
    let subjects: Vec<(&str, bool)> = tested.body["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|subject| (subject["subject"]["name"].as_str().unwrap(), subject["holds"].as_bool().unwrap()))
        .collect();
    assert_eq!(subjects, [("drops", true), ("noise", false)], "{}", tested.body);
    let values = &tested.body["subjects"][0]["values"];
    assert_eq!((value_of(values, "cr"), value_of(values, "cr_before")), (&json!("1.0000"), &json!("5.0000")));
    assert_eq!(value_of(values, "drop_percent"), "80.0000");
    eventually("an alert", async || !alerts_of(&world, &rule).await.is_empty()).await;
    evaluated(&world, &rule, 2).await;
    let alerts = alerts_of(&world, &rule).await;
    assert_eq!((alerts.len(), &alerts[0]["subject"]["id"]), (1, &json!(drops)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_node_is_one_that_nobody_heard_of_for_as_long_as_somebody_listened() {
    let world = quick(&[]).await;
    let nodes = world.mongo().await.collection::<Document>("nodes");
    let at = DateTime::from_millis(DateTime::now().timestamp_millis() - 5 * MINUTE_MS);
    let silent = doc! { "_id": "fra-1", "first_seen": at, "last_seen": at, "snapshot_version": 1_i64 };
    nodes.insert_one(silent).await.unwrap();
    let rule = rule(&world, json!({ "condition": { "kind": "node_silent", "minutes": 1 } })).await;
    let path = format!("/api/alert-rules/{rule}");
    // This process has just begun to listen.
    let early = world.post(&format!("{path}/test"), json!({})).await;
    assert_eq!((early.status, early.code()), (409, "conflict"), "{}", early.body);
    eventually("it says why", async || world.get(&path).await.body["evaluation"]["outcome"] == "skipped")
        .await;
    assert!(alerts_of(&world, &rule).await.is_empty());
    eventually("it has listened", async || {
        world.get(&path).await.body["evaluation"]["outcome"] == "measured"
    })
    .await;
    eventually("it is silent", async || alerts_of(&world, &rule).await.len() == 1).await;
    assert_eq!(alerts_of(&world, &rule).await[0]["subject"]["id"], "fra-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_concluded_while_clickhouse_is_down() {
    let mut world = quick(&[]).await;
    let workspace = world.workspace_id().await;
    let campaign = campaign(&world, "spends").await;
    traffic(&world, &workspace, &campaign, 20, 100, 0).await;
    let spent =
        rule(&world, json!({ "condition": { "kind": "cost_above", "amount": "10", "window_hours": 24 } }))
            .await;
    let calm =
        rule(&world, json!({ "condition": { "kind": "cost_above", "amount": "100", "window_hours": 24 } }))
            .await;
    eventually("it is open", async || !alerts_of(&world, &spent).await.is_empty()).await;
    world.stack.stop_clickhouse().await.unwrap();
    for rule in [&spent, &calm] {
        let path = format!("/api/alert-rules/{rule}");
        eventually("it is skipped", async || {
            world.get(&path).await.body["evaluation"]["outcome"] == "skipped"
        })
        .await;
        assert_eq!(world.get(&path).await.body["evaluation"]["error"], "ClickHouse did not answer");
    }
    evaluated(&world, &spent, 2).await;
    assert_eq!(alerts_of(&world, &spent).await[0]["state"], "open", "not resolved either");
    assert!(alerts_of(&world, &calm).await.is_empty());
    assert_eq!(world.post(&format!("/api/alert-rules/{calm}/test"), json!({})).await.status, 503);
    world.stack.start_clickhouse().await.unwrap();
    let path = format!("/api/alert-rules/{spent}");
    eventually("it goes on", async || world.get(&path).await.body["evaluation"]["outcome"] == "measured")
        .await;
    evaluated(&world, &spent, 1).await;
    assert_eq!(alerts_of(&world, &spent).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspace_sees_nothing_of_it() {
    let world = quick(&[]).await;
    let sick = world.destination("sick").await;
    set_health(&world, &sick, "unhealthy", 10).await;
    let rule = rule(&world, json!({ "condition": { "kind": "destination_unhealthy", "minutes": 5 } })).await;
    eventually("it opens", async || !alerts_of(&world, &rule).await.is_empty()).await;
    let alert = alerts_of(&world, &rule).await[0]["id"].as_str().unwrap().to_owned();
    let workspaces = world.mongo().await.collection::<Document>("workspaces");
    let mut other = workspaces.find_one(doc! {}).await.unwrap().unwrap();
    other.insert("_id", "other");
    other.insert("id", "other");
    workspaces.insert_one(other).await.unwrap();
    for (method, path) in [
        (Method::GET, format!("/api/alert-rules/{rule}")),
        (Method::POST, format!("/api/alert-rules/{rule}/test")),
        (Method::DELETE, format!("/api/alert-rules/{rule}")),
        (Method::GET, format!("/api/alerts/{alert}")),
        (Method::POST, format!("/api/alerts/{alert}/acknowledge")),
        (Method::POST, format!("/api/alerts/{alert}/undo")),
    ] {
        let request =
            world.client.request(method.clone(), world.url(&path)).header("x-workspace-id", "other");
        let answer = request.bearer_auth(traffoflex_local::stack::BOOTSTRAP_TOKEN).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 404, "{method} {path}");
    }
    let request = world.client.get(world.url("/api/alerts")).header("x-workspace-id", "other");
    let page: Value = request
        .bearer_auth(traffoflex_local::stack::BOOTSTRAP_TOKEN)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(page["total"], 0);
    assert_eq!(alerts_of(&world, &rule).await.len(), 1);
}
