//! The rows that a report adds up: clicks, and conversions as they are now. Pure.

use super::{
    dimension::Dimension,
    filter::Filter,
    query::{ConversionTime, ReportQuery},
};
use crate::money::conversion;

/// A conversion comes after its click. Clocks of nodes may differ by so much all the same, in milliseconds.
const CLOCK_SLACK_MS: i64 = 24 * 3600 * 1000;
const WORKSPACE: &str = "{ws:String}";
const BASE: &str = "{base:String}";

fn between(time: &str) -> String {
    format!(
        "{time} >= fromUnixTimestamp64Milli({{from:Int64}}) AND {time} < fromUnixTimestamp64Milli({{to:Int64}})"
    )
}

fn named(dimensions: &[&Dimension], expression: impl Fn(&Dimension) -> String) -> String {
    dimensions.iter().map(|d| format!("toString({}) AS {}, ", expression(d), d.name)).collect()
}

pub fn clicks(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    format!(
        "SELECT {}toUInt64(NOT c.is_bot AND NOT c.is_second_step) AS is_click, \
         toUInt64(c.is_bot AND NOT c.is_second_step) AS is_bot, \
         toUInt64(NOT c.is_bot AND c.landing_id != '' AND NOT c.is_second_step) AS is_lp_view, \
         toUInt64(NOT c.is_bot AND c.is_second_step AND NOT c.is_duplicate) AS is_lp_click, \
         toUInt64(NOT c.is_bot AND c.is_unique AND NOT c.is_second_step) AS is_unique_click, \
         toUInt64(NOT c.is_bot AND c.is_duplicate AND NOT c.is_second_step) AS is_duplicate_click, \
         '' AS status, '' AS joined_click_id, c.cost AS cost, toDecimal64(0, 6) AS payout, {} FROM click_events AS c FINAL \
         WHERE c.workspace_id = {{ws:String}} AND {}{}",
        named(dimensions, |d| query.of_click(d)),
        conversion::keys(WORKSPACE, BASE, "c.currency", "c.created_at"),
        between("c.created_at"),
        Filter::sql(&query.filters, &|condition| query.of_click(condition.dimension))
    )
}

/// The last version of each, by `counted_at`; attributes that only its click has are joined, where it has one.
pub fn conversions(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    let filtered = query.conditions().into_iter().map(|condition| condition.dimension);
    let used = dimensions.iter().copied().chain(filtered);
    let mut from_click: Vec<&str> = used.flat_map(|d| d.click_columns.iter().copied()).collect();
    from_click.sort_unstable();
    from_click.dedup();
    let join = match from_click.is_empty() {
        true => String::new(),
        false => format!(
            " LEFT ANY JOIN ({}) AS c ON c.click_id = v.joined_click_id",
            clicks_of_conversions(query, &from_click)
        ),
    };
    format!(
        "SELECT {}toUInt64(0) AS is_click, toUInt64(0) AS is_bot, toUInt64(0) AS is_lp_view, \
         toUInt64(0) AS is_lp_click, toUInt64(0) AS is_unique_click, toUInt64(0) AS is_duplicate_click, \
         toString(v.status) AS status, v.joined_click_id AS joined_click_id, toDecimal64(0, 6) AS cost, v.payout AS payout, {} FROM (\
         SELECT *, {} AS counted_at, if(attribution = 'click', click_id, '') AS joined_click_id \
         FROM conversion_events FINAL WHERE {}) AS v{join} WHERE {}{}",
        named(dimensions, |d| query.of_conversion(d)),
        conversion::keys(WORKSPACE, BASE, "v.currency", "v.created_at"),
        counted_at(query),
        counted(query),
        between("v.counted_at"),
        Filter::sql(&query.filters, &|condition| query.of_conversion(condition.dimension))
    )
}

/// When a conversion counts: when its first postback came, or when it was clicked. One that is tied to no
/// click counts at its own time in either case.
fn counted_at(query: &ReportQuery) -> &'static str {
    match query.conversion_time {
        ConversionTime::Conversion => "created_at",
        ConversionTime::Click => "if(attribution = 'click', clicked_at, created_at)",
    }
}

/// What of `conversion_events` can count in the period, by what all versions of a conversion share.
fn counted(query: &ReportQuery) -> String {
    let ws = "workspace_id = {ws:String}";
    match query.conversion_time {
        ConversionTime::Conversion => format!("{ws} AND {}", between("created_at")),
        ConversionTime::Click => {
            format!("{ws} AND created_at >= fromUnixTimestamp64Milli({{from:Int64}} - {CLOCK_SLACK_MS})")
        }
    }
}

/// First steps of the conversions that count, with these columns: found by campaign and by time, so that
/// not the whole table is read.
fn clicks_of_conversions(query: &ReportQuery, columns: &[&str]) -> String {
    let of_conversions = |what: &str| {
        format!(
            "(SELECT {what} FROM conversion_events FINAL WHERE {} AND attribution = 'click' AND {})",
            counted(query),
            between(counted_at(query))
        )
    };
    format!(
        "SELECT click_id, {} FROM click_events FINAL WHERE workspace_id = {{ws:String}} \
         AND campaign_id IN {} AND created_at >= {} AND created_at <= {} AND click_id IN {} AND NOT is_second_step",
        columns.join(", "),
        of_conversions("campaign_id"),
        of_conversions("min(clicked_at)"),
        of_conversions("max(clicked_at)"),
        of_conversions("click_id"),
    )
}
