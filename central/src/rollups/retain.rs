//! Deletes what a workspace does not keep any longer: builds of spans that began before, and what conversions that
//! are kept longer say of their clicks.
//!
//! Builds first, and then their rows, so that nobody reads rows that are going. Reports that run take no build
//! that begins before what is kept ([`crate::report`]); what was kept an hour ago, none of them looks at. A
//! conversion's hour is marked instead: it is built anew, without what is said of such clicks.

use std::collections::HashMap;

use super::{HOUR_MS, builder::RollupError, grain::Span, marks::Kind};
use crate::{
    privacy::retention::Kept,
    warehouse::{Warehouse, WarehouseError},
};

/// Longer than a report takes, in milliseconds.
const MARGIN_MS: i64 = HOUR_MS;

/// Whether a span is built: it begins when everything is kept.
pub fn is_kept(kept: Option<&Kept>, kind: Kind, first_hour: u32) -> bool {
    let Some(kept) = kept else { return true };
    let from_ms = match kind {
        Kind::Clicks | Kind::ClickDays => kept.clicks_from_ms,
        Kind::Conversions => kept.conversions_from_ms,
    };
    i64::from(first_hour) * HOUR_MS >= from_ms
}

pub async fn retain(warehouse: &Warehouse, all: &HashMap<String, Kept>) -> Result<(), RollupError> {
    for (workspace, kept) in all {
        let before = |from_ms: i64| ((from_ms - MARGIN_MS).max(0) / HOUR_MS) as u32;
        let (clicks, conversions) = (before(kept.clicks_from_ms), before(kept.conversions_from_ms));
        for (table, kind, end) in [
            ("click_rollup", Kind::Clicks, clicks),
            ("click_rollup", Kind::ClickDays, clicks),
            ("conversion_rollup", Kind::Conversions, conversions),
        ] {
            if end > 0 {
                delete(warehouse, workspace, (table, kind), end).await?;
            }
        }
        if clicks > 0 {
            mark_conversions(warehouse, workspace, kept.clicks_from_ms - MARGIN_MS).await?;
        }
    }
    Ok(())
}

/// Of spans that begin before `end`.
async fn delete(
    warehouse: &Warehouse,
    workspace: &str,
    (table, kind): (&str, Kind),
    end: u32,
) -> Result<(), WarehouseError> {
    let of_span = match kind {
        Kind::Conversions => "",
        _ if kind.span() == Span::Day => " AND startsWith(grain, 'day')",
        _ => " AND startsWith(grain, 'hour')",
    };
    for (table, and) in [("rollup_builds", " AND kind = {kind:String}"), (table, of_span)] {
        let those = format!("FROM {table} WHERE workspace_id = {{ws:String}} AND hour < {{end:UInt32}}{and}");
        let with = |sql: String| {
            let query = warehouse.client().query_raw(&sql).param("ws", workspace);
            query.param("kind", kind.name()).param("end", end)
        };
        // A deletion is a mutation of every part: not for nothing.
        if with(format!("SELECT count() {those}")).fetch_one::<u64>().await? > 0 {
            let delete = with(format!("DELETE {those}")).with_setting("lightweight_deletes_sync", "1");
            delete.execute().await?;
        }
    }
    Ok(())
}

async fn mark_conversions(
    warehouse: &Warehouse,
    workspace: &str,
    clicks_from_ms: i64,
) -> Result<(), WarehouseError> {
    let query = warehouse.client().query_raw(
        "INSERT INTO rollup_marks SELECT {ws:String}, 'conversions', hour, 1 FROM conversion_rollup \
         WHERE workspace_id = {ws:String} AND click_click_id != '' \
         AND click_created_at < fromUnixTimestamp64Milli({from:Int64}) GROUP BY hour",
    );
    Ok(query.param("ws", workspace).param("from", clicks_from_ms).execute().await?)
}
