CREATE TABLE IF NOT EXISTS destination_health_events
(
    event_id String,
    node_id LowCardinality(String),
    node_epoch UInt64,
    node_seq UInt64,
    schema UInt16,
    created_at DateTime64(3, 'UTC'),
    workspace_id LowCardinality(String),
    destination_id LowCardinality(String),
    previous LowCardinality(String),
    current LowCardinality(String),
    latency_ms UInt32,
    error String,
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toYYYYMM(created_at)
ORDER BY (workspace_id, destination_id, created_at, node_id, node_epoch, node_seq);
