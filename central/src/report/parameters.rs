//! What reports are asked with in a URL, for the description of the API; it is read by [`super::query`].

#![expect(dead_code, reason = "it describes, and is never made")]

use utoipa::IntoParams;

use super::{
    cohort::{CohortBy, CohortMetric},
    query::{ConversionTime, Format, Period, ReadFrom},
};

/// What every report has. Beside these, a parameter by the name of a dimension keeps only what has one of the
/// values: `country=US,CA`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeriodParameters {
    /// RFC 3339, included. Without `from` and `period`: 7 days before `to`.
    #[param(example = "2026-11-01T00:00:00Z")]
    from: Option<String>,
    /// RFC 3339, excluded. Without it: now.
    #[param(example = "2026-11-08T00:00:00Z")]
    to: Option<String>,
    /// Instead of `from` and `to`.
    #[param(inline)]
    period: Option<Period>,
    /// IANA name of the timezone of days, hours and weeks; UTC without one.
    #[param(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// Csv: a file with a header line; texts that a spreadsheet would run begin with `'`.
    #[param(inline)]
    format: Option<Format>,
}

/// Filters with the operators of rules.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParameters {
    /// `filter[<dimension>][<operator>]=<values>`, such as `filter[country][not_in]=US,CA`; several must all hold.
    #[param(style = DeepObject, explode, value_type = Option<Object>)]
    filter: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MetricParameters {
    /// To which time conversions belong.
    #[param(inline)]
    conversion_time: Option<ConversionTime>,
    /// `previous_period` (as many days before), `previous_year`, or `<from>..<to>`: metrics come with what they
    /// were then (`previous`) and by how many percent they changed since (`change`).
    #[param(example = "previous_period")]
    compare: Option<String>,
    /// `raw`: from the events alone, and nothing that was added up before. The numbers are the same.
    #[param(inline)]
    read_from: Option<ReadFrom>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RowParameters {
    /// `having[<metric>][<operator>]=<number>`, such as `having[clicks][gte]=100`; several must all hold.
    #[param(style = DeepObject, explode, value_type = Option<Object>)]
    having: Option<String>,
    /// Metrics or grouped dimensions, separated by commas.
    #[param(example = "clicks")]
    sort: Option<String>,
    /// `asc` or `desc` for each of them; `desc` for those beyond.
    #[param(example = "desc")]
    order: Option<String>,
    /// False: neither `total` nor `totals` are reckoned.
    with_total: Option<bool>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GroupParameters {
    /// Up to 5 dimensions, separated by commas.
    #[param(example = "campaign,country")]
    group_by: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// 1 to 500, 100 without it; of CSV 1 to 1,000,000, all without it.
    #[param(minimum = 1, maximum = 1_000_000)]
    limit: Option<u32>,
    #[param(maximum = 1_000_000)]
    offset: Option<u32>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CohortParameters {
    /// What makes a row.
    #[param(inline)]
    by: Option<CohortBy>,
    /// What is in the cells.
    #[param(inline)]
    metric: Option<CohortMetric>,
    /// Days since the click, beside the first 24 hours.
    #[param(maximum = 90)]
    days: Option<u32>,
    /// True: a cell holds all that came up to it.
    cumulative: Option<bool>,
}
