//! The rows of an import, from JSON or CSV.

use csv::{ByteRecord, ReaderBuilder};
use serde::Deserialize;
use serde_json::value::RawValue;
use traffoflex_conversion::fields::RawFields;
use traffoflex_wire::error_body::FieldError;

use super::MAX_ROWS;
use crate::error::ApiError;

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

/// The first line names the columns.
pub fn from_csv(body: &[u8]) -> Result<Vec<Row>, ApiError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(body);
    let header = reader.headers().map_err(|error| ApiError::field("header", error.to_string()))?.clone();
    let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    if names.iter().all(String::is_empty) {
        return Err(ApiError::field("header", "the first line names the columns"));
    }
    for (i, name) in names.iter().enumerate() {
        if !name.is_empty() && names[..i].contains(name) {
            return Err(ApiError::field("header", format!("{name} is there twice")));
        }
    }
    let mut rows = Vec::new();
    let mut record = ByteRecord::new();
    while rows.len() <= MAX_ROWS {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => rows.push(csv_row(&names, &record)),
            Err(error) => return Err(ApiError::field("body", error.to_string())),
        }
    }
    Ok(rows)
}

fn csv_row(names: &[String], record: &ByteRecord) -> Row {
    if record.len() != names.len() {
        return Row::unreadable(format!("{} values for {} columns", record.len(), names.len()));
    }
    let mut fields = RawFields::new();
    for (name, value) in names.iter().zip(record) {
        match std::str::from_utf8(value) {
            Ok(value) if !name.is_empty() && !value.trim().is_empty() => fields.push(name, value),
            Ok(_) => {}
            Err(_) => return Row::unreadable(format!("{name} is not UTF-8")),
        }
    }
    Row::new(fields)
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
        assert!(from_csv(b"a,b,A\n1,2,3\n").is_err());
        assert!(from_csv(b"").is_err());
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
