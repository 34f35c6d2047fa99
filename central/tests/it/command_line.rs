//! The commands of api-service, by the real binary.

use std::process::Output;

use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::{NODE_TOKEN, Stack};

use crate::world::{
    World,
    node_double::{Asked, NodeDouble},
};

impl World {
    pub async fn command(&self, arguments: &[&str]) -> Output {
        self.stack.command(arguments).await.unwrap()
    }

    /// What a command that worked prints with `--json`, and nothing beside it.
    pub async fn command_json(&self, arguments: &[&str]) -> Value {
        let ended = self.command(&[arguments, &["--json"]].concat()).await;
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {}", text(&ended.stderr));
        serde_json::from_slice(&ended.stdout).unwrap_or_else(|_| panic!("{}", text(&ended.stdout)))
    }

    /// Entries of the audit log that the command line left.
    async fn left_by_commands(&self, resource: &str) -> Vec<Document> {
        let entries = self.mongo().await.collection::<Document>("audit_log");
        let filter = doc! { "actor.kind": "command_line", "resource": resource };
        let mut found = entries.find(filter).sort(doc! { "_id": 1 }).await.unwrap();
        let mut all = Vec::new();
        while found.advance().await.unwrap() {
            all.push(found.deserialize_current().unwrap());
        }
        all
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Ends with the code, says why on standard error, and prints no result.
fn assert_refused(ended: &Output, code: i32, why: &str) {
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(code), "{said}");
    assert!(said.contains(why), "{why:?} in {said}");
    assert_eq!(text(&ended.stdout), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn api_keys_from_a_shell() {
    let world = World::start().await;
    let create = ["apikey", "create", "--name", "nightly", "--scope", "logs:read", "--scope", "config:read"];
    let made = world.command(&create).await;
    let secret = text(&made.stdout).trim();
    assert!(made.status.success() && secret.starts_with("tfx_"), "{}", text(&made.stderr));
    assert_eq!(world.call_as(Method::GET, "/api/campaigns", None, secret).await.status, 200);

    let other = world
        .command_json(&["apikey", "create", "--name", "o", "--scope", "audit:read", "--expires-in-days", "2"])
        .await;
    let (id, secret) = (other["id"].as_str().unwrap(), other["secret"].as_str().unwrap());
    assert_eq!(
        (&other["scopes"], &other["created_by"]["kind"]),
        (&json!(["audit:read"]), &json!("command_line"))
    );
    assert!(other["expires_at"].is_string(), "{other}");
    // The shapes are those of the API.
    let listed = world.command_json(&["apikey", "list"]).await;
    assert_eq!(listed["total"], 2);
    assert_eq!(listed["items"], world.get("/api/api-keys").await.body["items"]);
    let lines = world.command(&["apikey", "list"]).await;
    let lines = text(&lines.stdout);
    assert!(
        lines.contains("nightly\tconfig:read,logs:read\tnever ends\t2") && lines.ends_with("2 API keys\n"),
        "{lines}"
    );
    let none = world.command(&["apikey", "list", "--workspace", "nowhere"]).await;
    assert_refused(&none, 1, "there is no workspace nowhere");

    assert_eq!(world.command_json(&["apikey", "revoke", id]).await["id"], id);
    assert_eq!(world.call_as(Method::GET, "/api/campaigns", None, secret).await.status, 401);
    assert_refused(&world.command(&["apikey", "revoke", id]).await, 1, &format!("there is no API key {id}"));

    assert_refused(&world.command(&["apikey", "create", "--name", "n"]).await, 2, "--scope");
    assert_refused(
        &world.command(&["apikey", "create", "--name", "n", "--scope", "all"]).await,
        2,
        "config:read",
    );
    let empty = world.command(&["apikey", "create", "--name", "", "--scope", "operate"]).await;
    assert_refused(&empty, 1, "name:");
    let past =
        ["apikey", "create", "--name", "n", "--scope", "operate", "--expires-at", "2020-01-01T00:00:00Z"];
    assert_refused(&world.command(&past).await, 1, "expires_at:");

    let left = world.left_by_commands("api-keys").await;
    let actions: Vec<&str> = left.iter().map(|entry| entry.get_str("action").unwrap()).collect();
    assert_eq!(actions, ["created", "created", "deleted"]);
    let of_first = |entry: &Document| entry.get_str("workspace_id").unwrap() == other["workspace_id"];
    assert!(left.iter().all(of_first) && !left.iter().any(|entry| entry.to_string().contains(secret)));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_from_a_shell() {
    let world = World::start().await;
    let stranger = world.sign_in("ann@example.com").await;
    let campaigns =
        async |token: &str| world.call_as(Method::GET, "/api/campaigns", None, token).await.status;
    assert_eq!(campaigns(&stranger.token).await, 403);
    let waiting = world.command_json(&["user", "list", "--status", "pending_approval"]).await;
    assert_eq!((&waiting["total"], &waiting["items"][0]["email"]), (&json!(1), &json!("ann@example.com")));

    let approved = world.command_json(&["user", "approve", "Ann@Example.com", "--role", "owner"]).await;
    assert_eq!(
        (&approved["status"], &approved["memberships"][0]["role"]),
        (&json!("active"), &json!("owner"))
    );
    assert_eq!(campaigns(&stranger.token).await, 200);
    assert_eq!(world.command_json(&["user", "show", &stranger.id]).await, approved);
    // The only owner stays one, as in the API.
    let last = "at least one active owner";
    assert_refused(&world.command(&["user", "disable", "ann@example.com"]).await, 1, last);
    assert_refused(&world.command(&["user", "role", "ann@example.com", "analyst"]).await, 1, last);

    let invited = ["user", "invite", "bob@example.com", "--role", "analyst", "--mask-money"];
    let invited = world.command_json(&invited).await;
    assert_eq!(
        (&invited["status"], &invited["memberships"][0]["mask_money"]),
        (&json!("invited"), &json!(true))
    );
    let bob = world.sign_in("bob@example.com").await;
    let me = world.get_as("/api/me", &bob).await;
    assert_eq!((&me.body["role"], &me.body["masks_money"]), (&json!("analyst"), &json!(true)));
    let raised = world.command_json(&["user", "role", "bob@example.com", "owner"]).await;
    assert_eq!(raised["memberships"][0]["role"], "owner");

    let disabled = world.command_json(&["user", "disable", "ann@example.com"]).await;
    assert_eq!(disabled["status"], "disabled");
    assert_eq!(campaigns(&stranger.token).await, 401, "at once");
    assert_eq!(world.command_json(&["user", "enable", &stranger.id]).await["status"], "active");
    assert_eq!(campaigns(&stranger.token).await, 401, "and the session is not back");
    let lines = world.command(&["user", "list"]).await;
    let lines = text(&lines.stdout);
    assert!(lines.contains("\tann@example.com\tactive\t") && lines.ends_with("2 users\n"), "{lines}");

    let nobody = world.command(&["user", "show", "nobody@example.com"]).await;
    assert_refused(&nobody, 1, "there is no user nobody@example.com");
    assert_refused(&world.command(&["user", "approve", "ann@example.com"]).await, 1, "active already");
    assert_refused(&world.command(&["user", "role", "ann@example.com", "boss"]).await, 2, "manager");
    assert_refused(&world.command(&["user", "invite", "no address", "--role", "admin"]).await, 1, "email:");
    let left = world.left_by_commands("users").await;
    let what: Vec<&str> = left.iter().map(|entry| entry.get_str("what").unwrap()).collect();
    // What concerns all workspaces is in the log of each, and in the installation's.
    assert_eq!(what, ["approved", "invited", "role changed", "disabled", "disabled", "enabled", "enabled"]);
    let of_all: Vec<&str> = left
        .iter()
        .filter(|entry| entry.get_str("workspace_id").is_err())
        .map(|entry| entry.get_str("what").unwrap())
        .collect();
    assert_eq!(of_all, ["disabled", "enabled"]);
    // A workspace does not learn where else they are what.
    let second = world.new_workspace("Second").await;
    let first = world.get("/api/workspace").await.id().to_owned();
    let there = ["user", "invite", "ann@example.com", "--role", "manager", "--workspace", &second];
    assert_eq!(world.command_json(&there).await["memberships"].as_array().unwrap().len(), 2);
    let role = ["user", "role", "ann@example.com", "analyst", "--workspace", &second];
    world.command_json(&role).await;
    let left = world.left_by_commands("users").await;
    let of_second: Vec<String> = left
        .iter()
        .filter(|entry| entry.get_str("workspace_id") == Ok(second.as_str()))
        .map(ToString::to_string)
        .collect();
    assert_eq!(of_second.len(), 2);
    assert!(
        of_second.iter().all(|entry| entry.contains(&second) && !entry.contains(&first)),
        "{of_second:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshot_from_a_shell() {
    let mut world = World::start().await;
    let webhook = json!({ "name": "w", "url": "https://w.example/", "events": ["cap.reached"] });
    let made = world.post("/api/webhooks", webhook).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = world.destination("offer").await;
    let shown = world.command_json(&["snapshot", "show"]).await;
    assert_eq!(
        (&shown["is_published"], &shown["counts"]["destinations"]),
        (&json!(true), &json!(1)),
        "{shown}"
    );
    let ready: Value = world.get("/readyz").await.body;
    assert_eq!(shown["version"], ready["dependencies"]["snapshot"]["version"]);
    let again = world.command_json(&["snapshot", "publish"]).await;
    assert_eq!((&again["is_new"], &again["version"]), (&json!(false), &shown["version"]));

    // Behind the back of every api-service, as a restored backup would.
    world.stack.stop_api().await.unwrap();
    let destinations = world.mongo().await.collection::<Document>("destinations");
    let renamed = doc! { "$set": { "name": "restored" } };
    destinations.update_one(doc! { "_id": &id }, renamed).await.unwrap();
    let behind = world.command_json(&["snapshot", "show"]).await;
    assert_eq!((&behind["is_published"], &behind["version"]), (&json!(false), &shown["version"]));
    assert_ne!(behind["fingerprint"], behind["published_fingerprint"]);
    let published = world.command_json(&["snapshot", "publish"]).await;
    assert_eq!(published["is_new"], true);
    assert_eq!(published["version"].as_u64().unwrap(), shown["version"].as_u64().unwrap() + 1);
    assert_eq!(published["fingerprint"], behind["fingerprint"]);
    assert_eq!(world.left_by_commands("snapshot").await.len(), 1);

    let exported = world.command_json(&["snapshot", "export"]).await;
    assert_eq!(exported["version"], published["version"]);
    assert_eq!(exported["entities"]["destinations"][0]["name"], "restored");
    assert_eq!(exported["settings"]["click_id_keys"], "***");
    assert_eq!(exported["entities"]["webhooks"][0]["secret"], "***");
    let whole = world.command_json(&["snapshot", "export", "--with-secrets"]).await;
    assert_eq!(whole["entities"]["webhooks"][0]["secret"], made.body["secret"]);
    assert!(whole["settings"]["click_id_keys"][0]["key"].is_array(), "{whole}");
    let mut file = world.command_json(&["export"]).await;
    assert_eq!(
        (&file["destinations"][0]["name"], &file["webhooks"][0].get("secret")),
        (&json!("restored"), &None)
    );
    world.stack.start_api().await.unwrap();
    let mut same = world.get("/api/workspace/export").await.body;
    for file in [&mut file, &mut same] {
        file["exported_at"].take();
    }
    assert_eq!(file, same);
    assert_refused(&world.command(&["export", "--workspace", "w"]).await, 1, "there is no workspace w");
    let lines = world.command(&["snapshot", "show"]).await;
    assert!(text(&lines.stdout).contains("       1 destinations\n"), "{}", text(&lines.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_setting_is_named_by_its_variable() {
    let node = NodeDouble::start(|asked: &Asked| match asked.path_and_query.as_str() {
        "/internal/event-producer/stats" if asked.authorization == format!("Bearer {NODE_TOKEN}") => {
            (200, json!({}))
        }
        _ => (401, Value::Null),
    })
    .await;
    let settings = [("TRAFFIC_SERVICE_URL", node.url()), ("POSTBACK_SERVICE_URL", "")];
    let stack = Stack::start_with(false, &settings).await.unwrap();
    let mut world = World { stack, client: reqwest::Client::new() };
    let report = world.command_json(&["check-config"]).await;
    assert_eq!(report["ok"], true, "{report}");
    let checks = report["checks"].as_array().unwrap();
    assert!(
        checks.iter().any(|check| check["variable"] == "TRAFFIC_SERVICE_URL" && check["ok"] == true),
        "{report}"
    );

    let wrong = async |world: &World, arguments: &[&str]| {
        let ended = world.command(&[&["check-config", "--json"], arguments].concat()).await;
        assert_eq!(ended.status.code(), Some(1), "{}", text(&ended.stderr));
        let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(report["ok"], false);
        let checks = report["checks"].as_array().unwrap().clone();
        let mut names: Vec<String> = (checks.iter().filter(|check| check["ok"] == false))
            .map(|check| check["variable"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    // What cannot be reached, all of it at once.
    for (variable, value) in [
        ("POSTBACK_SERVICE_URL", "http://127.0.0.1:1"),
        ("NODE_TOKEN", "another-token-of-nodes"),
        ("CLICKHOUSE_HTTP_URL", "http://127.0.0.1:1"),
        ("MONGO_URI", "mongodb://127.0.0.1:1"),
        ("MONGO_SELECTION_TIMEOUT_MS", "200"),
        ("EVENT_BROKERS", "127.0.0.1:1"),
    ] {
        world.stack.set_for_api(variable, value).unwrap();
    }
    let expected =
        ["CLICKHOUSE_HTTP_URL", "EVENT_BROKERS", "MONGO_URI", "NODE_TOKEN", "POSTBACK_SERVICE_URL"];
    assert_eq!(wrong(&world, &[]).await, expected);
    assert_eq!(world.command(&["check-config", "--offline"]).await.status.code(), Some(0));

    // What a start would refuse.
    world.stack.set_for_api("AUTH_ENV", "production").unwrap();
    let refused = world.command(&["check-config", "--offline"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stdout).contains("WRONG\tAUTH_DEV_RETURN_OTP\t"), "{}", text(&refused.stdout));
    for (variable, value) in [
        ("AUTH_ENV", "test"),
        ("AUTH_EMAIL_FROM", "tracker@example.com"),
        ("AUTH_SMTP_URL", "smtp://127.0.0.1:1"),
    ] {
        world.stack.set_for_api(variable, value).unwrap();
    }
    assert_eq!(wrong(&world, &[]).await, [&["AUTH_SMTP_URL"], &expected[..]].concat());

    // What cannot even be read, and no value of it is printed.
    for (variable, value) in
        [("NODE_TOKEN", "short-secret"), ("LOG_FORMAT", "loud"), ("SNAPSHOT_POLL_MS", "soon")]
    {
        world.stack.set_for_api(variable, value).unwrap();
    }
    assert_eq!(wrong(&world, &[]).await, ["LOG_FORMAT", "NODE_TOKEN", "SNAPSHOT_POLL_MS"]);
    let lines = world.command(&["check-config"]).await;
    let (out, err) = (text(&lines.stdout), text(&lines.stderr));
    assert!(
        out.contains("WRONG\tNODE_TOKEN\t") && out.contains("WRONG\tLOG_FORMAT\tone of json, text"),
        "{out}"
    );
    assert!(!out.contains("short-secret") && !err.contains("short-secret"), "{out}{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn set_aside_postbacks_from_a_shell_and_what_replays_leave_behind() {
    let node = NodeDouble::start(|asked: &Asked| match asked.path_and_query.split('?').next() {
        Some("/internal/postbacks/set-aside") => {
            let items = [json!({ "key": "p1", "postback_id": "p1", "error": "refused" })];
            (200, json!({ "items": items, "limit": 500, "offset": 0, "total": 1 }))
        }
        Some("/internal/postbacks/retry" | "/internal/outbound/retry") => (200, json!({ "retried": 1 })),
        _ => (404, Value::Null),
    })
    .await;
    let stack = Stack::start_with(false, &[("POSTBACK_SERVICE_URL", node.url())]).await.unwrap();
    let world = World { stack, client: reqwest::Client::new() };
    let listed = world.command_json(&["dlq", "list", "--set-aside"]).await;
    assert_eq!(listed["items"][0]["postback_id"], "p1");
    let replayed = world.command_json(&["dlq", "replay", "--set-aside", "--postback", "p1"]).await;
    assert_eq!(replayed["retried"], 1);
    assert_eq!(node.asked().pop().unwrap().body, json!({ "ids": ["p1"], "all": false }));
    // By the word that it had before, too.
    world.command_json(&["dlq", "retry", "--all"]).await;
    assert_eq!(node.asked().pop().unwrap().path_and_query, "/internal/outbound/retry");
    assert_refused(&world.command(&["dlq", "replay", "--set-aside"]).await, 2, "--all");
    assert_refused(&world.command(&["dlq", "replay", "--postback", "p1"]).await, 2, "--set-aside");
    let left: Vec<String> =
        [world.left_by_commands("postbacks").await, world.left_by_commands("outbound").await]
            .concat()
            .iter()
            .map(|entry| entry.get_document("after").unwrap().to_string())
            .collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[0].contains("p1"), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_help_with_an_example_and_says_what_it_changed() {
    let world = World::start().await;
    let migrated = world.command_json(&["migrate"]).await;
    assert_eq!((&migrated["mongodb"], &migrated["kafka"]), (&json!("traffoflex"), &Value::Null));
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let ended = world.command(&arguments).await;
        let help = text(&ended.stdout);
        assert_eq!(ended.status.code(), Some(0), "{path:?}");
        if !path.is_empty() && path != ["serve"] {
            assert!(help.contains("Example:\n  api-service "), "{path:?}: {help}");
            // Whatever does something prints JSON too.
            assert!(help.contains("Commands:") || help.contains("--json"), "{path:?}: {help}");
            seen += 1;
        }
        let commands = help.split("Commands:\n").nth(1).unwrap_or_default();
        let names = commands.lines().take_while(|line| !line.is_empty());
        let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
        waiting.extend(names.map(|name| [path.clone(), vec![name.to_owned()]].concat()));
    }
    assert!(seen >= 14, "{seen} commands");
    assert_refused(&world.command(&["nonsense"]).await, 2, "nonsense");
}
