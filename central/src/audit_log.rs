//! Who changed what: an entry for every mutation, with what was before and after.
//!
//! An entry holds entities as the API shows them, so that no secret is in it.

use mongodb::bson::{DateTime, doc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ulid::Ulid;
use utoipa::ToSchema;

use crate::{
    access::{Actor, WorkspaceApp},
    catalog::Catalog,
    error::ApiError,
};

const COLLECTION: &str = "audit_log";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Created,
    Updated,
    Deleted,
    /// Something was done with it that is no write of its fields: a replay, an approval, a sign-out.
    Done,
}

/// What happened to what.
#[derive(Debug, Clone)]
pub struct Change {
    pub action: Action,
    /// The path segment of the resource: `campaigns`, `api-keys`.
    pub resource: &'static str,
    pub id: String,
    pub name: String,
    /// In words, where `action` does not say it all: `approved`, `replayed`.
    pub what: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    _id: String,
    at: DateTime,
    /// None: of the installation.
    workspace_id: Option<String>,
    actor: Actor,
    action: Action,
    resource: String,
    resource_id: String,
    name: String,
    what: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
}

/// Records what the caller did in their workspace.
pub async fn record(app: &WorkspaceApp, change: Change) -> Result<(), ApiError> {
    record_as(&app.catalog, &app.caller.actor, Some(&app.workspace_id), change).await
}

pub async fn record_as(
    catalog: &Catalog,
    actor: &Actor,
    workspace_id: Option<&str>,
    change: Change,
) -> Result<(), ApiError> {
    let Change { action, resource, id, name, what, before, after } = change;
    let entry = Entry {
        _id: Ulid::generate().to_string(),
        at: DateTime::now(),
        workspace_id: workspace_id.map(str::to_owned),
        actor: actor.clone(),
        action,
        resource: resource.to_owned(),
        resource_id: id,
        name,
        what,
        before,
        after,
    };
    catalog.database().collection::<Entry>(COLLECTION).insert_one(entry).await?;
    Ok(())
}
