//! Carries an erasure out.

use std::collections::{BTreeSet, HashMap};

use futures_util::TryStreamExt;
use mongodb::bson::{DateTime, Document, doc};
use serde_json::json;

use super::{
    Erasure, ErasureError, ErasureState, IdKind, MAX_ANONYMISED, MAX_TARGETS, Target, collection,
    statements::{self, ADDED_UP, EVENTS, Place},
    tombstone,
};
use crate::{
    app::App,
    rollups::{self, Kind},
    warehouse::WarehouseError,
};

const CONVERSIONS: &str = "conversions";
/// Ids of one query to MongoDB.
const IDS_AT_ONCE: usize = 1000;
const DONE: &str = "traffoflex_erasures_done_total";
const WAITING: &str = "traffoflex_erasures_waiting";

/// What is due, oldest first. One that fails keeps no other one back.
pub async fn all_due(app: &App) -> Result<(), ErasureError> {
    let now = DateTime::now();
    let settled = doc! { "state": "settling", "settle_until": { "$lte": now } };
    let due = doc! { "$or": [{ "state": { "$in": ["queued", "erasing"] } }, settled] };
    let found: Vec<Erasure> =
        collection(&app.catalog).find(due).sort(doc! { "requested_at": 1 }).await?.try_collect().await?;
    for erasure in found {
        let id = erasure._id.clone();
        if let Err(error) = pass(app, erasure).await {
            tracing::warn!(erasure = id, %error, "an erasure waits");
            let why = doc! { "$set": { "error": public(&error) }, "$inc": { "passes": 1_i64 } };
            collection(&app.catalog).update_one(doc! { "_id": &id }, why).await?;
        }
    }
    let waiting = collection(&app.catalog).count_documents(doc! { "state": { "$ne": "done" } }).await?;
    metrics::gauge!(WAITING).set(waiting as f64);
    Ok(())
}

/// For clients: nothing of the inside.
fn public(error: &ErasureError) -> &'static str {
    match error {
        ErasureError::Mongo(_) => "MongoDB did not answer",
        ErasureError::Warehouse(_) => "ClickHouse did not do it",
        ErasureError::Random(_) => "it could not be begun",
    }
}

async fn pass(app: &App, mut erasure: Erasure) -> Result<(), ErasureError> {
    let was_settling = erasure.state == ErasureState::Settling;
    find_targets(app, &mut erasure).await?;
    put_targets(app, &erasure).await?;
    tombstone::put(&app.warehouse, tombstone::key(&app.catalog).await?, &erasure).await?;
    find_conversions(app, &mut erasure).await?;
    put_targets(app, &erasure).await?;
    find_hours(app, &mut erasure).await?;
    // All that is needed to go on is written before anything goes.
    if !was_settling {
        erasure.state = ErasureState::Erasing;
    }
    write(app, &erasure).await?;
    let mut left = 0;
    for place in EVENTS {
        left += erase(app, &mut erasure, place).await?;
    }
    add_up_anew(app, &mut erasure).await?;
    left += erase(app, &mut erasure, ADDED_UP).await?;
    let documents = remove_conversions(app, &erasure).await?;
    if documents > 0 {
        *erasure.removed.entry("mongodb_conversions".to_owned()).or_default() += documents;
    }
    erasure.passes += 1;
    erasure.error = None;
    conclude(app, erasure, left == 0 && documents == 0).await
}

/// How many rows there were.
async fn erase(app: &App, erasure: &mut Erasure, place: Place) -> Result<i64, ErasureError> {
    let named = count(app, &place.count(app.warehouse.database(), erasure)).await?;
    if named > 0 {
        if let Some(copies) = place.copies(app.warehouse.database(), erasure) {
            let key = tombstone::key(&app.catalog).await?;
            let query = app.warehouse.client().query_raw(&copies).param("k0", key.k0).param("k1", key.k1);
            query.execute().await.map_err(WarehouseError::from)?;
        }
        for mutation in place.mutations(app.warehouse.database(), erasure) {
            app.warehouse.client().query_raw(&mutation).execute().await.map_err(WarehouseError::from)?;
        }
        *erasure.removed.entry(place.table.to_owned()).or_default() += named;
    }
    Ok(named)
}

/// The hours of what is to go, beside those that are known.
async fn find_hours(app: &App, erasure: &mut Erasure) -> Result<(), ErasureError> {
    let of = async |table: &str, known: &[i64]| {
        let sql = statements::hours(table, app.warehouse.database(), erasure);
        let found: Vec<i64> =
            app.warehouse.client().query_raw(&sql).fetch_all().await.map_err(WarehouseError::from)?;
        let all: BTreeSet<i64> = known.iter().copied().chain(found).collect();
        Ok::<_, ErasureError>(all.into_iter().collect::<Vec<_>>())
    };
    let clicks = of("click_events", &erasure.click_hours).await?;
    let conversions = of("conversion_events", &erasure.conversion_hours).await?;
    (erasure.click_hours, erasure.conversion_hours) = (clicks, conversions);
    Ok(())
}

/// Once more does no harm.
async fn add_up_anew(app: &App, erasure: &mut Erasure) -> Result<(), ErasureError> {
    let all = [(Kind::Clicks, &erasure.click_hours), (Kind::Conversions, &erasure.conversion_hours)];
    for (kind, hours) in all {
        for hour in hours {
            let range = hour * rollups::HOUR_MS..(hour + 1) * rollups::HOUR_MS;
            rollups::mark(&app.warehouse, &erasure.workspace_id, kind, range).await?;
        }
    }
    erasure.click_hours.clear();
    erasure.conversion_hours.clear();
    Ok(())
}

/// `was_clean`: this pass found nothing.
async fn conclude(app: &App, mut erasure: Erasure, was_clean: bool) -> Result<(), ErasureError> {
    let remaining = remaining(app, &erasure).await?;
    if remaining > 0 {
        // Of a source's id there may be more clicks than one pass takes.
        erasure.state = ErasureState::Erasing;
        return write(app, &erasure).await;
    }
    if erasure.state == ErasureState::Settling && was_clean {
        let drop = format!("ALTER TABLE erasure_targets DROP PARTITION '{}'", erasure._id);
        app.warehouse.client().query_raw(&drop).execute().await.map_err(WarehouseError::from)?;
        erasure.state = ErasureState::Done;
        erasure.done_at = Some(DateTime::now());
        erasure.settle_until = None;
        erasure.identifier = None;
        erasure.targets.clear();
        erasure.conversion_ids.clear();
        metrics::counter!(DONE).increment(1);
        tracing::info!(erasure = erasure._id, "erased");
    } else {
        erasure.state = ErasureState::Settling;
        let until_ms = DateTime::now().timestamp_millis() + app.privacy.0.settle_ms;
        erasure.settle_until = Some(DateTime::from_millis(until_ms));
    }
    write(app, &erasure).await
}

/// What is left of it anywhere.
async fn remaining(app: &App, erasure: &Erasure) -> Result<i64, ErasureError> {
    let mut left = 0;
    for place in statements::places() {
        left += count(app, &place.count(app.warehouse.database(), erasure)).await?;
    }
    if erasure.kind == IdKind::SourceClickId {
        left += clicks_of_source(app, erasure, 1).await?.len() as i64;
    }
    Ok(left + count_conversions(app, erasure).await?)
}

/// The clicks that it is about, beside those that are known.
async fn find_targets(app: &App, erasure: &mut Erasure) -> Result<(), ErasureError> {
    let limit = if erasure.anonymise { MAX_ANONYMISED } else { MAX_TARGETS };
    let found = match (erasure.kind, &erasure.identifier) {
        (_, None) => Vec::new(),
        (IdKind::ClickId, Some(id)) => vec![id.clone()],
        (IdKind::SourceClickId, Some(_)) => clicks_of_source(app, erasure, limit).await?,
    };
    let known: BTreeSet<String> = erasure.targets.iter().map(|target| target.click_id.clone()).collect();
    let fresh: Vec<String> = found.into_iter().filter(|id| !id.is_empty() && !known.contains(id)).collect();
    // The pass before has removed all that it knew of.
    if !fresh.is_empty()
        && erasure.targets.len() + fresh.len() > limit
        && count_known(app, erasure).await? == 0
    {
        erasure.targets.clear();
        erasure.conversion_ids.clear();
    }
    for click_id in fresh {
        let pseudonym = format!("erased-{}-{}-{}", erasure._id, erasure.passes, erasure.targets.len());
        erasure.targets.push(Target { click_id, pseudonym });
    }
    write(app, erasure).await
}

async fn count_known(app: &App, erasure: &Erasure) -> Result<i64, ErasureError> {
    put_targets(app, erasure).await?;
    let mut left = count_conversions(app, erasure).await?;
    for place in statements::places() {
        left += count(app, &place.count(app.warehouse.database(), erasure)).await?;
    }
    Ok(left)
}

async fn clicks_of_source(app: &App, erasure: &Erasure, limit: usize) -> Result<Vec<String>, ErasureError> {
    let Some(id) = &erasure.identifier else { return Ok(Vec::new()) };
    let sql = statements::clicks_of_source(limit);
    let query = app.warehouse.client().query_raw(&sql).param("ws", &erasure.workspace_id).param("id", id);
    let query = query.param("campaign", erasure.campaign_id.as_deref().unwrap_or_default());
    Ok(query.fetch_all().await.map_err(WarehouseError::from)?)
}

async fn find_conversions(app: &App, erasure: &mut Erasure) -> Result<(), ErasureError> {
    let sql = statements::conversions(app.warehouse.database(), erasure);
    let found: Vec<String> =
        app.warehouse.client().query_raw(&sql).fetch_all().await.map_err(WarehouseError::from)?;
    let mut all: BTreeSet<String> = erasure.conversion_ids.drain(..).chain(found).collect();
    for ids in erasure.targets.chunks(IDS_AT_ONCE) {
        let clicks: Vec<&str> = ids.iter().map(|target| &*target.click_id).collect();
        let documents =
            documents(app).find(of_clicks(erasure, &clicks)).projection(doc! { "_id": 1 }).await?;
        let documents: Vec<Document> = documents.try_collect().await?;
        all.extend(documents.iter().filter_map(|document| document.get_str("_id").ok()).map(str::to_owned));
    }
    erasure.conversion_ids = all.into_iter().collect();
    Ok(())
}

fn documents(app: &App) -> mongodb::Collection<Document> {
    app.catalog.database().collection(CONVERSIONS)
}

fn of_clicks(erasure: &Erasure, clicks: &[&str]) -> Document {
    doc! {
        "workspace_id": &erasure.workspace_id,
        "$or": [
            { "kept.current.state.click.click_id": { "$in": clicks } },
            { "kept.earlier.state.click.click_id": { "$in": clicks } },
        ],
    }
}

/// By their ids, or by the clicks they name.
fn filters(erasure: &Erasure) -> Vec<Document> {
    let clicks: Vec<&str> = erasure.targets.iter().map(|target| &*target.click_id).collect();
    let by_click = clicks.chunks(IDS_AT_ONCE).map(|clicks| of_clicks(erasure, clicks));
    let by_id = erasure.conversion_ids.chunks(IDS_AT_ONCE);
    let by_id =
        by_id.map(|ids| doc! { "workspace_id": &erasure.workspace_id, "_id": { "$in": ids.to_vec() } });
    by_click.chain(by_id).collect()
}

async fn remove_conversions(app: &App, erasure: &Erasure) -> Result<i64, ErasureError> {
    let mut removed = 0;
    for filter in filters(erasure) {
        removed += documents(app).delete_many(filter).await?.deleted_count as i64;
    }
    Ok(removed)
}

async fn count_conversions(app: &App, erasure: &Erasure) -> Result<i64, ErasureError> {
    let mut left = 0;
    for filter in filters(erasure) {
        left += documents(app).count_documents(filter).await? as i64;
    }
    Ok(left)
}

/// What the statements read. All of it anew: a crash may have left a part.
async fn put_targets(app: &App, erasure: &Erasure) -> Result<(), ErasureError> {
    let drop = format!("ALTER TABLE erasure_targets DROP PARTITION '{}'", erasure._id);
    app.warehouse.client().query_raw(&drop).execute().await.map_err(WarehouseError::from)?;
    let row = |kind: &str, value: &str, pseudonym: &str| {
        json!({ "erasure_id": erasure._id, "workspace_id": erasure.workspace_id, "kind": kind, "value": value,
            "pseudonym": pseudonym })
    };
    let pseudonyms: HashMap<&str, &str> =
        erasure.targets.iter().map(|target| (&*target.click_id, &*target.pseudonym)).collect();
    let clicks = pseudonyms.iter().map(|(click, pseudonym)| row(IdKind::ClickId.as_str(), click, pseudonym));
    let conversions = erasure.conversion_ids.iter().map(|id| row("conversion_id", id, ""));
    let source = erasure.identifier.iter().filter(|_| erasure.kind == IdKind::SourceClickId);
    let source = source.map(|id| row(IdKind::SourceClickId.as_str(), id, ""));
    let mut lines = Vec::new();
    for row in clicks.chain(conversions).chain(source) {
        serde_json::to_writer(&mut lines, &row).map_err(WarehouseError::from)?;
        lines.push(b'\n');
    }
    if !lines.is_empty() {
        app.warehouse.insert_json_into("erasure_targets", lines.into(), false).await?;
    }
    Ok(())
}

async fn count(app: &App, sql: &str) -> Result<i64, ErasureError> {
    let counted: u64 =
        app.warehouse.client().query_raw(sql).fetch_one().await.map_err(WarehouseError::from)?;
    Ok(counted as i64)
}

async fn write(app: &App, erasure: &Erasure) -> Result<(), ErasureError> {
    collection(&app.catalog).replace_one(doc! { "_id": &erasure._id }, erasure).await?;
    Ok(())
}
