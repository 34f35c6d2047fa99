//! Reports as CSV: one header line with the columns of the JSON, then rows, UTF-8, quoted where needed.
//!
//! Long ones are streamed: rows are read from ClickHouse while they are sent, a few blocks of it in memory at a
//! time. A failure on the way breaks the connection off, so that half a report is never taken for a whole one. A
//! client that does not read for `REPORT_SEND_TIMEOUT_MS` loses its report, and others get its turn; the time
//! limit of a query is for its first row, and does not run while rows are sent.
//!
//! No text is a formula ([`crate::spreadsheet`]). Nulls are empty. What is compared with stands in columns `previous_<metric>` and
//! `change_<metric>`. The last column of a report of metrics, `missing_rates`, names the currencies that have no rate
//! and are in none of the row's amounts; the header `x-rates-pending` is as `rates_pending` in JSON.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use clickhouse::query::BytesCursor;
use http::{HeaderName, HeaderValue, header};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{
    compile::{self, CHANGE, Compiled, PREVIOUS},
    dimension::Names,
    metric,
    query::ReportQuery,
    run::{self, NameBook, Row},
};
use crate::{
    access::WorkspaceApp, error::ApiError, money::MISSING, spreadsheet::guarded, warehouse::WarehouseError,
};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
/// `true` while rates were written that reports do not use yet.
const RATES_PENDING: HeaderName = HeaderName::from_static("x-rates-pending");
/// Parts of a report that wait for its client.
const PARTS_AHEAD: usize = 2;
/// How long a client may take over a whole report.
const LONGEST_DOWNLOAD: Duration = Duration::from_secs(1800);
const DISPOSITION: HeaderValue = HeaderValue::from_static("attachment; filename=\"report.csv\"");

/// Those of the dimensions.
pub fn keys(query: &ReportQuery) -> Vec<String> {
    let mut columns = Vec::new();
    for dimension in &query.group_by {
        columns.push(dimension.name.to_owned());
        if dimension.names != Names::None {
            columns.push(format!("{}_name", dimension.name));
        }
    }
    columns
}

/// Of a report of metrics.
pub fn columns(query: &ReportQuery) -> Vec<String> {
    let mut columns = keys(query);
    for metric in metric::all() {
        columns.push(metric.name.to_owned());
        if query.compared.is_some() {
            columns.push(format!("{PREVIOUS}{}", metric.name));
            columns.push(format!("{CHANGE}{}", metric.name));
        }
    }
    columns.push(MISSING.to_owned());
    columns
}

/// Of rows that are all there.
pub fn answer(columns: &[String], rows: &[Row], rates_pending: bool) -> Response {
    let mut text = line(columns.iter().map(String::as_str));
    for row in rows {
        text.extend(cells(columns, row));
    }
    response(Body::from(text), rates_pending)
}

/// What is streamed: a statement, and what becomes of a row of it.
pub struct Streamed {
    pub query: ReportQuery,
    pub compiled: Compiled,
    pub columns: Vec<String>,
    pub row: fn(Row) -> Row,
}

impl Streamed {
    /// All groups of a report of metrics.
    pub fn metrics(query: ReportQuery) -> Self {
        Self { compiled: compile::grouped(&query), columns: columns(&query), row: |row| row, query }
    }
}

/// A part of the text, or None at its end.
type Part = Result<Option<Bytes>, ApiError>;

/// Rows as ClickHouse finds them. The turn lasts until the client has all of it, or does not go on reading.
pub async fn stream(
    app: WorkspaceApp,
    streamed: Streamed,
    turn: OwnedSemaphorePermit,
) -> Result<Response, ApiError> {
    let Streamed { query, compiled, columns, row } = streamed;
    let pending = query.rates_pending;
    let mut blocks = app.warehouse.json_rows(run::bind_streamed(&app, compiled)).map_err(run::refused)?;
    // What is wrong with the query shows before its first row, and can still be said as an error.
    let first = tokio::time::timeout(app.reports.max_execution(), blocks.next()).await;
    let first = first.map_err(|_| too_long())?.map_err(|error| run::refused(error.into()))?;
    let (sender, mut parts) = mpsc::channel::<Part>(PARTS_AHEAD);
    // Apart from the connection: one that does not go on keeps neither the turn nor the query.
    tokio::spawn(async move {
        let out = Sender { sender, stall: app.reports.send_timeout() };
        let reading = read(&app, &query, (blocks, first), (&columns, row), &out);
        let done = match tokio::time::timeout(LONGEST_DOWNLOAD, reading).await {
            Ok(done) => done,
            Err(_) => Err(Stopped::Stalled),
        };
        match done {
            Ok(()) => drop(out.send(Ok(None)).await),
            Err(Stopped::Failed(error)) => drop(out.send(Err(error)).await),
            Err(Stopped::Stalled) => tracing::warn!("a report as CSV was not read on, and was broken off"),
        }
        drop(turn);
    });
    let body = async_stream::stream! {
        loop {
            match parts.recv().await {
                Some(Ok(Some(bytes))) => yield Ok(bytes),
                Some(Ok(None)) => break,
                Some(Err(error)) => {
                    yield Err(error);
                    break;
                }
                None => {
                    yield Err(too_long());
                    break;
                }
            }
        }
    };
    let body: std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, ApiError>> + Send>> =
        Box::pin(body);
    Ok(response(Body::from_stream(body), pending))
}

fn too_long() -> ApiError {
    WarehouseError::QueryLimit("a report as CSV took too long".to_owned()).into()
}

enum Stopped {
    Failed(ApiError),
    /// The client is gone, or does not read.
    Stalled,
}

impl From<ApiError> for Stopped {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

struct Sender {
    sender: mpsc::Sender<Part>,
    stall: Duration,
}

impl Sender {
    async fn send(&self, part: Part) -> Result<(), Stopped> {
        self.sender.send_timeout(part, self.stall).await.map_err(|_| Stopped::Stalled)
    }
}

async fn read(
    app: &WorkspaceApp,
    query: &ReportQuery,
    (mut blocks, first): (BytesCursor, Option<Bytes>),
    (columns, each): (&[String], fn(Row) -> Row),
    out: &Sender,
) -> Result<(), Stopped> {
    let mut book = NameBook::default();
    out.send(Ok(Some(line(columns.iter().map(String::as_str)).into()))).await?;
    let mut unread = Vec::new();
    let mut block = first;
    while !unread.is_empty() || block.is_some() {
        let is_last = block.is_none();
        unread.extend_from_slice(&block.unwrap_or_default());
        let whole = match is_last {
            true => unread.len(),
            false => unread.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1),
        };
        let mut rows = parse(&unread[..whole])?;
        unread.drain(..whole);
        run::put_names(app, query, &mut book, &mut rows).await?;
        let text: Vec<u8> = rows.into_iter().flat_map(|row| cells(columns, &each(row))).collect();
        if !text.is_empty() {
            out.send(Ok(Some(text.into()))).await?;
        }
        block = match is_last {
            true => None,
            false => blocks.next().await.map_err(|error| broken_off(error.into()))?,
        };
    }
    Ok(())
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

fn response(body: Body, rates_pending: bool) -> Response {
    let mut response = Response::new(body);
    let pending = HeaderValue::from_static(if rates_pending { "true" } else { "false" });
    response.headers_mut().insert(RATES_PENDING, pending);
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, DISPOSITION);
    response
}

fn cells(columns: &[String], row: &Row) -> Vec<u8> {
    let cells = columns.iter().map(|column| match row.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if metric_of(column) => text.clone(),
        Some(Value::String(text)) => guarded(text).into_owned(),
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).map(guarded).collect::<Vec<_>>().join(" ")
        }
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
