CREATE TABLE IF NOT EXISTS currency_rates
(
    workspace_id LowCardinality(String),
    currency LowCardinality(String),
    date Date,
    usd Decimal(38, 12),
    deleted Bool,
    revision UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (workspace_id, currency, date);

ALTER TABLE click_events
    ADD COLUMN IF NOT EXISTS cost_version UInt64 DEFAULT 0;
