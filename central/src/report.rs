//! Reports from ClickHouse: overview, daily, grouped.
//!
//! `GET /api/reports/{overview,daily,grouped,campaigns,streams,destinations,sources}` with `from`, `to`
//! (RFC 3339, `to` excluded), `timezone` (IANA), a filter a dimension (`country=US,CA`), and for
//! grouped ones `group_by`, `sort`, `order`, `limit`, `offset`. `clicks` leaves out bots. `cr` and
//! `roi` are percent; a ratio without a denominator is null. Money is a decimal string; until rates
//! exist, amounts of different currencies are added as they are.

mod compile;
mod dimension;
mod health;
mod metric;
mod query;
mod run;
mod trafficback;

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    routing::get,
};
use query::ReportQuery;
use serde_json::{Value, json};

use crate::{app::App, error::ApiError};

pub use compile::{Compiled, compile};
pub use run::limited;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/reports/overview", get(overview))
        .route("/api/reports/daily", get(daily))
        .route("/api/reports/health", get(destination_health))
        .route("/api/reports/trafficback", get(trafficback_reasons))
        .route("/api/reports/grouped", get(|app, query| grouped(app, query, None)))
        .route("/api/reports/campaigns", get(|app, query| grouped(app, query, Some("campaign"))))
        .route("/api/reports/streams", get(|app, query| grouped(app, query, Some("stream"))))
        .route("/api/reports/destinations", get(|app, query| grouped(app, query, Some("destination"))))
        .route("/api/reports/sources", get(|app, query| grouped(app, query, Some("source"))))
}

async fn overview(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), &[], &[])?;
    Ok(Json(run::totals(&app, &query).await?))
}

async fn daily(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), &["day"], &[])?;
    let items = run::days(&app, &query).await?;
    let total = items.len();
    Ok(Json(json!({ "items": items, "limit": total, "offset": 0, "total": total })))
}

async fn trafficback_reasons(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), &[], trafficback::PARAMETERS)?;
    let (items, total) = trafficback::rows(&app, &query).await?;
    Ok(Json(json!({ "items": items, "limit": query.limit, "offset": query.offset, "total": total })))
}

async fn destination_health(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), &[], health::PARAMETERS)?;
    let (items, total) = health::rows(&app, &query).await?;
    Ok(Json(json!({ "items": items, "limit": query.limit, "offset": query.offset, "total": total })))
}

async fn grouped(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    by: Option<&'static str>,
) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), by.as_slice(), query::PAGING)?;
    if query.group_by.is_empty() {
        return Err(ApiError::field("group_by", format!("one or more of {}", dimension::names().join(", "))));
    }
    let (items, total) = run::rows(&app, &query).await?;
    let totals = run::totals(&app, &query).await?;
    Ok(Json(
        json!({ "items": items, "limit": query.limit, "offset": query.offset, "total": total, "totals": totals }),
    ))
}
