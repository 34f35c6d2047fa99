//! Kafka to ClickHouse: topics, the tables that read them, and the views that move rows on.
//!
//! For each topic a `<table>_queue` (Kafka engine) that one view reads into `<table>_feed` (Null
//! engine), and from there a view into the event table and one into `kafka_ingestion_errors`.
//! Delivery is at least once; the event tables make it once. A message that does not parse, or has
//! no identity, never stalls a partition: it is kept as an error.

use std::time::Duration;

use anyhow::Context;
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    error::{KafkaError, RDKafkaErrorCode},
};
use traffoflex_wire::topic::{PARTITIONS, REPLICATION, RETENTION_MS, Topic};

use super::{Warehouse, WarehouseError};
use crate::config::KafkaConfig;

const ADMIN_TIMEOUT: Duration = Duration::from_secs(15);
/// How long ClickHouse gathers messages before a block is written, in milliseconds.
const FLUSH_INTERVAL_MS: u32 = 500;

#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    #[error("{0}")]
    Kafka(#[from] KafkaError),
    #[error("topic {topic}: {code}")]
    Refused { topic: String, code: RDKafkaErrorCode },
}

/// What the brokers call each topic.
pub fn names(config: &KafkaConfig) -> [(Topic, &str); Topic::ALL.len()] {
    [
        (Topic::ClickEvents, &config.click_events_topic),
        (Topic::TrafficbackEvents, &config.trafficback_events_topic),
        (Topic::NodeGapEvents, &config.node_gap_events_topic),
        (Topic::DestinationHealthEvents, &config.destination_health_events_topic),
        (Topic::ConversionEvents, &config.conversion_events_topic),
        (Topic::PostbackLogEvents, &config.postback_log_events_topic),
    ]
}

/// Topics, tables and views, all that are missing.
pub async fn set_up(warehouse: &Warehouse, config: &KafkaConfig) -> anyhow::Result<()> {
    create_topics(config).await.context("EVENT_BROKERS")?;
    create_tables(warehouse, config).await.context("ClickHouse Kafka tables")
}

/// Creates the topics that are missing.
async fn create_topics(config: &KafkaConfig) -> Result<(), TopicError> {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &config.event_brokers).create()?;
    let metadata = {
        let brokers = config.event_brokers.clone();
        tokio::task::spawn_blocking(move || {
            let client: rdkafka::consumer::BaseConsumer =
                ClientConfig::new().set("bootstrap.servers", brokers).create()?;
            rdkafka::consumer::Consumer::fetch_metadata(&client, None, ADMIN_TIMEOUT)
        })
        .await
        .map_err(|_| KafkaError::Canceled)??
    };
    let replication = REPLICATION.min(metadata.brokers().len() as i32).max(1);
    let retention = RETENTION_MS.to_string();
    let topics = names(config).map(|(_, name)| {
        NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(replication)).set("retention.ms", &retention)
    });
    let options = AdminOptions::new().operation_timeout(Some(ADMIN_TIMEOUT));
    for result in admin.create_topics(&topics, &options).await? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(TopicError::Refused { topic, code }),
        }
    }
    Ok(())
}

/// Creates the queues and views, anew where the brokers or the columns changed. Offsets live in the
/// consumer group on the brokers, so nothing is lost or read twice by that.
async fn create_tables(warehouse: &Warehouse, config: &KafkaConfig) -> Result<(), WarehouseError> {
    let brokers = match config.clickhouse_event_brokers.as_str() {
        "" => &config.event_brokers,
        other => other,
    };
    for (topic, name) in names(config) {
        create_for(warehouse, topic, brokers, name).await?;
    }
    Ok(())
}

async fn create_for(
    warehouse: &Warehouse,
    topic: Topic,
    brokers: &str,
    name: &str,
) -> Result<(), WarehouseError> {
    let client = warehouse.client();
    let table = topic.table();
    let columns = columns(warehouse, table).await?;
    let queue_columns: Vec<String> = columns.iter().map(|(name, kind)| format!("`{name}` {kind}")).collect();
    let selected: Vec<String> = columns.iter().map(|(name, _)| format!("`{name}`")).collect();
    let group = format!("traffoflex.{}.{table}", warehouse.database());
    let queue = format!(
        "CREATE TABLE {table}_queue ({}) ENGINE = Kafka SETTINGS kafka_broker_list = {}, kafka_topic_list = {}, \
         kafka_group_name = {}, kafka_format = 'JSONEachRow', kafka_num_consumers = 1, \
         kafka_handle_error_mode = 'stream', kafka_flush_interval_ms = {FLUSH_INTERVAL_MS}, kafka_poll_timeout_ms = 100",
        queue_columns.join(", "),
        quoted(brokers),
        quoted(name),
        quoted(&group),
    );
    // The statement itself is the fingerprint of what exists.
    let marker = format!("{queue} v4");
    let known: Vec<String> = client
        .query_raw("SELECT comment FROM system.tables WHERE database = {db:String} AND name = {name:String}")
        .param("db", warehouse.database())
        .param("name", format!("{table}_feed_mv"))
        .fetch_all()
        .await?;
    let fingerprint = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(marker.as_bytes()));
    if known.first() == Some(&fingerprint) {
        return Ok(());
    }
    // Not `error`: that would be the alias of the errors view's own column.
    let valid = "parse_error = '' AND event_id != '' AND node_id != '' AND node_seq > 0";
    let selected = selected.join(", ");
    let columns = queue_columns.join(", ");
    for statement in [
        // First of all the reading stops, last of all it begins: while it reads, both ways on are there.
        format!("DROP VIEW IF EXISTS {table}_feed_mv"),
        format!("DROP VIEW IF EXISTS {table}_mv"),
        format!("DROP VIEW IF EXISTS {table}_errors_mv"),
        format!("DROP TABLE IF EXISTS {table}_queue"),
        format!("DROP TABLE IF EXISTS {table}_feed"),
        format!(
            "CREATE TABLE {table}_feed ({columns}, parse_error String, raw String, topic String, \
             partition Int64, offset Int64) ENGINE = Null"
        ),
        format!(
            "CREATE MATERIALIZED VIEW {table}_mv TO {table} AS SELECT {selected} FROM {table}_feed WHERE {valid}"
        ),
        format!(
            "CREATE MATERIALIZED VIEW {table}_errors_mv TO kafka_ingestion_errors AS SELECT now64(3) AS observed_at, topic, \
             partition, offset, if(parse_error != '', parse_error, 'no event_id, node_id or node_seq') AS error, \
             if(raw != '', raw, formatRowNoNewline('JSONEachRow', {selected})) AS raw_message \
             FROM {table}_feed WHERE NOT ({valid})"
        ),
        queue,
        format!(
            "CREATE MATERIALIZED VIEW {table}_feed_mv TO {table}_feed AS SELECT {selected}, _error AS parse_error, \
             _raw_message AS raw, _topic AS topic, toInt64(_partition) AS partition, toInt64(_offset) AS offset \
             FROM {table}_queue COMMENT '{fingerprint}'"
        ),
    ] {
        client.query_raw(&statement).execute().await?;
    }
    tracing::info!(table, "reads from Kafka");
    Ok(())
}

/// The event table's own columns and types; `ingested_at` is the table's to fill.
async fn columns(warehouse: &Warehouse, table: &str) -> Result<Vec<(String, String)>, WarehouseError> {
    let columns = warehouse
        .client()
        .query_raw(
            "SELECT name, type FROM system.columns WHERE database = {db:String} AND table = {name:String} \
             AND default_kind = '' ORDER BY position",
        )
        .param("db", warehouse.database())
        .param("name", table)
        .fetch_all()
        .await?;
    Ok(columns)
}

/// A string literal of ClickHouse.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
