ALTER TABLE conversion_events
    ADD COLUMN IF NOT EXISTS clicked_at DateTime64(3, 'UTC') AFTER raw_payload,
    ADD COLUMN IF NOT EXISTS postback_id String AFTER clicked_at,
    ADD INDEX IF NOT EXISTS ingested_at_minmax ingested_at TYPE minmax GRANULARITY 1;

CREATE TABLE IF NOT EXISTS conversion_versions
(
    event_id String,
    node_id LowCardinality(String),
    node_epoch UInt64,
    node_seq UInt64,
    schema UInt16,
    created_at DateTime64(3, 'UTC'),
    updated_at DateTime64(3, 'UTC'),
    conversion_id String,
    version UInt64,
    click_id String,
    transaction_id String,
    workspace_id LowCardinality(String),
    campaign_id LowCardinality(String),
    stream_id LowCardinality(String),
    destination_id LowCardinality(String),
    source_id LowCardinality(String),
    network_id LowCardinality(String),
    offer_id LowCardinality(String),
    event_type LowCardinality(String),
    status LowCardinality(String),
    raw_status String,
    payout Decimal(18, 6),
    currency LowCardinality(String),
    attribution LowCardinality(String),
    raw_payload String,
    clicked_at DateTime64(3, 'UTC'),
    postback_id String,
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX ingested_at_minmax ingested_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toYYYYMM(created_at)
ORDER BY (workspace_id, conversion_id, version, node_id, node_epoch, node_seq);

CREATE MATERIALIZED VIEW IF NOT EXISTS conversion_versions_mv TO conversion_versions
AS SELECT * FROM conversion_events;

CREATE TABLE IF NOT EXISTS postback_log_events
(
    event_id String,
    node_id LowCardinality(String),
    node_epoch UInt64,
    node_seq UInt64,
    schema UInt16,
    created_at DateTime64(3, 'UTC'),
    postback_id String,
    workspace_id LowCardinality(String),
    network_id LowCardinality(String),
    click_id String,
    transaction_id String,
    direction LowCardinality(String),
    status LowCardinality(String),
    error String,
    http_status UInt16,
    raw_payload String,
    conversion_id String,
    target_id LowCardinality(String),
    attempt UInt32,
    latency_ms UInt32,
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX ingested_at_minmax ingested_at TYPE minmax GRANULARITY 1,
    INDEX click_id_bloom click_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX conversion_id_bloom conversion_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX postback_id_bloom postback_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toYYYYMM(created_at)
ORDER BY (workspace_id, created_at, node_id, node_epoch, node_seq);
