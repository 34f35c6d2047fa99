//! What is asked of a log: filters by name, a period, a page. Everything a client names ends as a reference
//! to a list of ours or as a bound value.
//!
//! A log says in a [`LogShape`] what may be asked of it; parameters are read by it and described by it, so that
//! the description of the API says what the code takes.

mod parameters;

pub(crate) use parameters::described;

use jiff::Timestamp;
use traffoflex_wire::error_body::FieldError;

use super::input::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::error::ApiError;

/// Values of one filter, separated by commas or named again.
const MAX_VALUES: usize = 200;
const MAX_VALUE_BYTES: usize = 2048;
/// Of rows that are skipped.
const MAX_OFFSET: u64 = 1_000_000;
/// Of what is searched for.
const MAX_SEARCH_BYTES: usize = 200;
const MAX_CURSOR_BYTES: usize = 256;
/// What can be asked for, UTC milliseconds: 1970 to 2199.
const TIMES_MS: std::ops::Range<i64> = 0..7_258_118_400_000;
const FLAG: &[&str] = &["true", "false"];

/// A parameter that a log is filtered by.
pub struct Filter {
    pub name: &'static str,
    /// Values it may have; empty: any.
    pub values: &'static [&'static str],
    pub about: &'static str,
}

impl Filter {
    pub const fn any(name: &'static str) -> Self {
        Self { name, values: &[], about: "One or more, separated by commas." }
    }

    pub const fn one_of(name: &'static str, values: &'static [&'static str]) -> Self {
        Self { name, values, about: "One or more, separated by commas." }
    }

    pub const fn flag(name: &'static str) -> Self {
        Self { name, values: FLAG, about: "Only those of which it is so, or is not so." }
    }

    pub const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }
}

/// How a log is read page by page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// `limit` and `offset`, of a period.
    Offset,
    /// `limit` and `offset`, whatever the time.
    Page,
    /// `limit` and `before`, the `next` of the page before; `total=true` counts.
    Before,
    /// Not by pages, and of no period.
    None,
}

impl Paging {
    fn has_period(self) -> bool {
        matches!(self, Self::Offset | Self::Before)
    }

    fn has_offset(self) -> bool {
        matches!(self, Self::Offset | Self::Page)
    }
}

/// What may be asked of a log.
pub struct LogShape {
    pub filters: &'static [Filter],
    pub paging: Paging,
    /// The name of what `q` looks into; none: there is no `q`.
    pub searches: Option<&'static str>,
    /// What it may be sorted by, the default first; empty: its order is its own.
    pub sorts: &'static [&'static str],
    /// `format=csv` answers all rows.
    pub has_csv: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Included; UTC milliseconds.
    pub from_ms: Option<i64>,
    /// Excluded; UTC milliseconds.
    pub to_ms: Option<i64>,
    /// By the filter's name; any of the values.
    pub filters: Vec<(&'static str, Vec<String>)>,
    /// Not empty.
    pub q: Option<String>,
    pub limit: i64,
    pub offset: u64,
    pub before: Option<String>,
    pub wants_total: bool,
    pub sort: &'static str,
    pub is_ascending: bool,
    pub is_csv: bool,
}

impl LogQuery {
    pub fn parse(raw: &str, shape: &LogShape) -> Result<Self, ApiError> {
        let sort = shape.sorts.first().copied().unwrap_or_default();
        let mut query = Self { limit: DEFAULT_LIMIT, sort, ..Self::default() };
        let mut errors = Vec::new();
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            let read = match shape.filters.iter().find(|filter| filter.name == name) {
                Some(filter) => query.filter(filter, &value),
                None => query.read(&name, &value, shape),
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

    /// The values that a filter names; empty: it is not asked for.
    pub fn values(&self, name: &str) -> &[String] {
        self.filters.iter().find(|(known, _)| *known == name).map_or(&[], |(_, values)| values)
    }

    pub fn is_filtered_by(&self, names: &[&str]) -> bool {
        self.filters.iter().any(|(name, _)| names.contains(name))
    }

    fn read(&mut self, name: &str, value: &str, shape: &LogShape) -> Result<(), String> {
        let (is_paged, has_period) = (shape.paging != Paging::None, shape.paging.has_period());
        match name {
            "from" if has_period => self.from_ms = Some(time(value)?),
            "to" if has_period => self.to_ms = Some(time(value)?),
            "limit" if is_paged => {
                let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                self.limit = limit.ok_or_else(|| format!("an integer from 1 to {MAX_LIMIT}"))?;
            }
            "offset" if shape.paging.has_offset() => {
                let offset = value.parse().ok().filter(|offset| *offset <= MAX_OFFSET);
                self.offset = offset.ok_or_else(|| format!("an integer from 0 to {MAX_OFFSET}"))?;
            }
            "before" if shape.paging == Paging::Before => {
                if value.len() > MAX_CURSOR_BYTES {
                    return Err("the `next` of an earlier page".into());
                }
                self.before = Some(value.to_owned());
            }
            "total" if shape.paging == Paging::Before => self.wants_total = flag(value)?,
            "q" if shape.searches.is_some() => {
                if value.len() > MAX_SEARCH_BYTES {
                    return Err(format!("at most {MAX_SEARCH_BYTES} bytes"));
                }
                self.q = Some(value.to_owned()).filter(|q| !q.is_empty());
            }
            "sort" if !shape.sorts.is_empty() => {
                let known = shape.sorts.iter().find(|sort| **sort == value);
                self.sort = known.ok_or_else(|| format!("one of {}", shape.sorts.join(", ")))?;
            }
            "order" if !shape.sorts.is_empty() => {
                self.is_ascending = match value {
                    "asc" => true,
                    "desc" => false,
                    _ => return Err("asc or desc".into()),
                }
            }
            "format" if shape.has_csv => {
                self.is_csv = match value {
                    "csv" => true,
                    "json" => false,
                    _ => return Err("json or csv".into()),
                }
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
            Some((_, more)) if more.len() + values.len() > MAX_VALUES => {
                return Err(format!("at most {MAX_VALUES} values"));
            }
            Some((_, more)) => more.extend(values),
            None => self.filters.push((filter.name, values)),
        }
        Ok(())
    }
}

fn flag(value: &str) -> Result<bool, String> {
    value.parse().map_err(|_| "true or false".to_owned())
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

    const SHAPE: LogShape = LogShape {
        filters: &[
            Filter::any("click_id"),
            Filter::one_of("direction", &["inbound"]),
            Filter::flag("is_bot"),
        ],
        paging: Paging::Offset,
        searches: Some("names"),
        sorts: &["created_at", "updated_at"],
        has_csv: true,
    };

    fn wrong(raw: &str, shape: &LogShape) -> Vec<String> {
        match LogQuery::parse(raw, shape) {
            Err(ApiError::Validation(details)) => details.into_iter().map(|detail| detail.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn filters_periods_and_pages() {
        let raw = "click_id=a,b&click_id=c&from=1970-01-01T00:00:01Z&to=1970-01-01T01:00:02%2B01:00&limit=500\
                   &offset=3&sort=updated_at&order=asc&format=csv&q=x";
        let expected = LogQuery {
            from_ms: Some(1000),
            to_ms: Some(2000),
            filters: vec![("click_id", vec!["a".into(), "b".into(), "c".into()])],
            limit: 500,
            offset: 3,
            sort: "updated_at",
            is_ascending: true,
            is_csv: true,
            q: Some("x".into()),
            ..LogQuery::default()
        };
        assert_eq!(LogQuery::parse(raw, &SHAPE).unwrap(), expected);
        let plain = LogQuery::parse("q=", &SHAPE).unwrap();
        assert_eq!((plain.limit, plain.sort, plain.q), (DEFAULT_LIMIT, "created_at", None));
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        let all =
            "limit=501&offset=-1&from=x&direction=up&nope=1&is_bot=maybe&sort=payout&order=up&format=xml";
        assert_eq!(wrong(all, &SHAPE).len(), 9);
        assert_eq!(wrong("from=2026-11-21T00:00:00Z&to=2026-11-21T00:00:00Z", &SHAPE), ["to"]);
        assert_eq!(wrong("to=2500-01-01T00:00:00Z", &SHAPE), ["to"]);
        let bare =
            LogShape { filters: &[], paging: Paging::None, searches: None, sorts: &[], has_csv: false };
        let none =
            "limit=1&offset=1&from=2026-11-21T00:00:00Z&before=x&total=true&q=x&sort=a&order=asc&format=csv";
        assert_eq!(wrong(none, &bare).len(), 9);
        let keyset = LogShape { paging: Paging::Before, ..bare };
        assert_eq!(wrong("offset=1&total=2", &keyset), ["offset", "total"]);
        assert!(LogQuery::parse("before=abc&total=true", &keyset).unwrap().wants_total);
    }
}
