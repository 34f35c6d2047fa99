//! `/api/traffic-sources`: who sends the clicks, and how it hears of conversions. A source may come from a
//! preset (`{"preset":"propellerads"}`): what the body does not name is the preset's.

mod postback_input;

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use traffoflex_model::{Campaign, SourcePostback, Status, TrafficSource};
use ulid::Ulid;

pub use self::postback_input::PostbackInput;
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, nothing_more, show},
    input::{self, JsonBody, ListParameters},
    postback_presets,
    validate::Errors,
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

const PATH: &str = "/api/traffic-sources";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route(PATH, get(list).post(create))
        .route("/api/traffic-sources/{id}", get(read).put(replace).patch(patch).delete(delete))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
    slug: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    postbacks: Vec<PostbackInput>,
}

impl Input {
    fn check(self, app: &WorkspaceApp, id: String) -> Result<TrafficSource, ApiError> {
        let mut errors = Errors::default();
        errors.name(&self.name);
        errors.slug(&self.slug);
        let Self { name, slug, status, postbacks } = self;
        let postbacks = postback_input::check(postbacks, &mut errors);
        errors.finish()?;
        let workspace_id = app.workspace_id.clone();
        Ok(TrafficSource { id: id.into(), workspace_id, slug, name, status, postbacks })
    }
}

fn shown(stored: &Stored<TrafficSource>) -> Value {
    show(stored, nothing_more)
}

/// As a client would send them; an empty id is none.
pub fn as_input(postbacks: Vec<SourcePostback>) -> Vec<PostbackInput> {
    postbacks.into_iter().map(PostbackInput::from).collect()
}

async fn list(app: WorkspaceApp, Query(query): Query<ListParameters>) -> Result<Json<crud::Page>, ApiError> {
    let request = query.check(&app.workspace_id, &["name", "slug"])?;
    crud::list(&app, request, shown).await
}

async fn create(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let entity = input::read::<Input>(postback_presets::fill_source(body)?)?
        .check(&app, Ulid::generate().to_string())?;
    let stored = crud::create(&app, entity).await?;
    let version = app.publisher.publish::<TrafficSource>(&stored._id).await?;
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
    write(&app, id, input::read(body)?, revision).await
}

async fn patch(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let TrafficSource { name, slug, status, postbacks, .. } = crud::get(&app, &id).await?.entity;
    let postbacks = as_input(postbacks);
    let mut whole = serde_json::to_value(Input { name, slug, status, postbacks }).unwrap_or_default();
    input::merge(&mut whole, body);
    write(&app, id, input::read(whole)?, revision).await
}

async fn write(app: &WorkspaceApp, id: String, input: Input, revision: i64) -> Result<Response, ApiError> {
    let (stored, version) = crud::replace(app, input.check(app, id)?, revision).await?;
    Ok(crud::published((StatusCode::OK, Json(shown(&stored))).into_response(), version))
}

async fn delete(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    let campaigns = app.catalog.names::<Campaign>(doc! { "source_id": &id }).await?;
    crud::in_use(campaigns.into_iter().map(|(id, name)| (format!("campaigns/{id}"), name)).collect())?;
    crud::delete::<TrafficSource>(&app, &id).await
}
