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
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Dated;
use traffoflex_conversion::amount;
use traffoflex_model::Currency;
use traffoflex_wire::error_body::FieldError;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    access::WorkspaceApp,
    admin::input::{DEFAULT_LIMIT, MAX_ADMIN_BODY_BYTES, MAX_LIMIT},
    app::App,
    error::ApiError,
};

/// Rates in one request.
const MAX_ROWS: usize = 10_000;
/// Errors listed of one request.
const MAX_ERRORS: usize = 100;
/// Decimal places of a rate.
const MAX_SCALE: u32 = 12;
const MAX_RATE: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// Days that ClickHouse's Date holds.
const YEARS: std::ops::RangeInclusive<i16> = 1971..=2148;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().route("/api/currency-rates", get(list).put(write).delete(remove))
}

pub async fn is_pending(app: &WorkspaceApp) -> Result<bool, ApiError> {
    Ok(store::has_changes(&app.catalog).await?)
}

pub use store::migrate;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    currency: String,
    date: String,
    rate: String,
}

async fn write(app: WorkspaceApp, body: Result<Bytes, BytesRejection>) -> Result<Response, ApiError> {
    let body = body.map_err(|_| ApiError::TooLarge { limit_bytes: MAX_ADMIN_BODY_BYTES })?;
    let rows = read(&body)?;
    accept(&app, rows).await
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    currency: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<i64>,
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

async fn list(app: WorkspaceApp, Query(query): Query<Which>) -> Result<Json<Value>, ApiError> {
    let which = query.check()?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::field("limit", format!("an integer from 1 to {MAX_LIMIT}")));
    }
    let offset = query.offset.unwrap_or(0);
    let (found, total) = store::list(&app, &which, limit, offset).await?;
    let items: Vec<Value> = found
        .into_iter()
        .map(|dated| json!({ "currency": dated.currency, "date": dated.date, "rate": dated.rate }))
        .collect();
    Ok(Json(json!({ "items": items, "limit": limit, "offset": offset, "total": total })))
}

async fn remove(app: WorkspaceApp, Query(query): Query<Which>) -> Result<Response, ApiError> {
    let which = query.check()?;
    if which.currency.is_none() {
        return Err(ApiError::field("currency", "the currency whose rates are to go"));
    }
    let (found, total) = store::list(&app, &which, MAX_ROWS as i64, 0).await?;
    if total > MAX_ROWS as u64 {
        return Err(ApiError::field("from", format!("{total} rates: at most {MAX_ROWS} at once")));
    }
    if found.is_empty() {
        return Err(ApiError::NotFound);
    }
    accept(&app, found.into_iter().map(|dated| Dated { rate: None, ..dated }).collect()).await
}

/// 200 when reports use it, 202 when they will.
async fn accept(app: &WorkspaceApp, rows: Vec<Dated>) -> Result<Response, ApiError> {
    let accepted = rows.len();
    store::take(app, rows).await?;
    let mirrored = match mirror::settle(&app.catalog, &app.warehouse).await {
        Ok(()) => true,
        Err(error) => {
            metrics::counter!("traffoflex_currency_mirror_failures_total").increment(1);
            tracing::warn!(%error, "rates are taken, and reports will use them later");
            false
        }
    };
    let status = if mirrored { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(json!({ "accepted": accepted, "mirrored": mirrored }))).into_response())
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
