//! Makes `click_events` keep, of the copies of a click, the one with the highest `cost_version`.
//!
//! A click comes with version 0, and a corrected cost is the same row again with a higher one, see
//! [`crate::costs`]: a repeat of the original event, however late, must not win over it. The table was
//! made with `ReplacingMergeTree(ingested_at)`, where it would, and an engine cannot be changed in place:
//!
//! 1. reading from Kafka stops (it begins anew when the feed is set up, after the migrations);
//! 2. a table of the same columns, indexes and settings is made with the other engine, and given all
//!    parts of the old one as hard links: that takes moments, whatever the number of clicks;
//! 3. the two change names at once;
//! 4. what arrived in the old one after that is copied over, what the old one may still have been building
//!    for its parts (an index, a projection) is built here, and the old one is dropped.
//!
//! Which step was reached shows in the tables themselves, so that a start after a crash at any point goes
//! on from there; what is copied twice is the same row. One process does this at a time.

use std::time::Duration;

use super::{Warehouse, WarehouseError};

const TABLE: &str = "click_events";
/// The new table until the names are changed, and the old one afterwards.
const OTHER: &str = "click_events_rebuilt";
const OLD_VERSION: &str = "ReplacingMergeTree(ingested_at)";
const NEW_VERSION: &str = "ReplacingMergeTree(cost_version)";
/// An insert settles `ingested_at` at its beginning and may take so long, in milliseconds.
const LONGEST_INSERT_MS: i64 = 600_000;
/// What earlier migrations add to parts in the background: a part that was linked before that was done lacks
/// it, and the work on the old table goes with it. Parts that have it are passed over.
const MATERIALIZE: [&str; 2] = ["MATERIALIZE INDEX ingested_at_minmax", "MATERIALIZE PROJECTION by_click_id"];
const ASK_EVERY: Duration = Duration::from_millis(100);

pub(super) async fn ensure(warehouse: &Warehouse) -> Result<(), WarehouseError> {
    match engine_of(warehouse, TABLE).await? {
        Some(engine) if engine.starts_with(OLD_VERSION) => rebuild(warehouse, &engine).await?,
        _ => {}
    }
    if engine_of(warehouse, OTHER).await?.is_some() {
        catch_up(warehouse).await?;
        tracing::info!(table = TABLE, "rebuilt: corrected costs win over repeated events");
    }
    Ok(())
}

async fn engine_of(warehouse: &Warehouse, table: &str) -> Result<Option<String>, WarehouseError> {
    let sql = "SELECT engine_full FROM system.tables WHERE database = {db:String} AND name = {name:String}";
    let query = warehouse.client().query_raw(sql).param("db", warehouse.database()).param("name", table);
    Ok(query.fetch_all::<String>().await?.pop())
}

/// Everything up to the change of names. What a crash left of an earlier attempt is not in use yet.
async fn rebuild(warehouse: &Warehouse, engine: &str) -> Result<(), WarehouseError> {
    let client = warehouse.client();
    let began: i64 = client.query_raw("SELECT toUnixTimestamp64Milli(now64(3))").fetch_one().await?;
    let engine = engine.replacen(OLD_VERSION, NEW_VERSION, 1);
    drop_other(warehouse).await?;
    for statement in [
        format!("DROP VIEW IF EXISTS {TABLE}_feed_mv"),
        // Waits for the block that is on its way into the old table.
        format!("DROP TABLE IF EXISTS {TABLE}_queue"),
        format!("DROP VIEW IF EXISTS {TABLE}_mv"),
        // Made anew for the new table, and everything marked, see `crate::rollups`.
        format!("DROP VIEW IF EXISTS {TABLE}_marks_mv"),
        // The time stays with the table: whoever goes on after a crash copies from there.
        format!("CREATE TABLE {OTHER} AS {TABLE} ENGINE = {engine} COMMENT '{began}'"),
    ] {
        client.query_raw(&statement).execute().await?;
    }
    let partitions: Vec<String> = client
        .query_raw(
            "SELECT DISTINCT partition_id FROM system.parts WHERE active AND database = {db:String} AND table = {name:String}",
        )
        .param("db", warehouse.database())
        .param("name", TABLE)
        .fetch_all()
        .await?;
    for partition in partitions {
        let attach = format!("ALTER TABLE {OTHER} ATTACH PARTITION ID '{partition}' FROM {TABLE}");
        client.query_raw(&attach).execute().await?;
    }
    client.query_raw(&format!("EXCHANGE TABLES {TABLE} AND {OTHER}")).execute().await?;
    Ok(())
}

/// Copies what the old table was given until it was out of use, completes the parts, and drops it.
async fn catch_up(warehouse: &Warehouse) -> Result<(), WarehouseError> {
    let client = warehouse.client();
    wait_for_inserts(warehouse).await?;
    let comment: Option<String> = client
        .query_raw("SELECT comment FROM system.tables WHERE database = {db:String} AND name = {name:String}")
        .param("db", warehouse.database())
        .param("name", TABLE)
        .fetch_all()
        .await?
        .pop();
    let began: i64 = comment.and_then(|comment| comment.parse().ok()).unwrap_or(0);
    let since = (began - LONGEST_INSERT_MS).max(0);
    let copy = format!(
        "INSERT INTO {TABLE} SELECT * FROM {OTHER} WHERE ingested_at >= fromUnixTimestamp64Milli({{since:Int64}})"
    );
    client.query_raw(&copy).param("since", since).execute().await?;
    for what in MATERIALIZE {
        client.query_raw(&format!("ALTER TABLE {TABLE} {what}")).execute().await?;
    }
    drop_other(warehouse).await
}

/// However large it is: nothing is in it that is not in the other.
async fn drop_other(warehouse: &Warehouse) -> Result<(), WarehouseError> {
    let drop = format!("DROP TABLE IF EXISTS {OTHER} SYNC");
    Ok(warehouse.client().query_raw(&drop).with_setting("max_table_size_to_drop", "0").execute().await?)
}

/// Inserts that began before now may still write to the old table.
pub(crate) async fn wait_for_inserts(warehouse: &Warehouse) -> Result<(), WarehouseError> {
    let began = std::time::Instant::now();
    let sql = "SELECT count() FROM system.processes WHERE query_kind IN ('Insert', 'AsyncInsertFlush') AND elapsed > {s:Float64}";
    loop {
        let query = warehouse.client().query_raw(sql).param("s", began.elapsed().as_secs_f64());
        if query.fetch_one::<u64>().await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}
