//! `POST /api/campaigns/{id}/simulate`: where a made-up click would go, and why, by the code that nodes run.
//!
//! Body: `{"click": {"country": "US", "sub1": "x", "query": {"zone": "7"}}, "chance": 0.5}`. Fields are those of
//! rules; `chance` in 0..1 stands for the random draw. Nothing is recorded.

use std::collections::BTreeMap;

use axum::{Json, extract::Path};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use traffoflex_model::{Campaign, ClickDecision, StreamKind, Target, TrafficbackReason, decimal_str};
use traffoflex_routing::{
    context::{ClickContext, QueryPair},
    decide::{Entry, decide, unusable},
    macros::MacroValues,
    runtime::AtRest,
    table::{CompiledCampaign, CompiledStream, RoutingTable},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud,
    input::{self, JsonBody},
};
use crate::{access::WorkspaceApp, app::App, error::ApiError, openapi::Refusals};

/// Stands in the URL for the id that a real click would get.
const CLICK_ID: &str = "simulated";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(simulate_click))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Simulation, examples(json!({ "click": { "country": "US", "sub1": "x", "query": { "zone": "7" } }, "chance": 0.5 })))]
struct Input {
    #[serde(default)]
    click: Click,
    /// Stands for the random draw.
    #[serde(default)]
    #[schema(minimum = 0, exclusive_maximum = 1)]
    chance: f64,
}

/// What is not named is empty, as it is for a node that does not know it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = SimulatedClick)]
struct Click {
    /// ISO 3166-1 alpha-2.
    country: String,
    region: String,
    city: String,
    isp: String,
    asn: u32,
    device_type: String,
    os: String,
    os_version: String,
    browser: String,
    browser_version: String,
    language: String,
    user_agent: String,
    referrer: String,
    ip: String,
    source: String,
    is_bot: bool,
    is_unique: bool,
    is_proxy: bool,
    source_click_id: String,
    #[serde(with = "decimal_str")]
    #[schema(value_type = String, format = "decimal", default = "0", examples("0.05"))]
    cost: Decimal,
    currency: String,
    sub1: String,
    sub2: String,
    sub3: String,
    sub4: String,
    sub5: String,
    sub6: String,
    sub7: String,
    sub8: String,
    sub9: String,
    sub10: String,
    utm_source: String,
    utm_medium: String,
    utm_campaign: String,
    utm_content: String,
    utm_term: String,
    query: BTreeMap<String, String>,
    /// UTC milliseconds; now when missing.
    created_at_ms: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Simulated {
    decision: ClickDecision,
    /// Why it does not go where a stream wants it; none when it does.
    reason: Option<TrafficbackReason>,
    stream_id: Option<String>,
    /// The landing page on the way.
    landing_id: Option<String>,
    destination_id: Option<String>,
    /// As the visitor would be sent there.
    url: Option<String>,
    /// Of the campaign.
    is_active: bool,
    /// A stream each, in the order in which they are asked.
    steps: Vec<Step>,
}

/// One stream: whether it takes the click, else where it failed; and which of its targets take traffic.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimulatedStream)]
struct Step {
    stream_id: String,
    name: Option<String>,
    matches: bool,
    /// Path of the rule that decided against the click.
    #[schema(examples("rules.all[1]"))]
    failed_at: Option<String>,
    failed_because: Vec<Because>,
    kind: StreamKind,
    landings: Vec<ShownTarget>,
    targets: Vec<ShownTarget>,
}

/// What that rule looked at, and what the click has there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimulatedFailure)]
struct Because {
    #[schema(value_type = String)]
    field: traffoflex_model::RuleField,
    value: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimulatedTarget)]
struct ShownTarget {
    destination_id: String,
    weight: u32,
    /// Why it takes no click now; none when it takes them.
    skipped: Option<TrafficbackReason>,
}

/// Where a made-up click would go, and why
///
/// By the code that nodes run. Nothing is recorded.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/simulate",
    tag = "Campaigns",
    params(("id" = String, Path, description = "Of the campaign.")),
    request_body = Input,
    responses((status = 200, description = "Where it would go, and each stream's part in that.", body = Simulated), Refusals),
)]
async fn simulate_click(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<Simulated>, ApiError> {
    let campaign = crud::get::<Campaign>(&app, &id).await?.entity;
    let Input { click, chance } = input::read(body)?;
    if !(0.0..1.0).contains(&chance) {
        return Err(ApiError::field("chance", "from 0 to below 1"));
    }
    let snapshot = app.publisher.snapshot_of(&campaign.id).await;
    let table = RoutingTable::build(&snapshot)
        .map_err(|error| ApiError::Conflict { message: error.to_string(), details: Vec::new() })?;
    let Some(compiled) = table.campaign_by_slug(&campaign.slug) else { return Err(ApiError::NotFound) };
    let query: Vec<QueryPair<'_>> =
        click.query.iter().map(|(name, value)| (name.to_lowercase().into(), value.as_str().into())).collect();
    let ctx = click.context(
        &query,
        table.resolve_source(compiled.workspace_id(), &click.source).map(|s| (s.id().as_str(), s.slug())),
    );
    // The draw is 64 bits; 53 of them are as exact as the number that was sent.
    let entropy = (chance * (1_u64 << 53) as f64) as u64 * (1 << 11);
    let decision = decide(&table, compiled, &ctx, Entry::Campaign, &AtRest, entropy);
    let name = |id: &str| snapshot.entities.streams.iter().find(|s| *s.id == *id).map(|s| s.name.as_str());
    let steps: Vec<Step> = (compiled.active_streams().iter())
        .map(|stream| step(&table, compiled, stream, name(stream.id()), &ctx))
        .collect();
    let url = decision.destination.map(|destination| {
        let mut url = String::new();
        let stream_id = decision.stream.map_or("", |stream| stream.id());
        let values = MacroValues {
            ctx: &ctx,
            campaign: compiled,
            stream_id,
            destination_id: destination.id(),
            random: entropy,
        };
        destination.url().render(&values, &mut url);
        url
    });
    Ok(Json(Simulated {
        decision: decision.decision,
        reason: decision.rejection,
        stream_id: decision.stream.map(|stream| stream.id().to_string()),
        landing_id: decision.landing.map(|landing| landing.id().to_string()),
        destination_id: decision.destination.map(|destination| destination.id().to_string()),
        url,
        is_active: compiled.is_active(),
        steps,
    }))
}

fn step(
    table: &RoutingTable,
    campaign: &CompiledCampaign,
    stream: &CompiledStream,
    name: Option<&str>,
    ctx: &ClickContext<'_>,
) -> Step {
    let failed_at = stream.rules().fails_at(ctx);
    let shown = |target: &Target| ShownTarget {
        destination_id: target.destination_id.to_string(),
        weight: target.weight,
        skipped: unusable(table, campaign, target, ctx, &AtRest),
    };
    let because = stream.rules().fails_because(ctx).into_iter();
    Step {
        stream_id: stream.id().to_string(),
        name: name.map(str::to_owned),
        matches: failed_at.is_none(),
        failed_at: failed_at.map(|path| format!("rules.{path}")),
        failed_because: because.map(|(field, value)| Because { field, value }).collect(),
        kind: stream.kind(),
        landings: stream.landings().iter().map(shown).collect(),
        targets: stream.targets().iter().map(shown).collect(),
    }
}

impl Click {
    fn context<'a>(
        &'a self,
        query: &'a [QueryPair<'a>],
        source: Option<(&'a str, &'a str)>,
    ) -> ClickContext<'a> {
        let (source, source_slug) = source.unwrap_or((&self.source, ""));
        let subs = [
            &self.sub1,
            &self.sub2,
            &self.sub3,
            &self.sub4,
            &self.sub5,
            &self.sub6,
            &self.sub7,
            &self.sub8,
            &self.sub9,
            &self.sub10,
        ];
        ClickContext {
            country: &self.country,
            region: &self.region,
            city: &self.city,
            isp: &self.isp,
            asn: self.asn,
            device_type: &self.device_type,
            os: &self.os,
            os_version: &self.os_version,
            browser: &self.browser,
            browser_version: &self.browser_version,
            language: &self.language,
            user_agent: &self.user_agent,
            referrer: &self.referrer,
            is_bot: self.is_bot,
            is_unique: self.is_unique,
            is_proxy: self.is_proxy,
            source_click_id: &self.source_click_id,
            cost: self.cost,
            currency: &self.currency,
            ip: &self.ip,
            source,
            source_slug,
            subs: subs.map(String::as_str),
            utm_source: &self.utm_source,
            utm_medium: &self.utm_medium,
            utm_campaign: &self.utm_campaign,
            utm_content: &self.utm_content,
            utm_term: &self.utm_term,
            query,
            created_at_ms: self.created_at_ms.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond()),
            click_id: CLICK_ID,
            ..ClickContext::default()
        }
    }
}
