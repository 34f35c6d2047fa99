//! `GET /api/reports/cohort`: what the clicks of a day, week or month brought in, by days since the click.
//!
//! A row a cohort: its people's clicks, their cost, and a cell for each whole 24 hours from the click on (cell 0:
//! within the first 24). Only conversions that are tied to a click are in it, by the time of the click. A cell
//! whose time has not begun for any click of the cohort is null; one that has begun may still grow.

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use traffoflex_model::Operator;
use utoipa::ToSchema;

use super::{
    compile, dimension,
    filter::{Condition, Filter},
    metric::{self, Unit},
    query::{ConversionTime, ReportQuery, request::word},
    run::{self, Row},
};
use crate::{access::WorkspaceApp, error::ApiError};

/// Parameters beside the period and filters.
pub const PARAMETERS: &[&str] = &["by", "metric", "days", "cumulative"];
const DEFAULT_DAYS: u32 = 14;
const MAX_DAYS: u32 = 90;
/// Cohorts in one report.
const MAX_COHORTS: u32 = 400;
const DAY_MS: i64 = 24 * 3600 * 1000;
const AGE: &str = "days_since_click";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CohortBy {
    #[default]
    Day,
    Week,
    Month,
}

impl CohortBy {
    fn dimension(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CohortMetric {
    #[default]
    Conversions,
    Leads,
    Sales,
    Rejected,
    Holds,
    Revenue,
    RevenuePending,
}

/// A count, or an amount as a decimal string.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum CohortValue {
    Count(u64),
    Amount(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CohortRow {
    /// The day, the Monday of the week, or the month.
    pub cohort: String,
    pub clicks: u64,
    pub cost: Option<String>,
    /// One for each day since the click, from 0 on.
    pub cells: Vec<Option<CohortValue>>,
}

/// What a cohort report is asked beside its period and filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CohortOptions {
    pub by: CohortBy,
    pub metric: CohortMetric,
    /// Days since the click, beside the first 24 hours: 0 to 90.
    pub days: u32,
    /// A cell holds all that came up to it.
    pub cumulative: bool,
}

impl Default for CohortOptions {
    fn default() -> Self {
        let (by, metric) = (CohortBy::default(), CohortMetric::default());
        Self { by, metric, days: DEFAULT_DAYS, cumulative: false }
    }
}

impl CohortOptions {
    /// `path` is where they stand in a body.
    pub fn check(&self, path: &str) -> Result<(), ApiError> {
        let is_wrong = self.days > MAX_DAYS;
        if is_wrong {
            Err(ApiError::field(format!("{path}.days"), format!("0 to {MAX_DAYS}")))
        } else {
            Ok(())
        }
    }
}

pub struct Cohorts {
    pub query: ReportQuery,
    pub options: CohortOptions,
}

impl Cohorts {
    pub async fn parse(app: &WorkspaceApp, raw: &str) -> Result<Self, ApiError> {
        let (query, own) = ReportQuery::parse_with(raw, &[], &[], PARAMETERS)?;
        let mut options = CohortOptions::default();
        for (name, value) in own {
            let wrong = |error: String| ApiError::field(name, error);
            match name {
                "by" => options.by = word(&value).map_err(wrong)?,
                "metric" => options.metric = word(&value).map_err(wrong)?,
                "days" => {
                    let number = value.parse().ok().filter(|days| *days <= MAX_DAYS);
                    options.days = number.ok_or_else(|| wrong(format!("0 to {MAX_DAYS}")))?;
                }
                _ => options.cumulative = value.parse().map_err(|_| wrong("true or false".into()))?,
            }
        }
        let CohortOptions { by, metric, days, .. } = options;
        let mut query = query.of_caller(app).await?;
        if query.masks_money && is_money(metric) {
            return Err(ApiError::Forbidden);
        }
        if by == CohortBy::Day && query.to_ms - query.from_ms > i64::from(MAX_COHORTS) * DAY_MS {
            return Err(ApiError::field("from", format!("at most {MAX_COHORTS} days, or cohorts by week")));
        }
        query.conversion_time = ConversionTime::Click;
        query.group_by = [by.dimension(), AGE].into_iter().filter_map(dimension::find).collect();
        query.filters.extend(younger_than(days));
        query.limit = (MAX_COHORTS + 1) * (MAX_DAYS + 2);
        query.offset = 0;
        Ok(Self { query, options })
    }

    /// The cohorts by their time, and what ClickHouse said of them.
    pub async fn rows(
        &self,
        app: &WorkspaceApp,
        now: Timestamp,
    ) -> Result<(Vec<CohortRow>, Vec<Row>), ApiError> {
        let found = run::ask(app, compile::grouped(&self.query)).await?;
        let mut names: Vec<&str> = found.iter().map(|row| text(row, self.options.by.dimension())).collect();
        names.sort_unstable();
        names.dedup();
        let rows = names.into_iter().map(|cohort| self.row(cohort, &found, now)).collect();
        Ok((rows, found))
    }

    fn row(&self, cohort: &str, found: &[Row], now: Timestamp) -> CohortRow {
        let own: Vec<&Row> =
            found.iter().filter(|row| text(row, self.options.by.dimension()) == cohort).collect();
        let clicked = own.iter().find(|row| text(row, AGE).is_empty());
        let begun = self.begun_days(cohort, now);
        let mut sum = Decimal::ZERO;
        let cells = (0..=self.options.days).map(|age| {
            let of_age = own.iter().find(|row| text(row, AGE) == age.to_string());
            let value = of_age.map_or(Decimal::ZERO, |row| decimal(row, metric_name(self.options.metric)));
            sum = if self.options.cumulative { sum + value } else { value };
            (i64::from(age) < begun).then(|| self.shown(sum))
        });
        CohortRow {
            cohort: cohort.to_owned(),
            cells: cells.collect(),
            clicks: clicked.and_then(|row| row.get("clicks")?.as_u64()).unwrap_or_default(),
            cost: (!self.query.masks_money)
                .then(|| clicked.map_or_else(|| "0".to_owned(), |row| text(row, "cost").to_owned())),
        }
    }

    fn shown(&self, value: Decimal) -> CohortValue {
        match is_money(self.options.metric) {
            true => CohortValue::Amount(value.normalize().to_string()),
            false => CohortValue::Count(value.try_into().unwrap_or_default()),
        }
    }

    /// How many cells have begun for the first moment of the cohort within the period.
    fn begun_days(&self, cohort: &str, now: Timestamp) -> i64 {
        let day = if self.options.by == CohortBy::Month { format!("{cohort}-01") } else { cohort.to_owned() };
        let midnight =
            day.parse::<Date>().ok().and_then(|day| day.to_zoned(self.query.timezone.clone()).ok());
        let first_ms = midnight.map_or(self.query.from_ms, |day| day.timestamp().as_millisecond());
        let first_ms = first_ms.max(self.query.from_ms);
        let age_ms = now.as_millisecond() - first_ms;
        // Cell 0 begins with the cohort.
        if age_ms < 0 { 0 } else { age_ms / DAY_MS + 1 }
    }
}

/// Clicks themselves, and conversions of the cells that are asked for.
fn younger_than(days: u32) -> Option<Filter> {
    let dimension = dimension::find(AGE)?;
    let is = |operator, values| Filter::Is(Condition { dimension, operator, values, case_sensitive: true });
    Some(Filter::Any(vec![is(Operator::NotExists, vec![]), is(Operator::Lte, vec![days.to_string()])]))
}

fn metric_name(metric: CohortMetric) -> &'static str {
    match metric {
        CohortMetric::Conversions => "conversions",
        CohortMetric::Leads => "leads",
        CohortMetric::Sales => "sales",
        CohortMetric::Rejected => "rejected",
        CohortMetric::Holds => "holds",
        CohortMetric::Revenue => "revenue",
        CohortMetric::RevenuePending => "revenue_pending",
    }
}

fn is_money(metric: CohortMetric) -> bool {
    metric::find(metric_name(metric)).is_some_and(|metric| metric.unit == Unit::Money)
}

fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn decimal(row: &Row, name: &str) -> Decimal {
    match row.get(name) {
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        Some(Value::Number(number)) => number.as_u64().unwrap_or_default().into(),
        _ => Decimal::ZERO,
    }
}

/// As CSV: `cohort`, `clicks`, `cost` and a column `day_<n>` for each cell.
pub fn flat(rows: &[CohortRow], days: u32) -> (Vec<String>, Vec<Row>) {
    let cell = |age: usize| format!("day_{age}");
    let fixed = ["cohort", "clicks", "cost"].map(str::to_owned);
    let columns = fixed.into_iter().chain((0..=days as usize).map(cell)).collect();
    let rows = rows.iter().map(|row| {
        let cells = row.cells.iter().enumerate();
        let cells = cells.map(|(age, value)| (cell(age), serde_json::to_value(value).unwrap_or_default()));
        let fixed = [
            ("cohort".to_owned(), row.cohort.clone().into()),
            ("clicks".to_owned(), row.clicks.into()),
            ("cost".to_owned(), row.cost.clone().into()),
        ];
        fixed.into_iter().chain(cells).collect()
    });
    (columns, rows.collect())
}
