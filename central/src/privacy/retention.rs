//! How long a workspace keeps its events: `/api/privacy/retention`, collection `retention`.
//!
//! The settings of all workspaces together are the TTL of the event tables ([`ttl`]): put there when they change,
//! and compared with what the tables say at every start and every [`LOOK_INTERVAL`]. ClickHouse drops what is too
//! old when it merges, usually within hours. MongoDB's `conversions` are pruned by the same number of days as
//! the events of conversions.
//!
//! What is dropped is gone from every report, totals included, and at the same moment from all of them: a report
//! counts nothing that is older ([`Kept`]), whether ClickHouse has dropped it yet or not. What was added up of it
//! is deleted (`rollups::retain`), and so is what a conversion that is kept longer says of its click. After every
//! change of the settings everything is added up anew, and until the tables know of it reports read the
//! events: nobody can say what a merge took away. A postback for a conversion or a click that was
//! dropped begins a new conversion, tied to no click. Ages are those of events (`created_at`), not of their arrival.

mod ttl;

use std::{collections::HashMap, time::Duration};

use axum::Json;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mongodb::{
    Collection,
    bson::{DateTime, Document, doc},
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::TAG;
use crate::{
    access::WorkspaceApp,
    admin::{
        input::{self, JsonBody},
        validate::Errors,
    },
    app::App,
    audit_log,
    catalog::{Catalog, duplicate_field},
    error::ApiError,
    openapi::Refusals,
    rollups,
    warehouse::WarehouseError,
};

const RETENTION: &str = "retention";
const LEASE: &str = "retention";
/// How much earlier than they go events stop to count: longer than a report runs, or clocks differ. Milliseconds.
const KEPT_MARGIN_MS: i64 = 300_000;
const LOOK_INTERVAL: Duration = Duration::from_secs(60);
const MAX_DAYS: u32 = 3650;
const MS_PER_DAY: i64 = 24 * 3600 * 1000;

#[derive(Debug, thiserror::Error)]
enum RetentionError {
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("clickhouse: {0}")]
    Warehouse(#[from] WarehouseError),
}

/// Days; null keeps for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Days {
    /// Clicks and trafficback.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    clicks_days: Option<u32>,
    /// Conversions with all their versions.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    conversions_days: Option<u32>,
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    postback_logs_days: Option<u32>,
    /// The query string of a click and its parameters; the click itself stays.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    raw_query_days: Option<u32>,
    /// The address of a click, where it is stored in full; hash and prefix stay.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    full_ip_days: Option<u32>,
}

/// A document of `retention`: one a workspace.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    /// The workspace's.
    _id: String,
    revision: i64,
    days: Days,
    /// The revision that the tables know.
    #[serde(default)]
    applied_revision: i64,
}

/// How long the workspace keeps its events.
#[derive(Serialize, ToSchema)]
struct Retention {
    #[serde(flatten)]
    days: Days,
    /// 0 until it is first written.
    revision: i64,
    /// The event tables have it; what is too old goes with their next merges.
    is_applied: bool,
}

/// The settings whole, with the revision that was read.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read in two parts")]
struct RetentionWrite {
    #[serde(flatten)]
    days: Days,
    revision: i64,
}

/// Since when events of a workspace are there for sure, and count. UTC milliseconds; 0: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    pub clicks_from_ms: i64,
    pub conversions_from_ms: i64,
    /// The tables do not know of the settings yet: what they dropped by older ones is not known.
    pub is_changing: bool,
}

impl Kept {
    fn of(stored: &Stored, now: Timestamp) -> Self {
        let from = |days: Option<u32>| {
            days.map_or(0, |days| now.as_millisecond() - i64::from(days) * MS_PER_DAY + KEPT_MARGIN_MS)
        };
        Self {
            clicks_from_ms: from(stored.days.clicks_days),
            conversions_from_ms: from(stored.days.conversions_days),
            is_changing: stored.applied_revision != stored.revision,
        }
    }
}

pub async fn kept(catalog: &Catalog, workspace: &str) -> mongodb::error::Result<Kept> {
    let found = collection(catalog).find_one(doc! { "_id": workspace }).await?;
    Ok(found.map_or_else(Kept::default, |stored| Kept::of(&stored, Timestamp::now())))
}

/// Of all workspaces that have settings.
pub async fn all_kept(catalog: &Catalog) -> mongodb::error::Result<HashMap<String, Kept>> {
    let all: Vec<Stored> = collection(catalog).find(doc! {}).await?.try_collect().await?;
    let now = Timestamp::now();
    Ok(all.into_iter().map(|stored| (stored._id.clone(), Kept::of(&stored, now))).collect())
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_retention, replace_retention))
}

fn collection(catalog: &Catalog) -> Collection<Stored> {
    catalog.database().collection(RETENTION)
}

fn shown(stored: Option<&Stored>) -> Retention {
    match stored {
        Some(stored) => Retention {
            days: stored.days,
            revision: stored.revision,
            is_applied: stored.applied_revision == stored.revision,
        },
        None => Retention { days: Days::default(), revision: 0, is_applied: true },
    }
}

/// How long the workspace keeps its events.
#[utoipa::path(get, path = "/api/privacy/retention", tag = TAG, responses((status = 200, body = Retention), Refusals))]
async fn read_retention(app: WorkspaceApp) -> Result<Json<Retention>, ApiError> {
    let found = collection(&app.catalog).find_one(doc! { "_id": &*app.workspace_id }).await?;
    Ok(Json(shown(found.as_ref())))
}

/// Sets how long the workspace keeps its events. What is older goes for good.
#[utoipa::path(put, path = "/api/privacy/retention", tag = TAG, request_body = RetentionWrite,
    responses((status = 200, body = Retention), Refusals))]
async fn replace_retention(
    app: WorkspaceApp,
    JsonBody(mut body): JsonBody,
) -> Result<Json<Retention>, ApiError> {
    let revision = body.as_object_mut().and_then(|object| object.remove("revision"));
    let revision = revision
        .and_then(|revision| revision.as_i64())
        .filter(|revision| *revision >= 0)
        .ok_or_else(|| ApiError::field("revision", "the revision that was read, 0 or above"))?;
    let days: Days = input::read(body)?;
    check(&days)?;
    let (before, stored) = write(&app, days, revision).await?;
    let value = |days: &Days| serde_json::to_value(days).unwrap_or(Value::Null);
    let change = audit_log::Change {
        action: audit_log::Action::Updated,
        resource: "retention",
        id: app.workspace_id.to_string(),
        name: "retention".into(),
        what: None,
        before: Some(value(&before)),
        after: Some(value(&stored.days)),
    };
    audit_log::record(&app, change).await?;
    app.privacy.0.changed.notify_one();
    Ok(Json(shown(Some(&stored))))
}

fn check(days: &Days) -> Result<(), ApiError> {
    let mut errors = Errors::default();
    for (field, days) in [
        ("clicks_days", days.clicks_days),
        ("conversions_days", days.conversions_days),
        ("postback_logs_days", days.postback_logs_days),
        ("raw_query_days", days.raw_query_days),
        ("full_ip_days", days.full_ip_days),
    ] {
        if days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
            errors.add(field, format!("1 to {MAX_DAYS}, or null"));
        }
    }
    errors.finish()
}

/// What was before, and what is now.
async fn write(app: &WorkspaceApp, days: Days, revision: i64) -> Result<(Days, Stored), ApiError> {
    let id = app.workspace_id.to_string();
    let all = collection(&app.catalog);
    if revision == 0 {
        let first = Stored { _id: id.clone(), revision: 1, days, applied_revision: 0 };
        return match all.insert_one(&first).await {
            Ok(_) => Ok((Days::default(), first)),
            Err(error) if duplicate_field(&error).is_some() => {
                let found = all.find_one(doc! { "_id": &id }).await?;
                Err(ApiError::RevisionConflict { current: found.map_or(0, |found| found.revision) })
            }
            Err(error) => Err(error.into()),
        };
    }
    let set = doc! { "days": mongodb::bson::to_bson(&days).map_err(mongodb::error::Error::custom)? };
    let before = all
        .find_one_and_update(
            doc! { "_id": &id, "revision": revision },
            doc! { "$set": set, "$inc": { "revision": 1_i64 } },
        )
        .return_document(ReturnDocument::Before)
        .await?;
    match before {
        Some(before) => {
            let stored = Stored { revision: before.revision + 1, days, ..before.clone() };
            Ok((before.days, stored))
        }
        None => {
            let found = all.find_one(doc! { "_id": &id }).await?;
            Err(ApiError::RevisionConflict { current: found.map_or(0, |found| found.revision) })
        }
    }
}

/// Keeps tables and collections as the settings say, until `stop`; one process at a time.
pub async fn keep(app: App, stop: CancellationToken) {
    loop {
        match app.catalog.exclusively(LEASE, apply(&app)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "what is kept of events could not be set"),
            Err(error) => tracing::warn!(%error, "what is kept of events could not be looked at"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.privacy.0.changed.notified() => {}
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
        }
    }
}

async fn apply(app: &App) -> Result<(), RetentionError> {
    let all: Vec<Stored> =
        collection(&app.catalog).find(doc! {}).sort(doc! { "_id": 1 }).await?.try_collect().await?;
    let known = all.iter().filter(|stored| super::is_plain_id(&stored._id));
    let known: Vec<(&str, Days)> = known.map(|stored| (&*stored._id, stored.days)).collect();
    ttl::ensure(&app.warehouse, &known).await?;
    for stored in all.iter().filter(|stored| stored.applied_revision != stored.revision) {
        // What merges with older settings took away was not told to what is added up.
        ttl::wait_for_merges(&app.warehouse).await?;
        rollups::mark_all(&app.warehouse, &stored._id).await?;
        let this = doc! { "_id": &stored._id, "revision": stored.revision };
        let applied = doc! { "$set": { "applied_revision": stored.revision } };
        collection(&app.catalog).update_one(this, applied).await?;
    }
    for (workspace, days) in known {
        if let Some(days) = days.conversions_days {
            prune_conversions(&app.catalog, workspace, days).await?;
        }
    }
    Ok(())
}

async fn prune_conversions(catalog: &Catalog, workspace: &str, days: u32) -> mongodb::error::Result<()> {
    let before = DateTime::from_millis(DateTime::now().timestamp_millis() - i64::from(days) * MS_PER_DAY);
    let old = doc! { "workspace_id": workspace, "created_at": { "$lt": before } };
    let deleted = catalog.database().collection::<Document>("conversions").delete_many(old).await?;
    if deleted.deleted_count > 0 {
        tracing::info!(
            workspace,
            conversions = deleted.deleted_count,
            "dropped what is not to be kept any longer"
        );
    }
    Ok(())
}
