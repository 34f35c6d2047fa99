//! `/api/link-keys`: the keys that sign links, without their secrets.
//!
//! A rotation takes a new key for new links; links of the old ones hold until their key is revoked. The keys are
//! the installation's: its administrator alone rotates and revokes them.

use axum::{
    Json,
    extract::Path,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::crud;
use crate::{
    access::WorkspaceApp,
    app::App,
    audit_log::{Action, Change, Entry},
    catalog::installation::link_keys::Revoked,
    error::ApiError,
    openapi::Refusals,
    rfc3339,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_link_keys))
        .routes(routes!(rotate_link_key))
        .routes(routes!(revoke_link_key))
}

#[derive(Debug, Serialize, ToSchema)]
struct LinkKeys {
    /// The latest first.
    items: Vec<ShownLinkKey>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkKey)]
struct ShownLinkKey {
    id: u32,
    #[schema(format = DateTime)]
    created_at: String,
    /// New links are signed with it.
    signs: bool,
}

async fn shown(app: &WorkspaceApp) -> Result<Json<LinkKeys>, ApiError> {
    let keys = app.catalog.link_keys().await?;
    let shown = keys.iter().enumerate().map(|(i, key)| ShownLinkKey {
        id: key.id,
        created_at: rfc3339::of_ms(key.created_at_ms),
        signs: i == 0,
    });
    Ok(Json(LinkKeys { items: shown.collect() }))
}

/// The keys that links are signed with
#[utoipa::path(
    get,
    path = "/api/link-keys",
    tag = "Campaigns",
    responses((status = 200, description = "Never the keys themselves.", body = LinkKeys), Refusals),
)]
async fn list_link_keys(app: WorkspaceApp) -> Result<Json<LinkKeys>, ApiError> {
    shown(&app).await
}

/// Signs new links with a new key
///
/// For the installation's administrator: the keys are those of all workspaces. Links of the former ones stay good.
#[utoipa::path(
    post,
    path = "/api/link-keys/rotate",
    tag = "Campaigns",
    responses((status = 201, description = "All keys, the new one first.", body = LinkKeys), Refusals),
)]
async fn rotate_link_key(app: WorkspaceApp) -> Result<Response, ApiError> {
    for_administrator(&app)?;
    app.catalog.rotate_link_key(|id| entry(&app, Action::Created, id)).await?;
    let version = app.publisher.publish_settings().await?;
    Ok(crud::published((StatusCode::CREATED, shown(&app).await?).into_response(), version))
}

/// Ends a key, and with it every link that it signed
///
/// For the installation's administrator: the links are those of all workspaces.
#[utoipa::path(
    delete,
    path = "/api/link-keys/{id}",
    tag = "Campaigns",
    params(("id" = u32, Path, description = "Of the key.")),
    responses((status = 204, description = "It signs and opens nothing more."), Refusals),
)]
async fn revoke_link_key(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    for_administrator(&app)?;
    let id = id.parse().map_err(|_| ApiError::NotFound)?;
    match app.catalog.revoke_link_key(id, entry(&app, Action::Deleted, id)).await? {
        Revoked::Done => {
            let version = app.publisher.publish_settings().await?;
            Ok(crud::published(StatusCode::NO_CONTENT.into_response(), version))
        }
        Revoked::Signs => Err(ApiError::Conflict {
            message: "this key signs new links: rotate first".into(),
            details: Vec::new(),
        }),
        Revoked::NotFound => Err(ApiError::NotFound),
    }
}

/// What ends or ages links of everybody is nothing for those who run one workspace.
fn for_administrator(app: &WorkspaceApp) -> Result<(), ApiError> {
    if app.caller.is_installation_admin { Ok(()) } else { Err(ApiError::Forbidden) }
}

/// Of the installation, whose keys they are.
fn entry(app: &WorkspaceApp, action: Action, id: u32) -> Entry {
    let (id, name) = (id.to_string(), format!("link key {id}"));
    let change = Change { action, resource: "link-keys", id, name, what: None, before: None, after: None };
    Entry::new(&app.caller.actor, None, change)
}
