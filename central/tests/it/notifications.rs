//! What only central sees reaches a postback node, once an event, whoever is away meanwhile.

mod caps;
mod receiver;

use std::net::Ipv4Addr;

use mongodb::{
    Collection,
    bson::{DateTime, Document, doc},
};
use receiver::{Hooks, PostbackNode};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use traffoflex_local::{
    dns_server::{Answer, DnsServer},
    services::Service,
    stack::{DATABASE, NODE_TOKEN, Stack},
};
use traffoflex_wire::snapshot;

use crate::world::{World, eventually};

/// api-service that knows the postback node, and a second one on the same databases.
struct Watched {
    world: World,
    second: Service,
    node: PostbackNode,
}

impl Watched {
    async fn start(refuses: u32) -> Self {
        let (node, url) = PostbackNode::start(refuses).await;
        let settings = [("POSTBACK_SERVICE_URL", &*url), ("NODE_OFFLINE_AFTER_SECONDS", "5")];
        let stack = Stack::start_with(false, &settings).await.unwrap();
        let second = stack.second_api().await.unwrap();
        Self { world: World { stack, client: Client::new() }, second, node }
    }

    async fn documents(&self, name: &str) -> Collection<Document> {
        let uri = self.world.stack.variable("MONGO_URI");
        mongodb::Client::with_uri_str(uri).await.unwrap().database(DATABASE).collection(name)
    }

    /// As the admin API keeps it.
    async fn webhook(&self, id: &str, status: &str, events: &[&str]) {
        let workspace = self.world.workspace_id().await;
        let webhook = doc! {
            "_id": id, "revision": 1_i64, "created_at": DateTime::now(), "updated_at": DateTime::now(),
            "id": id, "workspace_id": workspace, "name": id, "status": status,
            "url": "https://hooks.example/", "events": events.to_vec(), "secret": "whsec_AAAA",
        };
        self.documents("webhooks").await.insert_one(webhook).await.unwrap();
    }

    async fn report(&self, destination: &str, state: &str) {
        let now = DateTime::now().timestamp_millis();
        let report = json!({ "destination_id": destination, "state": state, "since_ms": now, "latency_ms": 1,
            "error": if state == "healthy" { "" } else { "HTTP 502" }, "checked_at_ms": now });
        let batch = json!({ "node_id": "node-a", "interval_ms": 60_000, "reports": [report] });
        let answer = self.world.call_as(Method::POST, "/internal/v1/health", Some(batch), NODE_TOKEN).await;
        assert_eq!(answer.status, 204);
    }

    /// Waits until a destination that fails now is told of: what was made before has arrived by then.
    async fn fence(&self) {
        let name = format!("fence-{}", self.node.got("destination.unhealthy").len());
        let destination = self.world.destination(&name).await;
        self.report(&destination, "unhealthy").await;
        eventually("the fence arrives", async || {
            let got = self.node.got("destination.unhealthy");
            got.iter().any(|(_, body)| body["data"]["destination_id"] == *destination)
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_fails_is_told_of_once_a_node_answers() {
    let watched = Watched::start(3).await;
    let world = &watched.world;
    watched.webhook("asks", "active", &["destination.unhealthy", "cap.reached"]).await;
    watched.webhook("asks-too", "active", &["destination.unhealthy"]).await;
    watched.webhook("paused", "paused", &["destination.unhealthy"]).await;
    watched.webhook("other", "active", &["conversion", "node.offline"]).await;
    let destination = world.destination("shop").await;
    watched.report(&destination, "healthy").await;
    watched.report(&destination, "unhealthy").await;
    watched.report(&destination, "unhealthy").await;
    eventually("both webhooks are told", async || watched.node.got("destination.unhealthy").len() >= 2).await;
    let got = watched.node.got("destination.unhealthy");
    let mut webhooks: Vec<&str> = got.iter().map(|(webhook, _)| webhook.as_str()).collect();
    webhooks.sort_unstable();
    assert_eq!(webhooks, ["asks", "asks-too"]);
    for (_, body) in &got {
        assert_eq!(body["type"], "destination.unhealthy");
        assert!(body["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{body}");
        let data = &body["data"];
        assert_eq!(
            (&data["destination_id"], &data["destination_name"]),
            (&json!(destination), &json!("shop"))
        );
        assert_eq!((&data["previous"], &data["current"]), (&json!("healthy"), &json!("unhealthy")));
        assert_eq!((&data["error"], &data["nodes"]), (&json!("HTTP 502"), &json!({ "node-a": "unhealthy" })));
    }
    {
        let node = watched.node.lock();
        assert_eq!((node.refused, node.wrong_token), (3, 0));
    }
    // It comes back and fails again: that is another event.
    watched.report(&destination, "healthy").await;
    watched.report(&destination, "unhealthy").await;
    eventually("told again", async || watched.node.got("destination.unhealthy").len() == 4).await;

    let kept = watched.documents("notifications").await;
    eventually("all are marked", async || {
        let done = doc! { "state": "handed_over", "handed_over_at": { "$exists": true } };
        kept.count_documents(done).await.unwrap() == 4
    })
    .await;
    assert_eq!(kept.count_documents(doc! {}).await.unwrap(), 4);
    eventually("nothing is left to do", async || {
        let ready = world.get("/readyz").await.body;
        ready["dependencies"]["postback_nodes"]["state"] == "idle"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_a_node_refuses_keeps_no_other_back() {
    // Nothing is handed over before all of it waits, in one batch.
    let mut watched = Watched::start(u32::MAX).await;
    for webhook in ["a", "gone", "not an id", "z"] {
        watched.webhook(webhook, "active", &["destination.unhealthy"]).await;
    }
    let destination = watched.world.destination("shop").await;
    watched.report(&destination, "unhealthy").await;
    // A node knows of no webhook that was deleted, and says so for ever.
    watched.documents("webhooks").await.delete_one(doc! { "_id": "gone" }).await.unwrap();
    watched.second.kill();
    watched.node.lock().refuses = 0;
    eventually("the others are told", async || watched.node.got("destination.unhealthy").len() == 2).await;
    let ready = async || watched.world.get("/readyz").await.body["dependencies"]["postback_nodes"].clone();
    eventually("nothing waits", async || {
        let backlog = ready().await;
        (&backlog["state"], &backlog["messages"], &backlog["refused"])
            == (&json!("idle"), &json!(0), &json!(1))
    })
    .await;
    let kept = watched.documents("notifications").await;
    let refused = kept.find_one(doc! { "state": "refused" }).await.unwrap().unwrap();
    assert_eq!(refused.get_str("webhook_id").unwrap(), "not an id");
    assert_eq!(refused.get_str("error").unwrap(), "messages[0].id: visible ASCII");
    assert!(refused.get_datetime("expires_at").is_ok());
    assert_eq!(kept.count_documents(doc! { "state": "handed_over" }).await.unwrap(), 2);
    assert_eq!(kept.count_documents(doc! {}).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_outlives_central_and_a_node_that_is_away() {
    let mut watched = Watched::start(u32::MAX).await;
    watched.webhook("asks", "active", &["destination.unhealthy"]).await;
    let destination = watched.world.destination("shop").await;
    watched.report(&destination, "unhealthy").await;
    eventually("the node has refused it, and that shows", async || {
        let ready = watched.world.get("/readyz").await;
        assert_eq!(ready.status, 200, "clicks and reports need no webhook");
        let backlog = &ready.body["dependencies"]["postback_nodes"];
        backlog["state"] == "unreachable" && backlog["messages"] == 1
    })
    .await;
    watched.second.kill();
    watched.world.stack.kill_api().unwrap();
    assert!(watched.node.got("destination.unhealthy").is_empty());
    watched.node.lock().refuses = 0;
    watched.world.stack.start_api().await.unwrap();
    eventually("it is told", async || watched.node.got("destination.unhealthy").len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_node_is_told_of_once_a_silence() {
    let watched = Watched::start(0).await;
    let world = &watched.world;
    watched.webhook("asks", "active", &["node.offline", "destination.unhealthy"]).await;
    let ask = async |node: &str, wait_ms: u64| {
        let version =
            world.get("/readyz").await.body["dependencies"]["snapshot"]["version"].as_u64().unwrap();
        let url = format!("{}?since={version}&wait_ms={wait_ms}", world.url(snapshot::PATH));
        let request = world.client.get(url).bearer_auth(NODE_TOKEN).header(snapshot::NODE_HEADER, node);
        request.send().await.unwrap().status().as_u16()
    };
    let listed = async || world.get("/api/nodes").await.body;
    let online = |page: &Value, node: &str| {
        let found = page["items"].as_array().unwrap().iter().find(|item| item["node_id"] == node).cloned();
        found.map(|item| item["online"].as_bool().unwrap())
    };
    assert_eq!(ask("fra-1", 0).await, 304);
    // This one has a request open all the time, as nodes do.
    let held = async {
        loop {
            ask("ams-1", 30_000).await;
        }
    };
    let watching = async {
        eventually("the first is silent", async || !watched.node.got("node.offline").is_empty()).await;
        let page = listed().await;
        assert_eq!((online(&page, "fra-1"), online(&page, "ams-1")), (Some(false), Some(true)), "{page}");
        assert_eq!(page["total"], 2);
    };
    tokio::select! {
        () = watching => {}
        () = held => {}
    }
    let got = watched.node.got("node.offline");
    assert_eq!(got[0].1["data"]["node_id"], "fra-1");
    assert_eq!(got[0].1["data"]["offline_after_seconds"], 5);
    // It is back, and goes again; the other one has hung up.
    assert_eq!(ask("fra-1", 0).await, 304);
    eventually("it is back", async || online(&listed().await, "fra-1") == Some(true)).await;
    eventually("three silences", async || watched.node.got("node.offline").len() == 3).await;
    watched.fence().await;
    let got = watched.node.got("node.offline");
    let mut nodes: Vec<&str> =
        got.iter().map(|(_, body)| body["data"]["node_id"].as_str().unwrap()).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["ams-1", "fra-1", "fra-1"], "two processes looked, and each silence is told once");
    assert_eq!(world.get("/api/nodes?limit=0").await.fields(), ["limit"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_hears_of_it_through_a_real_postback_node() {
    let dns = DnsServer::start().await.unwrap();
    dns.set("hooks.test", vec![Answer::Ip(Ipv4Addr::LOCALHOST.into())]);
    let mut hooks = Hooks::start().await;
    let port = traffoflex_local::engines::free_port().unwrap();
    let node_url = format!("http://127.0.0.1:{port}");
    let stack = Stack::start_with(false, &[("POSTBACK_SERVICE_URL", &*node_url)]).await.unwrap();
    let world = World { stack, client: Client::new() };
    let webhook =
        json!({ "name": "ops", "url": hooks.url("hooks.test"), "events": ["destination.unhealthy"] });
    let made = world.post("/api/webhooks", webhook).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.id().to_owned();

    // What happens before the node is there is told once it is.
    let destination = world.destination("shop").await;
    let now = DateTime::now().timestamp_millis();
    let report = json!({ "destination_id": destination, "state": "unhealthy", "since_ms": now, "latency_ms": 1,
        "error": "HTTP 502", "checked_at_ms": now });
    let batch = json!({ "node_id": "node-a", "interval_ms": 60_000, "reports": [report] });
    assert_eq!(world.call_as(Method::POST, "/internal/v1/health", Some(batch), NODE_TOKEN).await.status, 204);
    let data_dir = world.stack.subdir("edge").unwrap();
    let settings = [
        ("POSTBACK_SERVICE_ADDR", format!("127.0.0.1:{port}")),
        ("NODE_ID", "fra-1".to_owned()),
        ("NODE_TOKEN", NODE_TOKEN.to_owned()),
        ("CENTRAL_URL", world.url("")),
        ("EDGE_DATA_DIR", data_dir.to_string_lossy().into_owned()),
        ("DNS_SERVERS", dns.address().to_string()),
        ("OUTBOUND_ALLOWED_CIDRS", "127.0.0.1/32".to_owned()),
    ];
    let environment = settings.map(|(name, value)| (name.to_owned(), value)).into();
    let log = world.stack.dir().join("postback-service.log");
    let _node = Service::start("postback-service", environment, &log).await.unwrap();

    let (headers, body) = hooks.next().await;
    assert_eq!(
        (&body["type"], &body["data"]["destination_id"]),
        (&json!("destination.unhealthy"), &json!(destination))
    );
    let header = |name: &str| headers[name].to_str().unwrap();
    assert!(header("webhook-id").ends_with(&id), "{headers:?}");
    assert_eq!(header("webhook-id"), header("idempotency-key"));
    assert!(header("webhook-signature").starts_with("v1,"), "{headers:?}");
    assert!(header("webhook-timestamp").parse::<i64>().is_ok(), "{headers:?}");
}
