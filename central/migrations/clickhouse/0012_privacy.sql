CREATE TABLE IF NOT EXISTS erasure_targets
(
    erasure_id String,
    workspace_id String,
    kind LowCardinality(String),
    value String,
    pseudonym String
)
ENGINE = MergeTree
PARTITION BY erasure_id
ORDER BY (kind, workspace_id, value);

CREATE TABLE IF NOT EXISTS erasure_tombstones
(
    workspace_id String,
    kind LowCardinality(String),
    campaign_id String,
    hash String,
    erasure_id String,
    erased_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(erased_at)
ORDER BY (workspace_id, kind, campaign_id, hash);
