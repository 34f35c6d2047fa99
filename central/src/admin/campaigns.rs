//! `/api/campaigns`

pub mod clone;
pub mod history;
pub mod whole;

use std::collections::BTreeSet;

use axum::response::Response;
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use traffoflex_model::{
    BotPolicy, Campaign, DestinationId, Domain, DomainId, GeoRule, LinkPolicy, SourceId, Status,
    TrafficSource,
};
use ulid::Ulid;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, Ref, RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud::{Resource, schema},
    domains, input,
    streams::StreamInput,
    validate::{Errors, MAX_STREAMS},
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

const PATH: &str = "/api/campaigns";
/// Characters of a public id: 60 random bits of the ULID's alphabet.
const PUBLIC_ID_LEN: usize = 12;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_campaigns, create_campaign))
        .routes(routes!(read_campaign, replace_campaign, patch_campaign, delete_campaign))
        .routes(routes!(archive_campaign))
        .routes(routes!(restore_campaign))
        .routes(routes!(set_status_of_campaigns))
        .merge(clone::routes())
        .merge(history::routes())
}

collection_handlers!(
    Campaigns,
    "/api/campaigns",
    "Campaigns",
    "a campaign",
    new = NewCampaign,
    list = list_campaigns,
    create = create_campaign
);
item_handlers!(
    Campaigns,
    "/api/campaigns",
    "Campaigns",
    "a campaign",
    read = read_campaign,
    replace = replace_campaign,
    patch = patch_campaign,
    delete = delete_campaign
);
status_handlers!(
    Campaigns,
    "/api/campaigns",
    "Campaigns",
    "a campaign",
    archive = archive_campaign,
    restore = restore_campaign,
    bulk = set_status_of_campaigns
);

list_query!(CampaignQuery {
    source_id: String,
    /// Campaigns that answer on this domain alone or among others.
    domain_id: String,
    /// Campaigns with this one as trafficback, as fallback, or in a stream.
    destination_id: String,
});

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignInput {
    name: String,
    /// Made up when missing.
    #[serde(default)]
    slug: Option<String>,
    #[serde(default)]
    status: Status,
    /// Of a click's cost when the click names none; ISO 4217.
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
    /// Host names it answers on; none: on all that the node answers on.
    #[serde(default)]
    domain_ids: Vec<DomainId>,
    #[serde(default)]
    link_policy: LinkPolicy,
    /// 0: a conversion counts for a click of any age.
    #[serde(default)]
    attribution_window_hours: u32,
}

/// A new campaign may bring its streams.
#[derive(Debug, Deserialize)]
struct NewStreams {
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

impl CampaignInput {
    pub fn of(entity: Campaign) -> Self {
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
}

/// Where clicks come in, below a traffic node.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignLinks {
    campaign: String,
    public: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WithNames {
    links: CampaignLinks,
    /// Of the traffic source; null when it has none.
    source_name: Option<String>,
    /// In the order of `domain_ids`.
    domain_hosts: Vec<String>,
}

pub struct Campaigns;

impl Resource for Campaigns {
    type Entity = Campaign;
    type Input = CampaignInput;
    type View = Campaign;
    type More = WithNames;
    type Query = CampaignQuery;
    const NAME: &'static str = "campaigns";
    const SEARCHED: &'static [&'static str] = &["name", "slug"];

    async fn filter(
        app: &WorkspaceApp,
        query: &CampaignQuery,
        filter: &mut Document,
    ) -> Result<(), ApiError> {
        if let Some(source) = &query.source_id {
            filter.insert("source_id", source);
        }
        if let Some(domain) = &query.domain_id {
            filter.insert("domain_ids", domain);
        }
        if let Some(id) = &query.destination_id {
            let campaigns = app.catalog.campaigns_of_destination(&app.workspace_id, id).await?;
            let any = vec![
                doc! { "trafficback_destination_id": id },
                doc! { "fallback_destination_id": id },
                doc! { "_id": { "$in": campaigns } },
            ];
            // `q` has an `$or` of its own.
            filter.insert("$and", vec![doc! { "$or": any }]);
        }
        Ok(())
    }

    fn input_of(entity: Campaign) -> CampaignInput {
        CampaignInput::of(entity)
    }

    /// Links are out in the world: a slug changes only when it is named.
    async fn check(
        app: &WorkspaceApp,
        mut input: CampaignInput,
        id: &str,
        before: Option<&Campaign>,
        errors: &mut Errors,
    ) -> Result<Campaign, ApiError> {
        let public_id = before.map_or_else(mint_public_id, |before| before.public_id.clone());
        errors.name(&input.name);
        let slug = input
            .slug
            .unwrap_or_else(|| before.map_or_else(|| public_id.clone(), |before| before.slug.clone()));
        errors.slug(&slug);
        let currency = errors.currency(&input.currency);
        if let Some(source) = &input.source_id {
            errors.exist::<TrafficSource>(app, &[("source_id".into(), source)]).await?;
        }
        let named = [
            ("trafficback_destination_id", &input.trafficback_destination_id),
            ("fallback_destination_id", &input.fallback_destination_id),
        ];
        let named = named.into_iter().filter_map(|(field, id)| Some((field.to_owned(), id.as_ref()?)));
        let named: Vec<_> = named.collect();
        errors.destinations(app, named).await?;
        domains::check_ids(app, &input.domain_ids, errors).await?;
        errors.geo(&mut input.geo);
        errors.hours("unique_window_hours", input.unique_window_hours);
        errors.duplicate_window(input.duplicate_window_seconds);
        errors.attribution_window(input.attribution_window_hours);
        Ok(Campaign {
            id: id.into(),
            workspace_id: app.workspace_id.clone(),
            slug,
            public_id,
            name: input.name,
            status: input.status,
            currency,
            source_id: input.source_id,
            trafficback_destination_id: input.trafficback_destination_id,
            fallback_destination_id: input.fallback_destination_id,
            geo: input.geo,
            bot_policy: input.bot_policy,
            unique_window_hours: input.unique_window_hours,
            duplicate_window_seconds: input.duplicate_window_seconds,
            domain_ids: input.domain_ids,
            link_policy: input.link_policy,
            attribution_window_hours: input.attribution_window_hours,
        })
    }

    fn view(entity: &Campaign, _: bool) -> Campaign {
        entity.clone()
    }

    async fn more(app: &WorkspaceApp, stored: &[Stored<Campaign>]) -> Result<Vec<WithNames>, ApiError> {
        let (mut sources, mut domains) = (BTreeSet::new(), BTreeSet::new());
        for Stored { entity, .. } in stored {
            sources.extend(entity.source_id.as_deref());
            for id in &entity.domain_ids {
                domains.insert(id.as_str());
            }
        }
        let sources = app.catalog.names_of::<TrafficSource>(&app.workspace_id, sources).await?;
        let hosts = app.catalog.names_of::<Domain>(&app.workspace_id, domains).await?;
        let of = |stored: &Stored<Campaign>| {
            let Campaign { slug, public_id, source_id, domain_ids, .. } = &stored.entity;
            WithNames {
                links: CampaignLinks { campaign: format!("/c/{slug}"), public: format!("/go/{public_id}") },
                source_name: source_id.as_deref().and_then(|id| sources.get(id).cloned()),
                domain_hosts: domain_ids.iter().filter_map(|id| hosts.get(&**id).cloned()).collect(),
            }
        };
        Ok(stored.iter().map(of).collect())
    }

    fn status(entity: &mut Campaign) -> Option<&mut Status> {
        Some(&mut entity.status)
    }

    fn campaign(entity: &Campaign) -> Option<&str> {
        Some(&entity.id)
    }

    async fn create(app: &WorkspaceApp, mut body: Value) -> Result<Response, ApiError> {
        let streams =
            body.as_object_mut().and_then(|object| object.remove("streams")).unwrap_or_else(|| json!([]));
        let NewStreams { streams } = input::read(json!({ "streams": streams }))?;
        let input = input::read::<CampaignInput>(body)?;
        whole::create(app, input, streams, None).await
    }

    async fn delete(app: &WorkspaceApp, id: &str) -> Result<Response, ApiError> {
        whole::delete(app, id).await
    }
}

/// The end of a ULID is random.
fn mint_public_id() -> String {
    let ulid = Ulid::generate().to_string().to_lowercase();
    ulid[ulid.len() - PUBLIC_ID_LEN..].to_owned()
}

/// A new campaign, which may bring its streams.
pub struct NewCampaign;

impl PartialSchema for NewCampaign {
    fn schema() -> RefOr<Schema> {
        let mut object = schema::object_of::<CampaignInput>();
        let streams = ArrayBuilder::new()
            .items(RefOr::Ref(Ref::from_schema_name(StreamInput::name())))
            .max_items(Some(MAX_STREAMS));
        schema::add(&mut object, "streams", Schema::Array(streams.build()), false);
        RefOr::T(Schema::Object(object))
    }
}

impl ToSchema for NewCampaign {
    fn schemas(schemas: &mut schema::Schemas) {
        CampaignInput::schemas(schemas);
        schemas.push((StreamInput::name().into_owned(), StreamInput::schema()));
        StreamInput::schemas(schemas);
    }
}
