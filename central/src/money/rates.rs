//! `/api/currency-rates`: what one unit of a currency is worth in US dollars, from a day on.
//!
//! `PUT` takes a list of `{currency, date, rate}` (or `{"items": [...]}`), at most [`MAX_ROWS`], and writes
//! each over what its currency had for the day; `GET ?currency=&from=&to=` lists, `DELETE ?currency=` with
//! `from` and `to` (days, both included) or without removes. USD is the unit and has no rate.
//!
//! The truth is in MongoDB, and reports read a copy in ClickHouse. A write is one document, a *change*,
//! with a number; that is when it is taken. It is then made to the rates and to the copy, and forgotten
//! when both have it. The copy takes a change as one block, so a report sees all of it or nothing. When
//! ClickHouse or we are not there, the answer is 202, reports say `rates_pending`, and the change is made
//! later. A higher number wins, in whatever order changes are made. See [`mirror`].

pub mod mirror;
pub mod portable;
mod store;

use axum::{
    Json,
    body::Bytes,
    extract::{Query, rejection::BytesRejection},
    http::StatusCode,
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Dated;
use traffoflex_conversion::amount;
use traffoflex_model::Currency;
use traffoflex_wire::error_body::FieldError;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::WorkspaceApp,
    admin::input::{DEFAULT_LIMIT, MAX_ADMIN_BODY_BYTES, MAX_LIMIT},
    app::App,
    audit_log::{self, Action, Change},
    error::ApiError,
    openapi::Refusals,
};

/// Rates in one request.
const MAX_ROWS: usize = 10_000;
/// Errors listed of one request.
const MAX_ERRORS: usize = 100;
/// Rates of one request that the audit log names.
const MAX_RECORDED: usize = 100;
/// What databases take.
const MAX_OFFSET: u64 = i32::MAX as u64;
/// Decimal places of a rate.
const MAX_SCALE: u32 = 12;
const MAX_RATE: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// Days that ClickHouse's Date holds.
const YEARS: std::ops::RangeInclusive<i16> = 1971..=2148;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_currency_rates, write_currency_rates, delete_currency_rates))
}

pub async fn is_pending(app: &WorkspaceApp) -> Result<bool, ApiError> {
    Ok(store::has_changes(&app.catalog).await?)
}

pub use store::migrate;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CurrencyRate, examples(json!({ "currency": "EUR", "date": "2026-11-01", "rate": "1.16" })))]
struct Row {
    /// ISO 4217; not USD.
    #[schema(pattern = "^[A-Za-z]{3}$")]
    currency: String,
    /// It holds from this day on, until the next one.
    #[schema(format = Date)]
    date: String,
    /// US dollars for one unit: above 0, up to 1000000, at most 12 places.
    #[schema(pattern = "^[0-9]{1,7}(\\.[0-9]{1,12})?$")]
    rate: String,
}

/// A list of rates, or an object that holds it.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = CurrencyRates)]
#[expect(dead_code, reason = "describes the body")]
enum Body {
    List(Vec<Row>),
    Items {
        #[schema(min_items = 1, max_items = 10_000)]
        items: Vec<Row>,
    },
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrencyRatePage)]
struct Page {
    items: Vec<Row>,
    limit: i64,
    offset: u64,
    total: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrencyRatesTaken)]
struct Taken {
    accepted: usize,
    /// Whether reports use it already.
    mirrored: bool,
}

/// Writes rates over what their currencies had for the days
#[utoipa::path(
    put,
    path = "/api/currency-rates",
    tag = "Money",
    request_body = Body,
    responses(
        (status = 200, description = "Taken, and reports use it.", body = Taken),
        (status = 202, description = "Taken; reports will use it.", body = Taken),
        Refusals,
    ),
)]
async fn write_currency_rates(
    app: WorkspaceApp,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Taken>), ApiError> {
    let body = body.map_err(|_| ApiError::TooLarge { limit_bytes: MAX_ADMIN_BODY_BYTES })?;
    let rows = read(&body)?;
    accept(&app, "written", rows).await
}

fn read(body: &[u8]) -> Result<Vec<Dated>, ApiError> {
    let mut body: Value = serde_json::from_slice(body)
        .map_err(|error| ApiError::field("body", format!("not JSON: {error}")))?;
    let items = match body.get_mut("items") {
        Some(items) => items.take(),
        None => body,
    };
    let Value::Array(items) = items else {
        return Err(ApiError::field("items", "a list of {currency, date, rate}"));
    };
    if items.is_empty() || items.len() > MAX_ROWS {
        return Err(ApiError::field("items", format!("1 to {MAX_ROWS} rates")));
    }
    let mut errors = Vec::new();
    let mut rows: Vec<Dated> = Vec::with_capacity(items.len());
    let mut seen = std::collections::HashSet::new();
    for (i, item) in items.into_iter().enumerate() {
        let field = |name: &str| format!("items[{i}].{name}");
        match serde_json::from_value::<Row>(item) {
            Err(error) => errors.push(FieldError { field: format!("items[{i}]"), error: error.to_string() }),
            Ok(row) => match row.check() {
                Err((name, error)) => {
                    errors.push(FieldError { field: field(name), error: error.into() });
                }
                Ok(row) if !seen.insert((row.currency.clone(), row.date.clone())) => {
                    errors.push(FieldError { field: field("date"), error: "twice in the list".into() })
                }
                Ok(row) => rows.push(row),
            },
        }
        if errors.len() >= MAX_ERRORS {
            break;
        }
    }
    if errors.is_empty() { Ok(rows) } else { Err(ApiError::Validation(errors)) }
}

impl Row {
    /// The field that is wrong, and how.
    fn check(self) -> Result<Dated, (&'static str, &'static str)> {
        let currency = currency(&self.currency)?;
        let date = day(&self.date).ok_or(("date", "a day such as 2026-11-21, from 1971 to 2148"))?;
        let rate = Decimal::from_str_exact(&self.rate)
            .ok()
            .map(|rate| rate.normalize())
            .filter(|rate| *rate > Decimal::ZERO && *rate <= MAX_RATE && rate.scale() <= MAX_SCALE)
            .ok_or(("rate", "a decimal string above 0 and up to 1000000, with at most 12 places"))?;
        Ok(Dated { currency, date: date.to_string(), rate: Some(rate.to_string()) })
    }
}

fn currency(code: &str) -> Result<String, (&'static str, &'static str)> {
    match amount::currency(code) {
        None => Err(("currency", "an ISO 4217 code, for example EUR")),
        Some(Currency::USD) => Err(("currency", "USD is the unit of all rates and has none")),
        Some(currency) => Ok(currency.to_string()),
    }
}

fn day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|date| text.len() == "2026-11-21".len() && YEARS.contains(&date.year()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// ISO 4217.
    #[param(required = true, nullable = false, pattern = "^[A-Za-z]{3}$")]
    currency: Option<String>,
    /// Included.
    #[param(format = Date)]
    from: Option<String>,
    /// Included.
    #[param(format = Date)]
    to: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// ISO 4217.
    #[param(pattern = "^[A-Za-z]{3}$")]
    currency: Option<String>,
    /// Included.
    #[param(format = Date)]
    from: Option<String>,
    /// Included.
    #[param(format = Date)]
    to: Option<String>,
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<i64>,
    #[param(minimum = 0, maximum = 2_147_483_647, default = 0)]
    offset: Option<u64>,
}

impl Which {
    fn check(&self) -> Result<store::Which, ApiError> {
        let wrong = |(field, error): (&str, &str)| ApiError::field(field, error);
        let date = |name: &'static str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => match day(text) {
                Some(day) => Ok(Some(day.to_string())),
                None => Err(ApiError::field(name, "a day such as 2026-11-21")),
            },
        };
        Ok(store::Which {
            currency: self.currency.as_deref().map(currency).transpose().map_err(wrong)?,
            from: date("from", &self.from)?,
            to: date("to", &self.to)?,
        })
    }
}

/// Rates, by currency and day
#[utoipa::path(
    get,
    path = "/api/currency-rates",
    tag = "Money",
    params(Listed),
    responses((status = 200, description = "A page of them.", body = Page), Refusals),
)]
async fn list_currency_rates(app: WorkspaceApp, Query(query): Query<Listed>) -> Result<Json<Page>, ApiError> {
    let Listed { currency, from, to, limit, offset } = query;
    let which = Which { currency, from, to }.check()?;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::field("limit", format!("an integer from 1 to {MAX_LIMIT}")));
    }
    let offset = offset.unwrap_or(0);
    if offset > MAX_OFFSET {
        return Err(ApiError::field("offset", format!("an integer from 0 to {MAX_OFFSET}")));
    }
    let (found, total) = store::list(&app.catalog, &app.workspace_id, &which, limit, offset).await?;
    let shown = found.into_iter().map(|Dated { currency, date, rate }| Row {
        currency,
        date,
        rate: rate.unwrap_or_default(),
    });
    Ok(Json(Page { items: shown.collect(), limit, offset, total }))
}

/// Removes rates of a currency, all or those of some days
#[utoipa::path(
    delete,
    path = "/api/currency-rates",
    tag = "Money",
    params(Which),
    responses(
        (status = 200, description = "Removed, and reports no longer use them.", body = Taken),
        (status = 202, description = "Removed; reports still use them for a while.", body = Taken),
        Refusals,
    ),
)]
async fn delete_currency_rates(
    app: WorkspaceApp,
    Query(query): Query<Which>,
) -> Result<(StatusCode, Json<Taken>), ApiError> {
    let which = query.check()?;
    if which.currency.is_none() {
        return Err(ApiError::field("currency", "the currency whose rates are to go"));
    }
    let (found, total) = store::list(&app.catalog, &app.workspace_id, &which, MAX_ROWS as i64, 0).await?;
    if total > MAX_ROWS as u64 {
        return Err(ApiError::field("from", format!("{total} rates: at most {MAX_ROWS} at once")));
    }
    if found.is_empty() {
        return Err(ApiError::NotFound);
    }
    accept(&app, "removed", found.into_iter().map(|dated| Dated { rate: None, ..dated }).collect()).await
}

/// 200 when reports use it, 202 when they will.
async fn accept(
    app: &WorkspaceApp,
    what: &str,
    rows: Vec<Dated>,
) -> Result<(StatusCode, Json<Taken>), ApiError> {
    let accepted = rows.len();
    let change = change(what, &rows);
    store::take(app, rows).await?;
    audit_log::record(app, change).await?;
    let mirrored = match mirror::settle(&app.catalog, &app.warehouse).await {
        Ok(()) => true,
        Err(error) => {
            metrics::counter!("traffoflex_currency_mirror_failures_total").increment(1);
            tracing::warn!(%error, "rates are taken, and reports will use them later");
            false
        }
    };
    let status = if mirrored { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(Taken { accepted, mirrored })))
}

/// With the first of them.
fn change(what: &str, rows: &[Dated]) -> Change {
    let first = rows.iter().take(MAX_RECORDED);
    let first: Vec<Value> = first
        .map(|dated| json!({ "currency": dated.currency, "date": dated.date, "rate": dated.rate }))
        .collect();
    Change {
        action: Action::Updated,
        resource: "currency-rates",
        id: String::new(),
        name: "rates of currencies".to_owned(),
        what: Some(format!("{} {what}", rows.len())),
        before: None,
        after: Some(json!({ "items": first })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_rate_is_named() {
        let fields = |body: &str| match read(body.as_bytes()) {
            Err(ApiError::Validation(details)) => details.into_iter().map(|d| d.field).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let body = r#"[{"currency":"PLN","date":"2026-11-01","rate":"0.25"},{"currency":"XQX","date":"2026-11-01","rate":"1"},
            {"currency":"USD","date":"2026-11-01","rate":"1"},{"currency":"EUR","date":"2026-11-31","rate":"1"},
            {"currency":"EUR","date":"2026-11-01","rate":"0"},{"currency":"EUR","date":"2026-11-01","rate":1.5},
            {"currency":"EUR","date":"2026-11-01","rate":"0.1234567890123"},{"currency":"xxx","date":"2026-11-01","rate":"1"},{"currency":"pln","date":"2026-11-01","rate":"0.3"}]"#;
        let expected = [
            "items[1].currency",
            "items[2].currency",
            "items[3].date",
            "items[4].rate",
            "items[5]",
            "items[6].rate",
            "items[7].currency",
            "items[8].date",
        ];
        assert_eq!(fields(body), expected);
        assert_eq!(fields("{}"), ["items"]);
        let rows = read(br#"{"items":[{"currency":"eur","date":"2026-11-01","rate":"1.100"}]}"#).unwrap();
        assert_eq!((&*rows[0].currency, rows[0].rate.as_deref()), ("EUR", Some("1.1")));
    }
}
