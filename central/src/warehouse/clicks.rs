//! Clicks by their ids.
//!
//! An id says when its click was taken, which narrows the reading to the parts and granules of that time; the
//! projection `by_click_id` then names the rows. The time is not trusted: a wrong one finds nothing.
//!
//! A click that went over a landing page has a row for each step: all is known of the first, and the latest
//! second step that was routed tells where the visitor ended. Repeats of a row are the same row, but for the
//! cost: of several, the latest correction holds, see [`crate::costs`].

use std::collections::HashMap;

use serde::Deserialize;
use traffoflex_model::FoundClick;
use traffoflex_routing::click_id;

use super::{Warehouse, WarehouseError};

/// A row's time is that of its id; so much either way is allowed for.
const SLACK_MS: i64 = 1000;
/// Times that are not further apart share a range.
const FIRST_GAP_MS: i64 = 60_000;
/// Ranges of a query.
const MAX_RANGES: usize = 64;
/// How long after its click a second step is looked for: a landing page's link works for 7 days.
const SECOND_STEP_MS: i64 = 7 * 24 * 3600 * 1000;
/// 1970 to 2199, UTC milliseconds: what ClickHouse can compare.
const TIMES_MS: std::ops::Range<i64> = 0..7_258_118_400_000;
/// Limits of one query, so that a look-up never takes the server down. Seconds, bytes.
const LIMITS: [(&str, &str); 3] =
    [("max_execution_time", "15"), ("max_memory_usage", "2000000000"), ("readonly", "2")];

/// No alias is a column's name: conditions mean the column.
const COLUMNS: &str = "click_id, toUnixTimestamp64Milli(created_at) AS created_ms, workspace_id, campaign_id, \
     stream_id, destination_id, landing_id, source_id, source_click_id, \
     [sub1, sub2, sub3, sub4, sub5, sub6, sub7, sub8, sub9, sub10] AS subs, \
     utm_source, utm_medium, utm_campaign, utm_content, utm_term, geo_country, geo_region, city, isp, asn, \
     device_type, os, browser, language, ip, user_agent, referrer, cost, currency, \
     arrayMap((name, value) -> [name, value], mapKeys(query), mapValues(query)) AS pairs";

#[derive(Deserialize)]
struct FirstStep {
    #[serde(flatten)]
    click: FoundClick,
    created_ms: i64,
    landing_id: String,
    pairs: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct SecondStep {
    click_id: String,
    ended_at: String,
}

/// Those of the ids that are in the warehouse, each once.
pub async fn find(warehouse: &Warehouse, ids: &[String]) -> Result<Vec<FoundClick>, WarehouseError> {
    let times: HashMap<&str, i64> = ids.iter().filter_map(|id| Some((&**id, time_of(id)?))).collect();
    let first: Vec<FirstStep> = read(warehouse, &first_steps(&times)).await?;
    let landed = first.iter().filter(|step| !step.landing_id.is_empty());
    let landed: HashMap<&str, i64> = landed.map(|step| (&*step.click.click_id, step.created_ms)).collect();
    let second: Vec<SecondStep> = read(warehouse, &second_steps(&landed)).await?;
    let mut ends: HashMap<String, String> =
        second.into_iter().map(|step| (step.click_id, step.ended_at)).collect();
    let found = first.into_iter().map(|FirstStep { click, created_ms, pairs, .. }| {
        let destination_id = ends.remove(&click.click_id).unwrap_or(click.destination_id);
        FoundClick { created_at: created_ms, query: pairs, destination_id, ..click }
    });
    Ok(found.collect())
}

/// The time that a well-formed id carries.
pub fn time_of(id: &str) -> Option<i64> {
    let raw = click_id::raw(id).ok()?;
    let time_ms = raw[..6].iter().fold(0, |time, byte| time << 8 | i64::from(*byte));
    Some(time_ms).filter(|time_ms| TIMES_MS.contains(time_ms))
}

fn first_steps(times: &HashMap<&str, i64>) -> Option<String> {
    let (ids, ranges) = (quoted(times)?, ranges(times, SLACK_MS));
    Some(format!(
        "SELECT {COLUMNS} FROM click_events WHERE ({ranges}) AND click_id IN ({ids}) AND NOT is_second_step \
         ORDER BY cost_version DESC LIMIT 1 BY click_id"
    ))
}

fn second_steps(times: &HashMap<&str, i64>) -> Option<String> {
    let (ids, ranges) = (quoted(times)?, ranges(times, SECOND_STEP_MS));
    Some(format!(
        "SELECT click_id, argMax(destination_id, (created_at, node_id, node_seq)) AS ended_at \
         FROM click_events WHERE ({ranges}) AND click_id IN ({ids}) AND is_second_step \
         AND decision = 'landing_click' AND destination_id != '' GROUP BY click_id"
    ))
}

/// The ids as text in SQL; none when there are none. They are of the alphabet of click ids alone.
fn quoted(times: &HashMap<&str, i64>) -> Option<String> {
    let ids: Vec<String> = times.keys().map(|id| format!("'{id}'")).collect();
    (!ids.is_empty()).then(|| ids.join(", "))
}

/// A condition that holds from a moment before each time to `after_ms` later.
fn ranges(times: &HashMap<&str, i64>, after_ms: i64) -> String {
    let mut times: Vec<i64> = times.values().copied().collect();
    times.sort_unstable();
    let mut gap_ms = FIRST_GAP_MS;
    let mut merged = merge(&times, gap_ms);
    while merged.len() > MAX_RANGES {
        gap_ms *= 2;
        merged = merge(&times, gap_ms);
    }
    let range = |(from, to): &(i64, i64)| {
        let time = |ms: i64| format!("fromUnixTimestamp64Milli({}, 'UTC')", ms.clamp(0, TIMES_MS.end));
        format!("created_at BETWEEN {} AND {}", time(from - SLACK_MS), time(to + after_ms))
    };
    merged.iter().map(range).collect::<Vec<_>>().join(" OR ")
}

/// First and last of times that are no more than the gap apart.
fn merge(sorted: &[i64], gap_ms: i64) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for time in sorted {
        match ranges.last_mut() {
            Some((_, to)) if time - *to <= gap_ms => *to = *time,
            _ => ranges.push((*time, *time)),
        }
    }
    ranges
}

async fn read<T: serde::de::DeserializeOwned>(
    warehouse: &Warehouse,
    sql: &Option<String>,
) -> Result<Vec<T>, WarehouseError> {
    let Some(sql) = sql else { return Ok(Vec::new()) };
    let query = warehouse.client().query_raw(sql);
    let query = LIMITS.iter().fold(query, |query, (name, value)| query.with_setting(*name, *value));
    match warehouse.rows(query).await {
        Ok(rows) => Ok(rows.into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?),
        // A server that has too much to do is none that can be read.
        Err(WarehouseError::QueryLimit(text)) => Err(WarehouseError::Unavailable(text)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use traffoflex_model::{ClickIdKey, NodeSettings};
    use traffoflex_routing::click_id::ClickIdKeyring;

    use super::*;

    #[test]
    fn an_id_tells_its_time_and_nothing_else_gets_into_sql() {
        let settings = NodeSettings {
            click_id_keys: vec![ClickIdKey { key: [1; 16] }],
            ip_hash_key: [0; 16],
            link_keys: Vec::new(),
        };
        let keyring = ClickIdKeyring::new(&settings).unwrap();
        assert_eq!(time_of(keyring.mint(1_790_000_000_123, 7, 9).as_str()), Some(1_790_000_000_123));
        for strange in ["", "x", "'; DROP TABLE click_events; --     ", "________________________________"] {
            assert_eq!(time_of(strange), None, "{strange}");
        }
        assert_eq!(first_steps(&HashMap::new()), None);
    }

    #[test]
    fn near_times_share_a_range_and_there_are_never_too_many() {
        assert_eq!(merge(&[1, 5, 100], 10), [(1, 5), (100, 100)]);
        let ids: Vec<String> = (0..1000).map(|n| format!("{n}")).collect();
        let times = ids.iter().enumerate().map(|(n, id)| (&**id, n as i64 * 3_600_000)).collect();
        let sql = ranges(&times, SLACK_MS);
        assert!(sql.matches(" OR ").count() < MAX_RANGES, "{sql}");
        assert!(sql.starts_with("created_at BETWEEN fromUnixTimestamp64Milli(0, 'UTC') AND"), "{sql}");
    }
}
