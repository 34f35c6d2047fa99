//! Reports that count no clicks: trafficback, health of destinations, ingestion errors.

use axum::{
    Json,
    extract::RawQuery,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    csv, health, ingestion_errors,
    parameters::{PageParameters, PeriodParameters},
    query::{Format, LISTED, ReportQuery},
    run::Row,
    trafficback,
};
use crate::{access::WorkspaceApp, error::ApiError, openapi::Refusals, warehouse::WarehouseError};

#[derive(Debug, Serialize, ToSchema)]
pub struct ReportList<T> {
    pub items: Vec<T>,
    pub limit: u32,
    pub offset: u32,
    pub total: u64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TrafficbackRow {
    pub reason: String,
    pub clicks: u64,
    /// Those that were sent somewhere all the same.
    pub redirected: u64,
    pub campaigns: u64,
    /// How often one of them had come round.
    pub max_depth: u64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DestinationHealthRow {
    pub destination: String,
    pub destination_name: Option<String>,
    pub transitions: u64,
    /// How often it became unhealthy.
    pub outages: u64,
    /// How many nodes said so.
    pub nodes: u64,
    pub last_state: String,
    pub last_node: String,
    pub last_error: String,
    pub last_at: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct IngestionErrorKind {
    pub topic: String,
    /// Without its numbers and what it quotes.
    pub error: String,
    pub count: u64,
    pub first_at: Option<String>,
    pub last_at: Option<String>,
}

fn answer<T: Serialize + DeserializeOwned>(
    query: &ReportQuery,
    columns: &[&str],
    (rows, total): (Vec<Row>, u64),
) -> Result<Response, ApiError> {
    if query.format == Format::Csv {
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        return Ok(csv::answer(&columns, &rows, false));
    }
    let typed = rows.into_iter().map(|row| serde_json::from_value(Value::Object(row)));
    let items: Vec<T> = typed.collect::<Result<_, _>>().map_err(WarehouseError::from)?;
    Ok(Json(ReportList { items, limit: query.limit, offset: query.offset, total }).into_response())
}

async fn asked(app: &WorkspaceApp, raw: Option<String>) -> Result<ReportQuery, ApiError> {
    ReportQuery::parse(raw.as_deref().unwrap_or_default(), &[], LISTED)?.of_caller(app).await
}

/// Clicks that no stream could serve, by reason
///
/// Filtered by `campaign`, `stream` and `destination` (where they were sent instead).
#[utoipa::path(get, path = "/api/reports/trafficback", tag = "reports", params(PeriodParameters, PageParameters),
    responses((status = 200, content((ReportList<TrafficbackRow> = "application/json"), (String = "text/csv"))), Refusals))]
pub async fn report_trafficback(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Response, ApiError> {
    let query = asked(&app, raw).await?;
    let _turn = app.reports.turn(&app.workspace_id).await?;
    answer::<TrafficbackRow>(&query, &trafficback::COLUMNS, trafficback::rows(&app, &query).await?)
}

/// How often the health of destinations changed, and how it stood last
///
/// Filtered by `destination`.
#[utoipa::path(get, path = "/api/reports/health", tag = "reports", params(PeriodParameters, PageParameters),
    responses((status = 200, content((ReportList<DestinationHealthRow> = "application/json"), (String = "text/csv"))), Refusals))]
pub async fn report_health(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Response, ApiError> {
    let query = asked(&app, raw).await?;
    let _turn = app.reports.turn(&app.workspace_id).await?;
    answer::<DestinationHealthRow>(&query, &health::COLUMNS, health::rows(&app, &query).await?)
}

/// Events that could not be taken in, by topic and kind of error
///
/// What names no workspace is shown to administrators of the installation alone.
#[utoipa::path(get, path = "/api/reports/ingestion-errors", tag = "reports", params(PeriodParameters, PageParameters),
    responses((status = 200, content((ReportList<IngestionErrorKind> = "application/json"), (String = "text/csv"))), Refusals))]
pub async fn report_ingestion_errors(
    app: WorkspaceApp,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let query = asked(&app, raw).await?;
    let _turn = app.reports.turn(&app.workspace_id).await?;
    let found = ingestion_errors::rows(&app, &query).await?;
    answer::<IngestionErrorKind>(&query, &ingestion_errors::COLUMNS, found)
}
