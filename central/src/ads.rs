//! The ads click API, read side: `GET /ads`, `GET /ads/analytics`, `GET /ads/{id}/analytics?start&end`.
//!
//! A thin surface on the tables that everything else uses: an ad is a stream, its `media` is what its first
//! landing page or target shows, and its clicks are the metric `clicks` of reports (people's first steps).
//! Clicks are told to a traffic node by `POST /ads/click`; one that two nodes were told counts once ([`twins`]). Answers are `{"data":..}`; errors are
//! `{"errors":{"code","message","details":[{"field","error"}],"timestamp"}}` with the code in capitals.

pub mod twins;

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, RawQuery, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mongodb::bson::doc;
use serde::Serialize;
use serde_json::json;
use traffoflex_model::{Destination, Stream};
use traffoflex_wire::error_body::FieldError;
use utoipa::{IntoParams, IntoResponses, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::WorkspaceApp,
    app::App,
    catalog::entity::Stored,
    error::{self, ApiError},
    report::stream_clicks,
    rfc3339,
};

/// Ads in one answer; the document that this API follows knows no pages.
const MAX_ADS: i64 = 10_000;
/// What the warehouse can store, UTC milliseconds: 1970 to 2199.
const TIMES_MS: std::ops::Range<i64> = 0..7_258_118_400_000;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_ads))
        .routes(routes!(all_ads_analytics))
        .routes(routes!(ad_analytics))
}

#[derive(Serialize, ToSchema)]
struct Data<T> {
    data: T,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Ad {
    /// Of the stream.
    id: String,
    name: String,
    campaign_id: String,
    /// The URL, macros included, of the stream's first landing page or else target; empty without one.
    media: String,
    /// RFC 3339, UTC.
    created_at: String,
}

#[derive(Serialize, ToSchema)]
struct AdClicks {
    ad_id: String,
    name: String,
    /// Of all time; a number as text.
    total_clicks: String,
}

#[derive(Serialize, ToSchema)]
struct AdClicksBetween {
    ad_id: String,
    totalclicks: u64,
    /// As asked, included.
    start: String,
    /// As asked, excluded.
    end: String,
}

/// The errors of this API.
#[derive(Serialize, ToSchema)]
struct AdsErrorBody {
    errors: AdsError,
}

#[derive(Serialize, ToSchema)]
struct AdsError {
    /// In capitals, for example `BAD_REQUEST`.
    code: String,
    message: String,
    details: Vec<FieldError>,
    /// RFC 3339, UTC.
    timestamp: String,
}

#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what the middleware writes")]
enum AdsRefusals {
    /// Some fields are wrong: each is named.
    #[response(status = 400)]
    Validation(#[to_schema] AdsErrorBody),
    /// The role or the key's scopes do not allow it.
    #[response(status = 403)]
    Forbidden(#[to_schema] AdsErrorBody),
    /// There is no such ad in the caller's workspace.
    #[response(status = 404)]
    NotFound(#[to_schema] AdsErrorBody),
    /// Too many requests; `Retry-After` says when to come again.
    #[response(status = 429)]
    TooMany(#[to_schema] AdsErrorBody),
    /// A database cannot be reached; `Retry-After` says when to come again.
    #[response(status = 503)]
    Unavailable(#[to_schema] AdsErrorBody),
}

/// All ads, oldest first.
#[utoipa::path(
    get, path = "/ads", tag = "ads",
    responses(
        (status = 200, body = Data<Vec<Ad>>),
        (status = 401, description = "No valid credentials.", body = AdsErrorBody),
        AdsRefusals
    )
)]
async fn list_ads(app: WorkspaceApp) -> Result<Json<Data<Vec<Ad>>>, ApiError> {
    let streams = streams(&app).await?;
    let shown = streams.iter().filter_map(|stream| media_of(&stream.entity));
    let ids: Vec<&str> = shown.collect();
    let filter = doc! { "_id": { "$in": ids }, "workspace_id": &*app.workspace_id };
    let found: Vec<Stored<Destination>> =
        app.catalog.collection::<Destination>().find(filter).await?.try_collect().await?;
    let urls: HashMap<&str, &str> =
        found.iter().map(|stored| (stored._id.as_str(), stored.entity.url.as_str())).collect();
    let ads = streams.iter().map(|stream| Ad {
        id: stream._id.clone(),
        name: stream.entity.name.clone(),
        campaign_id: stream.entity.campaign_id.to_string(),
        media: media_of(&stream.entity).and_then(|id| urls.get(id)).copied().unwrap_or_default().to_owned(),
        created_at: rfc3339::of(stream.created_at),
    });
    Ok(Json(Data { data: ads.collect() }))
}

/// The clicks of all ads.
#[utoipa::path(
    get, path = "/ads/analytics", tag = "ads",
    responses(
        (status = 200, body = Data<Vec<AdClicks>>),
        (status = 401, description = "No valid credentials.", body = AdsErrorBody),
        AdsRefusals
    )
)]
async fn all_ads_analytics(app: WorkspaceApp) -> Result<Json<Data<Vec<AdClicks>>>, ApiError> {
    let streams = streams(&app).await?;
    let clicks = stream_clicks(&app, None, (TIMES_MS.start, TIMES_MS.end)).await?;
    let ads = streams.into_iter().map(|stream| AdClicks {
        total_clicks: clicks.get(stream._id.as_str()).copied().unwrap_or_default().to_string(),
        ad_id: stream._id,
        name: stream.entity.name,
    });
    Ok(Json(Data { data: ads.collect() }))
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `between` reads")]
struct Between {
    /// RFC 3339, included.
    #[param(format = DateTime)]
    start: String,
    /// RFC 3339, excluded, after `start`.
    #[param(format = DateTime)]
    end: String,
}

/// The clicks of one ad within a time.
#[utoipa::path(
    get, path = "/ads/{id}/analytics", tag = "ads", params(("id" = String, Path), Between),
    responses(
        (status = 200, body = Data<AdClicksBetween>),
        (status = 401, description = "No valid credentials.", body = AdsErrorBody),
        AdsRefusals
    )
)]
async fn ad_analytics(
    app: WorkspaceApp,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Data<AdClicksBetween>>, ApiError> {
    let [start, end] = between(query.as_deref().unwrap_or_default())?;
    app.catalog.get::<Stream>(&app.workspace_id, &id).await?.ok_or(ApiError::NotFound)?;
    let clicks = stream_clicks(&app, Some(&id), (start.1, end.1)).await?;
    let totalclicks = clicks.get(&id).copied().unwrap_or_default();
    Ok(Json(Data { data: AdClicksBetween { ad_id: id, totalclicks, start: start.0, end: end.0 } }))
}

async fn streams(app: &WorkspaceApp) -> Result<Vec<Stored<Stream>>, ApiError> {
    let of_workspace = doc! { "workspace_id": &*app.workspace_id };
    let sort = doc! { "created_at": 1, "_id": 1 };
    let found = app.catalog.collection::<Stream>().find(of_workspace).sort(sort).limit(MAX_ADS).await?;
    Ok(found.try_collect().await?)
}

fn media_of(stream: &Stream) -> Option<&str> {
    let first = stream.landings.first().or(stream.targets.first())?;
    Some(first.destination_id.as_str())
}

/// `start` and `end`, as text and in UTC milliseconds.
fn between(query: &str) -> Result<[(String, i64); 2], ApiError> {
    let mut errors = Vec::new();
    let [start, end] = ["start", "end"].map(|name| {
        let mut wrong = |error: String| errors.push(FieldError { field: name.into(), error });
        let named = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
        let Some((_, text)) = named else {
            wrong("required: an RFC 3339 time such as 2025-09-05T10:00:00Z".into());
            return None;
        };
        match text.parse::<Timestamp>() {
            Ok(time) if TIMES_MS.contains(&time.as_millisecond()) => {
                Some((text.into_owned(), time.as_millisecond()))
            }
            Ok(_) => {
                wrong("from 1970 to 2199".into());
                None
            }
            Err(error) => {
                wrong(format!("an RFC 3339 time such as 2025-09-05T10:00:00Z: {error}"));
                None
            }
        }
    });
    for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
        if !["start", "end"].contains(&&*name) {
            let field = name[..name.floor_char_boundary(64)].to_owned();
            errors.push(FieldError { field, error: "unknown parameter".into() });
        }
    }
    match (start, end) {
        (Some(start), Some(end)) if start.1 >= end.1 => {
            errors.push(FieldError { field: "end".into(), error: "must be after start".into() });
            Err(ApiError::Validation(errors))
        }
        (Some(start), Some(end)) if errors.is_empty() => Ok([start, end]),
        _ => Err(ApiError::Validation(errors)),
    }
}

/// Middleware: errors as this API's document has them.
pub async fn shape_errors(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(body) = error::take_body(&mut response) else { return response };
    let status = response.status();
    let (code, message) = match status.as_u16() {
        400 if body.error.code == "validation_failed" => {
            ("BAD_REQUEST".to_owned(), "Query validation failed.".to_owned())
        }
        _ => (body.error.code.to_uppercase(), body.error.message),
    };
    let errors = AdsError { code, message, details: body.error.details, timestamp: body.error.timestamp };
    let mut shaped = (status, Json(json!(AdsErrorBody { errors }))).into_response();
    for (name, value) in response.headers() {
        shaped.headers_mut().entry(name).or_insert(value.clone());
    }
    shaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(query: &str) -> Vec<String> {
        match between(query) {
            Ok(_) => Vec::new(),
            Err(ApiError::Validation(errors)) => errors.into_iter().map(|error| error.field).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn both_times_are_needed_and_in_their_order() {
        assert_eq!(fields("start=2025-09-05T10%3A00%3A00Z&end=2025-09-06T10%3A05%3A00Z"), [""; 0]);
        assert_eq!(fields("start=2025-09-05T10:00:00Z&end=2025-09-06T1"), ["end"]);
        assert_eq!(fields(""), ["start", "end"]);
        assert_eq!(fields("start=2025-09-06T00:00:00Z&end=2025-09-06T00:00:00Z"), ["end"]);
        assert_eq!(fields("start=2025-09-05T00:00:00Z&end=2025-09-06T00:00:00Z&x=1"), ["x"]);
    }
}
