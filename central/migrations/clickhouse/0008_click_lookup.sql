ALTER TABLE click_events
    MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';

ALTER TABLE click_events
    ADD PROJECTION IF NOT EXISTS by_click_id (SELECT _part_offset ORDER BY click_id)
    WITH SETTINGS (index_granularity = 512);

ALTER TABLE click_events
    MATERIALIZE PROJECTION by_click_id
    SETTINGS mutations_sync = 1;
