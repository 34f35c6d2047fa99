//! `GET /api/postback-logs`: every postback that came in, and every attempt to send one out, newest first. Of the
//! last [`DEFAULT_PERIOD_MS`], unless a period is named, or an id that leads to few rows.

use axum::{Json, extract::RawQuery, routing::get};
use clickhouse::query::Query;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::Page,
    log_query::{Filter, LogQuery},
};
use crate::{access::WorkspaceApp, app::App, error::ApiError, report::limited, rfc3339};

const FILTERS: &[Filter] = &[
    Filter::any("network_id"),
    Filter::any("click_id"),
    Filter::any("transaction_id"),
    Filter::any("conversion_id"),
    Filter::any("postback_id"),
    Filter::any("target_id"),
    Filter::any("status"),
    Filter { name: "direction", values: &["inbound", "outbound"] },
];

/// Filters that name few rows, of whatever age they are.
const IDS: [&str; 4] = ["click_id", "transaction_id", "conversion_id", "postback_id"];
/// 7 days, as for reports.
const DEFAULT_PERIOD_MS: i64 = 7 * 24 * 3_600_000;

/// No alias is a column's name: conditions mean the column.
const COLUMNS: &str = "event_id, toUnixTimestamp64Milli(created_at) AS created_ms, node_id, postback_id, \
     network_id, click_id, transaction_id, conversion_id, direction, status, error, http_status, raw_payload, \
     target_id, attempt, latency_ms";
const NEWEST_FIRST: &str = "ORDER BY created_at DESC, node_id DESC, node_epoch DESC, node_seq DESC";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().route("/api/postback-logs", get(list))
}

async fn list(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Json<Page>, ApiError> {
    let mut query = LogQuery::parse(raw.as_deref().unwrap_or_default(), FILTERS)?;
    keep_recent(&mut query, jiff::Timestamp::now().as_millisecond());
    let LogQuery { limit, offset, .. } = query;
    let page = format!("SELECT {COLUMNS} {} {NEWEST_FIRST} LIMIT {limit} OFFSET {offset}", source(&query));
    let count = format!("SELECT count() AS total {}", source(&query));
    let rows = app.warehouse.rows(limited(bound(&app, &page, &query)));
    let counted = app.warehouse.rows(limited(bound(&app, &count, &query)));
    let (mut items, counted) = tokio::try_join!(rows, counted)?;
    let total = counted.first().and_then(|row| row["total"].as_u64()).unwrap_or_default();
    items.iter_mut().for_each(show_time);
    Ok(Json(Page { items, limit, offset, total }))
}

fn keep_recent(query: &mut LogQuery, now_ms: i64) {
    let is_narrow = query.filters.iter().any(|(name, _)| IDS.contains(name));
    if !is_narrow && query.from_ms.is_none() && query.to_ms.is_none() {
        query.from_ms = Some(now_ms - DEFAULT_PERIOD_MS);
    }
}

/// Names come from [`FILTERS`]; values are bound.
fn source(query: &LogQuery) -> String {
    let mut sql = "FROM postback_log_events FINAL WHERE workspace_id = {ws:String}".to_owned();
    if query.from_ms.is_some() {
        sql.push_str(" AND created_at >= fromUnixTimestamp64Milli({from:Int64})");
    }
    if query.to_ms.is_some() {
        sql.push_str(" AND created_at < fromUnixTimestamp64Milli({to:Int64})");
    }
    for (name, _) in &query.filters {
        sql.push_str(&format!(" AND {name} IN ({{{name}:Array(String)}})"));
    }
    sql
}

fn bound(app: &WorkspaceApp, sql: &str, query: &LogQuery) -> Query {
    let mut statement = app.warehouse.client().query_raw(sql).param("ws", &*app.workspace_id);
    if let Some(from_ms) = query.from_ms {
        statement = statement.param("from", from_ms);
    }
    if let Some(to_ms) = query.to_ms {
        statement = statement.param("to", to_ms);
    }
    // Copies of a row are of the same month.
    let statement = statement.with_setting("do_not_merge_across_partitions_select_final", "1");
    query.filters.iter().fold(statement, |statement, (name, values)| statement.param(name, values))
}

fn show_time(row: &mut Value) {
    let Some(fields) = row.as_object_mut() else { return };
    let ms = fields.remove("created_ms").and_then(|ms| ms.as_i64());
    fields.insert("created_at".into(), rfc3339::of_ms(ms.unwrap_or_default()).into());
}
