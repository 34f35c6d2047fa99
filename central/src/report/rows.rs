//! The rows that a report adds up: clicks, and conversions as they are now. Pure.
//!
//! Clicks are added up by dimensions, currency and day where they are read, in the columns' own types: text of
//! few values is counted by its number in a dictionary, and only what is left of that becomes text.

use std::ops::Range;

use super::{
    dimension::Dimension,
    filter::Filter,
    query::{ConversionTime, ReportQuery},
    source::{Rollup, Run, Source},
};
use crate::{
    money::{conversion, period_rates},
    rollups::{CLICK_COLUMNS, HOUR_MS, grain::Span},
};

/// A conversion comes after its click. Clocks of nodes may differ by so much all the same, in milliseconds.
pub const CLOCK_SLACK_MS: i64 = 24 * 3600 * 1000;
const BASE: &str = "{base:String}";

fn between(time: &str) -> String {
    format!(
        "{time} >= fromUnixTimestamp64Milli({{from:Int64}}) AND {time} < fromUnixTimestamp64Milli({{to:Int64}})"
    )
}

/// What of a row is added up, from the events and from a rollup.
const COUNTS: [(&str, &str, &str); 7] = [
    ("is_click", "countIf(NOT c.is_bot AND NOT c.is_second_step)", "sum(c.clicks)"),
    ("is_bot_click", "countIf(c.is_bot AND NOT c.is_second_step)", "sum(c.bots)"),
    (
        "is_lp_view",
        "countIf(NOT c.is_bot AND c.landing_id != '' AND NOT c.is_second_step)",
        "sum(c.lp_views)",
    ),
    ("is_lp_click", "countIf(NOT c.is_bot AND c.is_second_step AND NOT c.is_duplicate)", "sum(c.lp_clicks)"),
    (
        "is_unique_click",
        "countIf(NOT c.is_bot AND c.is_unique AND NOT c.is_second_step)",
        "sum(c.unique_clicks)",
    ),
    (
        "is_duplicate_click",
        "countIf(NOT c.is_bot AND c.is_duplicate AND NOT c.is_second_step)",
        "sum(c.duplicate_clicks)",
    ),
    ("cost", "sum(c.cost)", "sum(c.cost)"),
];

/// From every source that has some, each added up.
pub fn clicks(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    let source = Source::of(query, dimensions);
    let mut parts: Vec<String> =
        source.rollups.iter().map(|rollup| added_up(query, dimensions, &rolled_up(rollup), true)).collect();
    // Where nothing is to be read, nothing is read from the events.
    if !source.clicks.is_empty() || parts.is_empty() {
        let ranges = within("c.created_at", &source.clicks);
        let from = format!("click_events AS c FINAL WHERE c.workspace_id = {{ws:String}} AND {ranges}");
        parts.push(added_up(query, dimensions, &from, false));
    }
    parts.join(" UNION ALL ")
}

fn added_up(query: &ReportQuery, dimensions: &[&Dimension], from: &str, rolled: bool) -> String {
    let shown: String = dimensions.iter().map(|d| format!("toString(k_{0}) AS {0}, ", d.name)).collect();
    let keys: String =
        dimensions.iter().map(|d| format!("{} AS k_{}, ", query.of_click(d), d.name)).collect();
    let group: String = dimensions.iter().map(|d| format!("k_{}, ", d.name)).collect();
    let sums = COUNTS.iter().map(|(name, raw, sum)| format!("{} AS {name}", if rolled { sum } else { raw }));
    let sums: Vec<String> = sums.collect();
    let names: Vec<&str> = COUNTS.iter().map(|(name, ..)| *name).collect();
    format!(
        "SELECT {shown}{}, '' AS status, '' AS joined_click_id, toDecimal64(0, 6) AS payout, {} FROM (\
         SELECT {keys}c.currency AS currency, {} AS at, {} FROM {from}{} GROUP BY {group}currency, at)",
        names.join(", "),
        conversion::keys_of_currency(BASE, "currency", "at"),
        period_rates::day(query.rates.as_deref(), "c.currency", "c.created_at"),
        sums.join(", "),
        Filter::sql(&query.filters, &|condition| query.of_click(condition.dimension))
    )
}

/// `FROM` of a grain's builds, as rows of clicks at the beginning of their time.
fn rolled_up(rollup: &Rollup) -> String {
    let columns: String = rollup.grain.columns.iter().map(|column| format!("{column}, ")).collect();
    format!(
        "(SELECT {columns}currency, fromUnixTimestamp64Milli({HOUR_MS} * toInt64(hour), 'UTC') AS created_at, \
         clicks, bots, lp_views, lp_clicks, unique_clicks, duplicate_clicks, cost FROM click_rollup \
         WHERE workspace_id = {{ws:String}} AND grain = '{}' AND {}) AS c WHERE true",
        rollup.grain.name,
        of_builds(&rollup.runs, rollup.grain.span)
    )
}

/// Rows of these builds alone. All of it is numbers of ours.
fn of_builds(runs: &[Run], span: Span) -> String {
    let list = |of: fn(&Run) -> u64| runs.iter().map(|run| of(run).to_string()).collect::<Vec<_>>().join(",");
    let builds = list(|run| run.build);
    let built = match span {
        // A build of days is of one day: what is known of one number is quicker to look up than what is of two.
        Span::Day => format!("build IN ({builds})"),
        Span::Hour => format!(
            "(hour, build) IN (SELECT toUInt32(arrayJoin(range(run.1, run.2))), run.3 \
             FROM (SELECT arrayJoin(arrayZip([{}]::Array(UInt32), [{}]::Array(UInt32), [{builds}]::Array(UInt64))) AS run))",
            list(|run| run.first.into()),
            list(|run| run.end.into()),
        ),
    };
    let (first, end) = (runs.first().map_or(0, |run| run.first), runs.last().map_or(0, |run| run.end));
    format!("hour >= {first} AND hour < {end} AND {built}")
}

fn within(time: &str, ranges: &[Range<i64>]) -> String {
    let one = |range: &Range<i64>| {
        let at = |ms: i64| format!("fromUnixTimestamp64Milli(toInt64({ms}))");
        format!("{time} >= {} AND {time} < {}", at(range.start), at(range.end))
    };
    match ranges.is_empty() {
        true => "false".to_owned(),
        false => format!("({})", ranges.iter().map(one).collect::<Vec<_>>().join(" OR ")),
    }
}

/// The last version of each, by `counted_at`, with what its click says where it has one: as the builds keep it, and
/// joined for those that no build has.
pub fn conversions(query: &ReportQuery, dimensions: &[&Dimension]) -> String {
    let source = Source::of(query, dimensions);
    let mut parts = Vec::new();
    if !source.conversion_runs.is_empty() {
        let kept = format!(
            "SELECT * FROM conversion_rollup WHERE workspace_id = {{ws:String}} AND {}",
            of_builds(&source.conversion_runs, Span::Hour)
        );
        let from = format!(
            "(SELECT *, {} AS counted_at FROM ({})) AS v",
            counted_at(query),
            without_old(query, kept)
        );
        parts.push(conversion_rows(query, dimensions, &from, of_kept_click));
    }
    let ranges = source.conversions.as_ref();
    if ranges.is_none_or(|ranges| !ranges.is_empty()) || parts.is_empty() {
        let scope = match ranges {
            Some(ranges) => format!("workspace_id = {{ws:String}} AND {}", within("created_at", ranges)),
            None => counted(query),
        };
        let filtered = query.conditions().into_iter().map(|condition| condition.dimension);
        let used = dimensions.iter().copied().chain(filtered);
        let mut from_click: Vec<&str> = used.flat_map(|d| d.click_columns.iter().copied()).collect();
        from_click.sort_unstable();
        from_click.dedup();
        let join = match from_click.is_empty() {
            true => String::new(),
            false => format!(
                " LEFT ANY JOIN ({}) AS c ON c.click_id = v.joined_click_id",
                clicks_of_conversions(query, &scope, &from_click)
            ),
        };
        let from = format!(
            "(SELECT *, {} AS counted_at, if(attribution = 'click', click_id, '') AS joined_click_id \
             FROM conversion_events FINAL WHERE {scope}) AS v{join}",
            counted_at(query)
        );
        parts.push(conversion_rows(query, dimensions, &from, str::to_owned));
    }
    parts.join(" UNION ALL ")
}

fn conversion_rows(
    query: &ReportQuery,
    dimensions: &[&Dimension],
    from: &str,
    own: impl Fn(&str) -> String,
) -> String {
    let shown: String = dimensions
        .iter()
        .map(|d| format!("toString({}) AS {}, ", own(&query.of_conversion(d)), d.name))
        .collect();
    let none: String =
        COUNTS[..COUNTS.len() - 1].iter().map(|(name, ..)| format!("toUInt64(0) AS {name}, ")).collect();
    let filters = Filter::sql(&query.filters, &|condition| own(&query.of_conversion(condition.dimension)));
    format!(
        "SELECT {shown}{none}toDecimal128(0, 6) AS cost, toString(v.status) AS status, v.joined_click_id AS joined_click_id, v.payout AS payout, {} FROM {from} \
         WHERE {}{}{filters}",
        conversion::keys_of_currency(
            BASE,
            "v.currency",
            &period_rates::day(query.rates.as_deref(), "v.currency", "v.created_at")
        ),
        between("v.counted_at"),
        since("v.created_at", query.kept.conversions_from_ms),
    )
}

/// What counts by how long events are kept; with ` AND ` in front.
fn since(time: &str, from_ms: i64) -> String {
    match from_ms {
        0 => String::new(),
        from_ms => format!(" AND {time} >= fromUnixTimestamp64Milli(toInt64({from_ms}))"),
    }
}

/// Builds of conversions, as if they had not found those clicks that do not count any longer.
fn without_old(query: &ReportQuery, kept: String) -> String {
    if query.kept.clicks_from_ms == 0 {
        return kept;
    }
    let columns = CLICK_COLUMNS.iter().chain(["click_id"].iter());
    let blanked: Vec<String> = columns
        .map(|name| {
            format!("if(is_old, defaultValueOfArgumentType(click_{name}), click_{name}) AS click_{name}")
        })
        .collect();
    format!(
        "SELECT * REPLACE ({}) FROM (SELECT *, click_created_at < fromUnixTimestamp64Milli(toInt64({})) AS is_old FROM ({kept}))",
        blanked.join(", "),
        query.kept.clicks_from_ms
    )
}

/// `c.os` of the click is `v.click_os` of a build.
fn of_kept_click(sql: &str) -> String {
    let mut kept = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find("c.") {
        kept.push_str(&rest[..at]);
        let is_alias = !kept.ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_');
        kept.push_str(if is_alias { "v.click_" } else { "c." });
        rest = &rest[at + 2..];
    }
    kept + rest
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

/// First steps of the conversions of this scope, with these columns: found by campaign and by time, so that
/// not the whole table is read.
fn clicks_of_conversions(query: &ReportQuery, scope: &str, columns: &[&str]) -> String {
    let of_conversions = |what: &str| {
        format!(
            "(SELECT {what} FROM conversion_events FINAL WHERE {scope} AND attribution = 'click' AND {})",
            between(counted_at(query))
        )
    };
    format!(
        "SELECT click_id, {} FROM click_events FINAL WHERE workspace_id = {{ws:String}} \
         AND campaign_id IN {} AND created_at >= {} AND created_at <= {} AND click_id IN {} AND NOT is_second_step{}",
        columns.join(", "),
        of_conversions("campaign_id"),
        of_conversions("min(clicked_at)"),
        of_conversions("max(clicked_at)"),
        of_conversions("click_id"),
        since("created_at", query.kept.clicks_from_ms),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_dimension_is_called_as_a_column_of_the_rows() {
        let columns = COUNTS.iter().map(|(name, ..)| *name);
        for column in columns.chain(["status", "payout", "joined_click_id", "at", "counted_at"]) {
            assert!(crate::report::dimension::find(column).is_none(), "{column}");
        }
    }

    #[test]
    fn what_a_click_says_is_found_beside_its_conversion() {
        assert_eq!(of_kept_click("c.os"), "v.click_os");
        assert_eq!(
            of_kept_click("if(c.x = '', domain(c.y), v.status)"),
            "if(v.click_x = '', domain(v.click_y), v.status)"
        );
        assert_eq!(of_kept_click("abc.x || toDate(v.counted_at)"), "abc.x || toDate(v.counted_at)");
    }
}
