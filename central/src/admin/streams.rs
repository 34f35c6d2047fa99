//! `/api/campaigns/{id}/streams` and `/api/streams/{id}`. A change of a stream is in the history of its
//! campaign.

use axum::{
    Json,
    extract::{Path, Query},
    response::Response,
};
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};
use traffoflex_model::{
    BestRoi, Campaign, CampaignId, RuleNode, Status, Strategy, Stream, StreamKind, Target, UniquePolicy,
    UserKey,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud::{
        self, Nothing, PageOf, Resource, Shown,
        resource::Sorted,
        write::{self, new_id},
    },
    input::{self, JsonBody, ListQuery},
    validate::{Errors, MAX_STREAMS},
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError, openapi::Refusals};

const PATH: &str = "/api/streams";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_streams, create_stream))
        .routes(routes!(read_stream, replace_stream, patch_stream, delete_stream))
        .routes(routes!(archive_stream))
        .routes(routes!(restore_stream))
        .routes(routes!(set_status_of_streams))
}

type StreamPage = PageOf<Shown<Streams>>;

item_handlers!(
    Streams,
    "/api/streams",
    "Streams",
    "a stream",
    read = read_stream,
    replace = replace_stream,
    patch = patch_stream,
    delete = delete_stream
);
status_handlers!(
    Streams,
    "/api/streams",
    "Streams",
    "a stream",
    archive = archive_stream,
    restore = restore_stream,
    bulk = set_status_of_streams
);

list_query!(StreamQuery {
    /// Streams that send clicks to it, as a target or as a landing page.
    destination_id: String,
});

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamInput {
    name: String,
    #[serde(default)]
    status: Status,
    /// Streams are tried in ascending position.
    #[serde(default)]
    position: u32,
    #[serde(default)]
    rules: RuleNode,
    #[serde(default)]
    strategy: Strategy,
    targets: Vec<Target>,
    #[serde(default)]
    kind: StreamKind,
    /// The first step of a click, whose second is one of the targets. None: clicks go to a target at once.
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
    pub fn of(entity: Stream) -> Self {
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

    pub fn into_stream(self, app: &WorkspaceApp, id: &str, campaign_id: CampaignId) -> Stream {
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

pub struct Streams;

impl Resource for Streams {
    type Entity = Stream;
    type Input = StreamInput;
    type View = Stream;
    type More = Nothing;
    type Query = StreamQuery;
    const NAME: &'static str = "streams";
    const SEARCHED: &'static [&'static str] = &["name"];
    const SORTED: Sorted = &[
        ("name", "name"),
        ("position", "position"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ];

    async fn filter(_: &WorkspaceApp, query: &StreamQuery, filter: &mut Document) -> Result<(), ApiError> {
        if let Some(id) = &query.destination_id {
            let any = vec![doc! { "targets.destination_id": id }, doc! { "landings.destination_id": id }];
            // `q` has an `$or` of its own.
            filter.insert("$and", vec![doc! { "$or": any }]);
        }
        Ok(())
    }

    fn input_of(entity: Stream) -> StreamInput {
        StreamInput::of(entity)
    }

    /// Of a stream that is there: a new one names its campaign by its path.
    async fn check(
        app: &WorkspaceApp,
        input: StreamInput,
        id: &str,
        before: Option<&Stream>,
        errors: &mut Errors,
    ) -> Result<Stream, ApiError> {
        input.check(app, errors).await?;
        let campaign_id = before.map(|before| before.campaign_id.clone()).ok_or(ApiError::NotFound)?;
        Ok(input.into_stream(app, id, campaign_id))
    }

    fn view(entity: &Stream, _: bool) -> Stream {
        entity.clone()
    }

    async fn more(_: &WorkspaceApp, stored: &[Stored<Stream>]) -> Result<Vec<Nothing>, ApiError> {
        Ok(vec![Nothing {}; stored.len()])
    }

    fn status(entity: &mut Stream) -> Option<&mut Status> {
        Some(&mut entity.status)
    }

    fn campaign(entity: &Stream) -> Option<&str> {
        Some(&entity.campaign_id)
    }
}

/// Lists the streams of a campaign.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/streams",
    tag = "Streams",
    params(("id" = String, Path, description = "Of the campaign."), StreamQuery),
    responses((status = 200, body = StreamPage), Refusals)
)]
async fn list_streams(
    app: WorkspaceApp,
    Path(campaign): Path<String>,
    Query(mut query): Query<StreamQuery>,
) -> Result<Json<StreamPage>, ApiError> {
    crud::get::<Campaign>(&app, &campaign).await?;
    let mut request = query.common().check(&app.workspace_id, Streams::SEARCHED, Streams::SORTED)?;
    request.filter.insert("campaign_id", campaign);
    Streams::filter(&app, &query, &mut request.filter).await?;
    Ok(Json(crud::page_of(&app, request).await?))
}

/// Adds a stream to a campaign.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/streams",
    tag = "Streams",
    params(("id" = String, Path, description = "Of the campaign.")),
    request_body = StreamInput,
    responses((status = 201, body = One), Refusals)
)]
async fn create_stream(
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
    errors.name_it::<Campaign>(&app, "campaign_id", &campaign.id);
    let named = errors.named();
    errors.finish()?;
    write::insert::<Streams>(&app, PATH, input.into_stream(&app, &new_id(), campaign.id), named).await
}
