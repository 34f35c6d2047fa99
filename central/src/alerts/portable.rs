//! Alert rules of a workspace in its exported file. What they name may come with the same file.

use futures_util::TryStreamExt;
use mongodb::{
    bson::{DateTime, Document, doc, to_document},
    error::Error,
};
use serde_json::Value;

use super::{MAX_RULES, store};
pub use super::{rule::AlertRule, rule_input::AlertRuleInput};
use crate::{
    access::WorkspaceApp,
    admin::{input, validate::Errors},
    catalog::{Catalog, entity::Stored, work::Work},
    error::ApiError,
};

pub const RESOURCE: &str = super::rules_api::RESOURCE;

/// By id.
pub async fn of_workspace(catalog: &Catalog, workspace_id: &str) -> Result<Vec<Stored<AlertRule>>, ApiError> {
    find(catalog, doc! { "workspace_id": workspace_id }).await
}

pub async fn of_ids(app: &WorkspaceApp, ids: &[&str]) -> Result<Vec<Stored<AlertRule>>, ApiError> {
    find(&app.catalog, doc! { "workspace_id": &*app.workspace_id, "_id": { "$in": ids } }).await
}

async fn find(catalog: &Catalog, filter: Document) -> Result<Vec<Stored<AlertRule>>, ApiError> {
    Ok(store::rules(catalog).find(filter).sort(doc! { "_id": 1 }).await?.try_collect().await?)
}

/// Whether so many more may be there.
pub async fn has_room(app: &WorkspaceApp, more: usize) -> Result<bool, ApiError> {
    let own = doc! { "workspace_id": &*app.workspace_id };
    Ok(store::rules(&app.catalog).count_documents(own).await? + more as u64 <= MAX_RULES)
}

/// As a client would send it.
pub fn input_of(rule: AlertRule) -> Value {
    serde_json::to_value(AlertRuleInput::of(rule)).unwrap_or_default()
}

/// None where something is wrong, which is in `errors` then.
pub async fn check(
    app: &WorkspaceApp,
    body: Value,
    id: &str,
    errors: &mut Errors,
) -> Result<Option<AlertRule>, ApiError> {
    let Some(input) = errors.take(input::read::<AlertRuleInput>(body))? else { return Ok(None) };
    input.check(app, id.to_owned(), errors).await
}

pub fn write(work: &mut Work, rule: &AlertRule, before: Option<&Stored<AlertRule>>) -> Result<(), ApiError> {
    let now = DateTime::now();
    let mut document = to_document(rule).map_err(Error::custom)?;
    document.insert("updated_at", now);
    match before {
        Some(before) => work.replace_document(AlertRule::COLLECTION, &rule.id, before.revision, document),
        None => {
            document.extend(doc! { "_id": &rule.id, "revision": 1_i64, "created_at": now });
            work.insert_document(AlertRule::COLLECTION, document);
        }
    }
    Ok(())
}
