//! Which builds hold all that the events hold, at this moment.

use std::collections::BTreeMap;

use clickhouse::query::Query;
use serde::Deserialize;

use super::marks::Kind;
use crate::warehouse::{Warehouse, WarehouseError};

/// Spans with events, by their first hour: the build that has all of them, if there is one.
pub type Spans = BTreeMap<u32, Option<u64>>;

#[derive(Debug, Default)]
pub struct Fresh {
    pub hours: Spans,
    pub days: Spans,
    /// From a day before the first hour on, without end: those of a click come whenever they like.
    pub conversions: Spans,
}

#[derive(Deserialize)]
struct Found {
    kind: String,
    hours: Vec<u32>,
    builds: Vec<u64>,
    waiting: Vec<(u32, Vec<(u32, u64)>)>,
}

/// Of these hours. Days count as a whole, wherever the hours begin and end. `limited` bounds what a query may cost.
pub async fn fresh(
    warehouse: &Warehouse,
    workspace: &str,
    hours: std::ops::Range<u32>,
    limited: impl Fn(Query) -> Query,
) -> Result<Fresh, WarehouseError> {
    let (first, end) = (hours.start / 24 * 24, hours.end.div_ceil(24) * 24);
    let sql = "WITH marked AS (SELECT m.kind AS kind, m.hour AS hour, sum(m.marks) AS marks FROM rollup_marks AS m WHERE m.workspace_id = {ws:String} \
         AND m.hour >= {first:UInt32} AND (m.hour < {end:UInt32} OR m.kind = 'conversions') GROUP BY kind, hour), \
         current AS (SELECT kind, hour, marks FROM marked \
         UNION ALL SELECT 'click_days', toUInt32(intDiv(m.hour, 24) * 24) AS day, sum(m.marks) FROM marked AS m \
         WHERE m.kind = 'clicks' GROUP BY day), \
         built AS (SELECT r.kind AS kind, r.hour AS hour, argMax(r.build, (r.marks, r.published_at)) AS build, \
         argMax(r.waits, (r.marks, r.published_at)) AS waits, max(r.marks) AS marks FROM rollup_builds AS r FINAL \
         WHERE r.workspace_id = {ws:String} AND r.hour >= {first:UInt32} AND (r.hour < {end:UInt32} OR r.kind = 'conversions') \
         AND r.published_at > 0 GROUP BY kind, hour) \
         SELECT kind, groupArray(hour) AS hours, groupArray(build) AS builds, \
         groupArrayIf((hour, waits), notEmpty(waits)) AS waiting FROM (\
         SELECT c.kind AS kind, c.hour AS hour, if(b.marks = c.marks, b.build, 0) AS build, b.waits AS waits FROM current AS c \
         LEFT JOIN built AS b ON b.kind = c.kind AND b.hour = c.hour) GROUP BY kind";
    let query = warehouse.client().query_raw(sql).param("ws", workspace);
    let query = query.param("first", first.saturating_sub(24)).param("end", end);
    let mut fresh = Fresh::default();
    for row in warehouse.rows(limited(query)).await? {
        let Found { kind, hours, builds, waiting } = serde_json::from_value(row)?;
        let Some(kind) = Kind::of(&kind) else { continue };
        let builds = builds.into_iter().map(|build| (build > 0).then_some(build));
        let mut spans: Spans = hours.into_iter().zip(builds).collect();
        if !waiting.is_empty() {
            still_waiting(warehouse, workspace, &waiting, &mut spans, &limited).await?;
        }
        match kind {
            Kind::Clicks => fresh.hours = spans,
            Kind::ClickDays => fresh.days = spans,
            Kind::Conversions => fresh.conversions = spans,
        }
    }
    Ok(fresh)
}

#[derive(Deserialize)]
struct Marks {
    hour: u32,
    marks: u64,
}

/// Takes back those whose clicks may have come since.
async fn still_waiting(
    warehouse: &Warehouse,
    workspace: &str,
    waiting: &[(u32, Vec<(u32, u64)>)],
    spans: &mut Spans,
    limited: &impl Fn(Query) -> Query,
) -> Result<(), WarehouseError> {
    let of = waiting.iter().flat_map(|(_, waits)| waits).map(|(hour, _)| *hour);
    let (first, last) = (of.clone().min().unwrap_or_default(), of.max().unwrap_or_default());
    let sql = "SELECT hour, sum(marks) AS marks FROM rollup_marks WHERE workspace_id = {ws:String} AND kind = 'clicks' \
               AND hour BETWEEN {first:UInt32} AND {last:UInt32} GROUP BY hour";
    let query = warehouse.client().query_raw(sql).param("ws", workspace);
    let mut current: BTreeMap<u32, u64> = BTreeMap::new();
    for row in warehouse.rows(limited(query.param("first", first).param("last", last))).await? {
        let Marks { hour, marks } = serde_json::from_value(row)?;
        current.insert(hour, marks);
    }
    for (span, waits) in waiting {
        let same = |(hour, marks): &(u32, u64)| current.get(hour).copied().unwrap_or_default() == *marks;
        if !waits.iter().all(same) {
            spans.insert(*span, None);
        }
    }
    Ok(())
}
