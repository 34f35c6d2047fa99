use mongodb::bson::{Document, doc};
use traffoflex_local::engines::{ClickHouse, Kafka, Mongod};

async fn query(clickhouse: &ClickHouse, sql: &str) -> String {
    let client = reqwest::Client::new();
    let answer = client.post(clickhouse.http_url()).body(sql.to_owned()).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{sql}: {text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn clickhouse_keeps_its_tables_over_stop_and_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = ClickHouse::start(dir.path()).await.unwrap();
    let port = server.port();
    query(&server, "CREATE DATABASE app ENGINE = Atomic").await;
    query(&server, "CREATE TABLE app.t (n UInt64) ENGINE = MergeTree ORDER BY n").await;
    for life in 1..=3_u64 {
        query(&server, &format!("INSERT INTO app.t VALUES ({life})")).await;
        if life == 1 {
            server.stop().await.unwrap();
        } else {
            drop(server);
        }
        server = ClickHouse::start_on(dir.path(), port).await.unwrap();
        assert_eq!(query(&server, "SELECT count() FROM app.t").await.trim(), life.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mongod_keeps_majority_writes_over_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let server = Mongod::start(dir.path()).await.unwrap();
    let port = server.port();
    let written = mongodb::Client::with_uri_str(server.uri()).await.unwrap();
    written.database("t").collection::<Document>("c").insert_one(doc! { "_id": 1 }).await.unwrap();
    drop(server);
    let server = Mongod::start_on(dir.path(), port).await.unwrap();
    let client = mongodb::Client::with_uri_str(server.uri()).await.unwrap();
    let kept = client.database("t").collection::<Document>("c").find_one(doc! { "_id": 1 }).await.unwrap();
    assert!(kept.is_some());
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_comes_back_on_its_port() {
    let dir = tempfile::tempdir().unwrap();
    let server = Kafka::start(dir.path()).await.unwrap();
    let (port, controller) = server.ports();
    drop(server);
    let server = Kafka::start_on(dir.path(), port, controller).await.unwrap();
    assert_eq!(server.brokers(), format!("127.0.0.1:{port}"));
    server.stop().await.unwrap();
}
