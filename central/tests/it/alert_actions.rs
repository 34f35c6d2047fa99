//! What alerts do: once, whatever ends in between, and undone again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::ADMIN_EMAIL;

use crate::{
    alerts::{alerts_of, evaluated, quick, rule, set_health},
    world::{
        World, eventually,
        node_double::{Asked, NodeDouble},
    },
};

/// A destination that is unhealthy, and a stream that sends clicks there and elsewhere.
struct Sick {
    world: World,
    destination: String,
    stream: String,
}

impl Sick {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let world = quick(settings).await;
        let (destination, other) = (world.destination("sick").await, world.destination("other").await);
        let campaign =
            world.post("/api/campaigns", json!({ "name": "c", "slug": "c" })).await.id().to_owned();
        let targets = json!([{ "destination_id": destination, "weight": 80 }, { "destination_id": other, "weight": 20 }]);
        let stream = json!({ "name": "s", "targets": targets });
        let stream = world.post(&format!("/api/campaigns/{campaign}/streams"), stream).await.id().to_owned();
        set_health(&world, &destination, "unhealthy", 10).await;
        Self { world, destination, stream }
    }

    async fn rule(&self, dry_run: bool, actions: Value) -> String {
        let condition = json!({ "kind": "destination_unhealthy", "minutes": 5 });
        rule(&self.world, json!({ "condition": condition, "dry_run": dry_run, "actions": actions })).await
    }

    /// Pauses it, takes half of its weight, and tells webhooks.
    fn actions(&self) -> Value {
        json!([{ "kind": "pause_destination" }, { "kind": "set_weight", "stream_id": self.stream, "percent": 50 }, { "kind": "webhook" }])
    }

    async fn webhook(&self) {
        let webhook = json!({ "name": "ops", "url": "https://hooks.example/", "events": ["alert"] });
        let made = self.world.post("/api/webhooks", webhook).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }

    async fn destination(&self) -> Value {
        self.world.get(&format!("/api/destinations/{}", self.destination)).await.body
    }

    async fn weights(&self) -> (Value, Value) {
        let stream = self.world.get(&format!("/api/streams/{}", self.stream)).await.body;
        (stream["targets"][0]["weight"].clone(), stream["targets"][1]["weight"].clone())
    }

    /// Waits until no action of the rule's alert is due.
    async fn acted(&self, rule: &str) -> Value {
        eventually("all actions have ended", async || {
            let alerts = alerts_of(&self.world, rule).await;
            let ended =
                |action: &Value| !["planned", "under_way"].contains(&action["outcome"].as_str().unwrap());
            alerts.first().is_some_and(|alert| alert["actions"].as_array().unwrap().iter().all(ended))
        })
        .await;
        alerts_of(&self.world, rule).await[0].clone()
    }

    async fn notifications(&self) -> Vec<Document> {
        use futures_util::TryStreamExt;
        let all = self.world.mongo().await.collection::<Document>("notifications");
        all.find(doc! { "event": "alert" }).await.unwrap().try_collect().await.unwrap()
    }
}

fn outcomes(alert: &Value) -> Vec<&str> {
    alert["actions"].as_array().unwrap().iter().map(|action| action["outcome"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let sick = Sick::start(&[]).await;
    sick.webhook().await;
    let before = (sick.destination().await["revision"].clone(), sick.weights().await);
    let rule = sick.rule(true, sick.actions()).await;
    let tested = sick.world.post(&format!("/api/alert-rules/{rule}/test"), json!({})).await.body;
    let would: Vec<&str> = tested["subjects"][0]["would"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["what"].as_str().unwrap())
        .collect();
    let weight = format!("stream \"s\": weight of {} 80 -> 40", sick.destination);
    assert_eq!(would, ["destination \"sick\": status active -> paused", &weight, "tell 1 webhooks"]);
    let alert = sick.acted(&rule).await;
    assert_eq!(outcomes(&alert), ["would_do", "would_do", "would_do"], "{alert}");
    assert_eq!(alert["actions"][1]["what"], weight);
    evaluated(&sick.world, &rule, 2).await;
    assert_eq!((sick.destination().await["revision"].clone(), sick.weights().await), before);
    assert!(sick.notifications().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_does_is_done_once_recorded_and_undone() {
    let sick = Sick::start(&[]).await;
    sick.webhook().await;
    let version = async || {
        sick.world.get("/readyz").await.body["dependencies"]["snapshot"]["version"].as_u64().unwrap()
    };
    let published = version().await;
    let rule = sick.rule(false, sick.actions()).await;
    let alert = sick.acted(&rule).await;
    assert_eq!(outcomes(&alert), ["done", "done", "done"], "{alert}");
    assert_eq!(sick.destination().await["status"], "paused");
    assert_eq!(sick.weights().await, (json!(40), json!(20)));
    assert!(version().await > published, "nodes have it");
    let told = sick.notifications().await;
    assert_eq!(told.len(), 1);
    let body: Value = serde_json::from_str(told[0].get_str("body").unwrap()).unwrap();
    assert_eq!((&body["type"], &body["data"]["alert_id"]), (&json!("alert"), &alert["id"]));
    assert_eq!(body["data"]["subject"]["name"], "sick");
    let audit = sick.world.mongo().await.collection::<Document>("audit_log");
    let by_rule = doc! { "actor.kind": "alert_rule", "actor.id": &rule };
    let entry = audit.find_one(by_rule.clone()).await.unwrap().unwrap();
    assert_eq!(entry.get_document("before").unwrap().get_str("status").unwrap(), "active");
    assert_eq!(entry.get_document("after").unwrap().get_str("status").unwrap(), "paused");

    // Somebody knows better: while the alert stays open, nothing is done again.
    let revision = sick.destination().await["revision"].clone();
    let path = format!("/api/destinations/{}", sick.destination);
    let patch = json!({ "revision": revision, "status": "active", "name": "renamed" });
    assert_eq!(sick.world.call(Method::PATCH, &path, Some(patch)).await.status, 200);
    evaluated(&sick.world, &rule, 3).await;
    assert_eq!(
        (sick.destination().await["status"].clone(), sick.notifications().await.len()),
        (json!("active"), 1)
    );
    assert_eq!(audit.count_documents(by_rule).await.unwrap(), 2);

    // What somebody changed since stays; the rest is restored.
    let id = alert["id"].as_str().unwrap();
    let undone = sick.world.post(&format!("/api/alerts/{id}/undo"), json!({})).await;
    assert_eq!(undone.status, 409, "{}", undone.body);
    assert_eq!(undone.fields(), [format!("destinations/{}", sick.destination)]);
    assert_eq!(sick.weights().await, (json!(80), json!(20)));
    assert_eq!(sick.destination().await["name"], "renamed");
    let alert = sick.world.get(&format!("/api/alerts/{id}")).await.body;
    assert_eq!(outcomes(&alert), ["done", "undone", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_restores_all_and_is_not_overruled() {
    let sick = Sick::start(&[]).await;
    let twice = json!([
        { "kind": "set_weight", "stream_id": sick.stream, "percent": 50 },
        { "kind": "set_weight", "stream_id": sick.stream, "weight": 7 },
        { "kind": "pause_destination" },
    ]);
    let rule = sick.rule(false, twice).await;
    let alert = sick.acted(&rule).await;
    assert_eq!(sick.weights().await, (json!(7), json!(20)));
    let undone =
        sick.world.post(&format!("/api/alerts/{}/undo", alert["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(undone.status, 200, "{}", undone.body);
    assert_eq!(outcomes(&undone.body), ["undone", "undone", "undone"]);
    assert_eq!(sick.weights().await, (json!(80), json!(20)));
    evaluated(&sick.world, &rule, 2).await;
    assert_eq!(sick.destination().await["status"], "active", "the alert is open and does nothing again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_an_action_and_its_record_repeats_nothing() {
    let resend = NodeDouble::start(|_| (200, json!({ "id": "x" }))).await;
    let mut sick = Sick::start(&mailed(resend.url(), &[])).await;
    sick.world.admin().await;
    sick.webhook().await;
    let actions = json!([{ "kind": "pause_destination" }, { "kind": "webhook" }, { "kind": "mail", "to": [ADMIN_EMAIL] }]);
    let rule = sick.rule(false, actions).await;
    let alert = sick.acted(&rule).await;
    assert_eq!(outcomes(&alert), ["done", "done", "done"], "{alert}");
    let revision = sick.destination().await["revision"].clone();
    sick.world.kill_api().await;
    // As it was a moment before.
    let alerts = sick.world.mongo().await.collection::<Document>("alerts");
    let begun = doc! { "$set": { "actions.0.outcome": "under_way", "actions.1.outcome": "under_way", "actions.2.outcome": "under_way" } };
    alerts.update_one(doc! { "rule_id": &rule }, begun).await.unwrap();
    sick.world.stack.start_api().await.unwrap();
    let again = sick.acted(&rule).await;
    assert_eq!(outcomes(&again), ["done", "done", "done"]);
    assert_eq!(again["id"], alert["id"]);
    assert_eq!(sick.destination().await["revision"], revision, "it is not written again");
    assert_eq!(sick.notifications().await.len(), 1, "nobody is told under another id");
    // Whom it was told to is known.
    assert_eq!(alert_mails(&resend).len(), 1);
    let untold = doc! { "$set": { "actions.2.outcome": "under_way", "actions.2.told": [] } };
    alerts.update_one(doc! { "rule_id": &rule }, untold).await.unwrap();
    eventually("it is told again", async || alert_mails(&resend).len() == 2).await;
    assert_eq!(outcomes(&sick.acted(&rule).await), ["done", "done", "done"]);
    let mails = alert_mails(&resend);
    assert_eq!(mails[0].idempotency_key, mails[1].idempotency_key);
    assert!(mails[0].idempotency_key.contains(alert["id"].as_str().unwrap()), "{:?}", mails[0]);
    assert_eq!(mails[0].body["to"], json!([ADMIN_EMAIL]));

    // Under way, and somebody has changed it back since: that stands.
    sick.world.kill_api().await;
    let begun = doc! { "$set": { "actions.0.outcome": "under_way" } };
    alerts.update_one(doc! { "rule_id": &rule }, begun).await.unwrap();
    let destinations = sick.world.mongo().await.collection::<Document>("destinations");
    let back = doc! { "$set": { "status": "active" }, "$inc": { "revision": 1_i64 } };
    destinations.update_one(doc! { "_id": &sick.destination }, back).await.unwrap();
    sick.world.stack.start_api().await.unwrap();
    let last = sick.acted(&rule).await;
    assert_eq!(outcomes(&last), ["failed", "done", "done"], "{last}");
    assert_eq!(sick.destination().await["status"], "active");
}

/// Codes and invitations go the same way.
fn alert_mails(resend: &NodeDouble) -> Vec<Asked> {
    let is_alert = |asked: &Asked| asked.body["subject"].as_str().is_some_and(|s| s.starts_with("Alert: "));
    resend.asked().into_iter().filter(is_alert).collect()
}

fn mailed<'a>(url: &'a str, own: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let settings = [
        ("AUTH_RESEND_API_URL", url),
        ("AUTH_RESEND_API_KEY", "re_test_key"),
        ("AUTH_EMAIL_FROM", "Traffoflex <alerts@example.com>"),
    ];
    settings.into_iter().chain(own.iter().copied()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_has_the_mail_gets_no_other_one_while_another_is_tried() {
    let is_late = Arc::new(AtomicBool::new(true));
    let late = is_late.clone();
    let resend = NodeDouble::start(move |asked| {
        let is_alert = asked.body["subject"].as_str().is_some_and(|s| s.starts_with("Alert: "));
        let refused = is_alert && asked.body["to"] != json!([ADMIN_EMAIL]) && late.load(Ordering::Relaxed);
        (if refused { 503 } else { 200 }, json!({ "id": "x" }))
    })
    .await;
    let sick = Sick::start(&mailed(resend.url(), &[("AUTH_RESEND_MAX_ATTEMPTS", "1")])).await;
    sick.world.admin().await;
    let (masked, left) = (sick.world.member("masked", None).await, sick.world.member("manager", None).await);
    let to = json!([masked.email, ADMIN_EMAIL, left.email]);
    let rule = sick.rule(false, json!([{ "kind": "mail", "to": to }])).await;
    let to_admin =
        || alert_mails(&resend).iter().filter(|mail| mail.body["to"] == json!([ADMIN_EMAIL])).count();
    eventually("three looks", async || alert_mails(&resend).len() > 6).await;
    assert_eq!(to_admin(), 1);
    assert_eq!(outcomes(&alerts_of(&sick.world, &rule).await[0]), ["under_way"]);
    // Whoever is no member any more gets none.
    let members = sick.world.mongo().await.collection::<Document>("memberships");
    members.delete_one(doc! { "user_id": &left.id }).await.unwrap();
    is_late.store(false, Ordering::Relaxed);
    let alert = sick.acted(&rule).await;
    assert_eq!(
        (outcomes(&alert), &alert["actions"][0]["what"]),
        (vec!["failed"], &json!("wrote to 2 addresses"))
    );
    assert_eq!(alert["actions"][0]["error"], "it is nobody's address in the workspace");
    assert_eq!(to_admin(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_away_keeps_nothing_else_back() {
    let resend = NodeDouble::start(|_| (503, json!({}))).await;
    // A mail takes a minute before it is given up.
    let slow = [("AUTH_RESEND_RETRY_BACKOFF_MS", "60000"), ("AUTH_RESEND_MAX_ATTEMPTS", "3")];
    let sick = Sick::start(&mailed(resend.url(), &slow)).await;
    let members = sick.world.mongo().await;
    member_without_mail(&members).await;
    let actions = json!([{ "kind": "mail", "to": ["ops@example.com"] }, { "kind": "pause_destination" }]);
    let rule = sick.rule(false, actions).await;
    eventually("it is paused", async || sick.destination().await["status"] == "paused").await;
    eventually("a mail was tried", async || !alert_mails(&resend).is_empty()).await;
    assert_eq!(outcomes(&alerts_of(&sick.world, &rule).await[0]), ["under_way", "done"]);
    // Others are evaluated meanwhile, and it is resolved.
    evaluated(&sick.world, &rule, 2).await;
    set_health(&sick.world, &sick.destination, "healthy", 0).await;
    eventually("it is resolved", async || alerts_of(&sick.world, &rule).await[0]["state"] == "resolved")
        .await;
}

/// As an invitation and a sign-in make one.
async fn member_without_mail(database: &mongodb::Database) {
    let workspace = database.collection::<Document>("workspaces").find_one(doc! {}).await.unwrap().unwrap();
    let (workspace, now) = (workspace.get_str("id").unwrap(), DateTime::now());
    let user = doc! { "_id": "ops", "email": "ops@example.com", "name": "", "status": "active", "created_at": now,
    "approved_at": now, "last_sign_in_at": now };
    database.collection("users").insert_one(user).await.unwrap();
    let membership = doc! { "_id": format!("{workspace}/ops"), "workspace_id": workspace, "user_id": "ops", "role": "manager",
    "mask_money": false, "created_at": now };
    database.collection("memberships").insert_one(membership).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_is_known_though_its_rule_is_gone_and_what_was_not_is_left() {
    let mut sick = Sick::start(&[]).await;
    sick.webhook().await;
    let actions = json!([{ "kind": "pause_destination" }, { "kind": "webhook" }]);
    let rule = sick.rule(false, actions).await;
    sick.acted(&rule).await;
    sick.world.kill_api().await;
    // It died between the change and its note, and the rule is deleted before anybody goes on.
    let alerts = sick.world.mongo().await.collection::<Document>("alerts");
    let begun = doc! { "$set": { "actions.0.outcome": "under_way", "actions.1.outcome": "planned" } };
    alerts.update_one(doc! { "rule_id": &rule }, begun).await.unwrap();
    let rules = sick.world.mongo().await.collection::<Document>("alert_rules");
    rules.delete_one(doc! { "_id": &rule }).await.unwrap();
    sick.world.stack.start_api().await.unwrap();
    let alert = sick.acted(&rule).await;
    assert_eq!(outcomes(&alert), ["done", "failed"], "{alert}");
    assert_eq!(alert["actions"][1]["error"], "the rule is gone");
    eventually("it is resolved", async || alerts_of(&sick.world, &rule).await[0]["state"] == "resolved")
        .await;
    let id = alert["id"].as_str().unwrap();
    let undone = sick.world.post(&format!("/api/alerts/{id}/undo"), json!({})).await;
    assert_eq!((undone.status, outcomes(&undone.body)), (200, vec!["undone", "failed"]), "{}", undone.body);
    assert_eq!(sick.destination().await["status"], "active");
    let audit = sick.world.mongo().await.collection::<Document>("audit_log");
    let entry =
        doc! { "resource": "alerts", "resource_id": id, "what": { "$regex": "^undone: destination" } };
    assert_eq!(audit.count_documents(entry).await.unwrap(), 1);

    // Of one that was resolved what was not begun is not done any more, and says so.
    let due = doc! { "$set": { "actions.0.outcome": "planned", "actions.0.change": null } };
    let rule = sick.rule(true, json!([])).await;
    let mut of_rule = due.get_document("$set").unwrap().clone();
    of_rule.insert("rule_id", &rule);
    alerts.update_one(doc! { "_id": id }, doc! { "$set": of_rule }).await.unwrap();
    eventually("it has ended", async || {
        let alert = sick.world.get(&format!("/api/alerts/{id}")).await.body;
        alert["actions"][0]["error"] == "the alert was resolved before"
    })
    .await;
    assert_eq!(sick.destination().await["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_cannot_be_done_says_why() {
    let sick = Sick::start(&[]).await;
    sick.world.admin().await;
    let actions = json!([{ "kind": "mail", "to": [ADMIN_EMAIL] }, { "kind": "set_weight", "stream_id": sick.stream, "weight": 80 }]);
    let rule = sick.rule(false, actions).await;
    let alert = sick.acted(&rule).await;
    assert_eq!(outcomes(&alert), ["failed", "nothing_to_do"], "{alert}");
    assert_eq!(alert["actions"][0]["error"], "no delivery of mail is configured");
    assert_eq!(alert["actions"][1]["what"], "the weight is 80 already");
}
