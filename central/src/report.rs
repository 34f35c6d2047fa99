//! Reports from ClickHouse: overview, daily, grouped.
//!
//! `GET /api/reports/{overview,daily,grouped,campaigns,streams,destinations,sources}` with `from`, `to`
//! (RFC 3339, `to` excluded), `timezone` (IANA), a filter a dimension (`country=US,CA`), `conversion_time`,
//! and for grouped ones `group_by`, `sort`, `order`, `limit`, `offset`. `clicks` leaves out bots. `cr` and
//! `roi` are percent; a ratio without a denominator is null. Formulas are in [`metric`].
//!
//! **Conversions** count as they are now: one row each, whatever versions it had. With
//! `conversion_time=conversion` (the default) they count when their first postback came, with `click` in the
//! period and on the day of their click; one that is tied to no click counts at its own time in either case.
//!
//! **Money** is a decimal string in the workspace's currency, which the answer names in `currency`. Amounts
//! in others are converted (see [`crate::money::conversion`]). `missing_rates` names the currencies that have
//! no rate at all: their amounts are in no total, and a report is whole where it is empty. `rates_pending`
//! is true while rates were written that reports do not use yet.
//!
//! **Rollups**: `read_from` says in the answer what was read: `rollup`, `mixed` or `raw` (see [`crate::rollups`]).
//! With `read_from=raw` the events alone are read; the numbers are the same. (`source` is a dimension's name.)

mod compile;
pub(crate) mod dimension;
mod health;
mod metric;
mod query;
mod rows;
mod run;
mod source;
mod trafficback;

use axum::{Json, extract::RawQuery, routing::get};
use query::{READ_FROM, ReportQuery};
use run::Reading;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    access::WorkspaceApp,
    app::App,
    error::ApiError,
    money::{self, Amounts},
};

pub use compile::{Compiled, compile};
pub use run::limited;
pub use source::Source;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
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

async fn overview(app: WorkspaceApp, RawQuery(query): RawQuery) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), &[], query::WHOLE)?;
    let amounts = Amounts::of(&app).await?;
    let reading = Reading::of(&app, &query).await?;
    let mut totals = run::totals(&app, &query, &reading).await?;
    let missing = money::take_missing(std::slice::from_mut(&mut totals));
    amounts.describe(&mut totals, &missing);
    totals[READ_FROM] = reading.name(&query, false).into();
    Ok(Json(totals))
}

async fn daily(app: WorkspaceApp, RawQuery(query): RawQuery) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), &["day"], query::WHOLE)?;
    let amounts = Amounts::of(&app).await?;
    let reading = Reading::of(&app, &query).await?;
    let mut items = run::days(&app, &query, &reading).await?;
    let missing = money::take_missing(&mut items);
    let total = items.len();
    let mut answer = json!({ "items": items, "limit": total, "offset": 0, "total": total });
    amounts.describe(&mut answer, &missing);
    answer[READ_FROM] = reading.name(&query, true).into();
    Ok(Json(answer))
}

async fn trafficback_reasons(app: WorkspaceApp, RawQuery(query): RawQuery) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), &[], trafficback::PARAMETERS)?;
    let (items, total) = trafficback::rows(&app, &query).await?;
    Ok(Json(json!({ "items": items, "limit": query.limit, "offset": query.offset, "total": total })))
}

async fn destination_health(app: WorkspaceApp, RawQuery(query): RawQuery) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), &[], health::PARAMETERS)?;
    let (items, total) = health::rows(&app, &query).await?;
    Ok(Json(json!({ "items": items, "limit": query.limit, "offset": query.offset, "total": total })))
}

async fn grouped(
    app: WorkspaceApp,
    RawQuery(query): RawQuery,
    by: Option<&'static str>,
) -> Result<Json<Value>, ApiError> {
    let query = ReportQuery::parse(query.as_deref().unwrap_or_default(), by.as_slice(), query::GROUPED)?;
    if query.group_by.is_empty() {
        return Err(ApiError::field("group_by", format!("one or more of {}", dimension::names().join(", "))));
    }
    let amounts = Amounts::of(&app).await?;
    let reading = Reading::of(&app, &query).await?;
    let ((mut items, total), mut totals) =
        tokio::try_join!(run::rows(&app, &query, &reading), run::totals(&app, &query, &reading))?;
    // A row may know of fewer than all together, and never of more.
    money::take_missing(&mut items);
    let missing = money::take_missing(std::slice::from_mut(&mut totals));
    let mut answer = json!({ "items": items, "limit": query.limit, "offset": query.offset, "total": total, "totals": totals });
    amounts.describe(&mut answer, &missing);
    answer[READ_FROM] = reading.name(&query, true).into();
    Ok(Json(answer))
}
