//! `/api/workspace/export` and `/api/workspace/import`: the whole configuration of a workspace as one JSON file.
//!
//! The file has no secrets: `has_secret` says that there was one. A postback template comes in without its
//! secret, and a webhook with a new one; where the id is this workspace's already, they keep theirs. A domain
//! has to be proven again.
//!
//! An import takes all of the file or nothing: everything is checked as if it were sent to the API, each error
//! has its path in the file, and the writes are one transaction with their audit entries. (Rates are taken
//! right after it, as they have a way of their own.) What has the id of something of this workspace replaces
//! it; what has a free id keeps it; what has an id that is another workspace's gets a new one, and what names
//! it in the file names the new one. Nothing is removed.
//!
//! Of saved views the shared ones are in the file; imported, they are the caller's. An alert rule may name what
//! comes with the file.

pub mod export;
mod file;
mod import;
mod plan;
mod rules;
mod views;

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::file::{IncomingFile, WorkspaceFile};
use super::{crud, input};
use crate::{access::WorkspaceApp, app::App, error::ApiError, openapi::Refusals};

/// Largest file that is taken, in bytes.
const MAX_FILE_BYTES: usize = 16 << 20;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export_workspace)).merge(
        OpenApiRouter::new().routes(routes!(import_workspace)).layer(DefaultBodyLimit::max(MAX_FILE_BYTES)),
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportMode {
    /// Writes.
    #[default]
    Merge,
    /// Checks, and says what would be written.
    DryRun,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportParameters {
    /// `merge` (when missing) writes; `dry_run` only says what would be written.
    #[param(inline)]
    #[serde(default)]
    mode: ImportMode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Created,
    Updated,
    /// It is just so already.
    Unchanged,
}

/// What becomes of one thing of the file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedItem {
    /// Its path in the file: `campaigns[0]`.
    path: String,
    /// In the file.
    id: String,
    /// Here. In a dry run one that is another workspace's now is shown with an id that the import will not use.
    new_id: String,
    name: String,
    outcome: Outcome,
    /// It had a secret in the workspace of the file, and has none or another one here.
    needs_secret: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ImportAnswer {
    mode: ImportMode,
    items: Vec<ImportedItem>,
    /// Rates that are written, whether they were there or not.
    rates: usize,
}

/// Writes the configuration of the workspace as one file, without secrets.
#[utoipa::path(
    get,
    path = "/api/workspace/export",
    tag = "Workspace",
    responses((status = 200, body = WorkspaceFile), Refusals)
)]
async fn export_workspace(app: WorkspaceApp) -> Result<Response, ApiError> {
    if app.caller.masks_money {
        return Err(ApiError::Forbidden);
    }
    let file = export::file(&app.catalog, &app.workspace_id).await?;
    let mut response = Json(file).into_response();
    let name = HeaderValue::from_static("attachment; filename=\"workspace.json\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Takes an exported file into the workspace: all of it, or with the paths of what is wrong nothing.
#[utoipa::path(
    post,
    path = "/api/workspace/import",
    tag = "Workspace",
    params(ImportParameters),
    request_body = WorkspaceFile,
    responses((status = 200, body = ImportAnswer), Refusals)
)]
async fn import_workspace(
    app: WorkspaceApp,
    Query(ImportParameters { mode }): Query<ImportParameters>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|_| ApiError::TooLarge { limit_bytes: MAX_FILE_BYTES })?;
    let file = serde_json::from_slice(&body)
        .map_err(|error| ApiError::field("body", format!("not JSON: {error}")))?;
    let file = input::read::<IncomingFile>(file)?;
    let (answer, version) = import::run(&app, file, mode).await?;
    Ok(crud::written(answer, version))
}
