ALTER TABLE kafka_ingestion_errors
    ADD COLUMN IF NOT EXISTS id String
        MATERIALIZED lower(hex(sipHash128(observed_at, topic, partition, offset, error, raw_message))),
    ADD COLUMN IF NOT EXISTS workspace_id String MATERIALIZED JSONExtractString(raw_message, 'workspace_id'),
    ADD COLUMN IF NOT EXISTS node_id String MATERIALIZED JSONExtractString(raw_message, 'node_id'),
    ADD INDEX IF NOT EXISTS id_bloom id TYPE bloom_filter(0.01) GRANULARITY 4;

ALTER TABLE trafficback_events
    ADD INDEX IF NOT EXISTS click_id_bloom click_id TYPE bloom_filter(0.01) GRANULARITY 4;
