CREATE TABLE IF NOT EXISTS rollup_marks
(
    workspace_id LowCardinality(String),
    kind LowCardinality(String),
    hour UInt32,
    marks UInt64
)
ENGINE = SummingMergeTree(marks)
ORDER BY (workspace_id, kind, hour);

CREATE TABLE IF NOT EXISTS rollup_builds
(
    workspace_id LowCardinality(String),
    kind LowCardinality(String),
    hour UInt32,
    build UInt64,
    begun_at DateTime64(3, 'UTC'),
    published_at DateTime64(3, 'UTC') DEFAULT 0,
    marks UInt64,
    waits Array(Tuple(UInt32, UInt64))
)
ENGINE = ReplacingMergeTree(published_at)
ORDER BY (workspace_id, kind, hour, build);

CREATE TABLE IF NOT EXISTS click_rollup
(
    workspace_id LowCardinality(String),
    grain LowCardinality(String),
    hour UInt32,
    build UInt64,
    campaign_id LowCardinality(String),
    stream_id LowCardinality(String),
    destination_id LowCardinality(String),
    landing_id LowCardinality(String),
    source_id LowCardinality(String),
    geo_country LowCardinality(String),
    device_type LowCardinality(String),
    os LowCardinality(String),
    browser LowCardinality(String),
    currency LowCardinality(String),
    clicks UInt64,
    bots UInt64,
    lp_views UInt64,
    lp_clicks UInt64,
    unique_clicks UInt64,
    duplicate_clicks UInt64,
    cost Decimal(38, 6)
)
ENGINE = MergeTree
PARTITION BY grain
ORDER BY (workspace_id, grain, hour, build);

CREATE TABLE IF NOT EXISTS conversion_rollup
(
    workspace_id LowCardinality(String),
    hour UInt32,
    build UInt64,
    created_at DateTime64(3, 'UTC'),
    clicked_at DateTime64(3, 'UTC'),
    campaign_id LowCardinality(String),
    stream_id LowCardinality(String),
    destination_id LowCardinality(String),
    source_id LowCardinality(String),
    network_id LowCardinality(String),
    offer_id LowCardinality(String),
    event_type LowCardinality(String),
    status LowCardinality(String),
    payout Decimal(18, 6),
    currency LowCardinality(String),
    attribution LowCardinality(String),
    joined_click_id String,
    click_click_id String,
    click_node_id LowCardinality(String),
    click_landing_id LowCardinality(String),
    click_ip_prefix String,
    click_geo_country LowCardinality(String),
    click_geo_region LowCardinality(String),
    click_city LowCardinality(String),
    click_asn UInt32,
    click_isp LowCardinality(String),
    click_device_type LowCardinality(String),
    click_os LowCardinality(String),
    click_os_version LowCardinality(String),
    click_browser LowCardinality(String),
    click_browser_version LowCardinality(String),
    click_language LowCardinality(String),
    click_referrer String,
    click_sub1 String,
    click_sub2 String,
    click_sub3 String,
    click_sub4 String,
    click_sub5 String,
    click_sub6 String,
    click_sub7 String,
    click_sub8 String,
    click_sub9 String,
    click_sub10 String,
    click_utm_source String,
    click_utm_medium String,
    click_utm_campaign String,
    click_utm_content String,
    click_utm_term String,
    click_is_bot Bool,
    click_bot_reason LowCardinality(String),
    click_is_unique Bool,
    click_is_duplicate Bool,
    click_is_proxy Bool,
    click_decision LowCardinality(String),
    click_created_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (workspace_id, hour, build);
