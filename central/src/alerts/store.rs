//! `alert_rules`, `alerts` and `alert_evaluations` in MongoDB. Every write of a rule or an alert is a
//! compare-and-set on its `revision`.

use futures_util::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::{DateTime, Document, doc, to_document},
    error::{Error, Result},
    options::{IndexOptions, ReturnDocument},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{KEPT, incident::Incident, rule::AlertRule};
use crate::catalog::{Catalog, ListQuery, Replaced, duplicate_field, entity::Stored};

const ALERTS: &str = "alerts";
const EVALUATIONS: &str = "alert_evaluations";

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

pub async fn insert_rule(catalog: &Catalog, rule: AlertRule) -> Result<Stored<AlertRule>> {
    let now = DateTime::now();
    let stored = Stored { _id: rule.id.clone(), revision: 1, created_at: now, updated_at: now, entity: rule };
    rules(catalog).insert_one(&stored).await?;
    Ok(stored)
}

pub async fn replace_rule(catalog: &Catalog, rule: AlertRule, revision: i64) -> Result<Replaced<AlertRule>> {
    let mut set = to_document(&rule).map_err(Error::custom)?;
    set.insert("updated_at", DateTime::now());
    let workspace = rule.workspace_id.to_string();
    let filter = doc! { "_id": &rule.id, "workspace_id": &workspace, "revision": revision };
    let updated = rules(catalog)
        .find_one_and_update(filter, doc! { "$set": set, "$inc": { "revision": 1 } })
        .return_document(ReturnDocument::After)
        .await?;
    if let Some(stored) = updated {
        return Ok(Replaced::Done(stored));
    }
    Ok(match self::rule(catalog, &workspace, &rule.id).await? {
        Some(stored) => Replaced::Conflict { current: stored.revision },
        None => Replaced::NotFound,
    })
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

/// A deleted rule needs none.
pub async fn forget_note(catalog: &Catalog, rule: &str) -> Result<()> {
    evaluations(catalog).delete_one(doc! { "_id": rule }).await.map(drop)
}
