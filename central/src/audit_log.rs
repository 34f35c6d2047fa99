//! Who changed what: an entry for every mutation, with what was before and after.
//!
//! An entry holds entities as the API shows them, so that no secret is in it. Writes of the catalogue, of people,
//! their memberships and API keys, and of the keys of links, are one transaction with their entries
//! ([`crate::catalog::work`]); what else records an entry does so after it was done. Nothing changes an entry afterwards, and `AUDIT_LOG_RETENTION_DAYS` after it was made MongoDB
//! removes it.

pub mod diff;

use std::time::Duration;

use mongodb::{
    Collection, IndexModel,
    bson::{DateTime, Document, doc},
    error::{Error, ErrorKind},
    options::IndexOptions,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ulid::Ulid;
use utoipa::ToSchema;

use crate::{
    access::{Actor, WorkspaceApp},
    catalog::Catalog,
    error::ApiError,
};

pub const COLLECTION: &str = "audit_log";
const EXPIRES: &str = "expires";
/// MongoDB's code for an index of that name with other options.
const INDEX_OPTIONS_CONFLICT: i32 = 85;
/// MongoDB takes documents of 16 MiB: beyond this, what was before and after is left out.
const MAX_ENTRY_BYTES: usize = 15 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Created,
    Updated,
    Deleted,
    /// Something was done with it that is no write of its fields: a replay, an approval, a sign-out.
    Done,
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was about to be written: only on a MongoDB without transactions, and only after a crash in between.
    Attempted,
    #[default]
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
pub struct Entry {
    pub _id: String,
    pub at: DateTime,
    /// None: of the installation.
    pub workspace_id: Option<String>,
    pub actor: Actor,
    pub action: Action,
    pub resource: String,
    pub resource_id: String,
    pub name: String,
    pub what: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// The campaign in whose history it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<String>,
    #[serde(default)]
    pub state: State,
}

impl Entry {
    /// Of what the caller does in their workspace.
    pub fn of(app: &WorkspaceApp, change: Change) -> Self {
        Self::new(&app.caller.actor, Some(&app.workspace_id), change)
    }

    /// Without a workspace: of the installation.
    pub fn new(actor: &Actor, workspace_id: Option<&str>, change: Change) -> Self {
        let Change { action, resource, id, name, what, mut before, mut after } = change;
        let size = |value: &Option<Value>| value.as_ref().map_or(0, |value| value.to_string().len());
        if size(&before) + size(&after) > MAX_ENTRY_BYTES {
            (before, after) = (None, None);
        }
        Self {
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
            campaign_id: None,
            state: State::Done,
        }
    }

    pub fn in_history_of(self, campaign_id: &str) -> Self {
        Self { campaign_id: Some(campaign_id.to_owned()), ..self }
    }

    pub fn id(&self) -> &str {
        &self._id
    }

    pub(crate) fn in_state(&self, state: State) -> Self {
        Self { state, ..self.clone() }
    }
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
    entries(catalog).insert_one(Entry::new(actor, workspace_id, change)).await?;
    Ok(())
}

pub fn entries(catalog: &Catalog) -> Collection<Entry> {
    catalog.database().collection(COLLECTION)
}

/// Creates what is missing.
pub async fn migrate(catalog: &Catalog) -> Result<(), Error> {
    let plain = |keys: Document| IndexModel::builder().keys(keys).build();
    let of_campaign = IndexOptions::builder()
        .partial_filter_expression(doc! { "campaign_id": { "$exists": true } })
        .build();
    let of_campaign = IndexModel::builder().keys(doc! { "campaign_id": 1, "_id": -1 }).options(of_campaign);
    let indexes = [
        plain(doc! { "workspace_id": 1, "_id": -1 }),
        plain(doc! { "workspace_id": 1, "resource": 1, "resource_id": 1, "_id": -1 }),
        plain(doc! { "workspace_id": 1, "actor.id": 1, "_id": -1 }),
        of_campaign.build(),
    ];
    entries(catalog).create_indexes(indexes).await.map(drop)
}

/// Entries go after so many days; 0: never.
pub async fn keep_for(catalog: &Catalog, days: u32) -> Result<(), Error> {
    let log = entries(catalog);
    if days == 0 {
        return match log.drop_index(EXPIRES).await {
            // There was none.
            Err(error) if matches!(&*error.kind, ErrorKind::Command(_)) => Ok(()),
            other => other,
        };
    }
    let after = Duration::from_secs(u64::from(days) * 24 * 3600);
    let options = IndexOptions::builder().name(EXPIRES.to_owned()).expire_after(after).build();
    let index = IndexModel::builder().keys(doc! { "at": 1 }).options(options).build();
    match log.create_index(index).await.map_err(|error| (*error.kind.clone(), error)) {
        Err((ErrorKind::Command(command), _)) if command.code == INDEX_OPTIONS_CONFLICT => {
            let index = doc! { "name": EXPIRES, "expireAfterSeconds": after.as_secs() as i64 };
            let database = catalog.database();
            database.run_command(doc! { "collMod": COLLECTION, "index": index }).await.map(drop)
        }
        Err((_, error)) => Err(error),
        Ok(_) => Ok(()),
    }
}
