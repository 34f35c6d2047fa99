//! The click log: `GET /api/clicks`, the story of one click (`GET /api/clicks/{click_id}`), and clicks as they
//! arrive (`GET /api/clicks/tail`).
//!
//! Clicks are read from ClickHouse, each once however often it was delivered; of a click whose cost was
//! corrected, the latest correction. A page is found in two steps: first the identities of its rows, in periods that
//! grow until the page is full, then all columns of those rows alone.
//!
//! Limits: without a period or an id, the last [`page::DEFAULT_PERIOD_MS`]; the total is counted up to
//! [`page::MAX_COUNTED`]. Each request takes one of the workspace's turns, and costs at most what a report may.

mod columns;
mod filter;
mod item;
mod page;
mod story;
mod tail;

use axum::{
    Json,
    extract::{Path, RawQuery},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::tail::Tails;
use self::{
    filter::{ClickListParameters, LIST},
    item::ClickItem,
    story::ClickStory,
};
use super::{log_page::LogPage, log_query::LogQuery};
use crate::{access::WorkspaceApp, app::App, error::ApiError, openapi::Refusals};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_clicks)).routes(routes!(read_click)).merge(tail::routes())
}

/// Clicks, the latest first.
///
/// Pages follow one another by `before`, so that clicks which arrive meanwhile move nothing. Without `from`,
/// `to` or an id, clicks of the last 7 days. The second step of a click, from its landing page to its offer, is
/// left out unless `second_steps=true`.
#[utoipa::path(
    get, path = "/api/clicks", tag = "logs", params(ClickListParameters),
    responses((status = 200, body = LogPage<ClickItem>), Refusals)
)]
async fn list_clicks(
    app: WorkspaceApp,
    RawQuery(raw): RawQuery,
) -> Result<Json<LogPage<ClickItem>>, ApiError> {
    let query = LogQuery::parse(raw.as_deref().unwrap_or_default(), &LIST)?;
    let _turn = app.reports.turn(&app.workspace_id).await?;
    Ok(Json(page::read(&app, &query).await?))
}

/// The whole story of one click.
///
/// The click, its second steps, why it was not routed, its conversions with all their versions, and the
/// postbacks that named it or told of it.
#[utoipa::path(
    get, path = "/api/clicks/{click_id}", tag = "logs", params(("click_id" = String, Path)),
    responses((status = 200, body = ClickStory), Refusals)
)]
async fn read_click(app: WorkspaceApp, Path(click_id): Path<String>) -> Result<Json<ClickStory>, ApiError> {
    let _turn = app.reports.turn(&app.workspace_id).await?;
    Ok(Json(story::read(&app, &click_id).await?))
}
