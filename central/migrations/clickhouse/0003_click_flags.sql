ALTER TABLE click_events
    ADD COLUMN IF NOT EXISTS is_unique Bool AFTER bot_reason,
    ADD COLUMN IF NOT EXISTS is_duplicate Bool AFTER is_unique,
    ADD COLUMN IF NOT EXISTS is_proxy Bool AFTER is_duplicate,
    ADD COLUMN IF NOT EXISTS user_key String AFTER is_proxy,
    ADD COLUMN IF NOT EXISTS is_second_step Bool AFTER user_key;
