//! `POST /api/campaigns/{id}/links`: mints signed links, see [`traffoflex_routing::signed_link`].

use axum::{Json, extract::Path};
use http::StatusCode;
use jiff::Timestamp;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use traffoflex_model::{Campaign, DestinationId, Stream, StreamId};
use traffoflex_routing::signed_link::{self, Link, MAX_VALUE_BYTES, SUBS};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud,
    input::{self, JsonBody},
    validate::Errors,
};
use crate::{
    access::WorkspaceApp, app::App, catalog::installation::random_bytes, error::ApiError, openapi::Refusals,
    rfc3339,
};

/// Links minted at once.
const MAX_COUNT: u32 = 1000;
/// Of a link that is good for more than one click: ten years.
const MAX_TTL_SECONDS: i64 = 10 * 366 * 24 * 3600;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mint_links))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    #[serde(default)]
    stream_id: Option<StreamId>,
    #[serde(default)]
    destination_id: Option<DestinationId>,
    #[serde(default)]
    expires_in_seconds: Option<i64>,
    #[serde(default)]
    expires_at: Option<String>,
    #[serde(default)]
    one_time: bool,
    #[serde(default = "one")]
    count: u32,
}

/// As clients send it: what [`Input`] reads, and what is taken out of the body before.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(
    as = LinkRequest,
    description = "",
    examples(json!({ "one_time": true, "expires_in_seconds": 3600, "count": 2, "sub1": "mailing" })),
)]
#[expect(dead_code, reason = "describes the body")]
struct Body {
    /// One of the campaign's; none: as any click.
    stream_id: Option<StreamId>,
    /// A target of the stream, or of any of the campaign's.
    destination_id: Option<DestinationId>,
    /// Either this or `expires_at`; none: never, and for one click as long as it may.
    #[schema(minimum = 1, maximum = 316_224_000)]
    expires_in_seconds: Option<i64>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Good for one click.
    #[serde(default)]
    one_time: bool,
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000)]
    count: u32,
    #[schema(max_length = 255)]
    sub1: Option<String>,
    #[schema(max_length = 255)]
    sub2: Option<String>,
    #[schema(max_length = 255)]
    sub3: Option<String>,
    #[schema(max_length = 255)]
    sub4: Option<String>,
    #[schema(max_length = 255)]
    sub5: Option<String>,
    #[schema(max_length = 255)]
    sub6: Option<String>,
    #[schema(max_length = 255)]
    sub7: Option<String>,
    #[schema(max_length = 255)]
    sub8: Option<String>,
    #[schema(max_length = 255)]
    sub9: Option<String>,
    #[schema(max_length = 255)]
    sub10: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Links {
    items: Vec<MintedLink>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
struct MintedLink {
    token: String,
    /// At any node, on any of the campaign's hosts.
    #[schema(examples("/r/AbC..."))]
    path: String,
    /// None: never.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    one_time: bool,
}

fn one() -> u32 {
    1
}

/// Mints signed links to a campaign
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/links",
    tag = "Campaigns",
    params(("id" = String, Path, description = "Of the campaign.")),
    request_body = Body,
    responses((status = 201, description = "As many as were asked for.", body = Links), Refusals),
)]
async fn mint_links(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<(StatusCode, Json<Links>), ApiError> {
    let campaign = crud::get::<Campaign>(&app, &id).await?.entity;
    let mut errors = Errors::default();
    let subs = take_subs(&mut body, &mut errors);
    let input = input::read::<Input>(body)?;
    let now_ms = Timestamp::now().as_millisecond();
    check_target(&app, &campaign, &input, &mut errors).await?;
    let expires_at_ms = expiry(&input, now_ms, app.link_max_ttl_ms, &mut errors);
    if !(1..=MAX_COUNT).contains(&input.count) {
        errors.add("count", format!("1 to {MAX_COUNT}"));
    }
    errors.finish()?;
    let link = Link {
        campaign: campaign.public_id,
        stream_id: input.stream_id.map(|id| id.to_string()).unwrap_or_default(),
        destination_id: input.destination_id.map(|id| id.to_string()).unwrap_or_default(),
        subs,
        expires_at_ms,
        nonce: None,
    };
    let Some(key) = app.publisher.link_key().await else {
        return Err(ApiError::Conflict {
            message: "there is no key to sign with".into(),
            details: Vec::new(),
        });
    };
    let expires_at = expires_at_ms.map(rfc3339::of_ms);
    let mut items = Vec::with_capacity(input.count as usize);
    for _ in 0..input.count {
        let nonce = match input.one_time {
            true => Some(random_bytes().map_err(mongodb::error::Error::custom)?),
            false => None,
        };
        let token = signed_link::mint(&Link { nonce, ..link.clone() }, &key)
            .map_err(|error| ApiError::field("body", error.to_string()))?;
        let path = format!("/r/{token}");
        items.push(MintedLink { token, path, expires_at: expires_at.clone(), one_time: input.one_time });
    }
    Ok((StatusCode::CREATED, Json(Links { items })))
}

/// Takes `sub1` to `sub10` out of the body.
fn take_subs(body: &mut Value, errors: &mut Errors) -> [String; SUBS] {
    std::array::from_fn(|i| {
        let field = format!("sub{}", i + 1);
        match body.as_object_mut().and_then(|object| object.remove(&field)) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) if text.len() <= MAX_VALUE_BYTES => text,
            Some(_) => {
                errors.add(&field, format!("a text of at most {MAX_VALUE_BYTES} bytes"));
                String::new()
            }
        }
    })
}

/// The stream must be the campaign's, and the destination one of its targets.
async fn check_target(
    app: &WorkspaceApp,
    campaign: &Campaign,
    input: &Input,
    errors: &mut Errors,
) -> Result<(), ApiError> {
    let streams = app.catalog.collection::<Stream>();
    let filter = |more: mongodb::bson::Document| {
        let mut filter = doc! { "campaign_id": campaign.id.as_str() };
        filter.extend(more);
        filter
    };
    if let Some(stream) = &input.stream_id {
        let found = streams.find_one(filter(doc! { "_id": stream.as_str() })).await?;
        match (found, &input.destination_id) {
            (None, _) => errors.add("stream_id", "no stream of this campaign"),
            (Some(found), Some(destination)) => {
                if found.entity.targets.iter().all(|target| target.destination_id != *destination) {
                    errors.add("destination_id", "no target of the stream");
                }
            }
            (Some(_), None) => {}
        }
    } else if let Some(destination) = &input.destination_id {
        let found = streams.find_one(filter(doc! { "targets.destination_id": destination.as_str() })).await?;
        if found.is_none() {
            errors.add("destination_id", "no target of this campaign's streams");
        }
    }
    Ok(())
}

/// A link for one click always expires: nodes remember it until then.
fn expiry(input: &Input, now_ms: i64, max_one_time_ms: i64, errors: &mut Errors) -> Option<i64> {
    let max_ms = if input.one_time { max_one_time_ms } else { MAX_TTL_SECONDS * 1000 };
    let (field, at_ms) = match (input.expires_in_seconds, &input.expires_at) {
        (None, None) => return input.one_time.then_some(now_ms + max_ms),
        (Some(_), Some(_)) => {
            errors.add("expires_at", "not together with expires_in_seconds");
            return None;
        }
        (Some(seconds), None) => {
            ("expires_in_seconds", Some(now_ms.saturating_add(seconds.saturating_mul(1000))))
        }
        (None, Some(text)) => ("expires_at", text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)),
    };
    match at_ms {
        None => errors.add(field, "a time as in RFC 3339, for example 2027-01-31T12:00:00Z"),
        Some(at_ms) if at_ms <= now_ms => errors.add(field, "in the future"),
        Some(at_ms) if at_ms > now_ms + max_ms => {
            errors.add(field, format!("at most {} seconds from now", max_ms / 1000));
        }
        Some(_) => {}
    }
    at_ms
}
