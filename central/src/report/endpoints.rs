//! The handlers of reports that count clicks and conversions.

use axum::{
    Json,
    extract::RawQuery,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answer::{DailyReport, GroupedReport, Keys, Overview, ReportNotes, ReportRow, Totals, missing_rates},
    cohort::{self, CohortOptions, CohortRow, Cohorts},
    csv::{self, Streamed},
    dimension,
    funnel::{self, FunnelReport},
    parameters::{
        CohortParameters, FilterParameters, GroupParameters, MetricParameters, PageParameters,
        PeriodParameters, RowParameters,
    },
    query::{Format, GROUPED, ReportQuery, ReportRequest, WHOLE},
    run::{self, Row},
};
use crate::{
    access::WorkspaceApp,
    admin::input::{self, JsonBody},
    error::ApiError,
    money::MISSING,
    openapi::Refusals,
};

/// The metrics over everything in the period
#[utoipa::path(get, path = "/api/reports/overview", tag = "reports",
    params(PeriodParameters, FilterParameters, MetricParameters),
    responses((status = 200, content((Overview = "application/json"), (String = "text/csv"))), Refusals))]
pub async fn report_overview(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Response, ApiError> {
    let query = ReportQuery::parse(raw.as_deref().unwrap_or_default(), &[], WHOLE)?.of_caller(&app).await?;
    let (query, _turn) = query.begin(&app).await?;
    let (amounts, row) = (query.amounts(), run::totals(&app, &query).await?);
    if query.format == Format::Csv {
        return Ok(csv::answer(&csv::columns(&query), &[row], amounts.pending));
    }
    let notes = ReportNotes::of(&query, &amounts, missing_rates([&row].into_iter()));
    Ok(Json(Overview { totals: Totals::of(row, &query)?, notes }).into_response())
}

/// The metrics by day
///
/// A row a calendar day of the timezone, days on which nothing happened included.
#[utoipa::path(get, path = "/api/reports/daily", tag = "reports",
    params(PeriodParameters, FilterParameters, MetricParameters),
    responses((status = 200, content((DailyReport = "application/json"), (String = "text/csv"))), Refusals))]
pub async fn report_daily(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Response, ApiError> {
    let query =
        ReportQuery::parse(raw.as_deref().unwrap_or_default(), &["day"], WHOLE)?.of_caller(&app).await?;
    let (query, _turn) = query.begin(&app).await?;
    let (amounts, days) = (query.amounts(), run::days(&app, &query).await?);
    let missing = missing_rates(days.iter().filter_map(|(_, row)| row.as_ref()));
    let missing_of_days: Vec<Vec<String>> = days.iter().map(|(_, row)| missing_rates(row.iter())).collect();
    let items: Vec<ReportRow> = days
        .into_iter()
        .map(|(day, row)| match row {
            Some(row) => ReportRow::of(row, &query),
            None => {
                let keys = Keys([("day".to_owned(), Some(day))].into());
                Ok(ReportRow { keys, totals: Totals::zero(&query) })
            }
        })
        .collect::<Result<_, _>>()?;
    if query.format == Format::Csv {
        let mut rows: Vec<Row> = items.iter().map(ReportRow::flat).collect();
        for (row, missing) in rows.iter_mut().zip(missing_of_days) {
            row.insert(MISSING.to_owned(), missing.into());
        }
        return Ok(csv::answer(&csv::columns(&query), &rows, amounts.pending));
    }
    let total = items.len();
    let notes = ReportNotes::of(&query, &amounts, missing);
    Ok(Json(DailyReport { items, limit: total, offset: 0, total, notes }).into_response())
}

async fn grouped(app: WorkspaceApp, query: ReportQuery) -> Result<Response, ApiError> {
    let (query, turn) = query.of_caller(&app).await?.begin(&app).await?;
    if query.format == Format::Csv {
        return csv::stream(app, Streamed::metrics(query), turn).await;
    }
    let totals =
        async { if query.with_total { run::totals(&app, &query).await.map(Some) } else { Ok(None) } };
    let ((rows, total), totals) = tokio::try_join!(run::rows(&app, &query), totals)?;
    let amounts = query.amounts();
    // A row may know of fewer than all together, and never of more.
    let missing = missing_rates(rows.iter().chain(&totals));
    let report = GroupedReport {
        items: rows.into_iter().map(|row| ReportRow::of(row, &query)).collect::<Result<_, _>>()?,
        limit: query.limit,
        offset: query.offset,
        total: query.with_total.then_some(total),
        totals: totals.map(|row| Totals::of(row, &query)).transpose()?,
        notes: ReportNotes::of(&query, &amounts, missing),
    };
    Ok(Json(report).into_response())
}

async fn grouped_by(app: WorkspaceApp, raw: Option<String>, by: &[&str]) -> Result<Response, ApiError> {
    let query = ReportQuery::parse(raw.as_deref().unwrap_or_default(), by, GROUPED)?;
    if query.group_by.is_empty() {
        return Err(ApiError::field("group_by", format!("one or more of {}", dimension::names().join(", "))));
    }
    grouped(app, query).await
}

/// The metrics by up to five dimensions
///
/// `totals` are of all groups that `having` lets pass. With `format=csv` all groups come as a stream.
#[utoipa::path(get, path = "/api/reports/grouped", tag = "reports",
    params(PeriodParameters, FilterParameters, GroupParameters, MetricParameters, RowParameters, PageParameters),
    responses((status = 200, content((GroupedReport = "application/json"), (String = "text/csv"))), Refusals))]
pub async fn report_grouped(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Response, ApiError> {
    grouped_by(app, raw, &[]).await
}

/// A report as a body asks for it
///
/// What the URL of a grouped report says, and filters nested in `all`, `any` and `not` beside. Without `group_by`,
/// one row of everything.
#[utoipa::path(post, path = "/api/reports/query", tag = "reports", request_body = ReportRequest,
    responses((status = 200, content((GroupedReport = "application/json"), (String = "text/csv"))), Refusals))]
pub async fn query_report(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    grouped(app, ReportQuery::of_request(input::read(body)?)?).await
}

macro_rules! by_one_dimension {
    ($($name:ident $path:literal $dimension:literal $title:literal;)*) => {
        $(
            #[doc = $title]
            #[utoipa::path(get, path = $path, tag = "reports",
                params(PeriodParameters, FilterParameters, MetricParameters, RowParameters, PageParameters),
                responses((status = 200, content((GroupedReport = "application/json"), (String = "text/csv"))), Refusals))]
            pub async fn $name(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Response, ApiError> {
                grouped_by(app, raw, &[$dimension]).await
            }
        )*
    };
}

by_one_dimension! {
    report_campaigns "/api/reports/campaigns" "campaign" "The metrics by campaign";
    report_streams "/api/reports/streams" "stream" "The metrics by stream";
    report_destinations "/api/reports/destinations" "destination" "The metrics by destination";
    report_sources "/api/reports/sources" "source" "The metrics by traffic source";
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CohortReport {
    /// From the oldest cohort to the youngest.
    pub items: Vec<CohortRow>,
    #[serde(flatten)]
    pub options: CohortOptions,
    #[serde(flatten)]
    pub notes: ReportNotes,
}

/// What the clicks of a day, week or month brought in, by days since the click
///
/// Cell 0 holds what came within 24 hours. A cell whose time has not begun is null.
#[utoipa::path(get, path = "/api/reports/cohort", tag = "reports",
    params(PeriodParameters, FilterParameters, CohortParameters),
    responses((status = 200, content((CohortReport = "application/json"), (String = "text/csv"))), Refusals))]
pub async fn report_cohort(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Response, ApiError> {
    let Cohorts { query, options } = Cohorts::parse(&app, raw.as_deref().unwrap_or_default()).await?;
    let (query, _turn) = query.begin(&app).await?;
    let amounts = query.amounts();
    let cohorts = Cohorts { query, options };
    let now = Timestamp::now();
    let (items, found) = cohorts.rows(&app, now).await?;
    if cohorts.query.format == Format::Csv {
        let (columns, rows) = cohort::flat(&items, cohorts.options.days);
        return Ok(csv::answer(&columns, &rows, amounts.pending));
    }
    let notes = ReportNotes::of(&cohorts.query, &amounts, missing_rates(found.iter()));
    Ok(Json(CohortReport { items, options: cohorts.options, notes }).into_response())
}

/// How far clicks came: click, landing page, click there, lead, sale
///
/// By the time of the click, whenever the rest happened. A click counts once in each step.
#[utoipa::path(get, path = "/api/reports/funnel", tag = "reports",
    params(PeriodParameters, FilterParameters, GroupParameters, PageParameters),
    responses((status = 200, content((FunnelReport = "application/json"), (String = "text/csv"))), Refusals))]
pub async fn report_funnel(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Response, ApiError> {
    let raw = raw.as_deref().unwrap_or_default();
    let query = ReportQuery::parse(raw, &[], funnel::PARAMETERS)?.of_caller(&app).await?;
    let (query, turn) = query.begin(&app).await?;
    if query.format == Format::Csv {
        return csv::stream(app, funnel::streamed(query), turn).await;
    }
    let report = funnel::report(&app, query).await?;
    Ok(Json(report).into_response())
}
