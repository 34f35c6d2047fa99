//! The rows of an import, from JSON or CSV.

use serde::Deserialize;
use serde_json::value::RawValue;
use traffoflex_conversion::fields::RawFields;
use traffoflex_wire::error_body::FieldError;

use super::MAX_ROWS;
use crate::{
    csv_rows::{self, CsvRow},
    error::ApiError,
};

/// Names of what a row says beside the parameters of a postback.
const NETWORK: &str = "network";
const CREATED_AT: &str = "created_at";
/// How far ahead of this clock another one may be, in milliseconds.
const MAX_AHEAD_MS: i64 = 5 * 60 * 1000;
/// 2000-01-01: what is older is a mistake in the unit.
const MIN_TIME_MS: i64 = 946_684_800_000;
/// Unix times below are seconds, as milliseconds they would be in 1973.
const MIN_UNIX_MS: i64 = 100_000_000_000;

#[derive(Debug, Default)]
pub struct Row {
    pub network: Option<String>,
    pub created_at: Option<String>,
    pub fields: RawFields,
    /// It could not be read at all.
    pub error: Option<FieldError>,
}

impl Row {
    fn new(pairs: RawFields) -> Self {
        let text = |name: &str| pairs.get(name).map(str::to_owned);
        let own = |name: &str| name.eq_ignore_ascii_case(NETWORK) || name.eq_ignore_ascii_case(CREATED_AT);
        let others = pairs.pairs().iter().filter(|(name, _)| !own(name.trim()));
        let fields = others.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Self { network: text(NETWORK), created_at: text(CREATED_AT), fields, error: None }
    }

    fn unreadable(error: impl Into<String>) -> Self {
        let error = FieldError { field: "row".to_owned(), error: error.into() };
        Self { error: Some(error), ..Self::default() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<'b> {
    #[serde(borrow)]
    rows: Vec<&'b RawValue>,
}

/// Numbers stay as they are written: no amount goes through a float.
pub fn from_json(body: &[u8]) -> Result<Vec<Row>, ApiError> {
    let is_array = body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    let rows: Result<Vec<&RawValue>, serde_json::Error> = match is_array {
        true => serde_json::from_slice(body),
        false => serde_json::from_slice::<Wrapped<'_>>(body).map(|wrapped| wrapped.rows),
    };
    let rows = rows.map_err(|error| {
        ApiError::field("body", format!("an array of rows, or an object with `rows`: {error}"))
    })?;
    let row = |row: &RawValue| match RawFields::from_json(row.get().as_bytes()) {
        Ok(pairs) => Row::new(pairs),
        Err(error) => Row::unreadable(error.to_string()),
    };
    Ok(rows.into_iter().take(MAX_ROWS + 1).map(row).collect())
}

pub fn from_csv(body: &[u8]) -> Result<Vec<Row>, ApiError> {
    let row = |row: CsvRow| match row {
        Ok(pairs) => Row::new(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()),
        Err(error) => Row::unreadable(error),
    };
    Ok(csv_rows::read(body, MAX_ROWS)?.into_iter().map(row).collect())
}

/// UTC milliseconds of RFC 3339 or unix time in seconds or milliseconds.
pub fn time_ms(text: &str, now_ms: i64) -> Result<i64, String> {
    let unix = text.parse::<i64>().ok().map(|n| if n < MIN_UNIX_MS { n.saturating_mul(1000) } else { n });
    let parsed = unix.or_else(|| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond));
    match parsed {
        None => Err("a time as in RFC 3339, or unix time in seconds or milliseconds".to_owned()),
        Some(at) if at > now_ms + MAX_AHEAD_MS => Err("in the future".to_owned()),
        Some(at) if at < MIN_TIME_MS => Err("before the year 2000".to_owned()),
        Some(at) => Ok(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(row: &Row) -> Vec<(&str, &str)> {
        row.fields.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
    }

    #[test]
    fn json_rows_keep_amounts_as_they_are_written() {
        let body = br#" [{"network":"n","Payout":10.10,"created_at":1700000000,"click_id":"c","x":null}, 7]"#;
        let rows = from_json(body).unwrap();
        assert_eq!(pairs(&rows[0]), [("Payout", "10.10"), ("click_id", "c")]);
        assert_eq!(rows[0].created_at.as_deref(), Some("1700000000"));
        assert_eq!(rows[1].error.as_ref().unwrap().field, "row");
        assert_eq!(from_json(br#"{"rows":[{}]}"#).unwrap().len(), 1);
        for bad in [&b"{}"[..], b"", b"[{]", b"{\"rows\":[],\"x\":1}", b"7"] {
            assert!(from_json(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn csv_rows_are_named_by_the_header_and_a_bad_one_stands_alone() {
        let body = b"\xef\xbb\xbfNetwork, click_id ,payout\r\nn,\"c,1\",\"1.5\"\nn,c2\n\nn,\xff,1\nn,,2\n";
        let rows = from_csv(body).unwrap();
        assert_eq!(rows.len(), 4);
        assert_eq!(pairs(&rows[0]), [("click_id", "c,1"), ("payout", "1.5")]);
        assert_eq!(rows[0].network.as_deref(), Some("n"));
        assert!(rows[1].error.is_some() && rows[2].error.is_some());
        assert_eq!(pairs(&rows[3]), [("payout", "2")]);
    }

    #[test]
    fn times_are_rfc_3339_or_unix() {
        let now = 1_800_000_000_000;
        for (text, expected) in [
            ("2023-11-14T22:13:20Z", 1_700_000_000_000),
            ("2023-11-15T00:13:20.5+02:00", 1_700_000_000_500),
            ("1700000000", 1_700_000_000_000),
            ("1700000000123", 1_700_000_000_123),
        ] {
            assert_eq!(time_ms(text, now), Ok(expected), "{text}");
        }
        for bad in ["", "yesterday", "1.5", "2023-11-14", "0", "1900000000", "9223372036854775807"] {
            assert!(time_ms(bad, now).is_err(), "{bad}");
        }
    }
}
