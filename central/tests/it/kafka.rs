//! Events arriving through Kafka.

use rdkafka::{
    ClientConfig,
    producer::{FutureProducer, FutureRecord},
};
use serde_json::json;

use crate::world::{World, click, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn malformed_messages_are_kept_aside_while_the_rest_flows_and_counts_once() {
    let mut world = World::start_with_kafka().await;
    let workspace = world.workspace_id().await;
    let now = jiff::Timestamp::now().as_millisecond();
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", world.stack.variable("EVENT_BROKERS")).create().unwrap();
    let send = async |payload: Vec<u8>| {
        let record = FutureRecord::<(), _>::to("traffoflex.click_events").payload(&payload);
        producer.send(record, std::time::Duration::from_secs(20)).await.unwrap();
    };
    let own = json!({ "workspace_id": workspace, "created_at": now });
    for seq in 1..=20 {
        send(click("k1", 3, seq, own.clone())).await;
        send(click("k1", 3, seq, own.clone())).await;
    }
    for bad in [
        "{broken",
        "[1]",
        "not json at all",
        "{\"click_id\":\"nameless\"}",
        "{\"event_id\":\"x\",\"node_seq\":\"abc\"}",
    ] {
        send(bad.as_bytes().to_vec()).await;
    }
    for seq in 21..=40 {
        send(click("k1", 3, seq, own.clone())).await;
    }
    eventually("all clicks are counted", async || {
        world.get("/api/reports/overview").await.body["clicks"] == 40
    })
    .await;
    eventually("all errors are kept", async || {
        world.clickhouse("SELECT uniqExact(partition, offset) FROM kafka_ingestion_errors").await == "5"
    })
    .await;
    let nameless = world
        .clickhouse("SELECT raw_message FROM kafka_ingestion_errors WHERE error LIKE 'no event_id%'")
        .await;
    assert!(nameless.contains("nameless"), "{nameless}");

    // A restart finds the tables as they should be and reads nothing twice or not at all.
    world.stack.kill_api().unwrap();
    world.stack.start_api().await.unwrap();
    send(click("k1", 3, 41, own)).await;
    eventually("the next click is counted", async || {
        world.get("/api/reports/overview").await.body["clicks"] == 41
    })
    .await;
    let audit = world.stack.command(&["audit", "--expect-last", "k1:3:41"]).await.unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}
