//! The columns of a click as they are read, whichever rows they are of.

/// In order of nothing: rows are read by name.
pub const COLUMNS: &str = "event_id, node_id, node_epoch, node_seq, created_at, ingested_at, click_id, campaign_id, \
     stream_id, destination_id, landing_id, source_id, source_click_id, ip_hash, ip_prefix, ip, user_agent, \
     geo_country, geo_region, city, asn, isp, device_type, os, os_version, browser, browser_version, language, \
     referrer, sub1, sub2, sub3, sub4, sub5, sub6, sub7, sub8, sub9, sub10, utm_source, utm_medium, utm_campaign, \
     utm_content, utm_term, cost, currency, is_bot, bot_score, bot_reason, is_unique, is_duplicate, is_proxy, \
     is_second_step, decision, raw_query, query, unreplaced, request_id";

/// Rows of `click_events` that meet the condition, each once and in no order, times in UTC milliseconds.
pub fn select(condition: &str) -> String {
    format!(
        "SELECT * REPLACE (toUnixTimestamp64Milli(created_at) AS created_at, \
         toUnixTimestamp64Milli(ingested_at) AS ingested_at) FROM (SELECT {COLUMNS} FROM click_events \
         WHERE {condition} ORDER BY cost_version DESC LIMIT 1 BY node_id, node_epoch, node_seq)"
    )
}
