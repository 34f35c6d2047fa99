//! What is asked of a log: filters by name, a period, a page. Everything a client names ends as a reference
//! to a list of ours or as a bound value.

use jiff::Timestamp;
use traffoflex_wire::error_body::FieldError;

use super::input::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::error::ApiError;

/// Values of one filter, separated by commas or named again.
const MAX_VALUES: usize = 200;
const MAX_VALUE_BYTES: usize = 2048;
/// Of rows that are skipped.
const MAX_OFFSET: u64 = 1_000_000;
/// What can be asked for, UTC milliseconds: 1970 to 2199.
const TIMES_MS: std::ops::Range<i64> = 0..7_258_118_400_000;

/// A parameter that a log is filtered by.
pub struct Filter {
    pub name: &'static str,
    /// Values it may have; empty: any.
    pub values: &'static [&'static str],
}

impl Filter {
    pub const fn any(name: &'static str) -> Self {
        Self { name, values: &[] }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// Included; UTC milliseconds.
    pub from_ms: Option<i64>,
    /// Excluded; UTC milliseconds.
    pub to_ms: Option<i64>,
    /// By the filter's name; any of the values.
    pub filters: Vec<(&'static str, Vec<String>)>,
    pub limit: i64,
    pub offset: u64,
}

impl LogQuery {
    pub fn parse(raw: &str, allowed: &[Filter]) -> Result<Self, ApiError> {
        let mut query =
            Self { from_ms: None, to_ms: None, filters: Vec::new(), limit: DEFAULT_LIMIT, offset: 0 };
        let mut errors = Vec::new();
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            let read = match allowed.iter().find(|filter| filter.name == name) {
                Some(filter) => query.filter(filter, &value),
                None => query.read(&name, &value),
            };
            if let Err(error) = read {
                let field = name[..name.floor_char_boundary(64)].to_owned();
                errors.push(FieldError { field, error });
            }
        }
        if let (Some(from_ms), Some(to_ms)) = (query.from_ms, query.to_ms)
            && from_ms >= to_ms
        {
            errors.push(FieldError { field: "to".into(), error: "must be after from".into() });
        }
        if errors.is_empty() { Ok(query) } else { Err(ApiError::Validation(errors)) }
    }

    fn read(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "from" => self.from_ms = Some(time(value)?),
            "to" => self.to_ms = Some(time(value)?),
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                self.limit = limit.ok_or_else(|| format!("an integer from 1 to {MAX_LIMIT}"))?;
            }
            "offset" => {
                let offset = value.parse().ok().filter(|offset| *offset <= MAX_OFFSET);
                self.offset = offset.ok_or_else(|| format!("an integer from 0 to {MAX_OFFSET}"))?;
            }
            _ => return Err("unknown parameter".into()),
        }
        Ok(())
    }

    fn filter(&mut self, filter: &Filter, value: &str) -> Result<(), String> {
        let values: Vec<String> = value.split(',').map(str::to_owned).collect();
        if values.len() > MAX_VALUES || value.len() > MAX_VALUES * MAX_VALUE_BYTES {
            return Err(format!("at most {MAX_VALUES} values"));
        }
        if !filter.values.is_empty() && !values.iter().all(|value| filter.values.contains(&&**value)) {
            return Err(format!("one or more of {}", filter.values.join(", ")));
        }
        match self.filters.iter_mut().find(|(name, _)| *name == filter.name) {
            Some((_, more)) => more.extend(values),
            None => self.filters.push((filter.name, values)),
        }
        Ok(())
    }
}

/// An RFC 3339 time in UTC milliseconds.
pub fn time(value: &str) -> Result<i64, String> {
    let time: Timestamp =
        value.parse().map_err(|_| "an RFC 3339 time such as 2026-11-21T00:00:00Z".to_owned())?;
    let ms = time.as_millisecond();
    if TIMES_MS.contains(&ms) { Ok(ms) } else { Err("from 1970 to 2199".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTERS: &[Filter] = &[Filter::any("click_id"), Filter { name: "direction", values: &["inbound"] }];

    fn wrong(raw: &str) -> Vec<String> {
        match LogQuery::parse(raw, FILTERS) {
            Err(ApiError::Validation(details)) => details.into_iter().map(|detail| detail.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn filters_periods_and_pages() {
        let raw = "click_id=a,b&click_id=c&from=1970-01-01T00:00:01Z&to=1970-01-01T01:00:02%2B01:00&limit=500&offset=3";
        let expected = LogQuery {
            from_ms: Some(1000),
            to_ms: Some(2000),
            filters: vec![("click_id", vec!["a".into(), "b".into(), "c".into()])],
            limit: 500,
            offset: 3,
        };
        assert_eq!(LogQuery::parse(raw, FILTERS).unwrap(), expected);
        assert_eq!(LogQuery::parse("", FILTERS).unwrap().limit, DEFAULT_LIMIT);
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        assert_eq!(wrong("limit=501&offset=-1&from=x&direction=up&nope=1").len(), 5);
        assert_eq!(wrong("from=2026-11-21T00:00:00Z&to=2026-11-21T00:00:00Z"), ["to"]);
        assert_eq!(wrong("to=2500-01-01T00:00:00Z"), ["to"]);
    }
}
