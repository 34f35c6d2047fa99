//! `/api/workspace`: what holds for all campaigns.

use axum::{
    Json,
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use traffoflex_model::{ClientList, DestinationId, GeoRule, Workspace};
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, nothing_more, show},
    input::{self, JsonBody},
    validate::Errors,
};
use crate::{access::WorkspaceApp, app::App, error::ApiError};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().route("/api/workspace", get(read).put(replace).patch(patch))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
    currency: String,
    #[serde(default)]
    store_full_ip: bool,
    #[serde(default)]
    geo: GeoRule,
    #[serde(default)]
    trafficback_destination_id: Option<DestinationId>,
    #[serde(default)]
    bots: ClientList,
    #[serde(default)]
    people: ClientList,
}

impl Input {
    fn of(entity: Workspace) -> Self {
        Self {
            name: entity.name,
            currency: entity.currency.to_string(),
            store_full_ip: entity.store_full_ip,
            geo: entity.geo,
            trafficback_destination_id: entity.trafficback_destination_id,
            bots: entity.bots,
            people: entity.people,
        }
    }

    async fn check(mut self, app: &WorkspaceApp) -> Result<Workspace, ApiError> {
        let mut errors = Errors::default();
        errors.name(&self.name);
        let currency = errors.currency(&self.currency);
        errors.geo(&mut self.geo);
        errors.clients("bots", &self.bots);
        errors.clients("people", &self.people);
        let named = self.trafficback_destination_id.as_ref();
        let named = named.map(|id| ("trafficback_destination_id".to_owned(), id));
        errors.destinations(app, named).await?;
        errors.finish()?;
        Ok(Workspace {
            id: app.workspace_id.clone(),
            name: self.name,
            currency,
            store_full_ip: self.store_full_ip,
            geo: self.geo,
            trafficback_destination_id: self.trafficback_destination_id,
            bots: self.bots,
            people: self.people,
        })
    }
}

async fn read(app: WorkspaceApp) -> Result<Json<Value>, ApiError> {
    Ok(Json(show(&crud::get::<Workspace>(&app, &app.workspace_id).await?, nothing_more)))
}

async fn replace(app: WorkspaceApp, JsonBody(mut body): JsonBody) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    write(&app, input::read(body)?, revision).await
}

async fn patch(app: WorkspaceApp, JsonBody(mut body): JsonBody) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let stored = crud::get::<Workspace>(&app, &app.workspace_id).await?;
    let mut whole = serde_json::to_value(Input::of(stored.entity)).unwrap_or_default();
    input::merge(&mut whole, body);
    write(&app, input::read(whole)?, revision).await
}

async fn write(app: &WorkspaceApp, input: Input, revision: i64) -> Result<Response, ApiError> {
    let (stored, version) = crud::replace(app, input.check(app).await?, revision).await?;
    Ok(crud::published((StatusCode::OK, Json(show(&stored, nothing_more))).into_response(), version))
}
