//! What reports answer.
//!
//! `cr`, `roi` and their like are percent; a ratio without a denominator is null, and so is every amount that
//! the caller must not see.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, SchemaType, Type},
    },
};

use super::{
    compile::{CHANGE, PREVIOUS},
    dimension::{self, Names},
    query::ReportQuery,
    run::Row,
    source::Source,
};
use crate::{
    error::ApiError,
    money::{Amounts, MISSING},
    rfc3339,
    warehouse::WarehouseError,
};

macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident: $kind:ty,)*) => {
        /// The metrics of a group or of all of them. Amounts are decimal strings in the report's currency.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
        #[schema(as = ReportMetrics)]
        pub struct Metrics {
            $($(#[$doc])* pub $name: $kind,)*
        }

        /// By how many percent each metric changed since the other period; null where it was zero then.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
        #[schema(as = ReportChanges)]
        pub struct Changes {
            $(pub $name: Option<f64>,)*
        }
    };
}

metrics! {
    /// Of people; without the second steps of landing pages.
    clicks: u64,
    unique_clicks: u64,
    duplicate_clicks: u64,
    bots: u64,
    lp_views: u64,
    lp_clicks: u64,
    /// Leads, sales and holds.
    conversions: u64,
    leads: u64,
    sales: u64,
    rejected: u64,
    holds: u64,
    /// Payout of sales.
    revenue: Option<String>,
    /// Payout of leads and holds.
    revenue_pending: Option<String>,
    cost: Option<String>,
    profit: Option<String>,
    roi: Option<f64>,
    lp_ctr: Option<f64>,
    cr: Option<f64>,
    epc: Option<String>,
    cpc: Option<String>,
    cpa: Option<String>,
    cpl: Option<String>,
    cps: Option<String>,
    profit_per_click: Option<String>,
    approval_rate: Option<f64>,
}

impl Metrics {
    /// Of nothing: zero sums, no ratios.
    fn zero(masks_money: bool) -> Self {
        let zero = || (!masks_money).then(|| "0".to_owned());
        Self { revenue: zero(), revenue_pending: zero(), cost: zero(), profit: zero(), ..Self::default() }
    }
}

/// With what they are compared with, where that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = ReportTotals)]
pub struct Totals {
    #[serde(flatten)]
    pub metrics: Metrics,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Metrics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Changes>,
}

impl Totals {
    pub fn zero(query: &ReportQuery) -> Self {
        let previous = query.compared.map(|_| Metrics::zero(query.masks_money));
        let change = query.compared.map(|_| Changes::default());
        Self { metrics: Metrics::zero(query.masks_money), previous, change }
    }

    pub fn of(row: Row, query: &ReportQuery) -> Result<Self, ApiError> {
        Ok(ReportRow::of(row, query)?.totals)
    }
}

/// The values of the dimensions that a report is grouped by, and the names of ids.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Keys(pub BTreeMap<String, Option<String>>);

impl PartialSchema for Keys {
    fn schema() -> RefOr<Schema> {
        let text = |types: &[Type]| {
            let kind = SchemaType::Array(types.to_vec());
            ObjectBuilder::new().schema_type(kind).build()
        };
        let mut object = ObjectBuilder::new();
        for dimension in dimension::ALL {
            object = object.property(dimension.name, ObjectBuilder::new().schema_type(Type::String).build());
            if dimension.names != Names::None {
                let name = format!("{}_name", dimension.name);
                object = object.property(name, text(&[Type::String, Type::Null]));
            }
        }
        object.into()
    }
}

impl ToSchema for Keys {
    fn name() -> Cow<'static, str> {
        "ReportKeys".into()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ReportRow {
    #[serde(flatten)]
    pub keys: Keys,
    #[serde(flatten)]
    pub totals: Totals,
}

impl ReportRow {
    pub fn of(row: Row, query: &ReportQuery) -> Result<Self, ApiError> {
        let (mut keys, mut now, mut previous, mut change) =
            (BTreeMap::new(), Row::new(), Row::new(), Row::new());
        for (name, value) in row {
            if name == MISSING {
                continue;
            } else if query
                .group_by
                .iter()
                .any(|d| name.strip_prefix(d.name).is_some_and(|r| r.is_empty() || r == "_name"))
            {
                keys.insert(name, value.as_str().map(str::to_owned));
            } else if let Some(name) = name.strip_prefix(PREVIOUS) {
                previous.insert(name.to_owned(), value);
            } else if let Some(name) = name.strip_prefix(CHANGE) {
                change.insert(name.to_owned(), value);
            } else {
                now.insert(name, value);
            }
        }
        let is_compared = query.compared.is_some();
        let previous = is_compared.then(|| read(previous)).transpose()?;
        let change = is_compared.then(|| read(change)).transpose()?;
        Ok(Self { keys: Keys(keys), totals: Totals { metrics: read(now)?, previous, change } })
    }
}

impl ReportRow {
    /// As ClickHouse would have said it.
    pub fn flat(&self) -> Row {
        let mut row: Row =
            self.keys.0.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let mut add = |prefix: &str, value: Option<Value>| {
            if let Some(Value::Object(metrics)) = value {
                row.extend(metrics.into_iter().map(|(name, value)| (format!("{prefix}{name}"), value)));
            }
        };
        let Totals { metrics, previous, change } = &self.totals;
        add("", serde_json::to_value(metrics).ok());
        add(PREVIOUS, serde_json::to_value(previous).ok());
        add(CHANGE, serde_json::to_value(change).ok());
        row
    }
}

fn read<T: serde::de::DeserializeOwned>(row: Row) -> Result<T, ApiError> {
    Ok(serde_json::from_value(Value::Object(row)).map_err(WarehouseError::from)?)
}

/// What an answer says of its amounts, and of the period it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportNotes {
    /// Of all amounts: the workspace's.
    pub currency: String,
    /// Currencies that have no rate at all: their amounts are in no total. A report is whole where it is empty.
    pub missing_rates: Vec<String>,
    /// Rates were written that reports do not use yet.
    pub rates_pending: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<ComparedWith>,
    /// What the rows were read from: `raw` (the events), `rollup` (what was added up before), or `mixed`.
    pub read_from: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparedWith {
    /// RFC 3339, included.
    pub from: String,
    /// RFC 3339, excluded.
    pub to: String,
}

impl ReportNotes {
    pub fn of(query: &ReportQuery, amounts: &Amounts, missing: Vec<String>) -> Self {
        let compared_with = query.compared.map(|compared| ComparedWith {
            from: rfc3339::of_ms(compared.bounds.0),
            to: rfc3339::of_ms(compared.bounds.1),
        });
        Self {
            currency: amounts.currency.to_string(),
            missing_rates: missing,
            rates_pending: amounts.pending,
            compared_with,
            read_from: Source::of(query, &query.group_by).name(),
        }
    }
}

/// The currencies without a rate that rows name.
pub fn missing_rates<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<String> {
    let named = rows.filter_map(|row| row.get(MISSING)?.as_array()).flatten();
    let mut missing: Vec<String> = named.filter_map(|code| code.as_str().map(str::to_owned)).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Overview {
    #[serde(flatten)]
    pub totals: Totals,
    #[serde(flatten)]
    pub notes: ReportNotes,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DailyReport {
    /// A row a calendar day of the report's timezone, days without clicks included.
    pub items: Vec<ReportRow>,
    pub limit: usize,
    pub offset: u64,
    pub total: usize,
    #[serde(flatten)]
    pub notes: ReportNotes,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GroupedReport {
    pub items: Vec<ReportRow>,
    pub limit: u32,
    pub offset: u32,
    /// Groups in all that `having` lets pass; null with `with_total=false`.
    pub total: Option<u64>,
    /// Over all groups that `having` lets pass, not only those of the page; null with `with_total=false`.
    pub totals: Option<Totals>,
    #[serde(flatten)]
    pub notes: ReportNotes,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::metric;

    #[test]
    fn the_typed_metrics_are_those_that_are_compiled() {
        let value = serde_json::to_value(Metrics::default()).unwrap();
        let mut typed: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let mut compiled: Vec<&str> = metric::all().map(|metric| metric.name).collect();
        typed.sort_unstable();
        compiled.sort_unstable();
        assert_eq!(typed, compiled);
    }
}
