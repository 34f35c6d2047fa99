//! Lines of the postback log are done again, against a real postback node.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use traffoflex_local::services::Service;

use crate::{
    postback_node::{dependency, settled, start_node},
    world::{
        World, eventually,
        logged::{identified, now_ms},
        node_double::NodeDouble,
    },
};

struct Replays {
    world: World,
    node: Service,
}

impl Replays {
    async fn start() -> Self {
        let mut world = World::start().await;
        let node = start_node(&world).await;
        world.stack.set_for_api("POSTBACK_SERVICE_URL", &node.url()).unwrap();
        world.stack.stop_api().await.unwrap();
        world.stack.start_api().await.unwrap();
        Self { world, node }
    }

    /// A network that is read by a template of these fields; the template's id.
    async fn network(&self, slug: &str, mut template: Value) -> String {
        (template["name"], template["slug"]) = (slug.into(), slug.into());
        let template = self.world.post("/api/postback-templates", template).await;
        assert_eq!(template.status, 201, "{}", template.body);
        let network = json!({ "name": slug, "slug": slug, "template_id": template.id() });
        let network = self.world.post("/api/affiliate-networks", network).await;
        assert_eq!(network.status, 201, "{}", network.body);
        self.wait_for(&network.headers["x-snapshot-version"]).await;
        template.id().to_owned()
    }

    async fn change(&self, template: &str, mut change: Value) {
        let path = format!("/api/postback-templates/{template}");
        change["revision"] = self.world.get(&path).await.body["revision"].clone();
        let changed = self.world.call(reqwest::Method::PATCH, &path, Some(change)).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        self.wait_for(&changed.headers["x-snapshot-version"]).await;
    }

    async fn wait_for(&self, version: &reqwest::header::HeaderValue) {
        let version: u64 = version.to_str().unwrap().parse().unwrap();
        eventually("the node has the configuration", async || {
            dependency(&self.world, &self.node, "snapshot").await["version"].as_u64() >= Some(version)
        })
        .await;
    }

    /// The answer's status.
    async fn postback(&self, query: &str) -> u16 {
        let url = format!("{}/pb/{query}", self.node.url());
        self.world.client.get(url).send().await.unwrap().status().as_u16()
    }

    /// The one line of the log that these filters name.
    async fn line(&self, query: &str) -> Value {
        let path = format!("/api/postback-logs?{query}");
        eventually("the line is in the log", async || {
            self.world.get(&path).await.body["items"].as_array().is_some_and(|items| !items.is_empty())
        })
        .await;
        self.world.get(&path).await.body["items"][0].clone()
    }

    async fn replay(&self, line: &Value) -> (u16, Value) {
        let id = line["event_id"].as_str().unwrap();
        let answer = self.world.post(&format!("/api/postback-logs/{id}/replay"), json!({})).await;
        (answer.status, answer.body)
    }

    async fn conversions(&self, network_query: &str) -> Value {
        settled(&self.world, &self.node).await;
        self.world.get(&format!("/api/conversions?{network_query}")).await.body
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postback_is_replayed_as_what_it_was() {
    let replays = Replays::start().await;
    let world = &replays.world;
    let template =
        replays.network("net", json!({ "required": ["payout"], "secret": "a-very-secret-word" })).await;
    assert_eq!(replays.postback("net?txid=t1&secret=a-very-secret-word&sub=a&sub=b").await, 400);
    let refused = replays.line("status=refused").await;
    assert_eq!((&refused["is_replay"], &refused["network_name"]), (&json!(false), &json!("net")));
    let (status, answer) = replays.replay(&refused).await;
    assert_eq!(
        (status, &answer["status"], &answer["errors"][0]["field"]),
        (200, &json!("refused"), &json!("payout"))
    );
    assert_eq!(replays.conversions("").await["total"], 0);

    replays.change(&template, json!({ "required": [] })).await;
    let (status, answer) = replays.replay(&refused).await;
    assert_eq!((status, &answer["status"]), (200, &json!("accepted")), "{answer}");
    let conversions = replays.conversions("transaction_id=t1").await;
    assert_eq!(
        (&conversions["total"], &conversions["items"][0]["conversion_id"]),
        (&json!(1), &answer["conversion_id"])
    );
    // It happened when it came, not when it was replayed.
    assert_eq!(conversions["items"][0]["created_at"], refused["created_at"]);
    let line = replays
        .line(&format!("postback_id={}&status=accepted", answer["postback_id"].as_str().unwrap()))
        .await;
    assert_eq!((&line["is_replay"], &line["replay_of"]), (&json!(true), &refused["postback_id"]));
    assert!(line["raw_payload"].as_str().unwrap().contains("\"sub\":[\"a\",\"b\"]"), "{line}");

    // Again, by whichever of its lines: nothing changes.
    for again in [&refused, &line] {
        let (status, answer) = replays.replay(again).await;
        assert_eq!((status, &answer["status"]), (200, &json!("duplicate")), "{answer}");
    }
    let conversions = replays.conversions("").await;
    assert_eq!((&conversions["total"], &conversions["items"][0]["version"]), (&json!(1), &json!(1)));

    // A word that nobody knew is known now.
    assert_eq!(replays.postback("net?txid=t2&status=wow&payout=3&secret=a-very-secret-word").await, 200);
    assert_eq!(replays.conversions("transaction_id=t2").await["items"][0]["status"], "unmapped");
    let taken = replays.line("transaction_id=t2&status=accepted").await;
    replays.change(&template, json!({ "statuses": [{ "word": "wow", "status": "sale" }] })).await;
    let (status, answer) = replays.replay(&taken).await;
    assert_eq!((status, &answer["status"]), (200, &json!("updated")), "{answer}");
    let conversion = replays.conversions("transaction_id=t2").await["items"][0].clone();
    assert_eq!((&conversion["status"], &conversion["version"]), (&json!("sale"), &json!(2)));

    // The line of what became of it stands for the postback, too.
    let created = replays.line("transaction_id=t2&status=created").await;
    assert_eq!(replays.replay(&created).await.1["status"], "duplicate");
    let log: mongodb::Collection<Document> = world.mongo().await.collection("audit_log");
    assert!(log.count_documents(doc! { "resource": "postback-logs", "action": "done" }).await.unwrap() >= 6);

    let other = world.new_workspace("other").await;
    let stranger = world.member("owner", Some(&other)).await;
    let path = format!("/api/postback-logs/{}/replay", refused["event_id"].as_str().unwrap());
    assert_eq!(world.post_as(&path, json!({}), &stranger).await.status, 404);
    let analyst = world.member("analyst", None).await;
    assert_eq!(world.post_as(&path, json!({}), &analyst).await.status, 403);
    let masked = world.member("masked", None).await;
    let hidden = world.get_as("/api/postback-logs", &masked).await.body;
    let items = hidden["items"].as_array().unwrap();
    assert!(
        !items.is_empty()
            && items.iter().all(|item| item["raw_payload"].is_null() && item["error"].is_null())
    );
    assert_eq!(world.get_as("/api/postback-logs?q=x", &masked).await.fields(), ["q"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_each_repeat_counts_a_replay_counts_nothing_twice() {
    let replays = Replays::start().await;
    let template = replays.network("net", json!({ "duplicates": "count", "required": ["payout"] })).await;
    assert_eq!(replays.postback("net?txid=t1&payout=1").await, 200);
    settled(&replays.world, &replays.node).await;
    let taken = replays.line("status=accepted").await;
    let (status, answer) = replays.replay(&taken).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("conflict")), "{answer}");
    assert_eq!(replays.postback("net?txid=t1").await, 400);
    let refused = replays.line("status=refused").await;
    replays.change(&template, json!({ "required": [] })).await;
    assert_eq!(replays.replay(&refused).await.1["status"], "accepted");
    replays.change(&template, json!({ "default_event_type": "deposit" })).await;
    let (status, answer) = replays.replay(&refused).await;
    assert_eq!((status, &answer["status"]), (200, &json!("duplicate")), "{answer}");
    assert_eq!(replays.conversions("").await["total"], 2, "the first, and the replay of the second");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_given_up_is_made_again_under_its_key() {
    let replays = Replays::start().await;
    let world = &replays.world;
    let listens = Arc::new(AtomicBool::new(false));
    let answers = listens.clone();
    let receiver = NodeDouble::start(move |_| {
        if answers.load(Ordering::SeqCst) { (204, Value::Null) } else { (404, Value::Null) }
    })
    .await;
    let url = receiver.url().replace("127.0.0.1", "localhost");
    let webhook =
        world.post("/api/webhooks", json!({ "name": "Hook", "url": url, "events": ["conversion"] })).await;
    assert_eq!(webhook.status, 201, "{}", webhook.body);
    replays.network("net", json!({})).await;
    assert_eq!(replays.postback("net?txid=t1&payout=1").await, 200);
    let dead = replays.line("direction=outbound&status=dead").await;
    let key = dead["postback_id"].as_str().unwrap();
    let calls = || receiver.asked().iter().filter(|asked| asked.idempotency_key == key).count();
    assert_eq!(calls(), 1);
    listens.store(true, Ordering::SeqCst);
    let (status, answer) = replays.replay(&dead).await;
    assert_eq!(
        (status, &answer["status"], &answer["postback_id"]),
        (200, &json!("queued"), &dead["postback_id"])
    );
    let delivered = replays.line("direction=outbound&status=delivered").await;
    assert_eq!((calls(), &delivered["postback_id"]), (2, &dead["postback_id"]));
    let (status, answer) = replays.replay(&delivered).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("conflict")),
        "its body is not kept: {answer}"
    );
    assert_eq!(calls(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_a_source_took_is_made_again_under_its_key() {
    let replays = Replays::start().await;
    let world = &replays.world;
    let receiver = NodeDouble::start(|_| (204, Value::Null)).await;
    let workspace = world.workspace_id().await;
    let (at, url) = (now_ms() - 1000, format!("{}/call?id=7&payout=1.5", receiver.url()));
    let log = |seq: u64, key: &str, status: &str, request: &str| {
        let line = json!({ "created_at": at + seq as i64, "postback_id": key, "workspace_id": workspace, "network_id": "net",
            "click_id": "k", "transaction_id": "t", "direction": "outbound", "status": status, "error": "", "http_status": 204,
            "raw_payload": request, "conversion_id": "conv", "target_id": "source", "attempt": 1, "latency_ms": 3 });
        identified("n1", seq, line)
    };
    let get = format!("GET {url}");
    let posted = format!("POST {url}");
    for (seq, key, status, request) in [
        (1, "p1.call", "failed", &*get),
        (2, "p1.call", "delivered", &get),
        (3, "p2.call", "delivered", &posted),
        (4, "p3.call", "failed", &get),
    ] {
        assert_eq!(
            world.event("postback_log_events", "n1", seq, &log(seq, key, status, request)).await,
            (1, 0)
        );
    }
    for times in 1..=2 {
        let line = replays.line("postback_id=p1.call&status=failed").await;
        let (status, answer) = replays.replay(&line).await;
        assert_eq!((status, &answer["status"]), (200, &json!("queued")), "{answer}");
        eventually("the call is made", async || receiver.asked().len() == times).await;
        settled(world, &replays.node).await;
        eventually("it is in the log", async || {
            let log = world.get("/api/postback-logs?postback_id=p1.call&status=delivered").await.body;
            log["total"] == 1 + times
        })
        .await;
    }
    for asked in receiver.asked() {
        assert_eq!((&*asked.idempotency_key, &*asked.path_and_query), ("p1.call", "/call?id=7&payout=1.5"));
    }
    for key in ["p2.call", "p3.call"] {
        let line = replays.line(&format!("postback_id={key}")).await;
        assert_eq!(replays.replay(&line).await.0, 409, "{key}");
    }
    assert_eq!(receiver.asked().len(), 2);
}
