//! `/api/ingestion-errors`: messages that ClickHouse or api-service could not take as events, and what was done
//! about them.
//!
//! They are kept in `kafka_ingestion_errors` for 90 days, unchanged. What was done about one is kept in MongoDB
//! ([`states`]): an error of which there is no word is `new`. An error belongs to the workspace that its message
//! names; what names none that exists is shown to the installation's admin alone.
//!
//! A message holds amounts: where money is not shown, neither message nor error are.

mod bulk;
mod found;
mod reingest;
pub mod states;

use axum::{
    Json,
    extract::{Path, RawQuery},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::states::{ErrorState, States};
use super::{
    log_page::LogPage,
    log_query::{Filter, LogQuery, LogShape, Paging, described},
};
use crate::{
    access::WorkspaceApp,
    app::App,
    audit_log::{self, Action, Change},
    error::ApiError,
    openapi::Refusals,
    rfc3339,
};

const SHAPE: LogShape = LogShape {
    filters: &[
        Filter::any("topic").about("As the broker calls it; one or more, separated by commas."),
        Filter::any("node_id"),
        Filter::one_of("state", &["new", "reingested", "dismissed"]),
    ],
    paging: Paging::Offset,
    searches: Some("the error or the message"),
    sorts: &[],
    has_csv: false,
};

described!(IngestionErrorParameters, SHAPE);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_ingestion_errors))
        .routes(routes!(read_ingestion_error))
        .routes(routes!(dismiss_ingestion_error))
        .merge(reingest::routes())
        .merge(bulk::routes())
}

/// A message that could not be ingested. A row of the warehouse reads as it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IngestionErrorItem {
    pub id: String,
    #[serde(deserialize_with = "rfc3339::read_ms")]
    #[schema(format = DateTime)]
    pub observed_at: String,
    pub topic: String,
    /// -1: it came without a broker.
    pub partition: i64,
    /// Without a broker, the line in its batch.
    pub offset: i64,
    /// Empty when the message does not say it.
    pub node_id: String,
    /// Empty when the message does not say it.
    pub workspace_id: String,
    /// Null where money is not shown.
    pub error: Option<String>,
    /// Null where money is not shown. Of a long one, its beginning.
    pub raw_message: Option<String>,
    #[serde(default)]
    pub state: ErrorState,
    /// When it was put in again or dismissed, and by whom.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub handled_at: Option<String>,
    #[serde(default)]
    pub handled_by: Option<String>,
}

/// Messages that could not be ingested, the latest first.
///
/// Without a period, of the last 7 days.
#[utoipa::path(
    get, path = "/api/ingestion-errors", tag = "logs", params(IngestionErrorParameters),
    responses((status = 200, body = LogPage<IngestionErrorItem>), Refusals)
)]
async fn list_ingestion_errors(
    app: WorkspaceApp,
    RawQuery(raw): RawQuery,
) -> Result<Json<LogPage<IngestionErrorItem>>, ApiError> {
    let query = LogQuery::parse(raw.as_deref().unwrap_or_default(), &SHAPE)?;
    let (mut items, total) = found::page(&app, &query, found::Order::Latest).await?;
    dress(&app, &mut items).await?;
    Ok(Json(LogPage::counted(&query, items, total)))
}

/// One message that could not be ingested.
#[utoipa::path(
    get, path = "/api/ingestion-errors/{id}", tag = "logs", params(("id" = String, Path)),
    responses((status = 200, body = IngestionErrorItem), Refusals)
)]
async fn read_ingestion_error(
    app: WorkspaceApp,
    Path(id): Path<String>,
) -> Result<Json<IngestionErrorItem>, ApiError> {
    let item = found::one(&app, &id).await?;
    Ok(Json(dressed(&app, item).await?))
}

/// Marks a message as one that nobody will repair.
#[utoipa::path(
    post, path = "/api/ingestion-errors/{id}/dismiss", tag = "logs", params(("id" = String, Path)),
    responses((status = 200, body = IngestionErrorItem), Refusals)
)]
async fn dismiss_ingestion_error(
    app: WorkspaceApp,
    Path(id): Path<String>,
) -> Result<Json<IngestionErrorItem>, ApiError> {
    let item = found::one(&app, &id).await?;
    let states = States::new(&app);
    if !states.dismiss(&item, &app.caller.actor).await? {
        let message = "it was put in again: there is nothing to dismiss".to_owned();
        return Err(ApiError::Conflict { message, details: Vec::new() });
    }
    record(&app, id, "dismissed".to_owned()).await?;
    Ok(Json(dressed(&app, item).await?))
}

async fn record(app: &WorkspaceApp, id: String, what: String) -> Result<(), ApiError> {
    let change = Change {
        action: Action::Done,
        resource: "ingestion-errors",
        id,
        name: String::new(),
        what: Some(what),
        before: None,
        after: None,
    };
    audit_log::record(app, change).await
}

async fn dressed(app: &WorkspaceApp, item: IngestionErrorItem) -> Result<IngestionErrorItem, ApiError> {
    let mut items = [item];
    dress(app, &mut items).await?;
    let [item] = items;
    Ok(item)
}

/// Makes errors what the caller is shown: with their states, and no message where money is masked.
async fn dress(app: &WorkspaceApp, items: &mut [IngestionErrorItem]) -> Result<(), ApiError> {
    let ids: Vec<&str> = items.iter().map(|item| &*item.id).collect();
    let mut known = States::new(app).of(&ids).await?;
    for item in items {
        if let Some(handled) = known.remove(&item.id) {
            item.state = handled.state;
            item.handled_at = Some(rfc3339::of(handled.at));
            item.handled_by = Some(handled.by);
        }
        if app.caller.masks_money {
            (item.error, item.raw_message) = (None, None);
        }
    }
    Ok(())
}
