//! What is asked of a report, checked. Everything a client names ends as a reference to one of our
//! own lists or as a bound value.

mod choice;
pub mod period;
pub mod request;

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;
use traffoflex_model::{Currency, Operator};
use traffoflex_wire::error_body::FieldError;
use utoipa::ToSchema;

pub use period::{Compared, Period, Shift};
pub use request::{Draft, Order, ReportRequest};

use super::{
    dimension::Dimension,
    filter::{Condition, Filter, Tally},
    metric,
    rows::CLOCK_SLACK_MS,
};
use crate::{
    access::WorkspaceApp,
    error::ApiError,
    money::{self, Amounts, period_rates::PeriodRates},
    privacy::retention::{self, Kept},
    rollups::{
        HOUR_MS,
        fresh::{self, Fresh},
    },
};

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 500;
/// Rows of a report as CSV.
pub const MAX_CSV_ROWS: u32 = 1_000_000;
const MAX_OFFSET: u32 = 1_000_000;
/// Parameters of grouped reports.
pub const GROUPED: &[&str] = &[
    "group_by",
    "sort",
    "order",
    "limit",
    "offset",
    "with_total",
    "having",
    "compare",
    "conversion_time",
    "read_from",
];
/// Parameters of the overview and of days.
pub const WHOLE: &[&str] = &["conversion_time", "compare", "read_from"];
/// Parameters of lists that are no reports of metrics.
pub const LISTED: &[&str] = &["limit", "offset"];

/// To which time conversions belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversionTime {
    /// When the first postback came.
    #[default]
    Conversion,
    /// When it was clicked; without a click as the other.
    Click,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportFormat)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Json,
    Csv,
}

/// What rows are read from. The numbers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportReadFrom)]
#[serde(rename_all = "snake_case")]
pub enum ReadFrom {
    /// What was added up before, where that is whole, and the events for the rest.
    #[default]
    Auto,
    /// The events alone.
    Raw,
}

/// Parameters that only one report has, as they were sent.
pub type OwnParameters = Vec<(&'static str, String)>;

#[derive(Debug, Clone)]
pub struct ReportQuery {
    pub workspace_id: String,
    /// What amounts are in.
    pub currency: Currency,
    /// Amounts are not for the caller.
    pub masks_money: bool,
    pub conversion_time: ConversionTime,
    /// UTC milliseconds, included.
    pub from_ms: i64,
    /// UTC milliseconds, excluded.
    pub to_ms: i64,
    pub timezone: TimeZone,
    pub group_by: Vec<&'static Dimension>,
    /// All of them hold for what is counted.
    pub filters: Vec<Filter>,
    /// All of them hold for the groups that are shown.
    pub having: Vec<Having>,
    pub sort: Vec<Sort>,
    pub limit: u32,
    pub offset: u32,
    pub with_total: bool,
    pub compared: Option<Compared>,
    /// What makes times of this query those of the one it is compared with. None: nothing does.
    pub shift: Option<Shift>,
    pub format: Format,
    pub read_from: ReadFrom,
    /// What was added up and is whole, at the time of the request. None: the events are read.
    pub fresh: Option<Arc<Fresh>>,
    /// Of the period, and of the one it is compared with. None: statements look for them.
    pub rates: Option<Arc<PeriodRates>>,
    /// Rates were written that these may not have.
    pub rates_pending: bool,
    /// What is older does not count.
    pub kept: Kept,
}

#[derive(Debug, Clone, Copy)]
pub struct Having {
    pub metric: metric::Metric,
    /// One that compares.
    pub operator: Operator,
    pub value: Decimal,
}

#[derive(Debug, Clone, Copy)]
pub struct Sort {
    pub by: SortBy,
    pub order: Order,
}

#[derive(Debug, Clone, Copy)]
pub enum SortBy {
    Metric(metric::Metric),
    Dimension(&'static Dimension),
}

impl ReportQuery {
    /// `fixed` are the dimensions the path implies, `allowed` the parameters beyond period and filters.
    pub fn parse(raw: &str, fixed: &[&str], allowed: &[&str]) -> Result<Self, ApiError> {
        Self::parse_with(raw, fixed, allowed, &[]).map(|(query, _)| query)
    }

    /// With parameters that only this report has, as they were sent.
    pub fn parse_with(
        raw: &str,
        fixed: &[&str],
        allowed: &[&str],
        own: &[&'static str],
    ) -> Result<(Self, OwnParameters), ApiError> {
        let mut errors = Vec::new();
        let without_fixed: Vec<&str> =
            allowed.iter().copied().filter(|name| fixed.is_empty() || *name != "group_by").collect();
        let mut draft = Draft::of_url(raw, &without_fixed, own, &mut errors);
        let own = std::mem::take(&mut draft.own);
        let query = Self::check(draft, fixed, errors)?;
        Ok((query, own))
    }

    pub fn of_request(request: ReportRequest) -> Result<Self, ApiError> {
        Self::check(request.into(), &[], Vec::new())
    }

    fn check(draft: Draft, fixed: &[&str], mut errors: Vec<FieldError>) -> Result<Self, ApiError> {
        let mut wrong = |field: &str, error: String| errors.push(FieldError { field: field.into(), error });
        let timezone = match draft.timezone.as_deref().map(TimeZone::get) {
            None => TimeZone::UTC,
            Some(Ok(zone)) if zone.iana_name().is_some() => zone,
            Some(_) => {
                wrong("timezone", "an IANA name such as Europe/Berlin".into());
                TimeZone::UTC
            }
        };
        let (from, to) = (draft.from.as_deref(), draft.to.as_deref());
        let bounds = period::bounds(from, to, draft.period, &timezone, Timestamp::now());
        let (from_ms, to_ms) = bounds.unwrap_or_else(|all| {
            all.into_iter().for_each(|(field, error)| wrong(field, error));
            (0, 1)
        });
        let compared =
            draft.compare.as_deref().map(|text| period::compared(text, (from_ms, to_ms), &timezone));
        let compared = compared.transpose().unwrap_or_else(|error| {
            wrong("compare", error);
            None
        });
        let named = fixed.iter().copied().chain(draft.group_by.iter().map(String::as_str));
        let group_by = choice::grouped(named, &mut wrong);
        let sort = choice::sorted(&draft, &group_by, &mut wrong);
        let format = draft.format.unwrap_or_default();
        let (default, max) = match format {
            Format::Json => (DEFAULT_LIMIT, MAX_LIMIT),
            Format::Csv => (MAX_CSV_ROWS, MAX_CSV_ROWS),
        };
        let limit = draft.limit.unwrap_or(default);
        if !(1..=max).contains(&limit) {
            wrong("limit", format!("1 to {max}"));
        }
        let offset = draft.offset.unwrap_or_default();
        if offset > MAX_OFFSET {
            wrong("offset", format!("0 to {MAX_OFFSET}"));
        }
        let having = choice::compared_metrics(draft.having, &mut wrong);
        let mut tally = Tally::default();
        let filters = draft.filters.into_iter();
        let filters: Vec<Filter> =
            filters.filter_map(|(path, node)| Filter::check(&path, node, &mut tally, &mut errors)).collect();
        if !errors.is_empty() {
            return Err(ApiError::Validation(errors));
        }
        // Whose report it is, and in which currency, is for who asks ClickHouse to say.
        Ok(Self {
            workspace_id: String::new(),
            currency: Currency::USD,
            masks_money: false,
            conversion_time: draft.conversion_time.unwrap_or_default(),
            from_ms,
            to_ms,
            timezone,
            group_by,
            filters,
            having,
            sort,
            limit,
            offset,
            with_total: draft.with_total.unwrap_or(true),
            compared,
            shift: None,
            format,
            read_from: draft.read_from.unwrap_or_default(),
            fresh: None,
            rates: None,
            rates_pending: false,
            kept: Kept::default(),
        })
    }

    /// As this caller may ask it: of their workspace, and without a look at amounts that are not for them.
    pub async fn of_caller(mut self, app: &WorkspaceApp) -> Result<Self, ApiError> {
        self.workspace_id = app.workspace_id.to_string();
        self.currency = money::currency(app).await;
        self.masks_money = app.caller.masks_money;
        let sorts_by_money = self.sort.iter().any(|sort| matches!(sort.by, SortBy::Metric(m) if m.is_money));
        if self.masks_money && (sorts_by_money || self.having.iter().any(|having| having.metric.is_money)) {
            return Err(ApiError::Forbidden);
        }
        Ok(self)
    }

    /// Waits for the workspace's turn, and looks what there is to read: once a request, so that all its
    /// statements read the same.
    pub async fn begin(mut self, app: &WorkspaceApp) -> Result<(Self, OwnedSemaphorePermit), ApiError> {
        let turn = app.reports.turn(&app.workspace_id).await?;
        self.kept = retention::kept(&app.catalog, &app.workspace_id).await?;
        let compared = self.compared.map_or((self.from_ms, self.to_ms), |compared| compared.bounds);
        let (from_ms, to_ms) = (self.from_ms.min(compared.0), self.to_ms.max(compared.1));
        // Before the rates are read: what is settled by now, they have.
        self.rates_pending = money::rates::is_pending(app).await?;
        let limited = |statement| app.reports.limited(statement);
        let rates = PeriodRates::read(&app.warehouse, &app.workspace_id, from_ms - CLOCK_SLACK_MS, limited);
        let fresh = async {
            let is_used = self.read_from == ReadFrom::Auto && app.report_rollups && !self.kept.is_changing;
            let hours = from_ms.div_euclid(HOUR_MS) as u32..(to_ms.div_euclid(HOUR_MS) + 1) as u32;
            match is_used {
                true => fresh::fresh(&app.warehouse, &app.workspace_id, hours, limited).await.map(Some),
                false => Ok(None),
            }
        };
        let (rates, fresh) = tokio::join!(rates, fresh);
        self.rates = rates?.map(Arc::new);
        match fresh {
            Ok(fresh) => self.fresh = fresh.map(Arc::new),
            // The events are there all the same.
            Err(error) => tracing::warn!(%error, "what was added up cannot be looked at"),
        }
        Ok((self, turn))
    }

    /// The same of the period it is compared with.
    pub fn previous(&self) -> Option<Self> {
        let Compared { bounds: (from_ms, to_ms), shift } = self.compared?;
        Some(Self { from_ms, to_ms, shift: Some(shift), compared: None, ..self.clone() })
    }

    pub fn amounts(&self) -> Amounts {
        Amounts { currency: self.currency, pending: self.rates_pending }
    }

    pub fn timezone_name(&self) -> &str {
        self.timezone.iana_name().unwrap_or("UTC")
    }

    pub fn conditions(&self) -> Vec<&Condition> {
        Filter::conditions(&self.filters)
    }

    /// A dimension of a click.
    pub fn of_click(&self, dimension: &Dimension) -> String {
        self.at(dimension.of_click, "c.created_at")
    }

    /// A dimension of a conversion.
    pub fn of_conversion(&self, dimension: &Dimension) -> String {
        self.at(dimension.of_conversion, "v.counted_at")
    }

    fn at(&self, sql: &str, time: &str) -> String {
        let Some(shift) = self.shift else { return sql.replace("{at}", time) };
        let add = |to: &str| match shift {
            Shift::Days(days) => format!("addDays({to}, {days})"),
            Shift::Years(years) => format!("addYears({to}, {years})"),
        };
        // Dates are moved as dates: ClickHouse makes a time that a clock skips one of the hour before, and where
        // clocks change at midnight that is the day before.
        let date = add(&format!("toDate({time}, {{tz:String}})"));
        let moved = add(&format!("toTimeZone({time}, {{tz:String}})"));
        let moment = format!("if(toDate({moved}, {{tz:String}}) = {date}, {moved}, addHours({moved}, 1))");
        sql.replace("toDate({at}, {tz:String})", &date)
            .replace("toHour({at}, {tz:String})", &format!("toHour({time}, {{tz:String}})"))
            .replace("{at}", &moment)
    }

    /// The values of the dimensions that a report is filtered by which knows nothing but `country=US,CA`.
    pub fn only(&self, dimensions: &[&str]) -> Result<Vec<Vec<String>>, ApiError> {
        let mut values = vec![Vec::new(); dimensions.len()];
        for filter in &self.filters {
            let plain = match filter {
                Filter::Is(condition) if matches!(condition.operator, Operator::In | Operator::Eq) => {
                    condition
                }
                _ => return Err(ApiError::field("filter", "this report has no other operator than in")),
            };
            let place =
                dimensions.iter().position(|name| *name == plain.dimension.name).ok_or_else(|| {
                    let error = format!("this report is filtered by {} alone", dimensions.join(", "));
                    ApiError::field(plain.dimension.name, error)
                })?;
            values[place].extend(plain.values.iter().cloned());
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests;
