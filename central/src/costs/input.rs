//! The rows of a request, each checked for itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use traffoflex_conversion::amount;
use traffoflex_model::{Campaign, Currency, Money};
use traffoflex_wire::error_body::FieldError;
use utoipa::ToSchema;

use super::{
    MAX_ROWS,
    jobs::{Amount, CostRow, Filter, Outcome},
};
use crate::{access::WorkspaceApp, admin::input, csv_rows, error::ApiError, report::dimension};

/// The longest range of a row, in milliseconds.
const MAX_PERIOD_MS: i64 = 366 * 24 * 3_600_000;
/// Latest time of a range: what ClickHouse's DateTime64 holds.
const TIMES_MS: std::ops::Range<i64> = 0..7_258_118_400_000;
const MAX_AMOUNT: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
const MAX_FILTERS: usize = 10;
const MAX_VALUES: usize = 100;
const MAX_VALUE_BYTES: usize = 256;
const MAX_ID_BYTES: usize = 64;
/// Columns of CSV that are fields; the others are filters.
const FIELDS: [&str; 8] = ["campaign_id", "source_id", "from", "to", "timezone", "currency", "total", "cpc"];

/// A row, a list of rows, or an object that holds it.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = CostRequest)]
#[expect(dead_code, reason = "describes the body")]
pub enum Body {
    Items {
        #[schema(min_items = 1, max_items = 10_000)]
        items: Vec<Input>,
    },
    List(Vec<Input>),
    Row(Input),
}

/// What the clicks of a campaign cost in a range of time: exactly one of `total` and `cpc`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CostRow, examples(json!({ "campaign_id": "01JD...", "filters": { "country": "DE,AT" }, "from": "2026-11-20T00:00", "to": "2026-11-21T00:00", "timezone": "Europe/Berlin", "currency": "EUR", "total": "120.50" })))]
pub struct Input {
    #[schema(min_length = 1, max_length = 64)]
    campaign_id: String,
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64)]
    source_id: Option<String>,
    /// Dimensions of clicks with their values, at most 10.
    #[serde(default)]
    filters: BTreeMap<String, Values>,
    /// Included. A time with an offset, or one of `timezone`.
    from: String,
    /// Excluded; at most 366 days after `from`.
    to: String,
    /// IANA; UTC if none is named.
    #[serde(default)]
    timezone: Option<String>,
    /// ISO 4217.
    #[schema(pattern = "^[A-Za-z]{3}$")]
    currency: String,
    /// Of all clicks together.
    #[serde(default)]
    #[schema(pattern = "^[0-9]{1,10}(\\.[0-9]{1,6})?$")]
    total: Option<String>,
    /// Of each click.
    #[serde(default)]
    #[schema(pattern = "^[0-9]{1,10}(\\.[0-9]{1,6})?$")]
    cpc: Option<String>,
}

/// `"US,CA"` or `["US", "CA"]`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CostFilterValues)]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// What a row says, or why it cannot be read.
pub type ReadRow = Result<Value, String>;

pub fn from_json(body: &[u8]) -> Result<Vec<ReadRow>, ApiError> {
    let mut body: Value = serde_json::from_slice(body)
        .map_err(|error| ApiError::field("body", format!("not JSON: {error}")))?;
    let rows = match body.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        Some(_) => return Err(ApiError::field("items", "a list of rows")),
        None => match body {
            Value::Array(items) => items,
            row => vec![row],
        },
    };
    counted(rows.into_iter().map(Ok).collect())
}

/// Rows of CSV as those of JSON; an empty cell is no field.
pub fn from_csv(body: &[u8]) -> Result<Vec<ReadRow>, ApiError> {
    let of = |pairs: Vec<(String, String)>| {
        let (mut row, mut filters) = (Map::new(), Map::new());
        for (name, value) in pairs {
            let fields = if FIELDS.contains(&name.as_str()) { &mut row } else { &mut filters };
            fields.insert(name, value.trim().into());
        }
        row.insert("filters".into(), filters.into());
        row.into()
    };
    counted(csv_rows::read(body, MAX_ROWS)?.into_iter().map(|row| row.map(of)).collect())
}

fn counted(rows: Vec<ReadRow>) -> Result<Vec<ReadRow>, ApiError> {
    match rows.len() {
        1..=MAX_ROWS => Ok(rows),
        _ => Err(ApiError::field("items", format!("1 to {MAX_ROWS} rows"))),
    }
}

/// What is to be done for each row, or what is wrong with it.
pub async fn check(app: &WorkspaceApp, rows: Vec<ReadRow>) -> Result<Vec<Outcome>, ApiError> {
    let mut checked: Vec<Outcome> = rows.into_iter().map(read_row).collect();
    let named: HashSet<&str> = checked
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Due(row) => Some(row.campaign_id.as_str()),
            _ => None,
        })
        .collect();
    let named: Vec<&str> = named.into_iter().collect();
    let missing: HashSet<String> =
        app.catalog.missing::<Campaign>(&app.workspace_id, &named).await?.into_iter().collect();
    for outcome in &mut checked {
        if matches!(outcome, Outcome::Due(row) if missing.contains(&row.campaign_id)) {
            *outcome = Outcome::failed("campaign_id", "there is no such campaign");
        }
    }
    Ok(checked)
}

fn read_row(read: ReadRow) -> Outcome {
    read.map_or_else(|error| Outcome::failed("row", error), row)
}

fn row(row: Value) -> Outcome {
    let errors = match input::read::<Input>(row) {
        Ok(input) => match input.check() {
            Ok(row) => return Outcome::Due(row),
            Err(errors) => errors,
        },
        Err(ApiError::Validation(errors)) => errors,
        Err(other) => return Outcome::failed("row", other.to_string()),
    };
    Outcome::Failed(errors.into_iter().map(|error| (error.field, error.error)).collect())
}

impl Input {
    fn check(self) -> Result<CostRow, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, error: &str| {
            errors.push(FieldError { field: field.into(), error: error.into() });
        };
        let zone = match self.timezone.as_deref().map(TimeZone::get) {
            None => TimeZone::UTC,
            Some(Ok(zone)) => zone,
            Some(Err(_)) => {
                wrong("timezone", "an IANA name such as Europe/Berlin");
                TimeZone::UTC
            }
        };
        let mut at = |field: &str, text: &str| {
            let at = time_ms(text, &zone).filter(|at| TIMES_MS.contains(at));
            if at.is_none() {
                wrong(field, "a time such as 2026-11-21T14:05 or 2026-11-21T14:05:00Z");
            }
            at
        };
        let (from, to) = (at("from", &self.from), at("to", &self.to));
        let (from_ms, to_ms) = from.zip(to).unwrap_or((0, 1));
        if from_ms >= to_ms || to_ms - from_ms > MAX_PERIOD_MS {
            wrong("to", "after from, by at most 366 days");
        }
        let currency = amount::currency(&self.currency).unwrap_or_else(|| {
            wrong("currency", "an ISO 4217 code, for example USD");
            Currency::USD
        });
        let amount = match (&self.total, &self.cpc) {
            (Some(total), None) => units(total).map(Amount::Total),
            (None, Some(cpc)) => units(cpc).map(Amount::Cpc),
            _ => {
                wrong("total", "either total or cpc");
                Some(Amount::Cpc(0))
            }
        };
        if amount.is_none() {
            let field = if self.total.is_some() { "total" } else { "cpc" };
            wrong(field, "a decimal string from 0 to 1000000000 with at most 6 places");
        }
        for (field, id) in [("campaign_id", Some(&self.campaign_id)), ("source_id", self.source_id.as_ref())]
        {
            if id.is_some_and(|id| id.is_empty() || id.len() > MAX_ID_BYTES) {
                wrong(field, "an id");
            }
        }
        let filters = filters(self.filters, &mut wrong);
        match amount {
            Some(amount) if errors.is_empty() => Ok(CostRow {
                campaign_id: self.campaign_id,
                source_id: self.source_id,
                filters,
                from_ms,
                to_ms,
                currency: currency.to_string(),
                amount,
            }),
            _ => Err(errors),
        }
    }
}

fn filters(named: BTreeMap<String, Values>, wrong: &mut impl FnMut(&str, &str)) -> Vec<Filter> {
    if named.len() > MAX_FILTERS {
        wrong("filters", "at most 10");
        return Vec::new();
    }
    let mut by_dimension: HashMap<&'static str, Vec<String>> = HashMap::new();
    for (name, values) in named {
        let values: Vec<String> = match values {
            Values::One(text) => text.split(',').map(|value| value.trim().to_owned()).collect(),
            Values::Many(values) => values,
        };
        let field = format!("filters.{name:.64}");
        // Something that a click's row says, and no field of its own.
        let dimension = dimension::find(&name)
            .filter(|d| d.of_click.starts_with("c.") && !["campaign", "source"].contains(&d.name));
        match dimension {
            None => wrong(&field, "nothing that clicks can be filtered by here"),
            Some(_) if values.is_empty() || values.len() > MAX_VALUES => wrong(&field, "1 to 100 values"),
            Some(_) if values.iter().any(|value| value.len() > MAX_VALUE_BYTES) => {
                wrong(&field, "values of at most 256 bytes");
            }
            Some(dimension) => by_dimension.entry(dimension.name).or_default().extend(values),
        }
    }
    let filters = by_dimension.into_iter();
    let mut filters: Vec<Filter> =
        filters.map(|(dimension, values)| Filter { dimension: dimension.to_owned(), values }).collect();
    filters.sort_unstable_by(|a, b| a.dimension.cmp(&b.dimension));
    filters
}

/// A time with an offset, or one of the zone; where its clocks are set back, the earlier of the two.
fn time_ms(text: &str, zone: &TimeZone) -> Option<i64> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let local: DateTime = text.parse().ok()?;
    Some(local.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond())
}

/// Millionths.
fn units(text: &str) -> Option<i64> {
    let amount = Decimal::from_str_exact(text).ok()?.normalize();
    let legal = amount >= Decimal::ZERO && amount <= MAX_AMOUNT && amount.scale() <= Money::SCALE;
    let units = legal.then(|| amount * Decimal::from(10_i64.pow(Money::SCALE)))?;
    i64::try_from(units).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn base() -> Value {
        json!({ "campaign_id": "c", "from": "2026-10-25T02:30", "to": "2026-10-25T03:00", "timezone": "Europe/Berlin",
            "currency": "eur", "total": "1.000001" })
    }

    #[test]
    fn a_row_of_a_night_that_has_an_hour_twice() {
        let Outcome::Due(checked) = row(base()) else { panic!("refused") };
        // 02:30 comes twice, and the first is meant: until 03:00 that is an hour and a half.
        assert_eq!(checked.to_ms - checked.from_ms, 90 * 60_000);
        assert_eq!(checked.amount, Amount::Total(1_000_001));
        assert_eq!(checked.currency, "EUR");
    }

    #[test]
    fn every_wrong_field_is_named() {
        let fields = |own: Value| {
            let mut wrong = base();
            wrong.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            match row(wrong) {
                Outcome::Failed(errors) => errors.into_iter().map(|(field, _)| field).collect(),
                _ => Vec::new(),
            }
        };
        assert_eq!(fields(json!({})), [""; 0]);
        assert_eq!(fields(json!({ "total": "-1" })), ["total"]);
        assert_eq!(fields(json!({ "total": "0.0000001" })), ["total"]);
        assert_eq!(fields(json!({ "total": 1.5 })), ["total"]);
        assert_eq!(fields(json!({ "cpc": "1" })), ["total"]);
        assert_eq!(fields(json!({ "to": "2026-10-24", "currency": "XQX" })), ["to", "currency"]);
        assert_eq!(fields(json!({ "currency": "XTS" })), ["currency"]);
        assert_eq!(fields(json!({ "timezone": "Mars/Base", "from": "soon" })), ["timezone", "from"]);
        let filters =
            json!({ "campaign": "x", "day": "2026-10-25", "network": "n", "evil": "1", "os": "iOS" });
        assert_eq!(fields(json!({ "filters": filters })).len(), 4);
        assert_eq!(fields(json!({ "nonsense": 1 })), ["nonsense"]);
    }

    #[test]
    fn csv_is_the_same_as_json_and_a_bad_row_stands_alone() {
        let good = "c,2026-11-01, 2026-11-02 ,USD,5,\"US,CA\",\n";
        let text = format!("campaign_id,from,to,currency,total,country,timezone\nc,2026-11-01\n{good}");
        let rows: Vec<Outcome> = from_csv(text.as_bytes()).unwrap().into_iter().map(read_row).collect();
        assert_eq!(rows[0], Outcome::failed("row", "2 values for 7 columns"));
        let Outcome::Due(checked) = &rows[1] else { panic!("refused: {rows:?}") };
        assert_eq!(checked.filters[0].values, ["US", "CA"]);
        assert!(from_csv(b"campaign_id,from\n").is_err());
    }
}
