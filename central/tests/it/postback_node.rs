//! A real postback-service behind central: what is imported becomes conversions, once, and calls that were given
//! up are found and made after all.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};
use traffoflex_local::{services::Service, stack::NODE_TOKEN};

use crate::world::{World, eventually, node_double::NodeDouble};

pub async fn start_node(world: &World) -> Service {
    let data = world.stack.subdir("postback-node").unwrap();
    let environment = [
        ("POSTBACK_SERVICE_ADDR", "127.0.0.1:0"),
        ("NODE_ID", "import"),
        ("NODE_TOKEN", NODE_TOKEN),
        ("CENTRAL_URL", &world.url("")),
        ("EDGE_DATA_DIR", data.to_str().unwrap()),
        ("OUTBOUND_ALLOWED_CIDRS", "127.0.0.0/8,::1/128"),
    ];
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Service::start("postback-service", environment, &world.stack.dir().join("postback-node.log"))
        .await
        .unwrap()
}

pub async fn dependency(world: &World, node: &Service, name: &str) -> Value {
    let answer = world.client.get(format!("{}/readyz", node.url())).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["dependencies"][name].clone()
}

pub async fn settled(world: &World, node: &Service) {
    eventually("every postback is settled", async || {
        dependency(world, node, "journal").await["of"]["entries"] == 0
    })
    .await;
    eventually("every event is in the warehouse", async || {
        dependency(world, node, "outbox").await["queued_events"] == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_becomes_conversions_once_and_dead_letters_are_replayed() {
    let mut world = World::start().await;
    let listens = Arc::new(AtomicBool::new(false));
    let answers = listens.clone();
    let receiver = NodeDouble::start(move |_| {
        if answers.load(Ordering::SeqCst) { (204, Value::Null) } else { (404, Value::Null) }
    })
    .await;
    let network = world.post("/api/affiliate-networks", json!({ "name": "Net", "slug": "net" })).await;
    assert_eq!(network.status, 201, "{}", network.body);
    let url = receiver.url().replace("127.0.0.1", "localhost");
    let webhook = json!({ "name": "Hook", "url": url, "events": ["conversion"] });
    let webhook = world.post("/api/webhooks", webhook).await;
    assert_eq!(webhook.status, 201, "{}", webhook.body);
    let version: u64 = webhook.headers["x-snapshot-version"].to_str().unwrap().parse().unwrap();

    let node = start_node(&world).await;
    world.stack.set_for_api("POSTBACK_SERVICE_URL", &node.url()).unwrap();
    world.stack.stop_api().await.unwrap();
    world.stack.start_api().await.unwrap();
    eventually("the node has the configuration", async || {
        dependency(&world, &node, "snapshot").await["version"].as_u64() >= Some(version)
    })
    .await;

    let rows = json!([
        { "network": "net", "transaction_id": "t1", "status": "lead", "created_at": "2026-01-02T10:00:00Z" },
        { "network": "net", "transaction_id": "t1", "status": "approved", "payout": "5.00", "created_at": "2026-01-03T10:00:00Z" },
        { "network": "net", "transaction_id": "t2", "payout": 2.25, "currency": "EUR", "created_at": "2026-01-02T11:00:00Z" },
        { "network": "net", "payout": "1" },
    ]);
    let first = world.post("/api/conversions/import", rows.clone()).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.body["counts"], json!({ "accepted": 2, "updated": 1, "duplicate": 0, "refused": 1 }));
    settled(&world, &node).await;
    let totals = "SELECT count(), sumIf(payout, status = 'sale'), groupUniqArray(status), min(created_at) FROM conversion_events FINAL";
    let expected = "2\t7.25\t['sale']\t2026-01-02 10:00:00.000";
    eventually("the report's table has both", async || world.clickhouse(totals).await == expected).await;
    let versions = "SELECT count(), uniqExact(conversion_id, version) FROM conversion_versions FINAL";
    assert_eq!(world.clickhouse(versions).await, "3\t3");

    let again = world.post("/api/conversions/import", rows).await;
    assert_eq!(
        again.body["counts"],
        json!({ "accepted": 0, "updated": 0, "duplicate": 3, "refused": 1 }),
        "{}",
        again.body
    );
    let ids = |body: &Value| -> Vec<Value> {
        body["rows"].as_array().unwrap().iter().map(|row| row["conversion_id"].clone()).collect()
    };
    assert_eq!(ids(&again.body), ids(&first.body));
    settled(&world, &node).await;
    assert_eq!(world.clickhouse(totals).await, expected);
    assert_eq!(world.clickhouse(versions).await, "3\t3", "a repeat makes no version");

    // The webhook refuses what can never succeed: each version's call is a dead letter.
    let path = "/api/outbound/dead-letters";
    eventually("three calls were given up", async || world.get(path).await.body["total"] == 3).await;
    let dead = world.get(path).await.body;
    let keys: BTreeSet<&str> =
        dead["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect();
    assert_eq!((keys.len(), &dead["items"][0]["node"]), (3, &json!(node.url())), "{dead}");
    let of = world.get(&format!("{path}?target_id={}", webhook.id())).await.body;
    let other = world.get(&format!("{path}?target_id=other")).await.body;
    assert_eq!((&of["total"], &other["total"]), (&json!(3), &json!(0)));
    let listed = world.stack.command(&["dlq", "list"]).await.unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.status.success() && text.ends_with("3 given up\n"), "{text}");
    assert!(keys.iter().all(|key| text.contains(key)) && text.contains("localhost"), "{text}");

    listens.store(true, Ordering::SeqCst);
    let one = *keys.first().unwrap();
    let retried = world.post("/api/outbound/retry", json!({ "keys": [one] })).await;
    assert_eq!((retried.status, &retried.body["retried"]), (200, &json!(1)), "{}", retried.body);
    let replayed = world.stack.command(&["dlq", "replay", "--all"]).await.unwrap();
    let text = String::from_utf8(replayed.stdout).unwrap();
    assert!(replayed.status.success() && text == "2 back in the queue\n", "{text}");
    eventually("each was called again by its key", async || {
        let asked = receiver.asked();
        keys.iter().all(|key| asked.iter().filter(|asked| asked.idempotency_key == **key).count() == 2)
    })
    .await;
    eventually("none is left", async || world.get(path).await.body["total"] == 0).await;
}
