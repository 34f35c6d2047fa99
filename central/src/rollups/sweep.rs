//! Deletes rows that no report reads any more.

use serde::Deserialize;

use super::{builder::RollupError, marks::Kind};
use crate::warehouse::{Warehouse, WarehouseError};

/// How long a build is kept after another took its place: longer than a report takes. Milliseconds.
pub const REPLACED_FOR_MS: i64 = 600_000;
/// How long a build that was not published is kept. Milliseconds.
pub const ABANDONED_AFTER_MS: i64 = 3_600_000;
/// Builds deleted at once: each costs a rewrite of masks, so it is worth gathering some.
const MAX_BUILDS: u32 = 2_000;
const _: () = assert!(ABANDONED_AFTER_MS > 2 * super::builder::PUBLISH_WITHIN_MS);

#[derive(Deserialize)]
struct Old {
    workspace_id: String,
    kind: String,
    hours: Vec<u32>,
    builds: Vec<u64>,
}

pub async fn sweep(warehouse: &Warehouse) -> Result<(), RollupError> {
    for old in old_builds(warehouse).await? {
        let table = match Kind::of(&old.kind) {
            Some(Kind::Clicks | Kind::ClickDays) => "click_rollup",
            Some(Kind::Conversions) => "conversion_rollup",
            None => continue,
        };
        // Rows first: a crash between the two leaves the list, and the next sweep goes on.
        for (table, and) in [(table, ""), ("rollup_builds", " AND kind = {kind:String}")] {
            let sql = format!(
                "DELETE FROM {table} WHERE workspace_id = {{ws:String}} \
                 AND has(arrayZip({{hours:Array(UInt32)}}, {{builds:Array(UInt64)}}), (hour, build)){and}"
            );
            let query = warehouse.client().query_raw(&sql).param("ws", &old.workspace_id);
            let query =
                query.param("hours", &old.hours).param("builds", &old.builds).param("kind", &old.kind);
            query
                .with_setting("lightweight_deletes_sync", "1")
                .execute()
                .await
                .map_err(WarehouseError::from)?;
        }
    }
    Ok(())
}

async fn old_builds(warehouse: &Warehouse) -> Result<Vec<Old>, WarehouseError> {
    let sql = format!(
        "WITH latest AS (SELECT r.workspace_id AS workspace_id, r.kind AS kind, r.hour AS hour, \
         argMax(r.build, (r.marks, r.published_at)) AS build, argMax(r.published_at, (r.marks, r.published_at)) AS since \
         FROM rollup_builds AS r FINAL WHERE r.published_at > 0 GROUP BY workspace_id, kind, hour) \
         SELECT workspace_id, kind, groupArray(hour) AS hours, groupArray(build) AS builds FROM (\
         SELECT b.workspace_id AS workspace_id, b.kind AS kind, b.hour AS hour, b.build AS build FROM rollup_builds AS b FINAL \
         LEFT JOIN latest AS l ON l.workspace_id = b.workspace_id AND l.kind = b.kind AND l.hour = b.hour \
         WHERE b.build != l.build AND b.begun_at < now64(3) - toIntervalMillisecond({REPLACED_FOR_MS}) \
         AND ((b.published_at > 0 AND l.since < now64(3) - toIntervalMillisecond({REPLACED_FOR_MS})) \
         OR b.begun_at < now64(3) - toIntervalMillisecond({ABANDONED_AFTER_MS})) \
         LIMIT {MAX_BUILDS}) GROUP BY workspace_id, kind"
    );
    let rows = warehouse.rows(warehouse.client().query_raw(&sql)).await?;
    Ok(rows.into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?)
}
