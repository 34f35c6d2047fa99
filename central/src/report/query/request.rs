//! What a client sends: a body, or parameters of a URL. Both become a [`Draft`], in which every part knows the
//! path under which an error names it.

use serde::{Deserialize, Serialize};
use traffoflex_model::{Operator, ValueCount};
use traffoflex_wire::error_body::FieldError;
use utoipa::ToSchema;

use super::{ConversionTime, Format, Period, ReadFrom};
use crate::report::{
    dimension,
    filter::{FilterCondition, FilterNode},
};

/// A report, as it is asked for and as a saved view keeps it. Without `from`, `to` and `period`: the last 7 days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReportRequest {
    /// RFC 3339, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// RFC 3339, excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Instead of `from` and `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// IANA name; UTC without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Up to 5 dimensions.
    pub group_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<FilterNode>,
    /// All of them must hold for a row to be shown.
    pub having: Vec<HavingCondition>,
    /// Up to 5, the first decides first; `clicks` from the most to the least without any.
    pub sort: Vec<SortKey>,
    /// 1 to 500, 100 without it; of CSV 1 to 1,000,000, all without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// False: neither `total` nor `totals` are reckoned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_total: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversion_time: Option<ConversionTime>,
    /// `previous_period`, `previous_year` or `<from>..<to>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_from: Option<ReadFrom>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportHaving)]
#[serde(deny_unknown_fields)]
pub struct HavingCondition {
    pub metric: String,
    /// `eq`, `neq`, `gt`, `gte`, `lt` or `lte`.
    pub operator: Operator,
    /// A decimal number.
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportSort)]
#[serde(deny_unknown_fields)]
pub struct SortKey {
    /// A metric, or one of the grouped dimensions.
    pub by: String,
    #[serde(default)]
    pub order: Order,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SortOrder)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    Asc,
    #[default]
    Desc,
}

/// Unchecked, with paths.
#[derive(Debug, Default)]
pub struct Draft {
    pub from: Option<String>,
    pub to: Option<String>,
    pub period: Option<Period>,
    pub timezone: Option<String>,
    pub group_by: Vec<String>,
    pub filters: Vec<(String, FilterNode)>,
    pub having: Vec<(String, HavingCondition)>,
    pub sort: Vec<SortKey>,
    pub limit: Option<u32>,
    pub offset: Option<u32>,
    pub with_total: Option<bool>,
    pub conversion_time: Option<ConversionTime>,
    pub compare: Option<String>,
    pub format: Option<Format>,
    pub read_from: Option<ReadFrom>,
    /// Parameters that only one report has.
    pub own: Vec<(&'static str, String)>,
}

impl From<ReportRequest> for Draft {
    fn from(request: ReportRequest) -> Self {
        let having = request.having.into_iter().enumerate();
        Self {
            from: request.from,
            to: request.to,
            period: request.period,
            timezone: request.timezone,
            group_by: request.group_by,
            filters: request.filters.map(|node| ("filters".to_owned(), node)).into_iter().collect(),
            having: having.map(|(i, having)| (format!("having[{i}]"), having)).collect(),
            sort: request.sort,
            limit: request.limit,
            offset: request.offset,
            with_total: request.with_total,
            conversion_time: request.conversion_time,
            compare: request.compare,
            format: request.format,
            read_from: request.read_from,
            own: Vec::new(),
        }
    }
}

impl Draft {
    /// `allowed` are the parameters beyond period, timezone, format and filters, `own` those of one report.
    pub fn of_url(raw: &str, allowed: &[&str], own: &[&'static str], errors: &mut Vec<FieldError>) -> Self {
        let mut draft = Self::default();
        let (mut sorts, mut orders) = (Vec::new(), Vec::new());
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            let known = match name.as_ref() {
                "sort" if allowed.contains(&"sort") => words(&value, &mut sorts),
                "order" if allowed.contains(&"order") => words(&value, &mut orders),
                name => draft.read(name, &value, allowed, own),
            };
            if let Err(error) = known {
                errors.push(FieldError { field: name[..name.floor_char_boundary(64)].to_owned(), error });
            }
        }
        let orders = ordered(sorts.len(), &orders).unwrap_or_else(|error| {
            errors.push(FieldError { field: "order".into(), error });
            Vec::new()
        });
        if sorts.is_empty() && !orders.is_empty() {
            sorts.push(super::choice::DEFAULT_SORT.to_owned());
        }
        let of = |i: usize| orders.get(i).copied().unwrap_or_default();
        draft.sort = sorts.into_iter().enumerate().map(|(i, by)| SortKey { by, order: of(i) }).collect();
        draft
    }

    fn read(
        &mut self,
        name: &str,
        value: &str,
        allowed: &[&str],
        own: &[&'static str],
    ) -> Result<(), String> {
        if let Some(own) = own.iter().find(|own| **own == name) {
            self.own.push((own, value.to_owned()));
            return Ok(());
        }
        if let Some((kind, first, second)) = bracketed(name) {
            return match kind {
                "filter" => self.filter(name, first, second, value),
                "having" if allowed.contains(&"having") => self.having(name, first, second, value),
                _ => Err("unknown parameter".into()),
            };
        }
        let is_allowed = allowed.contains(&name);
        match name {
            "from" => self.from = Some(value.to_owned()),
            "to" => self.to = Some(value.to_owned()),
            "period" => self.period = Some(word(value)?),
            "timezone" => self.timezone = Some(value.to_owned()),
            "format" => self.format = Some(word(value)?),
            "group_by" if is_allowed => words(value, &mut self.group_by)?,
            "conversion_time" if is_allowed => self.conversion_time = Some(word(value)?),
            "read_from" if is_allowed => self.read_from = Some(word(value)?),
            "compare" if is_allowed => self.compare = Some(value.to_owned()),
            "limit" if is_allowed => self.limit = Some(number(value)?),
            "offset" if is_allowed => self.offset = Some(number(value)?),
            "with_total" if is_allowed => self.with_total = Some(word_of_json(value)?),
            _ => return self.short(name, value),
        }
        Ok(())
    }

    /// `country=US,CA`. Named twice means either, as with commas.
    fn short(&mut self, name: &str, value: &str) -> Result<(), String> {
        let dimension = dimension::find(name).ok_or("unknown parameter")?;
        let more = value.split(',').map(str::to_owned);
        let before = self.filters.iter_mut().find_map(|(path, node)| match node {
            FilterNode::Condition(condition) if condition.field == dimension.name && !path.contains('[') => {
                Some(&mut condition.values)
            }
            _ => None,
        });
        match before {
            Some(values) => values.extend(more),
            None => {
                let values = more.collect();
                let field = dimension.name.to_owned();
                let condition =
                    FilterCondition { field, operator: Operator::In, values, case_sensitive: false };
                self.filters.push((name.to_owned(), FilterNode::Condition(condition)));
            }
        }
        Ok(())
    }

    /// `filter[country][not_in]=US,CA`; a pattern may hold commas, and is one.
    fn filter(&mut self, path: &str, field: &str, operator: &str, value: &str) -> Result<(), String> {
        let operator: Operator = word(operator)?;
        let values = match operator.values() {
            ValueCount::None => Vec::new(),
            ValueCount::One => vec![value.to_owned()],
            ValueCount::OneOrMore if operator == Operator::Regex => vec![value.to_owned()],
            ValueCount::OneOrMore => value.split(',').map(str::to_owned).collect(),
        };
        let condition = FilterCondition { field: field.to_owned(), operator, values, case_sensitive: false };
        self.filters.push((path.to_owned(), FilterNode::Condition(condition)));
        Ok(())
    }

    /// `having[clicks][gte]=100`.
    fn having(&mut self, path: &str, metric: &str, operator: &str, value: &str) -> Result<(), String> {
        let (metric, value, operator) = (metric.to_owned(), value.to_owned(), word(operator)?);
        self.having.push((path.to_owned(), HavingCondition { metric, operator, value }));
        Ok(())
    }
}

/// `name[first][second]`.
fn bracketed(name: &str) -> Option<(&str, &str, &str)> {
    let (kind, rest) = name.strip_suffix(']')?.split_once('[')?;
    let (first, second) = rest.split_once("][")?;
    Some((kind, first, second))
}

fn words(value: &str, into: &mut Vec<String>) -> Result<(), String> {
    into.extend(value.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned));
    Ok(())
}

/// As many orders as sorts, or fewer: what has none goes down.
fn ordered(sorts: usize, orders: &[String]) -> Result<Vec<Order>, String> {
    if orders.len() > sorts.max(1) {
        return Err("as many as there are sorts, or fewer".into());
    }
    orders.iter().map(|order| word(order)).collect()
}

/// One of an enum's names.
pub fn word<T: serde::de::DeserializeOwned>(value: &str) -> Result<T, String> {
    let read = serde_json::from_value(serde_json::Value::String(value.to_owned()));
    read.map_err(|error| error.to_string())
}

fn word_of_json(value: &str) -> Result<bool, String> {
    value.parse().map_err(|_| "true or false".to_owned())
}

fn number(value: &str) -> Result<u32, String> {
    value.parse().map_err(|_| "a whole number".to_owned())
}
