//! `/api/postback-templates`: how postbacks are read. A template may come from a preset
//! (`{"preset":"everflow"}`): what the body does not name is the preset's.
//!
//! A secret goes in and never comes out: only its salted hash is kept, and `has_secret` says that there is
//! one. A write that does not name `secret` keeps it, PUT too, since nobody can read it back to send it
//! again; `null` removes it.

mod template_input;

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use mongodb::bson::doc;
use serde_json::{Value, json};
use traffoflex_model::{AffiliateNetwork, PostbackTemplate};
use ulid::Ulid;

use self::template_input::{Input, SecretChange};
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, show},
    input::{self, JsonBody, ListParameters},
    postback_presets,
    validate::Errors,
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

const PATH: &str = "/api/postback-templates";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route(PATH, get(list).post(create))
        .route("/api/postback-templates/{id}", get(read).put(replace).patch(patch).delete(delete))
}

fn shown(stored: &Stored<PostbackTemplate>) -> Value {
    let mut shown = show(stored, |template| json!({ "has_secret": template.secret.is_some() }));
    if let Some(object) = shown.as_object_mut() {
        object.remove("secret");
    }
    shown
}

/// As a client would send it, without its secret.
pub fn as_input(template: PostbackTemplate) -> Value {
    serde_json::to_value(Input::from(template)).unwrap_or_default()
}

async fn list(app: WorkspaceApp, Query(query): Query<ListParameters>) -> Result<Json<crud::Page>, ApiError> {
    let request = query.check(&app.workspace_id, &["name", "slug"])?;
    crud::list(&app, request, shown).await
}

async fn create(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let mut body = postback_presets::fill_template(body)?;
    let mut errors = Errors::default();
    let secret = SecretChange::take(&mut body, &mut errors);
    let id = Ulid::generate().to_string();
    let entity = input::read::<Input>(body)?.check(&app, id, errors, secret, None)?;
    let stored = crud::create(&app, entity).await?;
    let version = app.publisher.publish::<PostbackTemplate>(&stored._id).await?;
    Ok(crud::created(PATH, &stored._id, shown(&stored), version))
}

async fn read(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    Ok(Json(shown(&crud::get(&app, &id).await?)))
}

async fn replace(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = crud::get::<PostbackTemplate>(&app, &id).await?.entity;
    write(&app, before, body, revision).await
}

async fn patch(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = crud::get::<PostbackTemplate>(&app, &id).await?.entity;
    let mut whole = as_input(before.clone());
    input::merge(&mut whole, body);
    write(&app, before, whole, revision).await
}

async fn write(
    app: &WorkspaceApp,
    before: PostbackTemplate,
    mut body: Value,
    revision: i64,
) -> Result<Response, ApiError> {
    let mut errors = Errors::default();
    let secret = SecretChange::take(&mut body, &mut errors);
    let PostbackTemplate { id, secret: kept, .. } = before;
    let entity = input::read::<Input>(body)?.check(app, id.to_string(), errors, secret, kept)?;
    let (stored, version) = crud::replace(app, entity, revision).await?;
    Ok(crud::published((StatusCode::OK, Json(shown(&stored))).into_response(), version))
}

async fn delete(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    let filter = doc! { "workspace_id": &*app.workspace_id, "template_id": &id };
    let networks = app.catalog.names::<AffiliateNetwork>(filter).await?;
    let places = networks.into_iter().map(|(id, name)| (format!("affiliate-networks/{id}"), name));
    crud::in_use(places.collect())?;
    crud::delete::<PostbackTemplate>(&app, &id).await
}
