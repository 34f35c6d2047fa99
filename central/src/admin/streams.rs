//! `/api/campaigns/{id}/streams` and `/api/streams/{id}`

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
    BestRoi, Campaign, CampaignId, RuleNode, Status, Strategy, Stream, StreamKind, Target, UniquePolicy,
    UserKey,
};
use ulid::Ulid;
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, nothing_more, show},
    input::{self, JsonBody, ListParameters},
    validate::{Errors, MAX_STREAMS},
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

const PATH: &str = "/api/streams";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/api/campaigns/{id}/streams", get(list).post(create))
        .route("/api/streams/{id}", get(read).put(replace).patch(patch).delete(delete))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamInput {
    name: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    position: u32,
    #[serde(default)]
    rules: RuleNode,
    #[serde(default)]
    strategy: Strategy,
    targets: Vec<Target>,
    #[serde(default)]
    kind: StreamKind,
    #[serde(default)]
    landings: Vec<Target>,
    #[serde(default)]
    sticky: Option<UserKey>,
    #[serde(default)]
    best_roi: BestRoi,
    #[serde(default)]
    unique_policy: Option<UniquePolicy>,
}

impl StreamInput {
    fn of(entity: Stream) -> Self {
        let Stream { name, status, position, rules, strategy, targets, .. } = entity;
        let Stream { kind, landings, sticky, best_roi, unique_policy, .. } = entity;
        Self {
            name,
            status,
            position,
            rules,
            strategy,
            targets,
            kind,
            landings,
            sticky,
            best_roi,
            unique_policy,
        }
    }

    /// Adds what is wrong to `errors`.
    pub async fn check(&self, app: &WorkspaceApp, errors: &mut Errors) -> Result<(), ApiError> {
        errors.name(&self.name);
        errors.rules(&self.rules);
        errors.targets(&self.targets);
        errors.weights("landings", &self.landings);
        errors.best_roi(&self.best_roi);
        errors.unique_policy(self.unique_policy.as_ref());
        let named = |list: &'static str| {
            move |(i, target): (usize, &'_ Target)| {
                (format!("{list}[{i}].destination_id"), target.destination_id.clone())
            }
        };
        let targets = self.targets.iter().enumerate().map(named("targets"));
        let ids: Vec<_> = targets.chain(self.landings.iter().enumerate().map(named("landings"))).collect();
        errors.destinations(app, ids.iter().map(|(field, id)| (field.clone(), id))).await
    }

    pub fn into_stream(self, app: &WorkspaceApp, id: String, campaign_id: CampaignId) -> Stream {
        Stream {
            id: id.into(),
            workspace_id: app.workspace_id.clone(),
            campaign_id,
            name: self.name,
            status: self.status,
            position: self.position,
            rules: self.rules,
            strategy: self.strategy,
            targets: self.targets,
            kind: self.kind,
            landings: self.landings,
            sticky: self.sticky,
            best_roi: self.best_roi,
            unique_policy: self.unique_policy,
        }
    }
}

fn shown(stored: &Stored<Stream>) -> Value {
    show(stored, nothing_more)
}

async fn list(
    app: WorkspaceApp,
    Path(campaign): Path<String>,
    Query(query): Query<ListParameters>,
) -> Result<Json<crud::Page>, ApiError> {
    crud::get::<Campaign>(&app, &campaign).await?;
    let mut request = query.check(&app.workspace_id, &[])?;
    request.filter.insert("campaign_id", campaign);
    crud::list(&app, request, shown).await
}

async fn create(
    app: WorkspaceApp,
    Path(campaign): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let campaign = crud::get::<Campaign>(&app, &campaign).await?.entity;
    let input: StreamInput = input::read(body)?;
    let mut errors = Errors::default();
    input.check(&app, &mut errors).await?;
    let filter = doc! { "campaign_id": &*campaign.id };
    if app.catalog.collection::<Stream>().count_documents(filter).await? >= MAX_STREAMS as u64 {
        errors.add("campaign_id", format!("a campaign has at most {MAX_STREAMS} streams"));
    }
    errors.finish()?;
    let stored =
        crud::create(&app, input.into_stream(&app, Ulid::generate().to_string(), campaign.id)).await?;
    let version = app.publisher.publish::<Stream>(&stored._id).await?;
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
    let stored = crud::get::<Stream>(&app, &id).await?;
    write(&app, stored.entity, input::read(body)?, revision).await
}

async fn patch(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let stored = crud::get::<Stream>(&app, &id).await?;
    let mut whole = serde_json::to_value(StreamInput::of(stored.entity.clone())).unwrap_or_default();
    input::merge(&mut whole, body);
    write(&app, stored.entity, input::read(whole)?, revision).await
}

async fn write(
    app: &WorkspaceApp,
    before: Stream,
    input: StreamInput,
    revision: i64,
) -> Result<Response, ApiError> {
    let mut errors = Errors::default();
    input.check(app, &mut errors).await?;
    errors.finish()?;
    let stream = input.into_stream(app, before.id.to_string(), before.campaign_id);
    let (stored, version) = crud::replace(app, stream, revision).await?;
    Ok(crud::published((StatusCode::OK, Json(shown(&stored))).into_response(), version))
}

async fn delete(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    crud::delete::<Stream>(&app, &id).await
}
