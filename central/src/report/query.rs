//! What is asked of a report, checked. Everything a client names ends as a reference to one of our
//! own lists or as a bound value.

use jiff::{Timestamp, tz::TimeZone};
use traffoflex_model::Currency;
use traffoflex_wire::error_body::FieldError;

use super::{
    dimension::{self, Dimension},
    metric,
};
use crate::error::ApiError;

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 500;
const MAX_OFFSET: u32 = 1_000_000;
const MAX_GROUP_BY: usize = 5;
const MAX_FILTER_VALUES: usize = 200;
/// Longest period, in days.
const MAX_PERIOD_DAYS: i64 = 3 * 366;
/// Parameters of grouped reports.
pub const GROUPED: &[&str] = &["group_by", "sort", "order", "limit", "offset", CONVERSION_TIME, READ_FROM];
/// Parameters of the overview and of days.
pub const WHOLE: &[&str] = &[CONVERSION_TIME, READ_FROM];
const CONVERSION_TIME: &str = "conversion_time";
pub const READ_FROM: &str = "read_from";

/// To which time conversions belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConversionTime {
    /// When the first postback came.
    #[default]
    Conversion,
    /// When it was clicked; without a click as the other.
    Click,
}

/// What rows are read from. The numbers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadFrom {
    /// What is added up already, where that is whole, and the events for the rest.
    #[default]
    Auto,
    /// The events alone.
    Raw,
}

#[derive(Debug)]
pub struct ReportQuery {
    pub workspace_id: String,
    /// What amounts are in.
    pub currency: Currency,
    pub conversion_time: ConversionTime,
    pub read_from: ReadFrom,
    /// UTC milliseconds, included.
    pub from_ms: i64,
    /// UTC milliseconds, excluded.
    pub to_ms: i64,
    pub timezone: TimeZone,
    pub group_by: Vec<&'static Dimension>,
    pub filters: Vec<(&'static Dimension, Vec<String>)>,
    /// A metric or a grouped dimension.
    pub sort: String,
    pub descending: bool,
    pub limit: u32,
    pub offset: u32,
}

impl ReportQuery {
    /// `fixed` are the dimensions the path implies, `allowed` the parameters beyond period and filters.
    pub fn parse(raw: &str, fixed: &[&str], allowed: &[&str]) -> Result<Self, ApiError> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, error: String| errors.push(FieldError { field: field.into(), error });
        let (mut from, mut to, mut timezone) = (None, None, TimeZone::UTC);
        let mut group_by: Vec<&'static Dimension> =
            fixed.iter().filter_map(|name| dimension::find(name)).collect();
        let mut filters: Vec<(&'static Dimension, Vec<String>)> = Vec::new();
        let (mut sort, mut order) = (None, None);
        let (mut limit, mut offset) = (DEFAULT_LIMIT, 0);
        let mut conversion_time = ConversionTime::default();
        let mut read_from = ReadFrom::default();
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            let is_allowed = allowed.contains(&name.as_ref());
            match name.as_ref() {
                "from" | "to" => match value.parse::<Timestamp>() {
                    Ok(time) if !PERIODS_MS.contains(&time.as_millisecond()) => {
                        wrong(&name, "from 1970 to 2199".into());
                    }
                    Ok(time) if name == "from" => from = Some(time.as_millisecond()),
                    Ok(time) => to = Some(time.as_millisecond()),
                    Err(_) => wrong(&name, "an RFC 3339 time such as 2026-11-21T00:00:00Z".into()),
                },
                "timezone" => match TimeZone::get(&value) {
                    Ok(zone) if zone.iana_name().is_some() => timezone = zone,
                    _ => wrong("timezone", "an IANA name such as Europe/Berlin".into()),
                },
                "format" if value == "json" => {}
                "format" => wrong("format", "json".into()),
                "group_by" if is_allowed && fixed.is_empty() => {
                    for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                        match dimension::find(name) {
                            Some(dimension) if group_by.iter().any(|d| d.name == dimension.name) => {}
                            Some(dimension) => group_by.push(dimension),
                            None => wrong(
                                "group_by",
                                format!("{name:.40} is none of {}", dimension::names().join(", ")),
                            ),
                        }
                    }
                }
                CONVERSION_TIME if is_allowed => match value.as_ref() {
                    "conversion" => conversion_time = ConversionTime::Conversion,
                    "click" => conversion_time = ConversionTime::Click,
                    _ => wrong(CONVERSION_TIME, "conversion or click".into()),
                },
                READ_FROM if is_allowed => match value.as_ref() {
                    "auto" => read_from = ReadFrom::Auto,
                    "raw" => read_from = ReadFrom::Raw,
                    _ => wrong(READ_FROM, "auto or raw".into()),
                },
                "sort" if is_allowed => sort = Some(value.into_owned()),
                "order" if is_allowed => order = Some(value.into_owned()),
                "limit" if is_allowed => match value.parse() {
                    Ok(n @ 1..=MAX_LIMIT) => limit = n,
                    _ => wrong("limit", format!("1 to {MAX_LIMIT}")),
                },
                "offset" if is_allowed => match value.parse() {
                    Ok(n @ 0..=MAX_OFFSET) => offset = n,
                    _ => wrong("offset", format!("0 to {MAX_OFFSET}")),
                },
                name => match dimension::find(name) {
                    Some(dimension) => {
                        let values: Vec<String> = value.split(',').map(str::to_owned).collect();
                        if values.len() > MAX_FILTER_VALUES {
                            wrong(name, format!("at most {MAX_FILTER_VALUES} values"));
                        }
                        // Named twice means either, as with commas.
                        let named = filters.iter_mut().find(|(named, _)| named.name == dimension.name);
                        match named {
                            Some((_, more)) => more.extend(values),
                            None => filters.push((dimension, values)),
                        }
                    }
                    None => wrong(&name[..name.floor_char_boundary(64)], "unknown parameter".into()),
                },
            }
        }
        if group_by.len() > MAX_GROUP_BY {
            wrong("group_by", format!("at most {MAX_GROUP_BY} dimensions"));
        }
        let now_ms = Timestamp::now().as_millisecond();
        let to_ms = to.unwrap_or(now_ms + DEFAULT_AHEAD_MS);
        let from_ms = from.unwrap_or(to_ms - DEFAULT_PERIOD_MS);
        if from_ms >= to_ms {
            wrong("to", "must be after from".into());
        } else if to_ms - from_ms > MAX_PERIOD_DAYS * DAY_MS {
            wrong("from", format!("at most {MAX_PERIOD_DAYS} days before to"));
        }
        let sort = sort.unwrap_or_else(|| "clicks".to_owned());
        let sort = match dimension::find(&sort) {
            Some(dimension) if group_by.iter().any(|d| d.name == dimension.name) => dimension.name.to_owned(),
            _ if metric::is_metric(&sort) => sort,
            _ => {
                wrong("sort", "a metric or one of the grouped dimensions".into());
                String::new()
            }
        };
        let descending = match order.as_deref() {
            None | Some("desc") => true,
            Some("asc") => false,
            Some(_) => {
                wrong("order", "asc or desc".into());
                true
            }
        };
        if !errors.is_empty() {
            return Err(ApiError::Validation(errors));
        }
        // Whose report it is, and in which currency, is for who asks ClickHouse to say.
        Ok(Self {
            workspace_id: String::new(),
            currency: Currency::USD,
            conversion_time,
            read_from,
            from_ms,
            to_ms,
            timezone,
            group_by,
            filters,
            sort,
            descending,
            limit,
            offset,
        })
    }

    pub fn dimensions(&self, grouped: bool) -> &[&'static Dimension] {
        if grouped { &self.group_by } else { &[] }
    }

    pub fn timezone_name(&self) -> &str {
        self.timezone.iana_name().unwrap_or("UTC")
    }
}

/// What reports can be asked for, UTC milliseconds: within what ClickHouse's DateTime64 holds.
const PERIODS_MS: std::ops::Range<i64> = 0..7_258_118_400_000;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Without `from`: the last 7 days.
const DEFAULT_PERIOD_MS: i64 = 7 * DAY_MS;
/// Without `to`: what nodes with a fast clock have just sent belongs to it too.
const DEFAULT_AHEAD_MS: i64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(raw: &str) -> Vec<String> {
        match ReportQuery::parse(raw, &[], GROUPED) {
            Err(ApiError::Validation(details)) => details.into_iter().map(|d| d.field).collect(),
            Err(other) => panic!("{other:?}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn a_filter_named_twice_means_either() {
        let query = ReportQuery::parse("country=US&os=iOS&country=CA,MX", &[], GROUPED).unwrap();
        assert_eq!(query.filters.len(), 2);
        assert_eq!(query.filters[0].1, ["US", "CA", "MX"]);
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        assert_eq!(
            fields(
                "from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00%2B01:00&timezone=Europe/Berlin&group_by=campaign,sub1&country=US,CA&sort=roi"
            ),
            [""; 0]
        );
        assert_eq!(
            fields("from=yesterday&timezone=Mars&group_by=x&limit=0&offset=-1&order=up&sort=y&evil=1").len(),
            8
        );
        assert_eq!(fields("from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z"), ["to"]);
        assert_eq!(fields("from=2000-11-02T00:00:00Z&to=2026-11-01T00:00:00Z"), ["from"]);
        assert_eq!(fields("from=9999-12-01T00:00:00Z&to=9999-12-30T22:00:00Z"), ["from", "to"]);
        assert_eq!(fields("conversion_time=click"), [""; 0]);
        assert_eq!(fields("conversion_time=midnight"), ["conversion_time"]);
        assert_eq!(fields("format=json"), [""; 0]);
        assert_eq!(fields("format=xml"), ["format"]);
        assert_eq!(fields("sort=country"), ["sort"], "not grouped by it");
        assert_eq!(fields("group_by=day,campaign,stream,source,os,browser"), ["group_by"]);
    }
}
