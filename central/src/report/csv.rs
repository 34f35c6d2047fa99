//! Reports as CSV: one header line with the columns of the JSON, then rows, UTF-8, quoted where needed.
//!
//! Long ones are streamed: rows are read from ClickHouse while they are sent, a few blocks of it in memory at a
//! time. A failure on the way breaks the connection off, so that half a report is never taken for a whole one.
//!
//! No text is a formula ([`crate::spreadsheet`]). Nulls are empty. What is compared with stands in columns `previous_<metric>` and
//! `change_<metric>`.

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http::{HeaderValue, header};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    compile::{self, CHANGE, PREVIOUS},
    dimension::Names,
    metric,
    query::ReportQuery,
    run::{self, NameBook, Row},
};
use crate::{access::WorkspaceApp, error::ApiError, spreadsheet::guarded, warehouse::WarehouseError};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
const DISPOSITION: HeaderValue = HeaderValue::from_static("attachment; filename=\"report.csv\"");

/// Of a report of metrics.
pub fn columns(query: &ReportQuery) -> Vec<String> {
    let mut columns = Vec::new();
    for dimension in &query.group_by {
        columns.push(dimension.name.to_owned());
        if dimension.names != Names::None {
            columns.push(format!("{}_name", dimension.name));
        }
    }
    for metric in metric::all() {
        columns.push(metric.name.to_owned());
        if query.compared.is_some() {
            columns.push(format!("{PREVIOUS}{}", metric.name));
            columns.push(format!("{CHANGE}{}", metric.name));
        }
    }
    columns
}

/// Of rows that are all there.
pub fn answer(columns: &[String], rows: &[Row]) -> Response {
    let mut text = line(columns.iter().map(String::as_str));
    for row in rows {
        text.extend(cells(columns, row));
    }
    response(Body::from(text))
}

/// Of all groups of a report, as ClickHouse finds them. The turn lasts as long as the answer.
pub async fn stream(
    app: WorkspaceApp,
    query: ReportQuery,
    turn: OwnedSemaphorePermit,
) -> Result<Response, ApiError> {
    let mut blocks =
        app.warehouse.json_rows(run::bind(&app, compile::grouped(&query, false))).map_err(run::refused)?;
    // What is wrong with the query shows before its first row, and can still be said as an error.
    let first = blocks.next().await.map_err(|error| run::refused(error.into()))?;
    let columns = columns(&query);
    let body = async_stream::try_stream! {
        let _turn = turn;
        let mut book = NameBook::default();
        yield Bytes::from(line(columns.iter().map(String::as_str)));
        let mut unread = Vec::new();
        let mut block = first;
        while let Some(bytes) = block {
            unread.extend_from_slice(&bytes);
            let whole = unread.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let mut rows = parse(&unread[..whole])?;
            unread.drain(..whole);
            run::put_names(&app, &query, &mut book, &mut rows).await?;
            let text: Vec<u8> = rows.iter().flat_map(|row| cells(&columns, row)).collect();
            if !text.is_empty() {
                yield Bytes::from(text);
            }
            block = blocks.next().await.map_err(|error| broken_off(error.into()))?;
        }
        if !unread.is_empty() {
            let mut rows = parse(&unread)?;
            run::put_names(&app, &query, &mut book, &mut rows).await?;
            yield Bytes::from(rows.iter().flat_map(|row| cells(&columns, row)).collect::<Vec<u8>>());
        }
    };
    let body: std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, ApiError>> + Send>> =
        Box::pin(body);
    Ok(response(Body::from_stream(body)))
}

fn broken_off(error: WarehouseError) -> ApiError {
    tracing::error!(%error, "a report as CSV was broken off");
    error.into()
}

fn parse(lines: &[u8]) -> Result<Vec<Row>, ApiError> {
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let rows = lines.map(serde_json::from_slice).collect::<Result<_, _>>();
    rows.map_err(|error| broken_off(error.into()))
}

fn response(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, DISPOSITION);
    response
}

fn cells(columns: &[String], row: &Row) -> Vec<u8> {
    let cells = columns.iter().map(|column| match row.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if metric_of(column) => text.clone(),
        Some(Value::String(text)) => guarded(text).into_owned(),
        Some(other) => other.to_string(),
    });
    let cells: Vec<String> = cells.collect();
    line(cells.iter().map(String::as_str))
}

/// Amounts are texts too, and may well begin with a minus.
fn metric_of(column: &str) -> bool {
    metric::find(column.strip_prefix(PREVIOUS).unwrap_or(column)).is_some()
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Into memory: it cannot fail.
    let _ = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_quoted_and_never_formulas() {
        let columns: Vec<String> = ["sub1", "clicks", "profit", "cr"].map(str::to_owned).into();
        let of = |value: Value| {
            let Value::Object(row) = value else { panic!("no row") };
            String::from_utf8(cells(&columns, &row)).unwrap()
        };
        assert_eq!(
            of(json!({ "sub1": "a,\"b\"\n", "clicks": 3, "profit": "-1.5", "cr": null })),
            "\"a,\"\"b\"\"\n\",3,-1.5,\n"
        );
        for formula in ["=1+1", "+1", "-1", "@x", "\tx"] {
            assert!(
                of(json!({ "sub1": formula })).trim_start_matches('"').starts_with(&format!("'{formula}"))
            );
        }
        assert_eq!(of(json!({ "sub1": "x=1" })), "x=1,,,\n");
    }
}
