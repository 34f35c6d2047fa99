//! Reports from ClickHouse.
//!
//! `GET /api/reports/{overview,daily,grouped,campaigns,streams,destinations,sources}` and
//! `POST /api/reports/query`: metrics ([`metric`]) of a period, by dimensions ([`dimension`]), of what filters
//! leave ([`filter`]). `.../cohort` and `.../funnel` look at the same rows in another way;
//! `.../{trafficback,health,ingestion-errors}` at other tables. `GET /api/schema/reports` lists dimensions,
//! metrics and operators.
//!
//! **Asking.** `from`, `to` (RFC 3339, `to` excluded) or a named `period`; `timezone` (IANA); filters in the short
//! form `country=US,CA`, as `filter[country][not_in]=US,CA`, or nested in a body; `group_by`; `having[clicks][gte]=100`;
//! `sort` and `order`, several of each; `limit`, `offset`, `with_total`; `format=json|csv` ([`csv`]).
//!
//! **Totals** are of all groups that `having` lets pass, as their rows add up, whatever page is shown.
//!
//! **Conversions** count as they are now: one row each, whatever versions it had. With
//! `conversion_time=conversion` (the default) they count when their first postback came, with `click` in the
//! period and on the day of their click; one that is tied to no click counts at its own time in either case.
//!
//! **Comparison** (`compare`) sets another period beside this one, moved by whole days of the calendar in the
//! report's timezone, so that a day stands beside a day whatever clocks did between ([`query::period`]). A
//! group that was only there then is shown with zeros now.
//!
//! **Money** is a decimal string in the workspace's currency, which the answer names in `currency`. Amounts
//! in others are converted (see [`crate::money::conversion`]). `missing_rates` names the currencies that have
//! no rate at all: their amounts are in no total, and a report is whole where it is empty. `rates_pending`
//! is true while rates were written that reports do not use yet. For a caller who must not see money, amounts
//! and `roi` are null, and sorting or choosing groups by them is forbidden.
//!
//! **Reading.** What was added up before is read where it is whole, and the events for the rest ([`source`]); `read_from`
//! in the answer says which. The numbers are the same, and `read_from=raw` asks for the events alone.
//!
//! **Cost** of a query is bounded ([`limits`]), and it ends when its client leaves.

mod answer;
mod cohort;
mod compile;
mod csv;
pub(crate) mod dimension;
mod endpoints;
mod filter;
mod funnel;
mod health;
mod ingestion_errors;
mod limits;
mod lists;
mod metric;
mod parameters;
mod query;
mod rows;
mod run;
mod schema;
mod source;
mod stream_clicks;
mod trafficback;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

pub use cohort::CohortOptions;
pub use limits::{Reports, limited};
pub use query::{ReportQuery, ReportRequest};
pub use stream_clicks::stream_clicks;

/// Whether reports count it.
pub fn is_metric(name: &str) -> bool {
    metric::find(name).is_some()
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(endpoints::report_overview))
        .routes(routes!(endpoints::report_daily))
        .routes(routes!(endpoints::report_grouped))
        .routes(routes!(endpoints::query_report))
        .routes(routes!(endpoints::report_campaigns))
        .routes(routes!(endpoints::report_streams))
        .routes(routes!(endpoints::report_destinations))
        .routes(routes!(endpoints::report_sources))
        .routes(routes!(endpoints::report_cohort))
        .routes(routes!(endpoints::report_funnel))
        .routes(routes!(lists::report_trafficback))
        .routes(routes!(lists::report_health))
        .routes(routes!(lists::report_ingestion_errors))
        .routes(routes!(schema::report_schema))
}
