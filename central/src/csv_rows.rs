//! A request's body as CSV: a header line that names the columns, then rows, each read for itself.
//!
//! Names are in lower case. A byte order mark is skipped, and so are empty lines and blank cells; cells are
//! as they were sent. What is wrong with a row (too many or too few cells, no UTF-8) keeps no other row back.

use csv::{ByteRecord, ReaderBuilder};
use http::{HeaderMap, header};

use crate::error::ApiError;

/// Names and values, or what is wrong with the row.
pub type CsvRow = Result<Vec<(String, String)>, String>;

/// By the `Content-Type`.
pub fn is_csv(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/csv")
}

/// At most one row more than `max_rows`: so that the caller sees that there are too many.
pub fn read(body: &[u8], max_rows: usize) -> Result<Vec<CsvRow>, ApiError> {
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
    while rows.len() <= max_rows {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => rows.push(row(&names, &record)),
            Err(error) => return Err(ApiError::field("body", error.to_string())),
        }
    }
    Ok(rows)
}

fn row(names: &[String], record: &ByteRecord) -> CsvRow {
    if record.len() != names.len() {
        return Err(format!("{} values for {} columns", record.len(), names.len()));
    }
    let mut pairs = Vec::new();
    for (name, value) in names.iter().zip(record) {
        let value = std::str::from_utf8(value).map_err(|_| format!("{name} is not UTF-8"))?;
        if !name.is_empty() && !value.trim().is_empty() {
            pairs.push((name.clone(), value.to_owned()));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_row_stands_alone_and_a_bad_header_does_not() {
        let body =
            b"\xef\xbb\xbfName, Click_Id ,,payout\r\nn,\"c,1\",ignored,\" 1.5\"\nn,c2\n\nn,\xff,,1\nn, ,,2\n";
        let rows = read(body, 10).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0], Ok(vec![pair("name", "n"), pair("click_id", "c,1"), pair("payout", " 1.5")]));
        assert_eq!(rows[1], Err("2 values for 4 columns".to_owned()));
        assert_eq!(rows[2], Err("click_id is not UTF-8".to_owned()));
        assert_eq!(rows[3], Ok(vec![pair("name", "n"), pair("payout", "2")]));
        assert_eq!(read(body, 2).unwrap().len(), 3, "one more than the limit, and no further");
        for bad in [&b"a,b,A\n1,2,3\n"[..], b"", b" ,\n1,2\n"] {
            assert!(read(bad, 10).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn the_content_type_says_so() {
        let of = |text: &str| HeaderMap::from_iter([(header::CONTENT_TYPE, text.parse().unwrap())]);
        assert!(is_csv(&of("text/csv")) && is_csv(&of(" Text/CSV ; charset=utf-8")));
        assert!(!is_csv(&of("text/csvx")) && !is_csv(&of("application/json")) && !is_csv(&HeaderMap::new()));
    }
}
