//! `/api/link-keys`: the keys that sign links, without their secrets.
//!
//! A rotation takes a new key for new links; links of the old ones hold until their key is revoked.

use axum::{
    Json,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use http::StatusCode;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

use super::crud;
use crate::{
    access::WorkspaceApp, app::App, catalog::installation::link_keys::Revoked, error::ApiError, rfc3339,
};

const PATH: &str = "/api/link-keys";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route(PATH, get(list))
        .route("/api/link-keys/rotate", post(rotate))
        .route("/api/link-keys/{id}", delete(revoke))
}

async fn shown(app: &WorkspaceApp) -> Result<Json<Value>, ApiError> {
    let keys = app.catalog.link_keys().await?;
    let items: Vec<Value> = (keys.iter().enumerate())
        .map(|(i, key)| {
            json!({ "id": key.id, "created_at": rfc3339::of_ms(key.created_at_ms), "signs": i == 0 })
        })
        .collect();
    Ok(Json(json!({ "items": items })))
}

async fn list(app: WorkspaceApp) -> Result<Json<Value>, ApiError> {
    shown(&app).await
}

async fn rotate(app: WorkspaceApp) -> Result<Response, ApiError> {
    app.catalog.rotate_link_key().await?;
    let version = app.publisher.publish_settings().await?;
    Ok(crud::published((StatusCode::CREATED, shown(&app).await?).into_response(), version))
}

async fn revoke(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    let id = id.parse().map_err(|_| ApiError::NotFound)?;
    match app.catalog.revoke_link_key(id).await? {
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
