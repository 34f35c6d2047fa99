//! `/api/saved-views`: reports under a name, for oneself or for the whole workspace.
//!
//! A view keeps the request, not its rows, and is checked as a request is: what cannot be asked cannot be saved.
//! A private one is there for its owner alone (404 for others). A shared one is read by all of the workspace, and
//! changed by its owner and by those who may change configuration. An API key owns its own
//! views, not those of the user who made it.

pub mod portable;
mod store;

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ulid::Ulid;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::{Actor, Permission, WorkspaceApp},
    admin::{
        crud::PageOf,
        input::{self, JsonBody, Paging},
    },
    app::App,
    audit_log::{self, Action, Change},
    error::ApiError,
    openapi::Refusals,
    report::{CohortOptions, ReportQuery, ReportRequest, is_metric},
    rfc3339,
};
pub use store::migrate;
use store::{Replaced, Stored};

const PATH: &str = "/api/saved-views";
/// Views in one workspace.
const MAX_VIEWS: u64 = 1000;
const MAX_NAME_CHARS: usize = 100;
/// Columns that a view names.
const MAX_COLUMNS: usize = 50;
/// What of a private view is for its owner alone.
const OF_THE_OWNER: [&str; 5] = ["name", "report", "query", "cohort", "columns"];

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_saved_views, create_saved_view)).routes(routes!(
        read_saved_view,
        replace_saved_view,
        patch_saved_view,
        delete_saved_view
    ))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    Private,
    Shared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    Overview,
    Daily,
    Grouped,
    Cohort,
    Funnel,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedViewInput {
    pub name: String,
    pub visibility: Visibility,
    pub report: ReportKind,
    pub query: ReportRequest,
    /// Of a cohort report.
    #[serde(default)]
    pub cohort: Option<CohortOptions>,
    /// The metrics to show, in this order; all without any.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// With what it is written over.
#[derive(Serialize, ToSchema)]
struct SavedViewReplacement {
    #[serde(flatten)]
    view: SavedViewInput,
    revision: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SavedView {
    pub id: String,
    #[serde(flatten)]
    pub view: SavedViewInput,
    pub owner: Actor,
    /// The caller is its owner.
    pub is_own: bool,
    pub revision: i64,
    pub created_at: String,
    pub updated_at: String,
}

type SavedViewPage = PageOf<SavedView>;

fn is_own(app: &WorkspaceApp, owner: &Actor) -> bool {
    let caller = &app.caller.actor;
    owner.kind == caller.kind && owner.id == caller.id
}

fn shown(app: &WorkspaceApp, stored: Stored) -> SavedView {
    SavedView {
        is_own: is_own(app, &stored.owner),
        id: stored._id,
        view: stored.view,
        owner: stored.owner,
        revision: stored.revision,
        created_at: rfc3339::of(stored.created_at),
        updated_at: rfc3339::of(stored.updated_at),
    }
}

fn check(view: SavedViewInput) -> Result<SavedViewInput, ApiError> {
    let name = view.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(ApiError::field("name", format!("1 to {MAX_NAME_CHARS} characters")));
    }
    if view.columns.len() > MAX_COLUMNS {
        return Err(ApiError::field("columns", format!("at most {MAX_COLUMNS}")));
    }
    for (i, column) in view.columns.iter().enumerate() {
        if !is_metric(column) {
            return Err(ApiError::field(format!("columns[{i}]"), format!("{column:.40} is no metric")));
        }
    }
    if let Some(cohort) = &view.cohort {
        cohort.check("cohort")?;
    }
    let query = ReportQuery::of_request(view.query.clone()).map_err(|error| match error {
        ApiError::Validation(mut details) => {
            details.iter_mut().for_each(|detail| detail.field = format!("query.{}", detail.field));
            ApiError::Validation(details)
        }
        other => other,
    })?;
    if view.report == ReportKind::Grouped && query.group_by.is_empty() {
        return Err(ApiError::field("query.group_by", "a grouped report has one dimension or more"));
    }
    Ok(view)
}

/// What the caller sees of it, or nothing is there.
async fn find(app: &WorkspaceApp, id: &str) -> Result<Stored, ApiError> {
    let stored = store::get(app, id).await?.ok_or(ApiError::NotFound)?;
    match stored.view.visibility {
        Visibility::Private if !is_own(app, &stored.owner) => Err(ApiError::NotFound),
        _ => Ok(stored),
    }
}

/// The same for those who may change it.
async fn find_to_change(app: &WorkspaceApp, id: &str) -> Result<Stored, ApiError> {
    let stored = find(app, id).await?;
    match is_own(app, &stored.owner) || app.caller.may(Permission::ConfigWrite) {
        true => Ok(stored),
        false => Err(ApiError::Forbidden),
    }
}

async fn record(
    app: &WorkspaceApp,
    action: Action,
    before: Option<&SavedView>,
    after: Option<&SavedView>,
) -> Result<(), ApiError> {
    let Some(named) = after.or(before) else { return Ok(()) };
    // Of a private view others learn that it is there, and nothing of what is in it.
    let is_private = |view: &SavedView| view.view.visibility == Visibility::Private;
    let json = |view: Option<&SavedView>| {
        let mut value = serde_json::to_value(view?).ok()?;
        if view.is_some_and(is_private) {
            let fields = value.as_object_mut()?;
            fields.retain(|name, _| !OF_THE_OWNER.contains(&name.as_str()));
        }
        Some(value)
    };
    let change = Change {
        action,
        resource: "saved-views",
        id: named.id.clone(),
        name: if is_private(named) { String::new() } else { named.view.name.clone() },
        what: None,
        before: json(before),
        after: json(after),
    };
    audit_log::record(app, change).await
}

/// The caller's own views and the shared ones, by name
#[utoipa::path(get, path = "/api/saved-views", tag = "saved views", params(Paging),
    responses((status = 200, body = SavedViewPage), Refusals))]
async fn list_saved_views(
    app: WorkspaceApp,
    Query(paging): Query<Paging>,
) -> Result<Json<SavedViewPage>, ApiError> {
    let (limit, offset) = paging.check()?;
    let (found, total) = store::list(&app, limit, offset).await?;
    let items = found.into_iter().map(|stored| shown(&app, stored)).collect();
    Ok(Json(PageOf { items, limit, offset, total }))
}

/// Saves a report under a name
#[utoipa::path(post, path = "/api/saved-views", tag = "saved views", request_body = SavedViewInput,
    responses((status = 201, body = SavedView), Refusals))]
async fn create_saved_view(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let view = check(input::read(body)?)?;
    if store::count(&app).await? >= MAX_VIEWS {
        let message = format!("a workspace has at most {MAX_VIEWS} views");
        return Err(ApiError::Conflict { message, details: Vec::new() });
    }
    let stored = store::insert(&app, Ulid::generate().to_string(), view).await?;
    let view = shown(&app, stored);
    record(&app, Action::Created, None, Some(&view)).await?;
    let location = HeaderValue::try_from(format!("{PATH}/{}", view.id));
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// One view
#[utoipa::path(get, path = "/api/saved-views/{id}", tag = "saved views", params(("id" = String, Path)),
    responses((status = 200, body = SavedView), Refusals))]
async fn read_saved_view(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<SavedView>, ApiError> {
    Ok(Json(shown(&app, find(&app, &id).await?)))
}

/// Writes a view over the revision that was read
#[utoipa::path(put, path = "/api/saved-views/{id}", tag = "saved views", params(("id" = String, Path)),
    request_body = SavedViewReplacement, responses((status = 200, body = SavedView), Refusals))]
async fn replace_saved_view(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Json<SavedView>, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = find_to_change(&app, &id).await?;
    write(app, before, input::read(body)?, revision).await
}

/// Changes the fields that the body names
#[utoipa::path(patch, path = "/api/saved-views/{id}", tag = "saved views", params(("id" = String, Path)),
    request_body = SavedViewReplacement, responses((status = 200, body = SavedView), Refusals))]
async fn patch_saved_view(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Json<SavedView>, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = find_to_change(&app, &id).await?;
    let mut whole: Value = serde_json::to_value(&before.view).unwrap_or_default();
    input::merge(&mut whole, body);
    write(app, before, input::read(whole)?, revision).await
}

async fn write(
    app: WorkspaceApp,
    before: Stored,
    view: SavedViewInput,
    revision: i64,
) -> Result<Json<SavedView>, ApiError> {
    let view = check(view)?;
    // Nobody takes a shared view away from the others but its owner.
    if view.visibility == Visibility::Private && !is_own(&app, &before.owner) {
        return Err(ApiError::field("visibility", "only its owner makes a view private"));
    }
    match store::replace(&app, &before._id, view, revision).await? {
        Replaced::Done(after) => {
            let (before, after) = (shown(&app, before), shown(&app, *after));
            record(&app, Action::Updated, Some(&before), Some(&after)).await?;
            Ok(Json(after))
        }
        Replaced::Conflict { current } => Err(ApiError::RevisionConflict { current }),
        Replaced::NotFound => Err(ApiError::NotFound),
    }
}

/// Deletes a view
#[utoipa::path(delete, path = "/api/saved-views/{id}", tag = "saved views", params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn delete_saved_view(app: WorkspaceApp, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    find_to_change(&app, &id).await?;
    let deleted = store::delete(&app, &id).await?.ok_or(ApiError::NotFound)?;
    record(&app, Action::Deleted, Some(&shown(&app, deleted)), None).await?;
    Ok(StatusCode::NO_CONTENT)
}
