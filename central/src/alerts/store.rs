//! `alert_rules`, `alerts` and `alert_evaluations` in MongoDB. Every write of a rule or an alert is a
//! compare-and-set on its `revision`.

use futures_util::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::{DateTime, Document, doc},
    error::Result,
    options::IndexOptions,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{KEPT, incident::Incident, rule::AlertRule};
use crate::catalog::{Catalog, ListQuery, duplicate_field, entity::Stored};

pub const ALERTS: &str = "alerts";
pub const EVALUATIONS: &str = "alert_evaluations";

/// A document of `alert_evaluations`: how the last evaluation of a rule went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evaluation {
    pub _id: String,
    pub at: DateTime,
    pub outcome: EvaluationOutcome,
    /// Why it was skipped.
    pub error: Option<String>,
    /// Subjects measured.
    pub subjects: i64,
    /// Those for which the condition held.
    pub holding: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationOutcome {
    Measured,
    /// It could not be measured; nothing changed.
    Skipped,
}

/// Creates what is missing.
pub async fn migrate(catalog: &Catalog) -> Result<()> {
    let plain = |keys: Document| IndexModel::builder().keys(keys).build();
    rules(catalog)
        .create_indexes([
            plain(doc! { "workspace_id": 1, "created_at": 1, "_id": 1 }),
            plain(doc! { "status": 1, "_id": 1 }),
        ])
        .await?;
    let one_active = IndexOptions::builder()
        .unique(true)
        .partial_filter_expression(doc! { "active_key": { "$exists": true } })
        .build();
    let kept = IndexOptions::builder().expire_after(KEPT).build();
    alerts(catalog)
        .create_indexes([
            IndexModel::builder().keys(doc! { "active_key": 1 }).options(one_active).build(),
            IndexModel::builder().keys(doc! { "resolved_at": 1 }).options(kept).build(),
            plain(doc! { "workspace_id": 1, "state": 1, "opened_at": -1, "_id": -1 }),
            plain(doc! { "key": 1, "resolved_at": -1 }),
            plain(doc! { "actions.outcome": 1 }),
        ])
        .await?;
    Ok(())
}

pub fn rules(catalog: &Catalog) -> Collection<Stored<AlertRule>> {
    catalog.database().collection(AlertRule::COLLECTION)
}

pub fn alerts(catalog: &Catalog) -> Collection<Incident> {
    catalog.database().collection(ALERTS)
}

fn evaluations(catalog: &Catalog) -> Collection<Evaluation> {
    catalog.database().collection(EVALUATIONS)
}

pub async fn rule(catalog: &Catalog, workspace: &str, id: &str) -> Result<Option<Stored<AlertRule>>> {
    rules(catalog).find_one(doc! { "_id": id, "workspace_id": workspace }).await
}

pub async fn list_rules(catalog: &Catalog, query: ListQuery) -> Result<(Vec<Stored<AlertRule>>, u64)> {
    let collection = rules(catalog);
    let total = collection.count_documents(query.filter.clone()).await?;
    let found = collection.find(query.filter).sort(query.sort).limit(query.limit).skip(query.offset).await?;
    Ok((found.try_collect().await?, total))
}

/// Of all workspaces.
pub async fn active_rules(catalog: &Catalog) -> Result<Vec<Stored<AlertRule>>> {
    rules(catalog).find(doc! { "status": "active" }).sort(doc! { "_id": 1 }).await?.try_collect().await
}

pub async fn incident(catalog: &Catalog, workspace: &str, id: &str) -> Result<Option<Incident>> {
    alerts(catalog).find_one(doc! { "_id": id, "workspace_id": workspace }).await
}

/// Those that are not resolved.
pub async fn unresolved(catalog: &Catalog, filter: Document) -> Result<Vec<Incident>> {
    let mut all = doc! { "active_key": { "$exists": true } };
    all.extend(filter);
    alerts(catalog).find(all).sort(doc! { "_id": 1 }).await?.try_collect().await
}

/// Those of which something is to be done, whether they are open or were resolved meanwhile.
pub async fn due(catalog: &Catalog, filter: Document) -> Result<Vec<Incident>> {
    let mut all = doc! { "actions.outcome": { "$in": ["planned", "under_way"] } };
    all.extend(filter);
    alerts(catalog).find(all).sort(doc! { "_id": 1 }).await?.try_collect().await
}

/// When the last one of a rule and subject was resolved.
pub async fn last_resolved(catalog: &Catalog, key: &str) -> Result<Option<DateTime>> {
    let filter = doc! { "key": key, "resolved_at": { "$ne": null } };
    let found = alerts(catalog).find_one(filter).sort(doc! { "resolved_at": -1 }).await?;
    Ok(found.and_then(|incident| incident.resolved_at))
}

/// False when there is an unresolved one of the same rule and subject.
pub async fn begin(catalog: &Catalog, incident: &Incident) -> Result<bool> {
    match alerts(catalog).insert_one(incident).await {
        Ok(_) => Ok(true),
        Err(error) if duplicate_field(&error).is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes over the revision that it has. False when it is at another one.
pub async fn keep(catalog: &Catalog, incident: &mut Incident) -> Result<bool> {
    let next = Incident { revision: incident.revision + 1, ..incident.clone() };
    let filter = doc! { "_id": &incident._id, "revision": incident.revision };
    let written = alerts(catalog).replace_one(filter, &next).await?;
    if written.matched_count > 0 {
        *incident = next;
    }
    Ok(written.matched_count > 0)
}

/// One that never opened.
pub async fn drop_pending(catalog: &Catalog, incident: &Incident) -> Result<()> {
    let filter = doc! { "_id": &incident._id, "revision": incident.revision, "state": "pending" };
    alerts(catalog).delete_one(filter).await.map(drop)
}

pub async fn list_incidents(catalog: &Catalog, query: ListQuery) -> Result<(Vec<Incident>, u64)> {
    let collection = alerts(catalog);
    let total = collection.count_documents(query.filter.clone()).await?;
    let found = collection.find(query.filter).sort(query.sort).limit(query.limit).skip(query.offset).await?;
    Ok((found.try_collect().await?, total))
}

pub async fn count_open(catalog: &Catalog) -> Result<u64> {
    alerts(catalog).count_documents(doc! { "state": "open" }).await
}

pub async fn note(catalog: &Catalog, evaluation: &Evaluation) -> Result<()> {
    let filter = doc! { "_id": &evaluation._id };
    evaluations(catalog).replace_one(filter, evaluation).upsert(true).await.map(drop)
}

/// Of these rules, in no order.
pub async fn notes(catalog: &Catalog, rules: &[&str]) -> Result<Vec<Evaluation>> {
    evaluations(catalog).find(doc! { "_id": { "$in": rules.to_vec() } }).await?.try_collect().await
}
