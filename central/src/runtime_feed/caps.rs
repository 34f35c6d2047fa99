//! How much of conversion and revenue caps is used: conversions and payouts count at the time of
//! their conversion, as reports count them, and a revenue cap's limit is in the workspace's currency.

use rust_decimal::Decimal;
use serde::Deserialize;
use traffoflex_model::{Cap, CapMetric, decimal_str, units};
use traffoflex_wire::runtime::MeasuredCap;

use super::{
    BASE, MAX_PER_QUERY, RuntimeFeedError,
    demand::{Demand, MeasuredAs},
    rows,
};
use crate::{
    money::conversion::{self, JOINED, KEYS},
    notifications::{Notifications, ReachedCap},
    warehouse::Warehouse,
};

/// By cap, currency and day.
fn added_up() -> String {
    let keys = conversion::keys("toString(workspace_id)", BASE, "currency", "created_at");
    format!(
        "SELECT w.slot AS slot, {KEYS}, countIf(v.status IN ('lead', 'sale', 'hold')) AS conversions, \
         sumIf(v.payout, v.status = 'sale') AS revenue \
         FROM (SELECT toString(destination_id) AS destination_id, created_at, status, payout, {keys} FROM conversion_events FINAL \
         WHERE workspace_id IN (SELECT arrayJoin({{workspaces:Array(String)}})) \
         AND created_at >= fromUnixTimestamp64Milli({{oldest:Int64}}) \
         AND destination_id IN (SELECT arrayJoin({{destinations:Array(String)}}))) AS v \
         INNER JOIN (SELECT tupleElement(row, 1) AS slot, tupleElement(row, 2) AS destination_id, tupleElement(row, 3) AS since \
         FROM (SELECT arrayJoin(arrayZip(arrayEnumerate({{destinations:Array(String)}}), {{destinations:Array(String)}}, \
         {{since:Array(Int64)}})) AS row)) AS w ON v.destination_id = w.destination_id \
         WHERE v.created_at >= fromUnixTimestamp64Milli(w.since) GROUP BY slot, {KEYS}"
    )
}

fn sql() -> String {
    format!(
        "SELECT l.slot AS slot, sum(l.conversions) AS conversions, {} AS revenue {} GROUP BY slot",
        JOINED.sum("revenue"),
        conversion::joined(&added_up())
    )
}

#[derive(Deserialize)]
struct Row {
    /// Position in the query's lists, from 1.
    slot: usize,
    conversions: i64,
    #[serde(with = "decimal_str")]
    revenue: Decimal,
}

/// Caps that nothing is used of are left out.
pub async fn measure(
    warehouse: &Warehouse,
    demand: &Demand,
    now_ms: i64,
) -> Result<Vec<MeasuredCap>, RuntimeFeedError> {
    let (mut measured, sql) = (Vec::new(), sql());
    for caps in demand.caps.chunks(MAX_PER_QUERY) {
        let destinations: Vec<&str> = caps.iter().map(|cap| &*cap.destination_id).collect();
        let since: Vec<i64> = caps.iter().map(|cap| cap.window.since_ms(now_ms)).collect();
        let query = warehouse
            .client()
            .query_raw(&sql)
            .param("workspaces", &demand.workspaces)
            .param("currencies", &demand.currencies)
            .param("destinations", &destinations)
            .param("oldest", since.iter().min().copied().unwrap_or(now_ms))
            .param("since", &since);
        let found: Vec<Row> = rows(warehouse, query).await?;
        measured.extend(found.into_iter().filter_map(|row| {
            let cap = caps.get(row.slot.checked_sub(1)?)?;
            Some(MeasuredCap {
                cap: cap.id.0,
                used_units: used(cap, &row)?,
                until_ms: cap.window.until_ms(now_ms),
            })
        }));
    }
    measured.sort_unstable_by_key(|cap| cap.cap);
    Ok(measured)
}

fn used(cap: &MeasuredAs, row: &Row) -> Option<i64> {
    let used = match cap.metric {
        CapMetric::Conversions => row.conversions.saturating_mul(Cap::SCALE),
        CapMetric::Revenue => units(row.revenue),
        CapMetric::Clicks | CapMetric::Cost => return None,
    };
    (used != 0).then_some(used)
}

/// Webhooks hear of the caps whose limit is used up.
pub fn tell_of_reached(
    notifications: &Notifications,
    demand: &Demand,
    measured: &[MeasuredCap],
    now_ms: i64,
) {
    for cap in &demand.caps {
        let found = measured.binary_search_by_key(&cap.id.0, |measured| measured.cap);
        let used_units = found.map_or(0, |at| measured[at].used_units);
        if used_units < cap.limit_units {
            continue;
        }
        let reached = ReachedCap {
            id: cap.id,
            destination_id: &cap.destination_id,
            metric: cap.metric,
            limit_units: cap.limit_units,
            used_units,
            window: &cap.window,
        };
        notifications.cap_reached(&reached, now_ms);
    }
}
