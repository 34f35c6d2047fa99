//! Setting the status of many at once: each for itself, and published together.

use axum::response::Response;
use futures_util::{StreamExt, stream};
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use traffoflex_model::Status;
use traffoflex_wire::error_body::FieldError;
use utoipa::ToSchema;

use super::{Resource, write, written};
use crate::{
    access::WorkspaceApp,
    audit_log::Action,
    catalog::{
        entity::{Entity, Stored},
        work::{Refused, Work},
    },
    error::ApiError,
};

/// In one request.
pub const MAX_IDS: usize = 500;
/// Written at once.
const AT_ONCE: usize = 8;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkStatus {
    /// Each once.
    #[schema(min_items = 1, max_items = 500)]
    pub ids: Vec<String>,
    pub status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkResult {
    Ok,
    Error,
}

/// What became of one of the ids.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkItem {
    pub id: String,
    pub result: BulkResult,
    /// It has it now; null after an error.
    pub revision: Option<i64>,
    /// `not_found`, `revision_conflict` or `unavailable`; null when it went well.
    pub error: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulkAnswer {
    /// In the order of the ids.
    pub items: Vec<BulkItem>,
}

enum Became {
    Unchanged(i64),
    Written(Work, i64),
    Failed(&'static str),
}

pub async fn set_status<R: Resource>(app: &WorkspaceApp, asked: BulkStatus) -> Result<Response, ApiError> {
    let BulkStatus { ids, status } = asked;
    check(&ids)?;
    let mut filter = R::scope();
    filter.extend(doc! { "_id": { "$in": &ids }, R::Entity::WORKSPACE: &*app.workspace_id });
    let mut found = app.catalog.find_all::<R::Entity>(filter).await?;
    let each = ids.iter().map(|id| {
        let at = found.iter().position(|stored| stored._id == *id);
        let stored = at.map(|at| found.swap_remove(at));
        async move {
            match stored {
                Some(stored) => set_one::<R>(app, stored, status).await,
                None => Ok(Became::Failed("not_found")),
            }
        }
    });
    let each: Vec<_> = each.collect();
    let became: Vec<Result<Became, ApiError>> = stream::iter(each).buffered(AT_ONCE).collect().await;
    let mut items = Vec::with_capacity(ids.len());
    let mut all = Vec::new();
    for (id, became) in ids.into_iter().zip(became) {
        let ok =
            |id, revision| BulkItem { id, result: BulkResult::Ok, revision: Some(revision), error: None };
        let failed = |id, error: &str| BulkItem {
            id,
            result: BulkResult::Error,
            revision: None,
            error: Some(error.into()),
        };
        items.push(match became {
            Ok(Became::Unchanged(revision)) => ok(id, revision),
            Ok(Became::Written(work, revision)) => {
                all.extend(work.written);
                ok(id, revision)
            }
            Ok(Became::Failed(error)) => failed(id, error),
            Err(error) => {
                tracing::warn!(%error, id, "one of many could not be written");
                failed(id, "unavailable")
            }
        });
    }
    let version = app.publisher.publish_written(&all).await?;
    Ok(written(BulkAnswer { items }, version))
}

fn check(ids: &[String]) -> Result<(), ApiError> {
    if ids.is_empty() || ids.len() > MAX_IDS {
        return Err(ApiError::field("ids", format!("1 to {MAX_IDS}")));
    }
    let mut seen = std::collections::HashSet::new();
    let twice = ids.iter().enumerate().filter(|(_, id)| !seen.insert(id.as_str()));
    let wrong: Vec<FieldError> =
        twice.map(|(i, _)| FieldError { field: format!("ids[{i}]"), error: "named twice".into() }).collect();
    if wrong.is_empty() { Ok(()) } else { Err(ApiError::Validation(wrong)) }
}

async fn set_one<R: Resource>(
    app: &WorkspaceApp,
    before: Stored<R::Entity>,
    wanted: Status,
) -> Result<Became, ApiError> {
    let mut entity = before.entity.clone();
    match R::status(&mut entity) {
        Some(status) if *status != wanted => *status = wanted,
        _ => return Ok(Became::Unchanged(before.revision)),
    }
    let after = before.next(entity);
    let mut work = Work::default();
    work.replace(&after)?;
    let what = (wanted == Status::Archived).then(|| write::ARCHIVED.to_owned());
    write::record::<R>(app, &mut work, Action::Updated, what, Some(&before), Some(&after));
    match app.catalog.commit(&work).await {
        Ok(()) => {}
        Err(Refused::Stale { .. }) => return Ok(Became::Failed("revision_conflict")),
        Err(refused) => return Err(refused.into()),
    }
    R::settled(app, &before.entity, Some(&after.entity)).await?;
    Ok(Became::Written(work, after.revision))
}
