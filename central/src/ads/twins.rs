//! Clicks that two nodes were told (`POST /ads/click`) count once.
//!
//! A node knows the ids that it took itself. Where a sender gets no answer and asks another node, both write an event.
//! Here, of all events of a workspace, stream and `source_click_id`, the first by its time stays, and the others
//! are written once more with a higher version, as corrected costs are (see [`crate::costs`]): second steps, already
//! there and free of charge, which no metric counts. A replay of the original has version 0 and changes nothing.
//! Until it is done, about a minute after the second event came, both count. A conversion that was tied to the
//! one that is taken back keeps its campaign, and knows nothing else of its click.

use std::time::Duration;

use clickhouse::query::Query;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    costs,
    warehouse::{Warehouse, WarehouseError},
};

const LEASE: &str = "ad_click_twins";
/// What arrived since then is looked at, but for the first time after a start. Whole arrival times of a batch may
/// lie behind what is seen, and a cost may be corrected at the same moment. Seconds.
const LOOK_BACK_SECONDS: u32 = 2 * 24 * 3600;
/// Events that are written once more in one pass.
const MAX_TWINS: u32 = 10_000;
const LIMITS: [(&str, &str); 3] = [
    ("max_execution_time", "120"),
    ("max_memory_usage", "2000000000"),
    ("max_bytes_before_external_group_by", "1000000000"),
];

#[derive(Debug, thiserror::Error)]
enum TwinError {
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("clickhouse: {0}")]
    Warehouse(#[from] WarehouseError),
}

/// A pass each `every` until `stop`, by one process at a time.
pub async fn keep_folded(app: App, every: Duration, stop: CancellationToken) {
    let mut since = 0;
    while stop.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        match app.catalog.exclusively(LEASE, fold(&app, since)).await {
            Ok(Ok(())) => since = LOOK_BACK_SECONDS,
            Ok(Err(error)) => tracing::warn!(%error, "clicks that two nodes were told were not looked for"),
            Err(error) => tracing::warn!(%error, "clicks that two nodes were told were not looked for"),
        }
    }
}

#[derive(Deserialize)]
struct Found {
    twins: u64,
}

/// Of those that arrived within so many seconds; 0: ever.
async fn fold(app: &App, since: u32) -> Result<(), TwinError> {
    let warehouse = &app.warehouse;
    let count = format!("SELECT count() AS twins FROM ({})", twins(since));
    let found: Vec<Found> = warehouse.rows_of(limited(warehouse, &count)).await?;
    let twins_found = found.first().map_or(0, |found| found.twins);
    if twins_found == 0 {
        return Ok(());
    }
    // Above every correction that has begun.
    let version = costs::next_version(&app.catalog).await?;
    let sql = format!(
        "INSERT INTO click_events SELECT c.* REPLACE (toDecimal64(0, 6) AS cost, true AS is_second_step, true AS is_duplicate, \
         {{version:UInt64}} AS cost_version) FROM click_events AS c FINAL \
         WHERE (workspace_id, campaign_id, created_at, node_id, node_epoch, node_seq) IN ({})",
        twins(since)
    );
    limited(warehouse, &sql).param("version", version).execute().await.map_err(WarehouseError::from)?;
    tracing::info!(clicks = twins_found, "clicks that two nodes were told count once");
    Ok(())
}

fn limited(warehouse: &Warehouse, sql: &str) -> Query {
    LIMITS
        .iter()
        .fold(warehouse.client().query_raw(sql), |query, (name, value)| query.with_setting(*name, *value))
}

/// The sorting keys of all events but the first of each click. Without `FINAL`, so that only those are read
/// that were told: what an event is now, its highest version says.
fn twins(since: u32) -> String {
    let told = "decision = 'reported' AND source_click_id != ''";
    let key = "workspace_id, stream_id, source_click_id";
    let arrived = match since {
        0 => String::new(),
        since => format!(
            " AND ({key}) IN (SELECT {key} FROM click_events WHERE {told} AND ingested_at >= now() - toIntervalSecond({since}))"
        ),
    };
    format!(
        "SELECT workspace_id, e.1, e.2, e.3, e.4, e.5 FROM (SELECT {key}, \
         arrayJoin(arraySlice(arraySort(groupArray((campaign_id, created_at, node_id, node_epoch, node_seq))), 2)) AS e FROM (\
         SELECT {key}, campaign_id, created_at, node_id, node_epoch, node_seq FROM click_events WHERE {told}{arrived} \
         GROUP BY {key}, campaign_id, created_at, node_id, node_epoch, node_seq \
         HAVING NOT argMax(is_second_step, cost_version)) GROUP BY {key} HAVING count() > 1 LIMIT {MAX_TWINS})"
    )
}
