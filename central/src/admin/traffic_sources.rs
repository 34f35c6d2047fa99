//! `/api/traffic-sources`: who sends the clicks, and how it hears of conversions. A source may come from a
//! preset (`{"preset":"propellerads"}`): what the body does not name is the preset's.

mod postback_input;

use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use traffoflex_model::{Campaign, SourcePostback, Status, TrafficSource};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::postback_input::PostbackInput;
use super::{
    crud::{Nothing, Resource, places, schema::FromPreset},
    postback_presets,
    validate::Errors,
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_traffic_sources, create_traffic_source))
        .routes(routes!(
            read_traffic_source,
            replace_traffic_source,
            patch_traffic_source,
            delete_traffic_source
        ))
        .routes(routes!(archive_traffic_source))
        .routes(routes!(restore_traffic_source))
        .routes(routes!(set_status_of_traffic_sources))
}

collection_handlers!(TrafficSources, "/api/traffic-sources", "Traffic sources", "a traffic source",
    new = FromPreset<TrafficSourceInput>, list = list_traffic_sources, create = create_traffic_source);
item_handlers!(
    TrafficSources,
    "/api/traffic-sources",
    "Traffic sources",
    "a traffic source",
    read = read_traffic_source,
    replace = replace_traffic_source,
    patch = patch_traffic_source,
    delete = delete_traffic_source
);
status_handlers!(
    TrafficSources,
    "/api/traffic-sources",
    "Traffic sources",
    "a traffic source",
    archive = archive_traffic_source,
    restore = restore_traffic_source,
    bulk = set_status_of_traffic_sources
);

list_query!(TrafficSourceQuery {});

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrafficSourceInput {
    name: String,
    slug: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    postbacks: Vec<PostbackInput>,
}

pub struct TrafficSources;

impl Resource for TrafficSources {
    type Entity = TrafficSource;
    type Input = TrafficSourceInput;
    type View = TrafficSource;
    type More = Nothing;
    type Query = TrafficSourceQuery;
    const NAME: &'static str = "traffic-sources";
    const SEARCHED: &'static [&'static str] = &["name", "slug"];

    fn prepare(body: Value) -> Result<Value, ApiError> {
        postback_presets::fill_source(body)
    }

    fn input_of(entity: TrafficSource) -> TrafficSourceInput {
        let TrafficSource { name, slug, status, postbacks, .. } = entity;
        TrafficSourceInput { name, slug, status, postbacks: as_input(postbacks) }
    }

    async fn check(
        app: &WorkspaceApp,
        input: TrafficSourceInput,
        id: &str,
        _: Option<&TrafficSource>,
        errors: &mut Errors,
    ) -> Result<TrafficSource, ApiError> {
        let TrafficSourceInput { name, slug, status, postbacks } = input;
        errors.name(&name);
        errors.slug(&slug);
        let postbacks = postback_input::check(postbacks, errors);
        let workspace_id = app.workspace_id.clone();
        Ok(TrafficSource { id: id.into(), workspace_id, slug, name, status, postbacks })
    }

    fn view(entity: &TrafficSource, _: bool) -> TrafficSource {
        entity.clone()
    }

    async fn more(_: &WorkspaceApp, stored: &[Stored<TrafficSource>]) -> Result<Vec<Nothing>, ApiError> {
        Ok(vec![Nothing {}; stored.len()])
    }

    async fn uses(app: &WorkspaceApp, id: &str) -> Result<Vec<(String, String)>, ApiError> {
        let campaigns = app.catalog.names::<Campaign>(doc! { "source_id": id }).await?;
        Ok(places("campaigns", campaigns))
    }

    fn status(entity: &mut TrafficSource) -> Option<&mut Status> {
        Some(&mut entity.status)
    }
}

/// As a client would send them; an empty id is none.
pub fn as_input(postbacks: Vec<SourcePostback>) -> Vec<PostbackInput> {
    postbacks.into_iter().map(PostbackInput::from).collect()
}
