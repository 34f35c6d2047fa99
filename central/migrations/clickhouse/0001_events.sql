CREATE TABLE IF NOT EXISTS click_events
(
    event_id String,
    node_id LowCardinality(String),
    node_epoch UInt64,
    node_seq UInt64,
    schema UInt16,
    created_at DateTime64(3, 'UTC'),
    click_id String,
    workspace_id LowCardinality(String),
    campaign_id LowCardinality(String),
    stream_id LowCardinality(String),
    destination_id LowCardinality(String),
    landing_id LowCardinality(String),
    source_id LowCardinality(String),
    source_click_id String,
    ip_hash String,
    ip_prefix String,
    ip String,
    user_agent String,
    ua_hash String,
    geo_country LowCardinality(String),
    geo_region LowCardinality(String),
    city LowCardinality(String),
    asn UInt32,
    isp LowCardinality(String),
    device_type LowCardinality(String),
    os LowCardinality(String),
    os_version LowCardinality(String),
    browser LowCardinality(String),
    browser_version LowCardinality(String),
    language LowCardinality(String),
    referrer String,
    sub1 String,
    sub2 String,
    sub3 String,
    sub4 String,
    sub5 String,
    sub6 String,
    sub7 String,
    sub8 String,
    sub9 String,
    sub10 String,
    utm_source String,
    utm_medium String,
    utm_campaign String,
    utm_content String,
    utm_term String,
    cost Decimal(18, 6),
    currency LowCardinality(String),
    is_bot Bool,
    bot_score UInt8,
    bot_reason LowCardinality(String),
    decision LowCardinality(String),
    raw_query String,
    query Map(String, String),
    unreplaced String,
    request_id String,
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX click_id_bloom click_id TYPE bloom_filter(0.001) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toYYYYMM(created_at)
ORDER BY (workspace_id, campaign_id, created_at, node_id, node_epoch, node_seq);

CREATE TABLE IF NOT EXISTS trafficback_events
(
    event_id String,
    node_id LowCardinality(String),
    node_epoch UInt64,
    node_seq UInt64,
    schema UInt16,
    created_at DateTime64(3, 'UTC'),
    click_id String,
    workspace_id LowCardinality(String),
    campaign_id LowCardinality(String),
    stream_id LowCardinality(String),
    destination_id LowCardinality(String),
    reason LowCardinality(String),
    depth UInt8,
    visited_destinations String,
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toYYYYMM(created_at)
ORDER BY (workspace_id, campaign_id, created_at, node_id, node_epoch, node_seq);

CREATE TABLE IF NOT EXISTS node_gap_events
(
    event_id String,
    node_id LowCardinality(String),
    node_epoch UInt64,
    node_seq UInt64,
    schema UInt16,
    created_at DateTime64(3, 'UTC'),
    first_seq UInt64,
    last_seq UInt64,
    reason LowCardinality(String),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toYYYYMM(created_at)
ORDER BY (node_id, node_epoch, node_seq);

CREATE TABLE IF NOT EXISTS conversion_events
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
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(created_at)
ORDER BY (workspace_id, conversion_id);
