//! `/api/affiliate-networks`: who calls with conversions.
//!
//! A network that has conversions is not deleted but archived, since reports and postback logs name it:
//! `DELETE` then answers 200 with the archived network, else 204. An archived one takes no postbacks.

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use traffoflex_model::{AffiliateNetwork, PostbackTemplate, PostbackTemplateId, Status};
use ulid::Ulid;
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, nothing_more, show},
    input::{self, JsonBody, ListParameters},
    postback_presets,
    validate::Errors,
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

const PATH: &str = "/api/affiliate-networks";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route(PATH, get(list).post(create))
        .route("/api/affiliate-networks/{id}", get(read).put(replace).patch(patch).delete(delete))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
    slug: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    template_id: Option<PostbackTemplateId>,
}

impl Input {
    async fn check(self, app: &WorkspaceApp, id: String) -> Result<AffiliateNetwork, ApiError> {
        let mut errors = Errors::default();
        errors.name(&self.name);
        errors.slug(&self.slug);
        if let Some(template) = &self.template_id {
            errors.exist::<PostbackTemplate>(app, &[("template_id".to_owned(), template)]).await?;
        }
        errors.finish()?;
        let Self { name, slug, status, template_id } = self;
        let workspace_id = app.workspace_id.clone();
        Ok(AffiliateNetwork { id: id.into(), workspace_id, slug, name, status, template_id })
    }
}

/// With what to paste into the network, for each postback node that is known.
async fn shown(app: &WorkspaceApp, stored: &Stored<AffiliateNetwork>) -> Result<Value, ApiError> {
    let template = match &stored.entity.template_id {
        Some(id) => app.catalog.get::<PostbackTemplate>(&app.workspace_id, id).await?,
        None => None,
    };
    let template = template.map(|stored| stored.entity);
    let path = postback_presets::postback_path(&stored.entity, template.as_ref());
    let urls: Vec<String> = app.postback_nodes.base_urls().map(|base| format!("{base}{path}")).collect();
    Ok(show(stored, |_| json!({ "postback_path": path, "postback_urls": urls })))
}

async fn list(app: WorkspaceApp, Query(query): Query<ListParameters>) -> Result<Json<crud::Page>, ApiError> {
    let request = query.check(&app.workspace_id, &["name", "slug"])?;
    crud::list(&app, request, |stored: &Stored<AffiliateNetwork>| show(stored, nothing_more)).await
}

async fn create(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let entity = input::read::<Input>(body)?.check(&app, Ulid::generate().to_string()).await?;
    let stored = crud::create(&app, entity).await?;
    let version = app.publisher.publish::<AffiliateNetwork>(&stored._id).await?;
    Ok(crud::created(PATH, &stored._id, shown(&app, &stored).await?, version))
}

async fn read(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    Ok(Json(shown(&app, &crud::get(&app, &id).await?).await?))
}

async fn replace(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let entity = input::read::<Input>(body)?.check(&app, id).await?;
    write(&app, entity, revision).await
}

async fn patch(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let AffiliateNetwork { name, slug, status, template_id, .. } = crud::get(&app, &id).await?.entity;
    let mut whole = serde_json::to_value(Input { name, slug, status, template_id }).unwrap_or_default();
    input::merge(&mut whole, body);
    let entity = input::read::<Input>(whole)?.check(&app, id).await?;
    write(&app, entity, revision).await
}

async fn write(app: &WorkspaceApp, entity: AffiliateNetwork, revision: i64) -> Result<Response, ApiError> {
    let (stored, version) = crud::replace(app, entity, revision).await?;
    let body = Json(shown(app, &stored).await?);
    Ok(crud::published((StatusCode::OK, body).into_response(), version))
}

async fn delete(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    let Stored { entity, revision, .. } = crud::get::<AffiliateNetwork>(&app, &id).await?;
    if !app.catalog.has_conversions(&app.workspace_id, &id).await? {
        return crud::delete::<AffiliateNetwork>(&app, &id).await;
    }
    write(&app, AffiliateNetwork { status: Status::Archived, ..entity }, revision).await
}
