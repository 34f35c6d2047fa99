//! Finds what was erased among the events that arrived since, by the tombstones, and has it erased again.

use std::collections::{BTreeMap, HashSet};

use mongodb::bson::{Bson, DateTime, Document, doc, to_bson};
use serde::Deserialize;

use super::{
    Erasure, ErasureError, IdKind, Target, collection,
    tombstone::{self, Key},
};
use crate::{app::App, warehouse::WarehouseError};

const CHECKS: &str = "privacy_checks";
const ID: &str = "erasure";
/// Events become visible at most so long after their `ingested_at`, in milliseconds: what arrived since is looked at
/// again.
const LATE_MS: i64 = 600_000;
/// Of one table and look. While a look finds as many, the mark stays where it is: the next one finds the others.
const MAX_FOUND: usize = 10_000;
const REPEATS: &str = "traffoflex_erasures_repeated_total";

/// Tables with when a row came and the click that it names, in SQL.
const PLACES: [(&str, &str, &str, &str); 6] = [
    ("click_events", "ingested_at", "toString(workspace_id)", "click_id"),
    ("trafficback_events", "ingested_at", "toString(workspace_id)", "click_id"),
    ("conversion_events", "ingested_at", "toString(workspace_id)", "click_id"),
    ("conversion_versions", "ingested_at", "toString(workspace_id)", "click_id"),
    ("postback_log_events", "ingested_at", "toString(workspace_id)", "click_id"),
    (
        "kafka_ingestion_errors",
        "observed_at",
        "JSONExtractString(raw_message, 'workspace_id')",
        "JSONExtractString(raw_message, 'click_id')",
    ),
];

#[derive(Deserialize)]
struct Found {
    erasure: String,
    click: String,
}

/// Looks at what arrived since the last look.
pub async fn look(app: &App) -> Result<(), ErasureError> {
    if collection(&app.catalog).find_one(doc! {}).await?.is_none() {
        return Ok(());
    }
    let checks = app.catalog.database().collection::<Document>(CHECKS);
    let last = checks.find_one(doc! { "_id": ID }).await?;
    let last_ms = last.and_then(|last| last.get_datetime("until").ok().map(|until| until.timestamp_millis()));
    let since = last_ms.map_or(0, |until_ms| (until_ms - LATE_MS).max(0));
    // ClickHouse's clock says when something came.
    let until: i64 = app
        .warehouse
        .client()
        .query_raw("SELECT toUnixTimestamp64Milli(now64(3))")
        .fetch_one()
        .await
        .map_err(WarehouseError::from)?;
    let key = tombstone::key(&app.catalog).await?;
    let mut is_whole = true;
    for (table, came, workspace, click) in PLACES {
        let named = joined(table, came, (workspace, IdKind::ClickId, click), click, "");
        is_whole &= repeat_all(app, key, &named, since).await?;
    }
    let by_source = ("toString(workspace_id)", IdKind::SourceClickId, "source_click_id");
    let campaign = "AND (e.campaign_id = '' OR e.campaign_id = c.campaign)";
    let named = joined("click_events", "ingested_at", by_source, "click_id", campaign);
    is_whole &= repeat_all(app, key, &named, since).await?;
    if !is_whole {
        return Ok(());
    }
    let mark = doc! { "$set": { "until": DateTime::from_millis(until) } };
    checks.update_one(doc! { "_id": ID }, mark).upsert(true).await?;
    Ok(())
}

/// Erasures and clicks of rows whose id has a tombstone.
fn joined(table: &str, came: &str, id: (&str, IdKind, &str), click: &str, and: &str) -> String {
    let (workspace, kind, value) = id;
    let campaign = if and.is_empty() { "''" } else { "toString(campaign_id)" };
    format!(
        "SELECT DISTINCT e.erasure_id AS erasure, c.click AS click FROM \
         (SELECT {workspace} AS ws, {campaign} AS campaign, {click} AS click, {} AS h FROM {table} \
         WHERE {came} >= fromUnixTimestamp64Milli({{since:Int64}}) AND {value} != '') AS c \
         INNER JOIN (SELECT workspace_id, campaign_id, hash, erasure_id FROM erasure_tombstones FINAL WHERE kind = '{}') AS e \
         ON c.ws = e.workspace_id AND c.h = e.hash WHERE c.click != '' {and} ORDER BY erasure, click LIMIT {MAX_FOUND}",
        tombstone::hash(workspace, kind, value),
        kind.as_str(),
    )
}

/// Whether that was all.
async fn repeat_all(app: &App, key: Key, sql: &str, since: i64) -> Result<bool, ErasureError> {
    let query = app.warehouse.client().query_raw(sql).param("k0", key.k0).param("k1", key.k1);
    let rows = app.warehouse.rows(query.param("since", since)).await?;
    let is_whole = rows.len() < MAX_FOUND;
    let mut clicks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let Found { erasure, click } = serde_json::from_value(row).map_err(WarehouseError::from)?;
        clicks.entry(erasure).or_default().push(click);
    }
    for (erasure, clicks) in clicks {
        repeat(app, &erasure, clicks).await?;
    }
    Ok(is_whole)
}

/// One that is under way goes on anyway, and takes these clicks with it.
async fn repeat(app: &App, id: &str, click_ids: Vec<String>) -> Result<(), ErasureError> {
    let all = collection(&app.catalog);
    let Some(found) = all.find_one(doc! { "_id": id }).await? else { return Ok(()) };
    let Erasure { targets, repeats, state, .. } = found;
    let known: HashSet<&str> = targets.iter().map(|target| &*target.click_id).collect();
    let fresh = click_ids.into_iter().filter(|click_id| !known.contains(&**click_id));
    let fresh = fresh.enumerate().map(|(n, click_id)| {
        let pseudonym = format!("erased-{id}-r{repeats}-{}", targets.len() + n);
        to_bson(&Target { click_id, pseudonym }).map_err(mongodb::error::Error::custom)
    });
    let fresh = fresh.collect::<Result<Vec<Bson>, _>>()?;
    if fresh.is_empty() {
        return Ok(());
    }
    let is_again = state == super::ErasureState::Done;
    let again = doc! {
        "$push": { "targets": { "$each": fresh } },
        "$set": { "state": "erasing", "done_at": null },
        "$inc": { "repeats": i64::from(is_again) },
    };
    all.update_one(doc! { "_id": id }, again).await?;
    if is_again {
        metrics::counter!(REPEATS).increment(1);
        tracing::info!(erasure = id, "what was erased came back, and is erased again");
    }
    Ok(())
}
