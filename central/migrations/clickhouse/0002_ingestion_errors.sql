CREATE TABLE IF NOT EXISTS kafka_ingestion_errors
(
    observed_at DateTime64(3, 'UTC') DEFAULT now64(3),
    topic LowCardinality(String),
    partition Int64,
    offset Int64,
    error String,
    raw_message String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(observed_at)
ORDER BY (observed_at, topic, partition, offset)
TTL toDateTime(observed_at) + INTERVAL 90 DAY;
