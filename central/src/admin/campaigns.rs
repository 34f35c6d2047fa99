//! `/api/campaigns`

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use traffoflex_model::{
    BotPolicy, Campaign, DestinationId, DomainId, GeoRule, LinkPolicy, SourceId, Status, Stream,
    TrafficSource,
};
use ulid::Ulid;
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, show},
    domains,
    input::{self, JsonBody, ListParameters},
    streams::StreamInput,
    validate::{Errors, MAX_STREAMS},
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

const PATH: &str = "/api/campaigns";
/// Characters of a public id: 60 random bits of the ULID's alphabet.
const PUBLIC_ID_LEN: usize = 12;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route(PATH, get(list).post(create))
        .route("/api/campaigns/{id}", get(read).put(replace).patch(patch).delete(delete))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
    /// Made up when missing.
    #[serde(default)]
    slug: Option<String>,
    #[serde(default)]
    status: Status,
    #[serde(default = "usd")]
    currency: String,
    #[serde(default)]
    source_id: Option<SourceId>,
    #[serde(default)]
    trafficback_destination_id: Option<DestinationId>,
    #[serde(default)]
    fallback_destination_id: Option<DestinationId>,
    #[serde(default)]
    geo: GeoRule,
    #[serde(default)]
    bot_policy: BotPolicy,
    #[serde(default = "unique_window_hours")]
    unique_window_hours: u32,
    #[serde(default = "duplicate_window_seconds")]
    duplicate_window_seconds: u32,
    #[serde(default)]
    domain_ids: Vec<DomainId>,
    #[serde(default)]
    link_policy: LinkPolicy,
    #[serde(default)]
    attribution_window_hours: u32,
}

/// A new campaign may bring its streams.
#[derive(Debug, Deserialize)]
struct Streams {
    #[serde(default)]
    streams: Vec<StreamInput>,
}

fn unique_window_hours() -> u32 {
    Campaign::DEFAULT_UNIQUE_WINDOW_HOURS
}

fn duplicate_window_seconds() -> u32 {
    Campaign::DEFAULT_DUPLICATE_WINDOW_SECONDS
}

fn usd() -> String {
    "USD".into()
}

impl Input {
    fn of(entity: Campaign) -> Self {
        Self {
            name: entity.name,
            slug: Some(entity.slug),
            status: entity.status,
            currency: entity.currency.to_string(),
            source_id: entity.source_id,
            trafficback_destination_id: entity.trafficback_destination_id,
            fallback_destination_id: entity.fallback_destination_id,
            geo: entity.geo,
            bot_policy: entity.bot_policy,
            unique_window_hours: entity.unique_window_hours,
            duplicate_window_seconds: entity.duplicate_window_seconds,
            domain_ids: entity.domain_ids,
            link_policy: entity.link_policy,
            attribution_window_hours: entity.attribution_window_hours,
        }
    }

    /// The campaign; what is wrong is added to `errors`.
    async fn check(
        mut self,
        app: &WorkspaceApp,
        id: String,
        public_id: String,
        errors: &mut Errors,
    ) -> Result<Campaign, ApiError> {
        errors.name(&self.name);
        let slug = self.slug.unwrap_or_else(|| public_id.clone());
        errors.slug(&slug);
        let currency = errors.currency(&self.currency);
        if let Some(source) = &self.source_id {
            errors.exist::<TrafficSource>(app, &[("source_id".into(), source)]).await?;
        }
        let named = [
            ("trafficback_destination_id", &self.trafficback_destination_id),
            ("fallback_destination_id", &self.fallback_destination_id),
        ];
        let named = named.into_iter().filter_map(|(field, id)| Some((field.to_owned(), id.as_ref()?)));
        errors.destinations(app, named).await?;
        domains::check_ids(app, &self.domain_ids, errors).await?;
        errors.geo(&mut self.geo);
        errors.hours("unique_window_hours", self.unique_window_hours);
        errors.duplicate_window(self.duplicate_window_seconds);
        errors.attribution_window(self.attribution_window_hours);
        Ok(Campaign {
            id: id.into(),
            workspace_id: app.workspace_id.clone(),
            slug,
            public_id,
            name: self.name,
            status: self.status,
            currency,
            source_id: self.source_id,
            trafficback_destination_id: self.trafficback_destination_id,
            fallback_destination_id: self.fallback_destination_id,
            geo: self.geo,
            bot_policy: self.bot_policy,
            unique_window_hours: self.unique_window_hours,
            duplicate_window_seconds: self.duplicate_window_seconds,
            domain_ids: self.domain_ids,
            link_policy: self.link_policy,
            attribution_window_hours: self.attribution_window_hours,
        })
    }
}

fn shown(stored: &Stored<Campaign>) -> Value {
    show(
        stored,
        |campaign| json!({ "links": { "campaign": format!("/c/{}", campaign.slug), "public": format!("/go/{}", campaign.public_id) } }),
    )
}

/// The end of a ULID is random.
fn mint_public_id() -> String {
    let ulid = Ulid::generate().to_string().to_lowercase();
    ulid[ulid.len() - PUBLIC_ID_LEN..].to_owned()
}

async fn list(app: WorkspaceApp, Query(query): Query<ListParameters>) -> Result<Json<crud::Page>, ApiError> {
    let request = query.check(&app.workspace_id, &["name", "slug"])?;
    crud::list(&app, request, shown).await
}

async fn create(app: WorkspaceApp, JsonBody(mut body): JsonBody) -> Result<Response, ApiError> {
    let streams =
        body.as_object_mut().and_then(|object| object.remove("streams")).unwrap_or_else(|| json!([]));
    let Streams { streams } = input::read(json!({ "streams": streams }))?;
    let mut errors = Errors::default();
    let input = input::read::<Input>(body)?;
    let campaign = input.check(&app, Ulid::generate().to_string(), mint_public_id(), &mut errors).await?;
    if streams.len() > MAX_STREAMS {
        return Err(ApiError::field("streams", format!("at most {MAX_STREAMS}")));
    }
    for (i, stream) in streams.iter().enumerate() {
        errors.below(&format!("streams[{i}]"));
        stream.check(&app, &mut errors).await?;
    }
    errors.finish()?;
    // The streams first: without their campaign they are in no snapshot and in no list, so that the
    // campaign's own insert makes all of it exist at once.
    let streams: Vec<Stream> = (streams.into_iter())
        .map(|stream| stream.into_stream(&app, Ulid::generate().to_string(), campaign.id.clone()))
        .collect();
    let id = campaign.id.to_string();
    app.catalog.insert_all(streams).await?;
    let stored = match crud::create(&app, campaign).await {
        Ok(stored) => stored,
        // Refused for certain; after any other failure the campaign may be there all the same.
        Err(error @ ApiError::Validation(_)) => {
            remove_streams(&app, &id).await;
            return Err(error);
        }
        Err(error) => return Err(error),
    };
    let version = app.publisher.publish_campaign(&id).await?;
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
    let stored = crud::get::<Campaign>(&app, &id).await?;
    write(&app, stored.entity, input::read(body)?, revision).await
}

async fn patch(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let stored = crud::get::<Campaign>(&app, &id).await?;
    let mut whole = serde_json::to_value(Input::of(stored.entity.clone())).unwrap_or_default();
    input::merge(&mut whole, body);
    write(&app, stored.entity, input::read(whole)?, revision).await
}

async fn write(
    app: &WorkspaceApp,
    before: Campaign,
    mut input: Input,
    revision: i64,
) -> Result<Response, ApiError> {
    // Links are out in the world: a slug changes only when it is named.
    input.slug.get_or_insert(before.slug);
    let mut errors = Errors::default();
    let campaign = input.check(app, before.id.to_string(), before.public_id, &mut errors).await?;
    errors.finish()?;
    let (stored, version) = crud::replace(app, campaign, revision).await?;
    Ok(crud::published((StatusCode::OK, Json(shown(&stored))).into_response(), version))
}

async fn delete(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    let response = crud::delete::<Campaign>(&app, &id).await?;
    // Nodes dropped its streams with it.
    remove_streams(&app, &id).await;
    Ok(response)
}

/// What this cannot remove, the next start does: see [`crate::catalog::Catalog::sweep_orphans`].
async fn remove_streams(app: &WorkspaceApp, campaign: &str) {
    let streams = app.catalog.collection::<Stream>();
    if let Err(error) = streams.delete_many(doc! { "campaign_id": campaign }).await {
        tracing::warn!(campaign, %error, "streams of a campaign that is gone stay until the next start");
    }
}
