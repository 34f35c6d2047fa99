//! How hours are computed from the events. Pure: workspace, hours, the build's number and since when clicks are
//! kept are parameters.

use super::{
    HOUR_MS,
    grain::{self, COLUMNS, Span},
};

/// What of a click its conversion keeps: all that reports can ask of it.
pub const CLICK_COLUMNS: [&str; 37] = [
    "node_id",
    "landing_id",
    "ip_prefix",
    "geo_country",
    "geo_region",
    "city",
    "asn",
    "isp",
    "device_type",
    "os",
    "os_version",
    "browser",
    "browser_version",
    "language",
    "referrer",
    "sub1",
    "sub2",
    "sub3",
    "sub4",
    "sub5",
    "sub6",
    "sub7",
    "sub8",
    "sub9",
    "sub10",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "is_bot",
    "bot_reason",
    "is_unique",
    "is_duplicate",
    "is_proxy",
    "decision",
    "created_at",
];

/// Rows of `created_at` within `{hours:Array(UInt32)}`: spans by their first hour, ascending.
fn within(span: Span) -> String {
    let (hours, ms) = (span.hours(), span.ms());
    format!(
        "workspace_id = {{ws:String}} \
         AND created_at >= fromUnixTimestamp64Milli({HOUR_MS} * toInt64({{hours:Array(UInt32)}}[1])) \
         AND created_at < fromUnixTimestamp64Milli({HOUR_MS} * (toInt64({{hours:Array(UInt32)}}[-1]) + {hours})) \
         AND toUInt32(intDiv(toUnixTimestamp64Milli(created_at), {ms}) * {hours}) IN (SELECT arrayJoin({{hours:Array(UInt32)}}))"
    )
}

/// One reading of the events for all grains of the span.
pub fn clicks(span: Span) -> String {
    let mask =
        |of: &[&str]| -> u32 { COLUMNS.iter().zip(0..).map(|(c, i)| u32::from(of.contains(c)) << i).sum() };
    // Which set a row is of shows in which columns it is grouped by.
    let grouped = COLUMNS.iter().zip(0..).map(|(column, i)| format!("{} * (1 - grouping({column}))", 1 << i));
    let grouped: Vec<String> = grouped.collect();
    let (mut masks, mut names, mut sets) = (Vec::new(), Vec::new(), Vec::new());
    for grain in grain::of(span) {
        masks.push(mask(grain.columns).to_string());
        names.push(format!("'{}'", grain.name));
        let keys: Vec<&str> = ["hour", "currency"].into_iter().chain(grain.columns.iter().copied()).collect();
        sets.push(format!("({})", keys.join(", ")));
    }
    let columns = COLUMNS.join(", ");
    let (hours, ms) = (span.hours(), span.ms());
    format!(
        "INSERT INTO click_rollup (workspace_id, grain, hour, build, {columns}, currency, clicks, bots, lp_views, lp_clicks, \
         unique_clicks, duplicate_clicks, cost) \
         SELECT {{ws:String}}, transform(toUInt32({}), [{}]::Array(UInt32), [{}], '') AS grain, \
         toUInt32(intDiv(toUnixTimestamp64Milli(created_at), {ms}) * {hours}) AS hour, {{build:UInt64}}, \
         {columns}, currency, countIf(NOT is_bot AND NOT is_second_step), countIf(is_bot AND NOT is_second_step), \
         countIf(NOT is_bot AND landing_id != '' AND NOT is_second_step), \
         countIf(NOT is_bot AND is_second_step AND NOT is_duplicate), \
         countIf(NOT is_bot AND is_unique AND NOT is_second_step), \
         countIf(NOT is_bot AND is_duplicate AND NOT is_second_step), sum(cost) \
         FROM click_events FINAL WHERE {} GROUP BY GROUPING SETS ({})",
        grouped.join(" + "),
        masks.join(", "),
        names.join(", "),
        within(span),
        sets.join(", ")
    )
}

/// The last version of each conversion, with what its click says.
pub fn conversions() -> String {
    let named: Vec<String> = CLICK_COLUMNS.iter().map(|column| format!("click_{column}")).collect();
    let taken: Vec<String> = CLICK_COLUMNS.iter().map(|column| format!("c.{column}")).collect();
    let scope = within(Span::Hour);
    let of_conversions = |what: &str| {
        format!("(SELECT {what} FROM conversion_events FINAL WHERE {scope} AND attribution = 'click')")
    };
    format!(
        "INSERT INTO conversion_rollup (workspace_id, hour, build, {OWN}, joined_click_id, click_click_id, {}) \
         SELECT {{ws:String}}, {}, {{build:UInt64}}, {}, v.joined_click_id, c.click_id, {} FROM (\
         SELECT *, if(attribution = 'click', click_id, '') AS joined_click_id FROM conversion_events FINAL WHERE {scope}) AS v \
         LEFT ANY JOIN (SELECT click_id, {} FROM click_events FINAL WHERE workspace_id = {{ws:String}} \
         AND campaign_id IN {} AND created_at >= {} AND created_at <= {} AND click_id IN {} AND NOT is_second_step \
         AND created_at >= fromUnixTimestamp64Milli({{kept:Int64}})) AS c \
         ON c.click_id = v.joined_click_id",
        named.join(", "),
        format_args!("toUInt32(intDiv(toUnixTimestamp64Milli(v.created_at), {HOUR_MS}))"),
        OWN.split(", ").map(|column| format!("v.{column}")).collect::<Vec<_>>().join(", "),
        taken.join(", "),
        CLICK_COLUMNS.join(", "),
        of_conversions("campaign_id"),
        of_conversions("min(clicked_at)"),
        of_conversions("max(clicked_at)"),
        of_conversions("click_id"),
    )
}

const OWN: &str = "created_at, clicked_at, campaign_id, stream_id, destination_id, source_id, network_id, offer_id, \
     event_type, status, payout, currency, attribution";

/// Of a build of conversions: hours of clicks that were not there, by hour.
pub fn missing_clicks() -> String {
    format!(
        "SELECT hour, groupUniqArray(toUInt32(intDiv(toUnixTimestamp64Milli(clicked_at), {HOUR_MS}))) AS clicked \
         FROM conversion_rollup WHERE workspace_id = {{ws:String}} AND hour IN (SELECT arrayJoin({{hours:Array(UInt32)}})) \
         AND build = {{build:UInt64}} AND attribution = 'click' AND click_click_id = '' GROUP BY hour"
    )
}
