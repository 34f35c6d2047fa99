ALTER TABLE click_events
    MATERIALIZE INDEX ingested_at_minmax;

ALTER TABLE trafficback_events
    MATERIALIZE INDEX ingested_at_minmax;

ALTER TABLE node_gap_events
    MATERIALIZE INDEX ingested_at_minmax;

ALTER TABLE destination_health_events
    MATERIALIZE INDEX ingested_at_minmax;
