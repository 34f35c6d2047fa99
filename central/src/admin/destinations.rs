//! `/api/destinations`

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
use traffoflex_model::{
    Campaign, Cap, Destination, DestinationId, DestinationKind, GeoRule, HealthCheck, RedirectType, Schedule,
    Status, Stream, Workspace,
};
use ulid::Ulid;
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, nothing_more, show},
    health,
    input::{self, JsonBody, ListParameters},
    validate::Errors,
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

const PATH: &str = "/api/destinations";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route(PATH, get(list).post(create))
        .route("/api/destinations/{id}", get(read).put(replace).patch(patch).delete(delete))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
    #[serde(default)]
    kind: DestinationKind,
    url: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    redirect: RedirectType,
    #[serde(default)]
    referrer_policy: Option<String>,
    #[serde(default)]
    schedule: Option<Schedule>,
    #[serde(default)]
    caps: Vec<Cap>,
    #[serde(default)]
    geo: GeoRule,
    #[serde(default)]
    device_types: Vec<String>,
    #[serde(default)]
    health_check: HealthCheck,
}

impl Input {
    fn of(entity: Destination) -> Self {
        let Destination { name, kind, url, status, redirect, referrer_policy, .. } = entity;
        let Destination { schedule, caps, geo, device_types, health_check, .. } = entity;
        Self {
            name,
            kind,
            url,
            status,
            redirect,
            referrer_policy,
            schedule,
            caps,
            geo,
            device_types,
            health_check,
        }
    }

    async fn check(mut self, app: &WorkspaceApp, id: String) -> Result<Destination, ApiError> {
        let mut errors = Errors::default();
        let id = DestinationId::from(id);
        errors.name(&self.name);
        errors.url(&self.url);
        errors.referrer_policy(self.referrer_policy.as_deref());
        errors.schedule(self.schedule.as_ref());
        errors.caps(&id, &self.caps);
        errors.geo(&mut self.geo);
        errors.device_types(&self.device_types);
        if let Some(url) = &self.health_check.url {
            errors.probed_url("health_check.url", url);
        }
        let redirects = self.caps.iter().enumerate().filter_map(|(i, cap)| {
            Some((format!("caps[{i}].redirect_destination_id"), cap.redirect_destination_id.as_ref()?))
        });
        errors.destinations(app, redirects).await?;
        errors.finish()?;
        Ok(Destination {
            id,
            workspace_id: app.workspace_id.clone(),
            name: self.name,
            kind: self.kind,
            url: self.url,
            status: self.status,
            redirect: self.redirect,
            referrer_policy: self.referrer_policy,
            schedule: self.schedule,
            caps: self.caps,
            geo: self.geo,
            device_types: self.device_types,
            health_check: self.health_check,
        })
    }
}

fn shown(stored: &Stored<Destination>) -> Value {
    show(stored, nothing_more)
}

async fn list(app: WorkspaceApp, Query(query): Query<ListParameters>) -> Result<Json<crud::Page>, ApiError> {
    let request = query.check(&app.workspace_id, &["name", "url"])?;
    let Json(mut page) = crud::list(&app, request, shown).await?;
    health::attach(&app, &mut page.items).await?;
    Ok(Json(page))
}

async fn create(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let entity = input::read::<Input>(body)?.check(&app, Ulid::generate().to_string()).await?;
    let stored = crud::create(&app, entity).await?;
    let version = app.publisher.publish::<Destination>(&stored._id).await?;
    Ok(crud::created(PATH, &stored._id, shown(&stored), version))
}

async fn read(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let mut shown = shown(&crud::get(&app, &id).await?);
    health::attach(&app, std::slice::from_mut(&mut shown)).await?;
    Ok(Json(shown))
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
    let stored = crud::get::<Destination>(&app, &id).await?;
    let mut whole = serde_json::to_value(Input::of(stored.entity)).unwrap_or_default();
    input::merge(&mut whole, body);
    write(&app, id, input::read(whole)?, revision).await
}

async fn write(app: &WorkspaceApp, id: String, input: Input, revision: i64) -> Result<Response, ApiError> {
    let (stored, version) = crud::replace(app, input.check(app, id).await?, revision).await?;
    Ok(crud::published((StatusCode::OK, Json(shown(&stored))).into_response(), version))
}

async fn delete(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    let any = vec![doc! { "targets.destination_id": &id }, doc! { "landings.destination_id": &id }];
    let streams = app.catalog.names::<Stream>(doc! { "$or": any }).await?;
    let caps = app.catalog.names::<Destination>(doc! { "caps.redirect_destination_id": &id }).await?;
    let workspaces = app.catalog.names::<Workspace>(doc! { "trafficback_destination_id": &id }).await?;
    let any = vec![doc! { "trafficback_destination_id": &id }, doc! { "fallback_destination_id": &id }];
    let campaigns = app.catalog.names::<Campaign>(doc! { "$or": any }).await?;
    let place = |kind: &'static str| move |(id, name): (String, String)| (format!("{kind}/{id}"), name);
    crud::in_use(
        streams
            .into_iter()
            .map(place("streams"))
            .chain(campaigns.into_iter().map(place("campaigns")))
            .chain(caps.into_iter().map(place("destinations")))
            .chain(workspaces.into_iter().map(place("workspaces")))
            .collect(),
    )?;
    let deleted = crud::delete::<Destination>(&app, &id).await?;
    // What is left otherwise says nothing of anything.
    if let Err(error) = app.health.forget(&id).await {
        tracing::warn!(%error, "the health of a deleted destination stays behind");
    }
    Ok(deleted)
}
